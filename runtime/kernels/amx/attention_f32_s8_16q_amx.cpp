#if (!defined(__AMX_INT8__) && !defined(__AMXINT8__)) || !defined(__AVX512VNNI__)  // clang 14 writes the latter
#error "compile with -mamx-tile -mamx-int8 and the flags of avx512vnni"
#endif

#define LINNET_VEC16 "runtime/kernels/vec16_avx512.h"
#include "runtime/kernels/amx/tiles.h"
#include "runtime/kernels/generic/attention_s8_quads.inc.h"
#include "runtime/kernels/kernel_list.h"

namespace linnet::kernels {

namespace {

// Both products transposed, so that the 16 queries are the columns of every result and no shuffle is needed between:
//   S^T = K Q^T    tiles 0 and 1: 16 keys x 16 queries; 2 and 3: rows of K; 4: Q^T
//   O^T = V^T P^T  tiles 0 and 1: 16 columns of V x 16 queries; 5 and 6: rows of V^T; 7: P^T
// An Engine of attention_s8.inc.h.
struct ByTiles {
  static constexpr size_t kPerDword = 4;
  static constexpr size_t kKeysAStep = 32;

  // Bytes from one row of V^T to the next; not a multiple of 1 KiB, where the rows of a tile would share cache sets.
  LINNET_INLINE static size_t value_stride(size_t length) {
    const size_t keys = padded(length, 64);
    return keys % 1024 == 0 ? keys + 64 : keys;
  }
  // A tile multiplies 16 keys and up to 64 bytes of each. What is less is copied to whole tiles.
  LINNET_INLINE static size_t key_stride(size_t hs) { return hs > 64 ? padded(hs, 64) : hs; }
  LINNET_INLINE static bool copies_keys(size_t length, size_t hs) { return length < 16 || key_stride(hs) != hs; }

  LINNET_INLINE static AttentionS8Scratch layout(size_t length, size_t head_width, void* base) {
    Scratch s = {static_cast<char*>(base)};
    const size_t keys = padded(length, 16), hs = padded(head_width, 16);
    AttentionS8Scratch r;
    r.scores = static_cast<float*>(s.take(keys * 64));
    r.keys = static_cast<int8_t*>(s.take((copies_keys(length, hs) ? keys : 16) * key_stride(hs)));
    r.value_stride = value_stride(length);
    r.values = static_cast<int32_t*>(s.take(hs * r.value_stride));
    r.value_scale = static_cast<int16_t*>(s.take(keys * 2));
    r.query = static_cast<int32_t*>(s.take(padded(hs, 64) / 4 * 64));
    r.weights = static_cast<int32_t*>(s.take(kBlock / 2 * 64));
    r.probability = static_cast<int32_t*>(s.take(kBlock / 4 * 64));
    r.out = static_cast<float*>(s.take(hs * 64));
    r.bytes = s.used;
    return r;
  }

  LINNET_INLINE static void prepare(const AttentionS8Args& a, size_t hs, const AttentionS8Scratch& s) {
    if (copies_keys(a.length, hs)) {
      const size_t stride = key_stride(hs);
      for (size_t j = 0; j < a.length; ++j) {
        for (size_t i = 0; i < stride; i += 16) {
          const __m128i part = i < hs ? _mm_loadu_si128(reinterpret_cast<const __m128i*>(a.k + j * hs + i)) : __m128i{};
          _mm_store_si128(reinterpret_cast<__m128i*>(s.keys + j * stride + i), part);
        }
      }
    }
    int8_t* const values = reinterpret_cast<int8_t*>(s.values);
    const size_t stride = value_stride(a.length);
    for (size_t j = 0; j < a.length; j += 64) {
      for (size_t d = 0; d < hs; d += 16) {
        Ints quads[16];
        for (size_t g = 0; g < 16; ++g) {
          const int8_t* rows[4];
          for (size_t i = 0; i < 4; ++i) rows[i] = a.v + smaller(j + 4 * g + i, a.length - 1) * hs;
          quads[g] = QuadDot::pack_values(rows, d);
        }
        transpose(quads);
        for (size_t i = 0; i < 16; ++i) store_raw(values + (d + i) * stride + j, quads[i]);
      }
    }
  }

  LINNET_INLINE static Ints load_query(const int8_t* q, size_t dword) { return QuadDot::load_query(q, dword); }

  // The sums of 32 keys at a time go to where their scores will be, and are turned into scores while the next ones are
  // multiplied. The last 16 keys overlap the ones before: what is multiplied twice has not been turned into scores yet.
  [[gnu::noinline]] static void score_all_keys(const AttentionS8Args& a, const AttentionS8Scratch& s, size_t hs,
                                               Queries& state) {
    Queries t = state;
    load_queries<ByTiles>(a, s, hs, t);
    const size_t stride = key_stride(hs), last = a.length > 16 ? a.length - 16 : 0;
    for (size_t i = hs / 4; i < stride / 4; ++i) store_ints(s.query + i * 16, splat_int(0));
    const int8_t* const keys = copies_keys(a.length, hs) ? s.keys : a.k;
    stores_before_tile_loads();
    const bool one_tile = stride <= 64;
    if (one_tile) _tile_loadd(4, s.query, 64);
    t.largest = splat(kLowest);
    for (size_t j = 0; j < a.length; j += kKeysAStep) {
      const size_t j0 = smaller(j, last), j1 = smaller(j + 16, last);
      _tile_zero(0);
      _tile_zero(1);
      for (size_t i = 0; i < stride; i += 64) {
        if (!one_tile) _tile_loadd(4, s.query + i * 4, 64);
        _tile_loadd(2, keys + j0 * stride + i, stride);
        _tile_dpbssd(0, 2, 4);
        _tile_loadd(3, keys + j1 * stride + i, stride);
        _tile_dpbssd(1, 3, 4);
      }
      _tile_stored(0, s.scores + j0 * 16, 64);
      _tile_stored(1, s.scores + j1 * 16, 64);
      if (j > 0) convert(a, s, j - kKeysAStep, j, t);
    }
    convert(a, s, (a.length - 1) / kKeysAStep * kKeysAStep, a.length, t);
    pad_scores(a, s);
    state.largest = t.largest;
  }

  LINNET_INLINE static void pack_probabilities(int32_t* out, size_t i, Ints p01, Ints p23) {
    QuadDot::pack_probabilities(out, i, p01, p23);
  }

  // Keys behind the block's last weigh nothing.
  [[gnu::noinline]] static void add_block(const AttentionS8Scratch& s, size_t hs, size_t block, size_t count,
                                          Floats unit) {
    for (size_t i = count / 4; i < padded(count, 64) / 4; ++i) store_ints(s.probability + i * 16, splat_int(0));
    stores_before_tile_loads();
    const size_t stride = s.value_stride;
    const int8_t* const values = reinterpret_cast<const int8_t*>(s.values) + block;
    alignas(64) int32_t sums[32 * 16];
    for (size_t d = 0; d < hs; d += 32) {
      const bool two = hs - d > 16;
      _tile_zero(0);
      _tile_zero(1);
      for (size_t j = 0; j < count; j += 64) {
        _tile_loadd(7, s.probability + j * 4, 64);
        _tile_loadd(5, values + d * stride + j, stride);
        _tile_dpbsud(0, 5, 7);
        if (two) {
          _tile_loadd(6, values + (d + 16) * stride + j, stride);
          _tile_dpbsud(1, 6, 7);
        }
      }
      _tile_stored(0, sums, 64);
      if (two) _tile_stored(1, sums + 16 * 16, 64);
      for (size_t i = 0; i < (two ? 32 : 16); ++i) add_to_output(s, block, d + i, load_ints(sums + i * 16), unit);
    }
  }

 private:
  // Sums to scores, four at a time so that no maximum waits for the one before.
  LINNET_INLINE static void convert(const AttentionS8Args& a, const AttentionS8Scratch& s, size_t begin, size_t end,
                                    Queries& t) {
    Floats largest[4];
    LINNET_UNROLL
    for (size_t u = 0; u < 4; ++u) largest[u] = t.largest;
    size_t j = begin;
    for (; j + 4 <= end; j += 4) {
      LINNET_UNROLL
      for (size_t u = 0; u < 4; ++u) {
        largest[u] = max(keep_score(a, s, j + u, bits(load(s.scores + (j + u) * 16)), t), largest[u]);
      }
    }
    for (; j < end; ++j) largest[0] = max(keep_score(a, s, j, bits(load(s.scores + j * 16)), t), largest[0]);
    t.largest = max(max(largest[0], largest[1]), max(largest[2], largest[3]));
  }
};

// Up to so many keys the dot products of AVX512-VNNI are faster: tiles are configured, filled up and emptied again.
constexpr size_t kVnniKeys = 32;

}  // namespace

size_t attention_f32_s8_16q_amx_scratch(size_t length, size_t head_width) {
  const size_t by_tiles = ByTiles::layout(length, head_width, nullptr).bytes;
  const size_t by_lanes = attention_f32_s8_16q_avx512vnni_scratch(smaller(length, kVnniKeys), head_width);
  return by_tiles > by_lanes ? by_tiles : by_lanes;
}

void attention_f32_s8_16q_amx(const AttentionS8Args& a) {
  if (a.length <= kVnniKeys) return attention_f32_s8_16q_avx512vnni(a);
  const size_t key_bytes = smaller(padded(a.head_width, 16), 64);
  TileConfig config;
  for (const size_t tile : {0, 1, 5, 6, 7}) config.set(tile, 16, 64);
  for (const size_t tile : {2, 3}) config.set(tile, 16, key_bytes);
  config.set(4, key_bytes / 4, 64);
  const Tiles tiles_of_this_call(config);
  attention_s8<ByTiles>(a);
}

}  // namespace linnet::kernels
