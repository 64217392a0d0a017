// A checkpoint in, a float model out: the folder of a Hugging Face or sentence-transformers checkpoint becomes a model
// that computes the same numbers. docs/converters.md says what is read and what is refused.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "model/edit.h"

namespace linnet {

struct ConvertOptions {
  std::string pooling;  // "mean", "cls", "max" or "mean_sqrt_len"; empty: what the checkpoint says, else mean
  // The head to convert: "classification", "tagging", "qa", "fill-mask" or "none"; empty: the one that config.json's
  // `architectures` name, but none for a language model. Only for checkpoints without modules.json.
  std::string head;
  std::string name;         // the name that the model carries; empty: the checkpoint's own
  uint32_t max_tokens = 0;  // where text is cut, special tokens included; 0: what the checkpoint says
};

// What a person should know about a conversion: one sentence each. They are also part of the model's provenance.
struct ConvertReport {
  std::vector<std::string> notes;  // tensors that were dropped, assumptions, what was changed
};

// Converts the checkpoint in `folder`: config.json, model.safetensors (or its shards), and where there are any, the
// tokenizer files and the modules of sentence-transformers. Every tensor is either used or dropped by name with a note;
// one that is not understood, and every setting that would change the result and is not implemented, is `unsupported`.
// Missing files are `not_found`, damaged ones `corrupt`, weights that are not finite `non_finite`. The same folder and
// options give the same model to the byte; `report` may be null.
Result<EditableModel> convert_checkpoint(const std::string& folder, const ConvertOptions& options,
                                         ConvertReport* report);

// The model types of config.json that convert_checkpoint knows, for help texts: "bert, distilbert, electra, mpnet".
std::string supported_model_types();

}  // namespace linnet
