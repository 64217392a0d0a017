// What may stand in place of a mask, by a language model's head.
#pragma once

#include <cstddef>

#include "base/status.h"
#include "linnet/linnet.h"
#include "runtime/session.h"

namespace linnet {

using Filler = linnet_filler;

// For each mask of the text, in their order, the `top` most probable tokens, the most probable first and of equals the
// one with the smaller id; fewer where the vocabulary has no more, the rest with the id -1. *masks says how many masks
// there are: `limit` when these do not fit into `capacity` fillers. Needs a language model's head. A text without a
// mask, or one whose masks stand behind what the model takes, is an error.
Status fill_masks(const Model& model, Session& session, const fbs::Head& head, const Text& text, size_t top,
                  Filler* fillers, size_t capacity, size_t* masks);

}  // namespace linnet
