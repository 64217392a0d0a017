#include "model/vocabulary_build.h"

#include <algorithm>

#include "base/checked.h"
#include "model/vocabulary.h"

namespace linnet {
namespace {

void store(std::vector<uint8_t>& section, size_t offset, uint32_t value) {
  std::memcpy(section.data() + offset, &value, 4);
}

}  // namespace

Result<std::vector<uint8_t>> build_vocabulary(const std::vector<VocabularyToken>& tokens) {
  constexpr uint64_t kMostTokens = 1u << 24;  // keeps at least 8 bits of the hash in a slot
  constexpr uint64_t kMostBytes = 1u << 30;
  uint64_t text_bytes = 0;
  uint32_t longest = 0;
  size_t searchable = 0;
  for (const VocabularyToken& token : tokens) {
    text_bytes += token.bytes.size();
    if (!token.searchable || token.bytes.empty()) continue;
    ++searchable;
    longest = std::max(longest, static_cast<uint32_t>(std::min<size_t>(token.bytes.size(), kMostBytes)));
  }
  if (tokens.size() >= kMostTokens || text_bytes > kMostBytes) {
    return Status::error(Code::limit, "vocabulary of %zu tokens with %llu bytes: at most %llu tokens and %llu bytes",
                         tokens.size(), static_cast<unsigned long long>(text_bytes),
                         static_cast<unsigned long long>(kMostTokens - 1), static_cast<unsigned long long>(kMostBytes));
  }
  const auto count = static_cast<uint32_t>(tokens.size());
  uint32_t id_bits = 1;
  while ((1u << id_bits) <= count) ++id_bits;
  // Two thirds full: short searches at six bytes a token.
  const auto slots = static_cast<uint32_t>(searchable + searchable / 2 + 1);

  const size_t offsets_at = kVocabularyHeaderBytes;
  const size_t slots_at = offsets_at + 4 * (static_cast<size_t>(count) + 1);
  const size_t text_at = slots_at + 4 * static_cast<size_t>(slots);
  std::vector<uint8_t> section(text_at + static_cast<size_t>(text_bytes), 0);
  const uint32_t header[6] = {kVocabularyVersion, count, slots, id_bits, longest, static_cast<uint32_t>(text_bytes)};
  for (size_t i = 0; i < 6; ++i) store(section, 4 * i, header[i]);

  uint32_t offset = 0;
  std::vector<uint32_t> table(slots, kVocabularyEmptySlot);
  std::vector<uint32_t> id_at(slots, 0);
  for (uint32_t id = 0; id < count; ++id) {
    const std::string& bytes = tokens[id].bytes;
    store(section, offsets_at + 4 * static_cast<size_t>(id), offset);
    std::copy(bytes.begin(), bytes.end(), section.begin() + static_cast<ptrdiff_t>(text_at + offset));
    offset += static_cast<uint32_t>(bytes.size());
    if (!tokens[id].searchable || bytes.empty()) continue;
    const uint32_t hash = vocabulary_hash_finish(
        vocabulary_hash_add(kVocabularyHashStart, reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()));
    auto slot = static_cast<uint32_t>((static_cast<uint64_t>(hash) * slots) >> 32);
    while (table[slot] != kVocabularyEmptySlot) {
      if (tokens[id_at[slot]].bytes == bytes) {
        return Status::error(Code::invalid_argument, "tokens %u and %u are both '%s'", id_at[slot], id, bytes.c_str());
      }
      slot = slot + 1 == slots ? 0 : slot + 1;
    }
    table[slot] = (hash << id_bits) | id;
    id_at[slot] = id;
  }
  store(section, offsets_at + 4 * static_cast<size_t>(count), offset);
  for (size_t i = 0; i < slots; ++i) store(section, slots_at + 4 * i, table[i]);

  // An adversarial vocabulary could crowd its tokens; the reader's own check says so here and not on the device.
  const Result<Vocabulary> view = Vocabulary::open(section.data(), section.size());
  if (!view.ok()) return view.status();
  return section;
}

}  // namespace linnet
