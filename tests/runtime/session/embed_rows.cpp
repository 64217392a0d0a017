// What the tests of other machines run of the library, over the runtime alone: it is built there in a part of the time
// that the command takes, which has the converters and the tools in it.
//
//     embed_rows MODEL TEXTS BATCH THREADS ROWS
//     embed_rows
//
// The first form embeds a file of texts, one a line, BATCH lines a call, writes the rows as raw floats and prints the
// instruction set; the second prints the instruction sets of this CPU, best first, plain C++ last.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "runtime/kernels/kernels.h"
#include "runtime/session.h"

namespace linnet {
namespace {

Status print_tables() {
  constexpr size_t kMost = 32;
  const kernels::KernelTable* tables[kMost];
  const size_t count = kernels::available_tables(tables, kMost);
  const Result<const kernels::KernelTable*> selected = kernels::select_table_from_environment();
  if (!selected.ok()) return selected.status();
  for (size_t i = 0; i < count; ++i) std::printf("%s\n", tables[i]->isa);
  return Status();
}

Status embed(const char* path, const char* texts_path, size_t batch, size_t threads, const char* rows_path) {
  const Result<Model> model = Model::open(path);
  if (!model.ok()) return model.status();
  const Result<uint32_t> value = model->find_value(nullptr);
  if (!value.ok()) return value.status();
  const Result<const char*> prompt = model->find_prompt(nullptr);
  if (!prompt.ok()) return prompt.status();
  SessionOptions options;
  options.threads = threads;
  Result<Session> session = Session::create(*model, options);
  if (!session.ok()) return session.status();

  std::vector<std::string> lines;
  std::ifstream in(texts_path);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  if (!in.eof()) return Status::error(Code::io, "%s cannot be read", texts_path);
  std::vector<Text> texts;
  texts.reserve(lines.size());
  for (const std::string& line : lines) texts.push_back({line.data(), line.size()});
  const size_t width = model->value(*value).width();
  std::vector<float> rows(texts.size() * width);
  for (size_t i = 0; i < texts.size(); i += batch) {
    const size_t count = std::min(batch, texts.size() - i);
    LINNET_RETURN_IF_ERROR(session->embed(texts.data() + i, count, *prompt, rows.data() + i * width, width));
  }

  std::ofstream out(rows_path, std::ios::binary);
  out.write(reinterpret_cast<const char*>(rows.data()), static_cast<std::streamsize>(rows.size() * sizeof(float)));
  out.close();
  if (!out) return Status::error(Code::io, "%s cannot be written", rows_path);
  std::printf("%s\n", session->isa());
  return Status();
}

}  // namespace
}  // namespace linnet

int main(int argc, char** argv) {
  const long batch = argc == 6 ? std::atol(argv[3]) : 1, threads = argc == 6 ? std::atol(argv[4]) : 1;
  if ((argc != 1 && argc != 6) || batch < 1 || threads < 1) {
    std::fprintf(stderr, "usage: embed_rows [MODEL TEXTS BATCH THREADS ROWS]\n");
    return 2;
  }
  const linnet::Status status =
      argc == 1 ? linnet::print_tables()
                : linnet::embed(argv[1], argv[2], static_cast<size_t>(batch), static_cast<size_t>(threads), argv[5]);
  if (!status.ok()) std::fprintf(stderr, "embed_rows: %s\n", status.message());
  return status.ok() ? 0 : 1;
}
