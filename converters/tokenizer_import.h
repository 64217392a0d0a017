// A checkpoint folder's tokenizer: Hugging Face's tokenizer.json, or vocab.txt with its configuration files, to the
// tokenizer table and the vocabulary section of a model. What the runtime would not do exactly as Hugging Face does is
// an `unsupported` error that names it (docs/tokenizer.md lists what is understood).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "model/linnet_generated.h"

namespace linnet {

struct ImportedTokenizer {
  fbs::TokenizerT graph;  // `vocabulary` is left 0 for the caller, who knows the tensor's index
  std::vector<uint8_t> vocabulary;
  uint32_t truncation = 0;        // tokens, special ones included: what tokenizer.json truncates to; 0 = it does not
  uint32_t model_max_length = 0;  // tokens, special ones included, of tokenizer_config.json; 0 = none or not sane
  std::vector<std::string> warnings;  // facts that do not change ids but that a person may want to know
};

// Prefers tokenizer.json over vocab.txt. `not_found` when the folder has neither, `corrupt` for damaged files.
Result<ImportedTokenizer> import_tokenizer(const std::string& folder);

}  // namespace linnet
