// The vocabulary section of a model file: every token's bytes, and a hash table that is looked up where it lies.
//
//     offset          bytes            what
//     0               4                layout version, 1
//     4               4                tokens: ids are 0 ... tokens - 1; an id without a token is a hole of no bytes
//     8               4                slots of the hash table
//     12              4                id bits b: tokens < 2^b, 1 <= b <= 31
//     16              4                longest: bytes of the longest token in the hash table
//     20              4                text bytes
//     24              8                zero
//     32              4 * (tokens + 1) offsets into the text; token i is [offset i, offset i + 1)
//     ...             4 * slots        slots: 0xffffffff when empty, else hash << b | id
//     ...             text bytes       the tokens, UTF-8, one behind the other in the order of their ids
//
// All numbers are unsigned 32-bit little endian and the section ends with the text. A token's hash is `vocabulary_hash`
// below; its search starts at slot (hash * slots) >> 32 and goes on upwards, from the last slot to the first, until an
// empty one. No run of filled slots is longer than kVocabularyLongestRun, so a search is short whatever the bytes are.
// A token that WordPiece must not find (an added token, which is matched before) has bytes but no slot.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/checked.h"
#include "base/status.h"

namespace linnet {

inline constexpr uint32_t kVocabularyVersion = 1;
inline constexpr uint32_t kVocabularyEmptySlot = 0xffffffffu;
inline constexpr uint32_t kVocabularyLongestRun = 1024;
inline constexpr size_t kVocabularyHeaderBytes = 32;

// FNV-1a, so that the hashes of all prefixes of a word come out of one pass over it, and a finalizer that spreads the
// state over the high bits, which choose the slot, and the low bits, which tell tokens of neighbouring slots apart.
inline constexpr uint32_t kVocabularyHashStart = 2166136261u;
constexpr uint32_t vocabulary_hash_add(uint32_t state, uint8_t byte) { return (state ^ byte) * 16777619u; }
constexpr uint32_t vocabulary_hash_finish(uint32_t state) {
  state ^= state >> 16;
  state *= 0x7feb352du;
  state ^= state >> 15;
  state *= 0x846ca68bu;
  return state ^ (state >> 16);
}
inline uint32_t vocabulary_hash_add(uint32_t state, const uint8_t* bytes, size_t count) {
  for (size_t i = 0; i < count; ++i) state = vocabulary_hash_add(state, bytes[i]);
  return state;
}

// A view of a section that `open` has checked; valid as long as the bytes are. Never allocates.
class Vocabulary {
 public:
  Vocabulary() = default;

  // Checks every byte that a lookup relies on, so that no later call can read outside the section or fail to end.
  // The section may lie at any address. `corrupt` names what is wrong.
  static Result<Vocabulary> open(const uint8_t* section, size_t bytes) {
    if (section == nullptr || bytes < kVocabularyHeaderBytes) {
      return Status::error(Code::corrupt, "vocabulary section: %zu bytes are less than its header", bytes);
    }
    const uint32_t version = load(section);
    if (version != kVocabularyVersion) {
      return Status::error(Code::unsupported, "vocabulary section: layout version %u, this reader knows %u", version,
                           kVocabularyVersion);
    }
    Vocabulary v;
    v.tokens_ = load(section + 4);
    v.slots_ = load(section + 8);
    v.id_bits_ = load(section + 12);
    v.longest_ = load(section + 16);
    const uint32_t text_bytes = load(section + 20);
    if (load(section + 24) != 0 || load(section + 28) != 0) {
      return Status::error(Code::corrupt, "vocabulary section: the reserved bytes of the header are not zero");
    }
    if (v.id_bits_ < 1 || v.id_bits_ > 31 || v.tokens_ >= (1u << v.id_bits_)) {
      return Status::error(Code::corrupt, "vocabulary section: %u tokens do not fit %u id bits", v.tokens_, v.id_bits_);
    }
    const Checked wanted = Checked(kVocabularyHeaderBytes) + Checked(4) * (Checked(v.tokens_) + Checked(1)) +
                           Checked(4) * Checked(v.slots_) + Checked(text_bytes);
    if (!wanted.valid() || wanted.value() != bytes) {
      return Status::error(Code::corrupt, "vocabulary section: %zu bytes, its header describes %llu", bytes,
                           static_cast<unsigned long long>(wanted.value64()));
    }
    v.offsets_ = section + kVocabularyHeaderBytes;
    v.table_ = v.offsets_ + 4 * (static_cast<size_t>(v.tokens_) + 1);
    v.text_ = v.table_ + 4 * static_cast<size_t>(v.slots_);
    LINNET_RETURN_IF_ERROR(v.check_offsets(text_bytes));
    LINNET_RETURN_IF_ERROR(v.check_slots());
    return v;
  }

  uint32_t size() const { return tokens_; }
  // Bytes of the longest token that a lookup can find.
  uint32_t longest() const { return longest_; }

  // The bytes of token `id` (not null-terminated), or null with *bytes = 0 for a hole or an id that does not exist.
  const char* token(uint32_t id, size_t* bytes) const {
    *bytes = 0;
    if (id >= tokens_) return nullptr;
    const uint32_t begin = load(offsets_ + 4 * static_cast<size_t>(id));
    *bytes = load(offsets_ + 4 * (static_cast<size_t>(id) + 1)) - begin;
    return *bytes == 0 ? nullptr : reinterpret_cast<const char*>(text_ + begin);
  }

  // The id of the token prefix + rest, whose finished hash the caller has, or -1. A hash that is not theirs finds
  // nothing or, as the bytes are compared, that same token.
  int32_t find(uint32_t hash, const uint8_t* prefix, size_t prefix_bytes, const uint8_t* rest,
               size_t rest_bytes) const {
    const uint32_t id_mask = (1u << id_bits_) - 1;
    const uint32_t tag = hash << id_bits_;
    uint32_t slot = static_cast<uint32_t>((static_cast<uint64_t>(hash) * slots_) >> 32);
    for (;;) {
      const uint32_t entry = load(table_ + 4 * static_cast<size_t>(slot));
      if (entry == kVocabularyEmptySlot) return -1;
      if ((entry & ~id_mask) == tag) {
        const uint32_t id = entry & id_mask;
        const uint8_t* offset = offsets_ + 4 * static_cast<size_t>(id);
        const uint32_t begin = load(offset);
        if (load(offset + 4) - begin == prefix_bytes + rest_bytes &&
            (prefix_bytes == 0 || std::memcmp(text_ + begin, prefix, prefix_bytes) == 0) &&
            (rest_bytes == 0 || std::memcmp(text_ + begin + prefix_bytes, rest, rest_bytes) == 0)) {
          return static_cast<int32_t>(id);
        }
      }
      if (++slot == slots_) slot = 0;
    }
  }

  int32_t find(const char* token, size_t bytes) const {
    const auto* data = reinterpret_cast<const uint8_t*>(token);
    if (bytes == 0 || bytes > longest_) return -1;
    return find(vocabulary_hash_finish(vocabulary_hash_add(kVocabularyHashStart, data, bytes)), nullptr, 0, data,
                bytes);
  }

 private:
  static uint32_t load(const uint8_t* from) {
    uint32_t value;
    std::memcpy(&value, from, 4);
    return value;
  }

  Status check_offsets(uint32_t text_bytes) const {
    uint32_t previous = 0;
    for (size_t i = 0; i <= tokens_; ++i) {
      const uint32_t offset = load(offsets_ + 4 * i);
      if (offset < previous || offset > text_bytes || (i == 0 && offset != 0)) {
        return Status::error(Code::corrupt, "vocabulary section: offset %zu is %u, outside %u ... %u", i, offset,
                             i == 0 ? 0u : previous, i == 0 ? 0u : text_bytes);
      }
      previous = offset;
    }
    if (previous != text_bytes) {
      return Status::error(Code::corrupt, "vocabulary section: the tokens end at %u, the text at %u", previous,
                           text_bytes);
    }
    return Status();
  }

  // Ids in range, `longest` true, and no run of filled slots (around the end, too) longer than the limit; the last
  // implies that there is an empty slot, where every search ends.
  Status check_slots() const {
    const uint32_t id_mask = (1u << id_bits_) - 1;
    uint32_t run = 0;
    uint32_t first_run = 0;
    uint32_t longest = 0;
    bool any_empty = false;
    for (size_t i = 0; i < slots_; ++i) {
      const uint32_t entry = load(table_ + 4 * i);
      if (entry == kVocabularyEmptySlot) {
        if (!any_empty) first_run = run;
        any_empty = true;
        run = 0;
        continue;
      }
      const uint32_t id = entry & id_mask;
      if (id >= tokens_) {
        return Status::error(Code::corrupt, "vocabulary section: slot %zu holds id %u of %u tokens", i, id, tokens_);
      }
      const uint8_t* offset = offsets_ + 4 * static_cast<size_t>(id);
      const uint32_t bytes = load(offset + 4) - load(offset);
      if (bytes > longest) longest = bytes;
      if (++run > kVocabularyLongestRun) break;
    }
    if (!any_empty || run + first_run > kVocabularyLongestRun) {
      return Status::error(Code::corrupt, "vocabulary section: more than %u filled slots in a row, or none empty",
                           kVocabularyLongestRun);
    }
    if (longest != longest_) {
      return Status::error(Code::corrupt, "vocabulary section: the longest token has %u bytes, the header says %u",
                           longest, longest_);
    }
    return Status();
  }

  const uint8_t* offsets_ = nullptr;
  const uint8_t* table_ = nullptr;
  const uint8_t* text_ = nullptr;
  uint32_t tokens_ = 0;
  uint32_t slots_ = 0;
  uint32_t id_bits_ = 1;
  uint32_t longest_ = 0;
};

}  // namespace linnet
