// What sentence-transformers puts around an encoder: modules.json with its pooling, dense and normalization modules,
// and the files that say how long a text may be and which prompts there are.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "converters/convert.h"
#include "converters/tensor_source.h"
#include "model/edit.h"

namespace linnet::internal {

// One module behind the encoder, in the order of modules.json.
struct Module {
  enum class Kind { pooling, dense, normalize };
  Kind kind = Kind::pooling;
  std::string folder;                                      // where its files are
  fbs::PoolMode pooling = fbs::PoolMode::Mean;             // pooling
  uint64_t in_width = 0, out_width = 0;                    // pooling: both the width, 0 when not stated; dense
  bool bias = true;                                        // dense
  bool residual = false;                                   // dense
  fbs::Activation activation = fbs::Activation::Identity;  // dense
};

// A checkpoint's folder taken apart.
struct Modules {
  std::string encoder_folder;  // where config.json, the weights and the tokenizer are
  std::vector<Module> after;   // pooling first
  bool lowercase = false;      // sentence_bert_config.json's do_lower_case
  uint64_t max_tokens = 0;     // its max_seq_length; 0: not stated
};

// "mean", "cls", "max" and "mean_sqrt_len" (also "mean_sqrt_len_tokens") to the schema's modes; others are
// `unsupported`.
Result<fbs::PoolMode> pooling_mode(const std::string& name);

// Reads modules.json and the files it leads to. Without it the folder itself is the encoder, followed by the pooling of
// the options, else with `assume_pooling` by mean pooling, which `notes` calls an assumption. A module, a combination
// of poolings or a setting that is not implemented is `unsupported`.
Result<Modules> read_modules(const std::string& folder, const ConvertOptions& options, bool assume_pooling,
                             std::vector<std::string>* notes);

// Appends the modules behind value `hidden`; the last one's value is "sentence_embedding". `flushed` as in read_floats.
Status add_modules(const Modules& modules, uint32_t hidden, EditableModel* model, uint64_t* flushed);

// Prompts and the default prompt of config_sentence_transformers.json, where there is one.
Status add_prompts(const std::string& folder, EditableModel* model, std::vector<std::string>* notes);

}  // namespace linnet::internal
