// Arbitrary bytes as a model file. The header's sizes and the hash of the graph are put right first, so that fuzzing
// gets behind them: what is under test is the verifier, and that whatever it lets pass can be read, unpacked, tokenized
// with and run. Seeds: every model file of tests/data/models. Errors are fine; faults, hangs and huge allocations are
// not.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include "model/layout.h"
#include "model/linnet_generated.h"
#include "model/view.h"
#include "runtime/session.h"

namespace {

using linnet::kHeaderBytes;
using linnet::Model;
using linnet::ModelView;
using linnet::Result;
using linnet::Session;

constexpr size_t kAlignment = 64;
constexpr size_t kMostBytes = size_t{1} << 20;

// The bytes at an address that a mapping would have, filled up to a multiple of 64.
class File {
 public:
  File(const uint8_t* data, size_t size) : size_((size + kAlignment - 1) / kAlignment * kAlignment) {
    memory_ = std::make_unique<uint8_t[]>(size_ + kAlignment);
    bytes_ = memory_.get() + (kAlignment - reinterpret_cast<uintptr_t>(memory_.get()) % kAlignment) % kAlignment;
    std::memcpy(bytes_, data, size);
  }

  void repair_header() {
    const uint8_t magic[8] = {0x89, 'L', 'N', 'N', 'T', '\r', '\n', 0x1a};
    std::memcpy(bytes_, magic, sizeof magic);
    uint64_t graph_bytes = 0;
    for (int i = 0; i < 8; ++i) graph_bytes |= uint64_t{bytes_[16 + i]} << (8 * i);
    linnet::FileHeader header = {};
    header.version = linnet::kFormatVersion;
    header.graph_bytes = std::min<uint64_t>(graph_bytes, size_ - kHeaderBytes);
    header.file_bytes = size_;
    header.graph_hash = linnet::hash_bytes(bytes_ + kHeaderBytes, header.graph_bytes);
    const size_t sections = (kHeaderBytes + header.graph_bytes + kAlignment - 1) / kAlignment * kAlignment;
    header.section_hash = linnet::hash_bytes(bytes_ + std::min(sections, size_), size_ - std::min(sections, size_));
    linnet::write_header(header, bytes_);
  }

  const uint8_t* bytes() const { return bytes_; }
  size_t size() const { return size_; }

 private:
  size_t size_;
  std::unique_ptr<uint8_t[]> memory_;
  uint8_t* bytes_;
};

// Reads all that an open model offers, so that the sanitizers see an offset that the verifier should have refused.
void read_everything(const ModelView& view) {
  volatile uint64_t sink = 0;
  for (uint32_t i = 0; i < linnet::count_of(view.graph()->tensors()); ++i) {
    // Sections may lie over one another: the ends are enough, and bound the time.
    sink = sink + view.section(i)[0] + view.section(i)[view.tensor(i)->bytes() - 1];
  }
  linnet::fbs::ModelT unpacked;
  view.graph()->UnPackTo(&unpacked);
  sink = sink + unpacked.ops.size();
}

// The multiplications of one token, about: a valid file of a megabyte can ask for hours, which is no fault.
double cost_of(const ModelView& view) {
  double cost = 0;
  const auto linear = [&](const linnet::fbs::Linear* l) {
    cost += static_cast<double>(l->in_width()) * l->out_width();
  };
  for (const linnet::fbs::Op* op : *view.graph()->ops()) {
    cost += view.graph()->values()->Get(op->output())->width();
    if (const auto* a = op->body_as_Attention()) linear(a->qkv()), linear(a->output());
    if (const auto* f = op->body_as_FeedForward()) linear(f->up()), linear(f->down());
    if (const auto* d = op->body_as_Dense()) linear(d->linear());
  }
  return cost;
}

void run(const File& file) {
  Result<Model> model = Model::from_memory(file.bytes(), file.size());
  if (!model.ok()) return;
  linnet::SessionOptions options;
  options.max_pass_tokens = std::min<size_t>(model->max_tokens(), 64);
  options.max_pass_sequences = 4;
  Result<Session> session = Session::create(*model, options);
  if (!session.ok()) return;
  const linnet::Result<uint32_t> value = model->find_value(nullptr);
  if (!value.ok()) return;
  const size_t width = model->value(*value).width();
  const int32_t ids[] = {0, 1, 2, 0, 1};
  const size_t lengths[] = {3, 1, 1};
  std::vector<float> out(5 * width);
  const linnet::Tap tap = {*value, out.data(), width};
  (void)session->run(ids, lengths, 3, &tap, 1).ok();
  const char text[] = "A small text, \xc3\xa9 and [MASK] 12.";
  const linnet::Text texts[] = {{text, sizeof text - 1}, {"", 0}};
  const Result<const char*> prompt = model->find_prompt(nullptr);
  if (prompt.ok() && model->value(*value).rows() == linnet::fbs::RowKind::Sequence) {
    (void)session->embed(texts, 2, *prompt, out.data(), width).ok();
  }
}

}  // namespace

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

// Three times out of four one word of the graph becomes a neighbouring number, another word of the graph or random: an
// index, an offset or a size that is wrong by little gets further than noise does.
extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned int seed) {
  uint64_t state = seed;
  const auto next = [&state](uint64_t limit) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (state >> 33) % limit;
  };
  uint64_t graph_bytes = 0;
  if (size > kHeaderBytes) std::memcpy(&graph_bytes, data + 16, 8);
  graph_bytes = std::min<uint64_t>(graph_bytes, size > kHeaderBytes ? size - kHeaderBytes : 0);
  if (graph_bytes < 8 || next(4) == 0) return LLVMFuzzerMutate(data, size, max_size);
  for (uint64_t changes = 1 + next(3); changes > 0; --changes) {
    uint8_t* to = data + kHeaderBytes + next(graph_bytes / 4) * 4;
    uint32_t word = 0;
    std::memcpy(&word, to, 4);
    switch (next(4)) {
      case 0: word += static_cast<uint32_t>(next(9)) - 4; break;
      case 1: std::memcpy(&word, data + kHeaderBytes + next(graph_bytes / 4) * 4, 4); break;
      case 2: word ^= 1u << next(32); break;
      default: word = static_cast<uint32_t>(next(uint64_t{1} << 32)) >> next(32); break;
    }
    std::memcpy(to, &word, 4);
  }
  return size;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < kHeaderBytes || size > kMostBytes) return 0;
  File file(data, size);
  file.repair_header();
  const Result<ModelView> view = ModelView::open(file.bytes(), file.size());
  if (!view.ok()) return 0;
  read_everything(*view);
  (void)linnet::verify_sections(*view).ok();
  if (cost_of(*view) <= 1e7) run(file);
  return 0;
}
