// What may stand in place of a mask, by a language model's head.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "runtime/session.h"

namespace linnet {

struct Filler {
  int32_t id = 0;
  std::string token;
  double probability = 0;
};

// The `top` most probable tokens for each mask of the text, in the order of the text. Needs a model with a language
// model's head (linnet convert --head fill-mask). A text without a mask, or one whose masks stand behind what the model
// takes, is an error.
Result<std::vector<std::vector<Filler>>> fill_masks(const Model& model, Session& session, const std::string& text,
                                                    size_t top);

// What a text writes for a mask, e.g. "[MASK]"; an error when the model has none.
Result<std::string> mask_of(const Model& model);

}  // namespace linnet
