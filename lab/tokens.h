// Token ids of texts, and token ids written by hand.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "runtime/session.h"

namespace linnet::lab {

// Tokenizes one text at a time without a session (which would plan a whole network).
class TextEncoder {
 public:
  // The model must outlive the encoder. `prompt`: the name of a prompt, or null for the default one.
  static Result<TextEncoder> create(const Model& model, const char* prompt);

  // Ids with special tokens; truncated as embed does, or not at all.
  Status encode(std::string_view text, bool truncate, std::vector<int32_t>* ids);

  // The token of an id.
  std::string token(int32_t id) const;

 private:
  struct Release {
    void operator()(void* memory) const;
  };

  const Model* model_ = nullptr;
  std::string prompt_;
  std::unique_ptr<void, Release> scratch_;
};

// "101 2054 102" to ids; numbers are separated by spaces or commas.
Result<std::vector<int32_t>> parse_ids(std::string_view text);

// `count` ids that any model with this vocabulary accepts, the same on every machine: a stand-in for text when the time
// of a run is all that matters.
std::vector<int32_t> sample_ids(const Model& model, size_t count);

}  // namespace linnet::lab
