// The header, the writer, the reader and the editable form.

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <gtest/gtest.h>
#include <string>
#include <utility>

#include "base/file_map.h"
#include "model/edit.h"
#include "model/layout.h"
#include "model/view.h"
#include "tests/model/tiny_model.h"

namespace linnet {
namespace {

using testing::AlignedBytes;
using testing::serialize_unchecked;
using testing::tiny_model;

std::vector<uint8_t> tiny_file() {
  EditableModel model = tiny_model();
  const Result<std::vector<uint8_t>> bytes = serialize_model(model);
  EXPECT_TRUE(bytes.ok()) << bytes.status().message();
  return *bytes;
}

class TemporaryFile {
 public:
  explicit TemporaryFile(const char* name) : path_(::testing::TempDir() + "linnet_" + name) {}
  ~TemporaryFile() { std::remove(path_.c_str()); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

Status open_status(const std::vector<uint8_t>& file) {
  AlignedBytes bytes(file);
  return ModelView::open(bytes.data(), bytes.size()).status();
}

TEST(ModelFile, IsWhatTheDescriptionDraws) {
  EditableModel model = tiny_model();
  EXPECT_EQ(serialize_unchecked(model), tiny_file());
}

TEST(ModelFile, OpensAndPointsIntoItsBytes) {
  AlignedBytes bytes(tiny_file());
  const Result<ModelView> view = ModelView::open(bytes.data(), bytes.size());
  ASSERT_TRUE(view.ok()) << view.status().message();
  EXPECT_TRUE(verify_sections(*view).ok());
  const EditableModel model = tiny_model();
  ASSERT_EQ(view->graph()->tensors()->size(), model.sections.size());
  for (uint32_t i = 0; i < model.sections.size(); ++i) {
    EXPECT_EQ(reinterpret_cast<uintptr_t>(view->section(i)) % 64, 0u);
    ASSERT_EQ(view->tensor(i)->bytes(), model.sections[i].size());
    EXPECT_EQ(std::memcmp(view->section(i), model.sections[i].data(), model.sections[i].size()), 0);
  }
  EXPECT_EQ(view->section(-1), nullptr);
}

TEST(ModelFile, SavesLoadsAndSavesTheSameBytes) {
  const TemporaryFile first("first.linnet"), second("second.linnet");
  EditableModel model = tiny_model();
  ASSERT_TRUE(save_model(model, first.path()).ok());
  Result<EditableModel> loaded = load_model(first.path());
  ASSERT_TRUE(loaded.ok()) << loaded.status().message();
  ASSERT_TRUE(save_model(*loaded, second.path()).ok());
  const Result<FileMap> a = FileMap::open(first.path().c_str()), b = FileMap::open(second.path().c_str());
  ASSERT_TRUE(a.ok() && b.ok());
  const std::vector<uint8_t> expected = tiny_file();
  EXPECT_EQ(std::vector<uint8_t>(a->data(), a->data() + a->size()), expected);
  EXPECT_EQ(std::vector<uint8_t>(b->data(), b->data() + b->size()), expected);
}

TEST(ModelFile, EqualModelsGiveEqualBytesWhateverTheOffsetsWere) {
  EditableModel model = tiny_model();
  for (auto& tensor : model.graph.tensors) tensor->offset = 12345;
  const Result<std::vector<uint8_t>> bytes = serialize_model(model);
  ASSERT_TRUE(bytes.ok());
  EXPECT_EQ(*bytes, tiny_file());
}

TEST(ModelFile, LoadNamesAFileThatIsNotThere) {
  const Status status = load_model("no/such/model.linnet").status();
  EXPECT_EQ(status.code(), Code::not_found);
  EXPECT_NE(std::string(status.message()).find("no/such/model.linnet"), std::string::npos);
}

TEST(ModelFile, WriterRefusesASectionOfAnotherSize) {
  EditableModel model = tiny_model();
  model.sections[3].push_back(0);
  const Status status = serialize_model(model).status();
  EXPECT_EQ(status.code(), Code::internal);
  EXPECT_NE(std::string(status.message()).find("tensor 3"), std::string::npos) << status.message();
  model = tiny_model();
  model.sections.pop_back();
  EXPECT_EQ(serialize_model(model).status().code(), Code::internal);
}

TEST(ModelFile, WriterRefusesTwoValuesOfOneName) {
  EditableModel model = tiny_model();
  model.graph.values[2]->name = model.graph.values[1]->name;
  EXPECT_EQ(serialize_model(model).status().code(), Code::internal);
  model = tiny_model();
  model.graph.values[2]->name = "";
  EXPECT_EQ(serialize_model(model).status().code(), Code::internal);
}

TEST(ModelFile, WriterHoldsModelsToTheReadersRules) {
  EditableModel model = tiny_model();
  model.graph.max_tokens = 0;
  const Status status = serialize_model(model).status();
  EXPECT_EQ(status.code(), Code::corrupt);
  EXPECT_NE(std::string(status.message()).find("max_tokens"), std::string::npos);
}

TEST(ModelHeader, RefusesOtherFilesAndOtherVersions) {
  struct Damage {
    size_t at;
    uint8_t value;
    Code code;
    const char* message;
  };
  const Damage damages[] = {
      {0, 0, Code::corrupt, "not a Linnet model"},
      {7, 0, Code::corrupt, "not a Linnet model"},
      {8, 2, Code::unsupported, "use a newer program"},
      {8, 0, Code::unsupported, "convert it again"},
      {12, 65, Code::corrupt, "header is damaged"},
      {48, 1, Code::corrupt, "header is damaged"},
      {63, 1, Code::corrupt, "header is damaged"},
      {22, 1, Code::limit, "the graph has"},
      {19, 2, Code::corrupt, "does not fit"},
      {24, 1, Code::corrupt, "the file should have"},
      {32, 1, Code::corrupt, "hash"},
      {31, 1, Code::corrupt, "truncated"},
  };
  const std::vector<uint8_t> good = tiny_file();
  for (const Damage& damage : damages) {
    std::vector<uint8_t> file = good;
    file[damage.at] = file[damage.at] == damage.value ? static_cast<uint8_t>(damage.value + 1) : damage.value;
    const Status status = open_status(file);
    EXPECT_EQ(status.code(), damage.code) << damage.at << ": " << status.message();
    EXPECT_NE(std::string(status.message()).find(damage.message), std::string::npos) << damage.at << status.message();
  }
}

TEST(ModelHeader, SaysThatAFileHasTheBytesOfItsNumbersTurnedRound) {
  for (const std::array<uint8_t, 4>& version : {std::array<uint8_t, 4>{0, 0, 0, 1}, {0, 0, 2, 7}}) {
    std::vector<uint8_t> file = tiny_file();
    std::copy(version.begin(), version.end(), file.begin() + 8);
    const Result<FileHeader> header = read_header(file.data(), file.size());
    ASSERT_FALSE(header.ok());
    EXPECT_EQ(header.status().code(), Code::unsupported);
    const std::string message = header.status().message();
    EXPECT_NE(message.find("big-endian"), std::string::npos) << message;
    EXPECT_NE(message.find("version " + std::to_string(version[2] * 256 + version[3])), std::string::npos) << message;
  }
}

TEST(ModelHeader, RefusesASizeThatIsNoMultipleOf64) {
  std::vector<uint8_t> file = tiny_file();
  file.push_back(0);
  testing::repair_header(file);
  EXPECT_EQ(open_status(file).code(), Code::corrupt);
}

TEST(ModelView, RefusesMisalignedMemory) {
  std::vector<uint8_t> file = tiny_file();
  file.insert(file.begin(), 0);
  AlignedBytes bytes(file);
  EXPECT_EQ(ModelView::open(bytes.data() + 1, bytes.size() - 1).status().code(), Code::invalid_argument);
  EXPECT_EQ(ModelView::open(nullptr, 0).status().code(), Code::invalid_argument);
}

TEST(VerifySections, FindsEachDamagedByteBehindTheGraph) {
  const std::vector<uint8_t> good = tiny_file();
  EditableModel model = tiny_model();
  serialize_unchecked(model);
  for (size_t at = model.graph.tensors[0]->offset; at < good.size(); ++at) {
    std::vector<uint8_t> file = good;
    file[at] ^= 0x10;
    AlignedBytes bytes(file);
    const Result<ModelView> view = ModelView::open(bytes.data(), bytes.size());
    ASSERT_TRUE(view.ok()) << "opening reads no sections";
    ASSERT_EQ(verify_sections(*view).code(), Code::corrupt) << at;
  }
}

TEST(VerifySections, NamesATensorThatHoldsMinus128) {
  EditableModel model = tiny_model();
  model.sections[0][3] = 0x80;
  AlignedBytes bytes(serialize_unchecked(model));
  const Result<ModelView> view = ModelView::open(bytes.data(), bytes.size());
  ASSERT_TRUE(view.ok());
  const Status status = verify_sections(*view);
  EXPECT_EQ(status.code(), Code::corrupt);
  EXPECT_NE(std::string(status.message()).find("'words'"), std::string::npos) << status.message();
}

TEST(Hash, IsTheSameInPiecesOfWholeWords) {
  std::vector<uint8_t> bytes(1003);
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(i * 31);
  Hash pieces;
  pieces.add(bytes.data(), 8);
  pieces.add(bytes.data() + 8, 512);
  pieces.add(bytes.data() + 520, bytes.size() - 520);
  EXPECT_EQ(pieces.finish(), hash_bytes(bytes.data(), bytes.size()));
  // The function is part of the format: this value must never change.
  EXPECT_EQ(hash_bytes(reinterpret_cast<const uint8_t*>("Linnet model"), 12), 0x033fab617951774au);
}

TEST(EditableModel, RemovesTensorsThatNothingUses) {
  EditableModel model = tiny_model();
  const std::vector<uint8_t> before = tiny_file();
  model.add_rows("unused", {3}, std::vector<float>{1, 2, 3});
  model.remove_unused_tensors();
  EXPECT_EQ(*serialize_model(model), before);

  // The same model with an unused tensor in front: all indices move and come back.
  EditableModel shifted = tiny_model();
  shifted.add_bytes("unused", std::vector<uint8_t>{1, 2, 3});
  std::rotate(shifted.sections.begin(), shifted.sections.end() - 1, shifted.sections.end());
  std::rotate(shifted.graph.tensors.begin(), shifted.graph.tensors.end() - 1, shifted.graph.tensors.end());
  shifted.replace_tensor_indices([](uint32_t index) { return index + 1; });
  ASSERT_TRUE(serialize_model(shifted).ok());
  shifted.remove_unused_tensors();
  EXPECT_EQ(*serialize_model(shifted), before);
}

TEST(EditableModel, EndsWritingWhenItsProgressSaysSoAndLeavesNothing) {
  EditableModel model = tiny_model();
  const TemporaryFile file("interrupted.linnet");
  uint64_t last = 0;
  ASSERT_TRUE(save_model(model, file.path(), [&](uint64_t done, uint64_t total) {
                EXPECT_LT(last, done);
                EXPECT_LE(done, total);
                last = done;
                return true;
              }).ok());
  EXPECT_EQ(last, std::filesystem::file_size(file.path()));

  std::filesystem::remove(file.path());
  const auto beside = [&] {
    size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(::testing::TempDir())) {
      count += entry.path().filename().string().starts_with("linnet_interrupted.linnet") ? 1 : 0;
    }
    return count;
  };
  for (const uint64_t until : {uint64_t{0}, last / 2, last}) {
    size_t there = 0;
    const Status status = save_model(model, file.path(), [&](uint64_t done, uint64_t) {
      there = beside();
      return done < until;
    });
    EXPECT_STREQ(status.message(), "interrupted") << until;
    EXPECT_EQ(there, 1u) << "the part that is being written";
    EXPECT_EQ(beside(), 0u) << until;
  }
}

// Packing reads as many elements as the shape says. Data of another size must be an error, and must not be read past
// its end: the sanitizer build would see that.
TEST(EditableModel, RefusesDataThatDoesNotHaveItsShape) {
  const std::vector<float> floats(12);
  const std::vector<int8_t> bytes(12);
  const std::vector<int32_t> words(12);
  const uint64_t huge = uint64_t{1} << 63;
  using Add = std::function<uint32_t(EditableModel&)>;
  const std::vector<std::pair<Add, std::string>> cases = {
      {[&](EditableModel& m) {
         return m.add_rows("t", {3, 5}, floats);
       },
       "'t' was added as [3, 5] with 12 elements"},
      {[&](EditableModel& m) {
         return m.add_rows("t", {3, 3}, floats);
       },
       "'t' was added as [3, 3] with 12 elements"},
      {[&](EditableModel& m) { return m.add_rows("t", {13}, words); }, "'t' was added as [1, 13] with 12 elements"},
      {[&](EditableModel& m) {
         return m.add_rows("t", {4, 4}, bytes);
       },
       "'t' was added as [4, 4] with 12 elements"},
      {[&](EditableModel& m) { return m.add_rows("t", {}, floats); }, "'t' was added with 0 dimensions"},
      {[&](EditableModel& m) {
         return m.add_rows("t", {2, 3, 2}, floats);
       },
       "'t' was added with 3 dimensions"},
      {[&](EditableModel& m) { return m.add_panel16("t", 3, 5, floats); }, "'t' was added as [3, 5] with 12 elements"},
      // The columns of cells are stored in whole groups of 64.
      {[&](EditableModel& m) { return m.add_cell16x4("t", 3, 4, bytes); }, "'t' was added as [3, 64] with 12 elements"},
      // Products that wrap around to the size that the data has, or to none at all.
      {[&](EditableModel& m) { return m.add_panel16("t", huge, 2, {}); }, "'t' was added as [9223372036854775808, 2]"},
      {[&](EditableModel& m) { return m.add_cell16x4("t", 3, UINT64_MAX, {}); }, "'t' was added as [3, 0] with 0"},
  };
  for (const auto& [add, message] : cases) {
    EditableModel model = tiny_model();
    const uint32_t index = add(model);
    EXPECT_EQ(model.error.code(), Code::internal) << message;
    EXPECT_NE(std::string(model.error.message()).find(message), std::string::npos) << model.error.message();
    // The index is that of a tensor without content, and the model cannot be written, used or not.
    ASSERT_EQ(index + 1, model.graph.tensors.size()) << message;
    EXPECT_TRUE(model.sections[index].empty()) << message;
    EXPECT_TRUE(model.read_f32(index).empty()) << message;
    model.remove_unused_tensors();
    EXPECT_EQ(std::string(serialize_model(model).status().message()), model.error.message());
    const TemporaryFile file("never_written.linnet");
    EXPECT_EQ(std::string(save_model(model, file.path()).message()), model.error.message());
    EXPECT_FALSE(std::filesystem::exists(file.path())) << message;
  }
}

TEST(EditableModel, KeepsTheFirstError) {
  EditableModel model;
  const std::vector<int8_t> bytes(64);
  EXPECT_TRUE(model.error.ok());
  model.add_cell16x4("right", 1, 64, bytes);
  EXPECT_TRUE(model.error.ok());
  model.add_cell16x4("first", 2, 64, bytes);
  model.add_cell16x4("second", 3, 64, bytes);
  EXPECT_NE(std::string(model.error.message()).find("'first'"), std::string::npos) << model.error.message();
}

}  // namespace
}  // namespace linnet
