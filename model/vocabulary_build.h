// Writes the vocabulary section of a model file (vocabulary.h draws it).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"

namespace linnet {

// The token of one id. Without bytes it is a hole: an id that exists in the embedding table but has no text.
struct VocabularyToken {
  std::string bytes;
  bool searchable = true;  // false: WordPiece must not find it (an added token that is not in the model's vocabulary)
};

// The section for tokens[0], tokens[1], ... The same tokens give the same bytes everywhere. `invalid_argument` when two
// searchable tokens are equal, `limit` when there are more tokens or bytes than the section's 32-bit numbers hold.
Result<std::vector<uint8_t>> build_vocabulary(const std::vector<VocabularyToken>& tokens);

}  // namespace linnet
