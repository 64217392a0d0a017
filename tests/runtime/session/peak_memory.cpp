// Prints how much memory a whole process holds that answers a model, program and libraries included, and how much that
// is more than the model file:
//
//     peak_memory MODEL TOKENS [MOST_MB_ABOVE_FILE]
//
// The exit code is 1 when it is more than MOST_MB_ABOVE_FILE (8). Counted are the pages that the process's own mappings
// have in memory, of files also those that the system merely has in its cache: never too little. That is what a process
// under qemu-user sees of itself, too, where the resident memory that the system reports is mostly qemu's. Sessions
// keep their memory, so that what is there after the answer is the peak.

#include <cstdio>
#include <cstdlib>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

#include "base/file_map.h"
#include "runtime/session.h"

namespace {

struct Mapping {
  uintptr_t begin, end;
};

// Read whole before the pages are counted, so that counting changes nothing of it.
std::vector<Mapping> mappings() {
  std::vector<Mapping> all;
  std::FILE* file = std::fopen("/proc/self/maps", "r");
  if (file == nullptr) return all;
  char line[512];
  while (std::fgets(line, sizeof line, file) != nullptr) {
    unsigned long begin, end;
    if (std::sscanf(line, "%lx-%lx", &begin, &end) == 2) all.push_back({begin, end});
  }
  std::fclose(file);
  return all;
}

size_t pages_in_memory(const std::vector<Mapping>& all) {
  const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  size_t pages = 0;
  for (const Mapping& mapping : all) {
    std::vector<unsigned char> there((mapping.end - mapping.begin) / page);
    // Fails for what is no memory, such as [vsyscall].
    if (mincore(reinterpret_cast<void*>(mapping.begin), mapping.end - mapping.begin, there.data()) != 0) continue;
    for (const unsigned char each : there) pages += each & 1;
  }
  return pages * page;
}

linnet::Status answer(const char* path, size_t tokens, size_t* file_bytes, size_t* session_bytes,
                      size_t* process_bytes) {
  const linnet::Result<linnet::Model> model = linnet::Model::open(path);
  if (!model.ok()) return model.status();
  if (model->tokenizer() == nullptr) {
    return linnet::Status::error(linnet::Code::unsupported, "'%s' has no tokenizer", path);
  }
  linnet::Result<linnet::Session> session = linnet::Session::create(*model);
  if (!session.ok()) return session.status();
  std::vector<int32_t> ids(tokens);
  for (size_t i = 0; i < tokens; ++i) ids[i] = static_cast<int32_t>(i * 7919 % model->tokenizer()->vocabulary_size());
  const linnet::Result<uint32_t> value = model->find_value(nullptr);
  if (!value.ok()) return value.status();
  std::vector<float> row(model->value(*value).width());
  const linnet::Tap tap = {*value, row.data(), row.size()};
  LINNET_RETURN_IF_ERROR(session->run(ids.data(), &tokens, 1, &tap, 1));
  *file_bytes = model->view().size();
  *session_bytes = session->memory_bytes();
  *process_bytes = pages_in_memory(mappings());
  return linnet::Status();
}

}  // namespace

int main(int argc, char** argv) {
  const long tokens = argc >= 3 ? std::atol(argv[2]) : 0;
  const double most = argc == 4 ? std::atof(argv[3]) : 8;
  if (argc < 3 || argc > 4 || tokens < 1) {
    std::fprintf(stderr, "usage: peak_memory MODEL TOKENS [MOST_MB_ABOVE_FILE]\n");
    return 2;
  }
  size_t file = 0, session = 0, process = 0;
  const linnet::Status status = answer(argv[1], static_cast<size_t>(tokens), &file, &session, &process);
  if (!status.ok() || process == 0) {
    std::fprintf(stderr, "peak_memory: %s\n", status.ok() ? "/proc/self/maps cannot be read" : status.message());
    return 1;
  }
  const double mb = 1e6, above = (static_cast<double>(process) - static_cast<double>(file)) / mb;
  std::printf(
      "{\"tokens\": %ld, \"process_mb\": %.2f, \"file_mb\": %.2f, \"above_file_mb\": %.2f, \"session_limit_mb\": "
      "%.2f}\n",
      tokens, static_cast<double>(process) / mb, static_cast<double>(file) / mb, above,
      static_cast<double>(session) / mb);
  return above <= most ? 0 : 1;
}
