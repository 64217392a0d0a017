// What classify, tag, fill-mask and rerank have in common: a model, and lines of text for one of its heads.
#pragma once

#include <string>

#include "cli/common.h"
#include "lab/lines.h"

namespace linnet::cli {

struct TextOptions {
  std::string model;
  std::string input = "-";
  std::string prompt;
  size_t batch = 32;
  size_t threads = 0;
  BackendOptions backend;
  bool json = false;
};

// Declares the model and --in, then --threads and --backend. The others are the command's to declare.
void add_text_input(Command& command, TextOptions* options);

// All of it opened. The session holds the model's address.
struct TextInput {
  Model model;
  std::string prompt;  // its text
  lab::LineReader lines;
  Session session;

  Status open(const TextOptions& options);
};

}  // namespace linnet::cli
