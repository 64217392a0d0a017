// Inputs of thousands of tokens: no matrix of all tokens by all tokens exists anywhere.
#include <cstring>
#include <gtest/gtest.h>

#include "quant/quantize.h"
#include "runtime/kernels/kernels.h"
#include "tests/support/random_model.h"
#include "tests/support/sanitized.h"

namespace linnet {
namespace {

using testing_support::OpenModel;
using testing_support::random_model;
using testing_support::RandomModelOptions;
using testing_support::run_together;

constexpr uint32_t kTokens = 8192;

// One layer with heads of 32.
EditableModel int8_model(uint32_t width, uint32_t hidden) {
  RandomModelOptions options;
  options.positions = kTokens + 2;  // positions of these models begin at 2
  options.width = width;
  options.heads = width / 32;
  options.head_width = 32;
  options.hidden = hidden;
  options.layers = 1;
  Result<EditableModel> quantized = quantize_int8(random_model(options), {}, nullptr);
  EXPECT_TRUE(quantized.ok()) << quantized.status().message();
  return std::move(*quantized);
}

// The shape of MiniLM, with more positions. Beside what a token takes in every buffer, a session has what does not
// depend on the tokens: doubling them may at most double the memory.
TEST(LongInput, MemoryIsLinearInTheTokens) {
  const OpenModel open(int8_model(384, 1536));
  size_t before = 0;
  for (size_t tokens = 1024; tokens <= kTokens; tokens *= 2) {
    SessionOptions session_options;
    session_options.max_pass_tokens = tokens;
    const Result<Session> session = Session::create(open.model(), session_options);
    ASSERT_TRUE(session.ok()) << session.status().message();
    const size_t bytes = session->memory_bytes();
    if (before > 0) {
      EXPECT_LE(bytes, 2 * before) << tokens << " tokens";
    }
    before = bytes;
  }
  // Per token: two values of 384 floats, Q, K and V as bytes, the context, a quantized row and, in the scratch memory
  // of attention, a score for each of 16 queries and the token's K and V again: 8 KiB at most.
  EXPECT_LE(before, kTokens * size_t{8192});
}

TEST(LongInput, EightThousandTokensGiveTheSameBytesOnEveryInstructionSet) {
  const OpenModel open(int8_model(64, 64));
  std::vector<int32_t> ids(kSanitized ? kTokens / 8 : kTokens);
  for (size_t i = 0; i < ids.size(); ++i) ids[i] = static_cast<int32_t>((i * i + 7 * i) % 97);

  const kernels::KernelTable* tables[16];
  const size_t count = kernels::available_tables(tables, 16);
  std::vector<float> expected;
  for (size_t i = 0; i < count; ++i) {
    SessionOptions session_options;
    session_options.isa = tables[i]->isa;
    session_options.max_pass_tokens = ids.size();
    session_options.threads = kHasThreads ? 2 : 1;
    Result<Session> session = Session::create(open.model(), session_options);
    ASSERT_TRUE(session.ok()) << session.status().message();
    const std::vector<float> row = run_together(*session, open.model(), {ids}, "sentence_embedding")[0];
    if (expected.empty()) expected = row;
    ASSERT_EQ(std::memcmp(row.data(), expected.data(), row.size() * sizeof(float)), 0) << tables[i]->isa;
  }
}

}  // namespace
}  // namespace linnet
