#include "tests/runtime/session/resident.h"

#include <algorithm>
#include <cstdio>
#include <set>

#include "base/file_map.h"
#include "model/layout.h"
#include "runtime/session.h"

#if defined(__linux__)
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#endif

namespace linnet::testing_support {

#if defined(__linux__)

namespace {

size_t page_bytes() { return static_cast<size_t>(sysconf(_SC_PAGESIZE)); }

// Of smaps_rollup, which walks the page tables: the counters of statm lag behind by some pages a thread.
size_t resident_bytes() {
  std::FILE* file = std::fopen("/proc/self/smaps_rollup", "r");
  if (file == nullptr) return 0;
  char line[256];
  unsigned long long kilobytes = 0;
  while (std::fgets(line, sizeof line, file) != nullptr) {
    if (std::sscanf(line, "Rss: %llu kB", &kilobytes) == 1) break;
  }
  std::fclose(file);
  return static_cast<size_t>(kilobytes) * 1024;
}

// Not every file system can do this (tmpfs is its own cache): then the numbers are those of a warm start.
void drop_from_cache(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return;
  (void)fsync(descriptor);  // pages that are not yet on the disk are not dropped
  (void)posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED);
  close(descriptor);
}

// Gives a session memory of its own and knows which of it was used.
class CountingMemory {
 public:
  Allocator allocator() { return {allocate, release, this}; }

  // Pages that are there: the kernel gives one at the first use.
  size_t used_bytes() const {
    size_t pages = 0;
    for (const auto& [begin, bytes] : regions_) {
      std::vector<unsigned char> there(ceil_div(bytes, page_bytes()));
      if (mincore(begin, bytes, there.data()) != 0) continue;
      pages += static_cast<size_t>(std::count_if(there.begin(), there.end(), [](unsigned char p) { return p & 1; }));
    }
    return pages * page_bytes();
  }

 private:
  static void* allocate(void* self, size_t bytes, size_t) {
    bytes = round_up(bytes, page_bytes());
    void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return nullptr;
    static_cast<CountingMemory*>(self)->regions_.push_back({memory, bytes});
    return memory;
  }
  static void release(void*, void*) {}  // the process ends soon

  std::vector<std::pair<void*, size_t>> regions_;
};

// The pages of the file that an answer to `ids` cannot do without.
class TouchedPages {
 public:
  TouchedPages(const Model& model, const std::vector<int32_t>& ids) : model_(model), ids_(ids) {
    const fbs::Model& graph = model.graph();
    // Opening reads the whole graph and what a lookup in the vocabulary relies on: all of it but the tokens' text.
    uint64_t graph_end = model.view().size();
    for (uint32_t i = 0; i < count_of(graph.tensors()); ++i) {
      graph_end = std::min(graph_end, model.view().tensor(i)->offset());
    }
    add(0, graph_end);
    if (graph.tokenizer() != nullptr) add_vocabulary(graph.tokenizer()->vocabulary());
    for (uint32_t i = 0; i < graph.ops()->size(); ++i) add_op(*graph.ops()->Get(i));
  }
  size_t bytes() const { return pages_.size() * page_bytes(); }

 private:
  void add(uint64_t begin, uint64_t bytes) {
    if (bytes == 0) return;
    for (uint64_t page = begin / page_bytes(); page <= (begin + bytes - 1) / page_bytes(); ++page) pages_.insert(page);
  }
  void add_tensor(int64_t index) {
    if (index < 0) return;
    const fbs::Tensor& tensor = *model_.view().tensor(static_cast<uint32_t>(index));
    add(tensor.offset(), tensor.bytes());
  }
  void add_row(int64_t index, uint64_t row) {
    if (index < 0) return;
    const fbs::Tensor& tensor = *model_.view().tensor(static_cast<uint32_t>(index));
    const bool vector = tensor.shape()->size() == 1;
    const uint64_t element = element_bytes(tensor.type());
    const uint64_t bytes = vector ? element : round_up(tensor.shape()->Get(1), 16) * element;
    add(tensor.offset() + row * bytes, bytes);
  }
  void add_vocabulary(uint32_t index) {
    const fbs::Tensor& tensor = *model_.view().tensor(index);
    const Tokenizer& tokenizer = *model_.tokenizer();
    const uint8_t* section = model_.view().section(index);
    uint64_t text_bytes = 0;
    for (uint32_t id = 0; id < tokenizer.vocabulary_size(); ++id) {
      size_t bytes = 0;
      (void)tokenizer.token(id, &bytes);
      text_bytes += bytes;
    }
    add(tensor.offset(), tensor.bytes() - text_bytes);
    for (const int32_t id : ids_) {
      size_t bytes = 0;
      const char* token = tokenizer.token(static_cast<uint32_t>(id), &bytes);
      if (token == nullptr) continue;
      add(tensor.offset() + static_cast<uint64_t>(reinterpret_cast<const uint8_t*>(token) - section), bytes);
    }
  }
  void add_linear(const fbs::Linear& linear) {
    add_tensor(linear.weight());
    for (const int32_t index : {linear.bias(), linear.weight_scale(), linear.column_sum(), linear.input_scale()}) {
      add_tensor(index);
    }
  }
  void add_op(const fbs::Op& op) {
    if (const fbs::Embed* embed = op.body_as_Embed()) {
      for (size_t t = 0; t < ids_.size(); ++t) {
        add_row(embed->word(), static_cast<uint64_t>(ids_[t]));
        add_row(embed->word_scale(), static_cast<uint64_t>(ids_[t]));
        add_row(embed->position(), embed->position_offset() + t);
        add_row(embed->position_scale(), embed->position_offset() + t);
      }
      add_row(embed->token_type(), 0);
      add_row(embed->token_type_scale(), 0);
    } else if (const fbs::Norm* norm = op.body_as_Norm()) {
      add_tensor(norm->gamma());
      add_tensor(norm->beta());
    } else if (const fbs::Attention* attention = op.body_as_Attention()) {
      add_linear(*attention->qkv());
      add_linear(*attention->output());
      add_tensor(attention->position_bias());
    } else if (const fbs::FeedForward* feed_forward = op.body_as_FeedForward()) {
      add_linear(*feed_forward->up());
      add_linear(*feed_forward->down());
    } else if (const fbs::Dense* dense = op.body_as_Dense()) {
      add_linear(*dense->linear());
    }
  }

  const Model& model_;
  const std::vector<int32_t>& ids_;
  std::set<uint64_t> pages_;
};

Status answer(const Model& model, Session& session, const std::string& text, const std::vector<int32_t>& ids,
              float* out, size_t width) {
  if (ids.empty()) {
    const Text one = {text.data(), text.size()};
    return session.embed(&one, 1, nullptr, out, width);
  }
  const Tap tap = {*model.find_value(nullptr), out, width};
  const size_t length = ids.size();
  return session.run(ids.data(), &length, 1, &tap, 1);
}

}  // namespace

Result<FirstAnswer> measure_first_answer(const std::string& path, const std::string& text,
                                         const std::vector<int32_t>& ids, PageCache cache) {
  FirstAnswer result;
  CountingMemory memory;
  SessionOptions options;
  options.allocator = memory.allocator();
  static float out[kMaxWidth];
  if (cache == PageCache::dropped) drop_from_cache(path);
  (void)resident_bytes();  // its own first call takes memory

  const size_t before = resident_bytes();
  if (before == 0) return Status::error(Code::unsupported, "this system has no /proc/self/smaps_rollup");
  const Result<Model> model = Model::open(path.c_str());
  if (!model.ok()) return model.status();
  Result<Session> session = Session::create(*model, options);
  if (!session.ok()) return session.status();
  LINNET_RETURN_IF_ERROR(answer(*model, *session, text, ids, out, kMaxWidth));
  const size_t after = resident_bytes();

  result.growth = after - before;
  std::vector<int32_t> used = ids;
  if (used.empty()) {
    used.resize(model->max_tokens());
    const Result<size_t> count =
        session->tokenize({text.data(), text.size()}, nullptr, used.size(), used.data(), used.size());
    if (!count.ok()) return count.status();
    used.resize(*count);
  }
  result.tokens = used.size();
  result.touched_file = TouchedPages(*model, used).bytes();
  // What was used of the session's memory, but no more than a session takes that is made for this one sequence: memory
  // that is written before anybody needs it does not count as needed.
  options.max_pass_tokens = used.size();
  options.max_pass_sequences = 1;
  options.allocator = {};
  const Result<Session> fitting = Session::create(*model, options);
  if (!fitting.ok()) return fitting.status();
  result.touched_memory = std::min(memory.used_bytes(), fitting->memory_bytes());
  return result;
}

#else

Result<FirstAnswer> measure_first_answer(const std::string&, const std::string&, const std::vector<int32_t>&,
                                         PageCache) {
  return Status::error(Code::unsupported, "resident memory is measured on Linux only");
}

#endif

}  // namespace linnet::testing_support
