#include "row_kernels.h"

#include "operands.h"
#include "runtime/plan.h"

namespace linnet::bench {
namespace {

using kernels::KernelTable;

constexpr size_t kWidths[] = {384, 768};
constexpr size_t kRows[] = {1, 16, 128};
constexpr size_t kLengths[] = {16, 128, 384};
constexpr size_t kHeads = 12;
constexpr size_t kHeadWidths[] = {32, 64};

// Rows of random floats, as the runtime lays them out.
struct Rows {
  size_t stride;
  Buffer<float> v;

  Rows(size_t rows, size_t width) : stride(float_stride(width)), v(rows * stride) {
    Random random;
    for (size_t r = 0; r < rows; ++r) {
      for (size_t i = 0; i < width; ++i) v[r * stride + i] = random.real();
    }
  }
};

std::string name_of(const KernelTable& table, const char* op, size_t width, size_t rows, const char* suffix = "") {
  return std::string(kernels::kernel_name(table, op)) + suffix + "/" + std::to_string(width) + "/" +
         std::to_string(rows);
}

RowKernel quantize_rows(const KernelTable& table, size_t width, size_t rows, bool rotated) {
  struct State {
    Rows x;
    Buffer<int8_t> q;
    Buffer<float> scale;
    std::vector<kernels::RotationSegment> segments;
  };
  auto s = std::make_shared<State>(
      State{Rows(rows, width), Buffer<int8_t>(rows * int8_stride(width)), Buffer<float>(rows), {}});
  for (size_t begin = 0; rotated && begin < width; begin += 128) {
    s->segments.push_back({static_cast<uint32_t>(begin), 128, 32});
  }
  return {static_cast<double>(rows * width * 5), 0, [s, width, rows, &table] {
            table.quantize_rows({s->x.v.data(), s->x.stride, rows, width, nullptr, s->segments.data(),
                                 s->segments.size(), s->q.data(), int8_stride(width), s->scale.data()});
          }};
}

// Q, K and V of `tokens` tokens, quantized.
struct HeadsS8 {
  size_t tokens, head_width;
  Rows qkv;
  Buffer<int8_t> q8;
  Buffer<float> scale;

  HeadsS8(size_t count, size_t width)
      : tokens(count),
        head_width(width),
        qkv(count, 3 * kHeads * width),
        q8(3 * kHeads * count * kernels::head_stride(width)),
        scale(3 * kHeads * count) {}
  void quantize(const KernelTable& table) {
    table.quantize_heads({qkv.v.data(), qkv.stride, tokens, kHeads, head_width, tokens, q8.data(), scale.data()});
  }
  const int8_t* part(size_t which) { return q8.data() + which * kHeads * tokens * kernels::head_stride(head_width); }
  const float* part_scale(size_t which) { return scale.data() + which * kHeads * tokens; }
};

RowKernel quantize_heads(const KernelTable& table, size_t head_width, size_t tokens) {
  auto heads = std::make_shared<HeadsS8>(tokens, head_width);
  return {static_cast<double>(tokens * 3 * kHeads * head_width * 5), 0, [heads, &table] { heads->quantize(table); }};
}

// One head of one sequence: two products of length x length x head_width.
double attention_macs(size_t length, size_t head_width) {
  return 2.0 * static_cast<double>(length) * static_cast<double>(length) * static_cast<double>(head_width);
}

RowKernel attention_s8(const KernelTable& table, size_t head_width, size_t length) {
  struct State {
    HeadsS8 heads;
    Buffer<float> context;
    Buffer<uint8_t> scratch;
  };
  const size_t stride = float_stride(kHeads * head_width);
  auto s = std::make_shared<State>(State{HeadsS8(length, head_width), Buffer<float>(length * stride),
                                         Buffer<uint8_t>(table.attention_s8_scratch(length, head_width))});
  s->heads.quantize(table);
  return {static_cast<double>(length * head_width * 7), attention_macs(length, head_width),
          [s, head_width, length, stride, &table] {
            HeadsS8& h = s->heads;
            table.attention_s8({h.part(0), h.part(1), h.part(2), h.part_scale(0), h.part_scale(1), h.part_scale(2),
                                length, 0, length, head_width, nullptr, s->context.data(), stride, s->scratch.data()});
          }};
}

RowKernel attention_f32(const KernelTable& table, size_t head_width, size_t length) {
  struct State {
    Rows qkv;
    Buffer<float> context;
    Buffer<uint8_t> scratch;
  };
  const size_t width = kHeads * head_width, stride = float_stride(width);
  auto s = std::make_shared<State>(State{Rows(length, 3 * width), Buffer<float>(length * stride),
                                         Buffer<uint8_t>(table.attention_f32_scratch(length, head_width))});
  return {static_cast<double>(length * head_width * 16), attention_macs(length, head_width),
          [s, head_width, length, width, stride, &table] {
            const float* row = s->qkv.v.data();
            table.attention_f32({row, row + width, row + 2 * width, s->qkv.stride, length, 0, length, head_width,
                                 nullptr, s->context.data(), stride, s->scratch.data()});
          }};
}

RowKernel norm(const KernelTable& table, size_t width, size_t rows) {
  struct State {
    Rows x, y, gamma;
  };
  auto s = std::make_shared<State>(State{Rows(rows, width), Rows(rows, width), Rows(1, width)});
  return {static_cast<double>(rows * width * 8), 0, [s, width, rows, &table] {
            table.norm({s->x.v.data(), s->x.stride, rows, width, s->gamma.v.data(), s->gamma.v.data(), 1e-12f,
                        s->y.v.data(), s->y.stride});
          }};
}

RowKernel embed(const KernelTable& table, size_t width, size_t rows) {
  constexpr size_t kVocabulary = 30522, kPositions = 512;
  struct State {
    Buffer<int8_t> word, position, type;
    Buffer<float> scale;
    std::vector<uint32_t> word_row, position_row;
    Rows y;
  };
  auto s = std::make_shared<State>(State{Buffer<int8_t>(kVocabulary * width), Buffer<int8_t>(kPositions * width),
                                         Buffer<int8_t>(width), Buffer<float>(kVocabulary), std::vector<uint32_t>(rows),
                                         std::vector<uint32_t>(rows), Rows(rows, width)});
  Random random;
  for (size_t i = 0; i < rows; ++i) {
    s->word_row[i] = random.next() % kVocabulary;
    s->position_row[i] = static_cast<uint32_t>(i % kPositions);
  }
  return {static_cast<double>(rows * width * 7), 0, [s, width, rows, &table] {
            const auto of = [&](const Buffer<int8_t>& t) {
              return kernels::EmbeddingTable{nullptr, t.data(), s->scale.data()};
            };
            table.embed({of(s->word), of(s->position), of(s->type), true, true, s->word_row.data(),
                         s->position_row.data(), rows, width, s->y.v.data(), s->y.stride});
          }};
}

RowKernel pool(const KernelTable& table, size_t width, size_t rows) {
  struct State {
    Rows x, y;
  };
  auto s = std::make_shared<State>(State{Rows(rows, width), Rows(1, width)});
  return {static_cast<double>(rows * width * 4), 0, [s, width, rows, &table] {
            table.pool({s->x.v.data(), s->x.stride, rows, width, kernels::Pooling::mean, s->y.v.data()});
          }};
}

RowKernel l2_normalize(const KernelTable& table, size_t width, size_t rows) {
  struct State {
    Rows x, y;
  };
  auto s = std::make_shared<State>(State{Rows(rows, width), Rows(rows, width)});
  return {static_cast<double>(rows * width * 8), 0, [s, width, rows, &table] {
            table.l2_normalize({s->x.v.data(), s->x.stride, rows, width, s->y.v.data(), s->y.stride});
          }};
}

RowKernel find_non_finite(const KernelTable& table, size_t width, size_t rows) {
  auto x = std::make_shared<Rows>(rows, width);
  return {static_cast<double>(rows * width * 4), 0,
          [x, width, rows, &table] { (void)table.find_non_finite(x->v.data(), x->stride, rows, width); }};
}

}  // namespace

std::vector<RowKernelCase> row_kernels(const KernelTable& table) {
  std::vector<RowKernelCase> cases;
  const auto add = [&](const char* op, auto make, size_t width, size_t rows) {
    cases.push_back({name_of(table, op, width, rows), [=, &table] { return make(table, width, rows); }});
  };
  for (const size_t rows : kRows) {
    for (const size_t width : {size_t{384}, size_t{768}, size_t{1536}, size_t{3072}}) {
      for (const bool rotated : {false, true}) {
        cases.push_back({name_of(table, "quantize_rows", width, rows, rotated ? "/rotated" : ""),
                         [=, &table] { return quantize_rows(table, width, rows, rotated); }});
      }
    }
    for (const size_t width : kWidths) {
      add("norm", norm, width, rows);
      add("embed", embed, width, rows);
      add("pool", pool, width, rows);
      add("l2_normalize", l2_normalize, width, rows);
      add("find_non_finite", find_non_finite, width, rows);
    }
  }
  for (const size_t head_width : kHeadWidths) {
    for (const size_t length : kLengths) {
      add("quantize_heads", quantize_heads, head_width, length);
      add("attention_s8", attention_s8, head_width, length);
      add("attention_f32", attention_f32, head_width, length);
    }
  }
  return cases;
}

}  // namespace linnet::bench
