// The numerics contract on whole models: the same bytes out, alone or in any batch, in any order, with any number of
// threads, on every instruction set of this machine.

#include <algorithm>
#include <cstring>
#include <gtest/gtest.h>
#include <string_view>

#include "quant/quantize.h"
#include "runtime/kernels/kernels.h"
#include "tests/support/random_model.h"
#include "tests/support/sanitized.h"

namespace linnet {
namespace {

using testing_support::OpenModel;
using testing_support::random_model;
using testing_support::RandomBatch;
using testing_support::RandomModelOptions;
using testing_support::run_together;

struct Case {
  const char* name;
  bool int8;
  RandomModelOptions options;
};

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const bool int8 : {false, true}) {
    for (const testing_support::Family& family : testing_support::families()) {
      all.push_back({family.name, int8, family.options});
    }
  }
  return all;
}

class OneAnswer : public testing::TestWithParam<Case> {
 protected:
  OneAnswer() {
    EditableModel model = random_model(GetParam().options);
    if (GetParam().int8) {
      Result<EditableModel> quantized = quantize_int8(model, {}, nullptr);
      EXPECT_TRUE(quantized.ok()) << quantized.status().message();
      model = *quantized;
    }
    open_ = std::make_unique<OpenModel>(std::move(model));
  }

  Session session(const char* isa, size_t threads, size_t pass_tokens = 0, size_t pass_sequences = 0) {
    SessionOptions options;
    options.isa = isa;
    options.threads = threads;
    options.max_pass_tokens = pass_tokens;
    options.max_pass_sequences = pass_sequences;
    Result<Session> created = Session::create(open_->model(), options);
    EXPECT_TRUE(created.ok()) << created.status().message();
    EXPECT_STREQ(created->isa(), isa);
    return std::move(*created);
  }

  static std::vector<const kernels::KernelTable*> available() {
    std::vector<const kernels::KernelTable*> tables(16);
    tables.resize(kernels::available_tables(tables.data(), tables.size()));
    return tables;
  }

  // An instruction set without FMA is outside of the promise for float models; it has to agree with itself.
  bool promises_the_scalar_answer(const kernels::KernelTable& table) const {
    return GetParam().int8 || table.float_gemm_is_fma;
  }

  static void expect_same_bytes(const std::vector<std::vector<float>>& a, const std::vector<std::vector<float>>& b,
                                const std::string& what) {
    ASSERT_EQ(a.size(), b.size());
    for (size_t i = 0; i < a.size(); ++i) {
      ASSERT_EQ(a[i].size(), b[i].size());
      ASSERT_EQ(std::memcmp(a[i].data(), b[i].data(), a[i].size() * sizeof(float)), 0) << what << ", sequence " << i;
    }
  }

  // What the scalar kernels (or those of `isa`) give for each sequence alone.
  std::vector<std::vector<float>> reference(const std::vector<std::vector<int32_t>>& sequences, const char* output,
                                            const char* isa = "scalar") {
    Session alone = session(isa, 1);
    std::vector<std::vector<float>> rows;
    for (const auto& sequence : sequences) rows.push_back(run_together(alone, open_->model(), {sequence}, output)[0]);
    return rows;
  }

  std::unique_ptr<OpenModel> open_;
};

TEST_P(OneAnswer, ForEveryBatchThreadCountAndInstructionSet) {
  constexpr size_t kCount = kSanitized ? 8 : 64;
  const RandomBatch batch(kCount, kSanitized ? 12 : 40, GetParam().options.vocabulary, 5);
  const auto scalar = reference(batch.sequences, "sentence_embedding");
  for (const kernels::KernelTable* table : available()) {
    const char* const isa = table->isa;
    const auto expected =
        promises_the_scalar_answer(*table) ? scalar : reference(batch.sequences, "sentence_embedding", isa);
    // Plain C++ takes as long as all the others together: half of the thread counts.
    const bool slow = kSanitized || std::string_view(isa) == "scalar";
    for (const size_t threads : {1u, 2u, 3u, 4u}) {
      if ((slow && threads % 2 == 0) || (!kHasThreads && threads > 1)) continue;
      Session s = session(isa, threads);
      for (const size_t size : {1u, 2u, 7u, 64u}) {
        std::vector<std::vector<float>> rows;
        for (size_t i = 0; i < kCount; i += size) {
          const std::vector<std::vector<int32_t>> part(
              batch.sequences.begin() + static_cast<ptrdiff_t>(i),
              batch.sequences.begin() + static_cast<ptrdiff_t>(std::min(i + size, kCount)));
          for (auto& row : run_together(s, open_->model(), part, "sentence_embedding")) rows.push_back(row);
        }
        expect_same_bytes(
            rows, expected,
            std::string(isa) + ", " + std::to_string(threads) + " threads, batch " + std::to_string(size));
      }
    }
  }
}

TEST_P(OneAnswer, ForEveryTokenInEveryOrderAndPassSize) {
  RandomBatch batch(kSanitized ? 6 : 24, kSanitized ? 40 : 150, GetParam().options.vocabulary, 9);
  const std::vector<std::vector<int32_t>> in_order = batch.sequences;
  const auto scalar = reference(in_order, "hidden");
  for (const kernels::KernelTable* table : available()) {
    const char* const isa = table->isa;
    batch.sequences = in_order;
    auto expected = promises_the_scalar_answer(*table) ? scalar : reference(in_order, "hidden", isa);
    std::reverse(batch.sequences.begin(), batch.sequences.end());
    std::reverse(expected.begin(), expected.end());
    Session small = session(isa, kHasThreads ? 2 : 1, 158, 3);
    expect_same_bytes(run_together(small, open_->model(), batch.sequences, "hidden"), expected, isa);
    std::rotate(batch.sequences.begin(), batch.sequences.begin() + 5, batch.sequences.end());
    std::rotate(expected.begin(), expected.begin() + 5, expected.end());
    Session large = session(isa, 1, 10000, 1000);
    expect_same_bytes(run_together(large, open_->model(), batch.sequences, "hidden"), expected, isa);
  }
}

INSTANTIATE_TEST_SUITE_P(Models, OneAnswer, testing::ValuesIn(cases()), [](const auto& parameters) {
  return std::string(parameters.param.name) + (parameters.param.int8 ? "_int8" : "_float");
});

}  // namespace
}  // namespace linnet
