// Each byte of the golden files damaged, one at a time: an error or a run, never a fault. What a sanitizer build would
// see is the point of it.

#include <cstring>
#include <gtest/gtest.h>
#include <memory>

#include "base/checked.h"
#include "base/file_map.h"
#include "model/layout.h"
#include "runtime/session.h"

namespace linnet {
namespace {

class DamagedGoldenFile : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    const std::string path = std::string(LINNET_TEST_DATA) + "/models/v1/" + GetParam();
    const Result<FileMap> map = FileMap::open(path.c_str());
    ASSERT_TRUE(map.ok()) << map.status().message();
    size_ = map->size();
    memory_ = std::make_unique<uint8_t[]>(size_ + 64);
    bytes_ = reinterpret_cast<uint8_t*>(round_up(reinterpret_cast<uintptr_t>(memory_.get()), 64));
    std::memcpy(bytes_, map->data(), size_);
    graph_bytes_ = static_cast<size_t>(read_header(bytes_, size_)->graph_bytes);
  }

  void repair_hash() {
    FileHeader header = {kFormatVersion, graph_bytes_, size_, hash_bytes(bytes_ + kHeaderBytes, graph_bytes_), 0};
    write_header(header, bytes_);
  }

  // Opens, tokenizes and runs; returns whether it came to the end without an error.
  bool open_and_run() {
    const Result<Model> model = Model::from_memory(bytes_, size_);
    if (!model.ok()) return false;
    SessionOptions options;
    options.max_pass_tokens = 64;
    Result<Session> session = Session::create(*model, options);
    return session.ok() && run(*model, *session);
  }

  static bool run(const Model& model, Session& session) {
    const Result<uint32_t> value = model.find_value(nullptr);
    if (!value.ok()) return false;
    const size_t width = model.value(*value).width();
    std::vector<float> out(64 * width);
    const int32_t ids[] = {2, 5, 3};
    const size_t length = 3;
    const Tap tap = {*value, out.data(), width};
    bool good = session.run(ids, &length, 1, &tap, 1).ok();
    const Text text = {"the Cat runs!", 13};
    if (model.tokenizer() != nullptr && model.value(*value).rows() == fbs::RowKind::Sequence) {
      good = session.embed(&text, 1, nullptr, out.data(), width).ok() && good;
    }
    return good;
  }

  std::unique_ptr<uint8_t[]> memory_;
  uint8_t* bytes_ = nullptr;
  size_t size_ = 0;
  size_t graph_bytes_ = 0;
};

TEST_P(DamagedGoldenFile, IsRefusedAtEveryTruncation) {
  for (size_t size = 0; size < size_; ++size) ASSERT_FALSE(Model::from_memory(bytes_, size).ok()) << size;
}

TEST_P(DamagedGoldenFile, EachByteOfTheGraphGivesAnErrorOrARun) {
  ASSERT_TRUE(open_and_run());
  size_t runs = 0;
  for (size_t i = kHeaderBytes; i < kHeaderBytes + graph_bytes_; ++i) {
    for (const uint8_t mask : {0x01, 0xff}) {
      bytes_[i] ^= mask;
      ASSERT_FALSE(Model::from_memory(bytes_, size_).ok()) << "byte " << i << " and the hash agree";
      repair_hash();
      runs += open_and_run();
      bytes_[i] ^= mask;
      repair_hash();
    }
  }
  // Names, provenance and the like may hold anything; most of the graph may not.
  EXPECT_GT(runs, 0u);
  EXPECT_LT(runs, 2 * graph_bytes_);
}

TEST_P(DamagedGoldenFile, EachByteOfTheSectionsGivesAnErrorOrARun) {
  const Result<Model> model = Model::from_memory(bytes_, size_);
  ASSERT_TRUE(model.ok());
  SessionOptions options;
  options.max_pass_tokens = 64;
  Result<Session> session = Session::create(*model, options);
  ASSERT_TRUE(session.ok());
  const size_t first = round_up(kHeaderBytes + graph_bytes_, kSectionAlignment);
  const auto* vocabulary = model->view().tensor(model->graph().tokenizer()->vocabulary());
  size_t errors = 0;
  for (size_t i = first; i < size_; ++i) {
    bytes_[i] ^= 0xff;
    const bool in_vocabulary = i >= vocabulary->offset() && i < vocabulary->offset() + vocabulary->bytes();
    // The vocabulary is checked when a model is opened, weights are never: they are numbers, whatever their bits.
    errors += !(in_vocabulary ? open_and_run() : run(*model, *session));
    bytes_[i] ^= 0xff;
  }
  EXPECT_GT(errors, 0u) << "a scale that became a NaN must be an error";
  EXPECT_TRUE(run(*model, *session));
}

INSTANTIATE_TEST_SUITE_P(V1, DamagedGoldenFile, testing::Values("tiny_bert.linnet", "tiny_bert_int8.linnet"),
                         [](const auto& name) { return std::string(name.index == 0 ? "float" : "int8"); });

}  // namespace
}  // namespace linnet
