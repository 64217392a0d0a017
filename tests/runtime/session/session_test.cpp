#include "runtime/session.h"

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <gtest/gtest.h>
#include <limits>

#include "quant/quantize.h"
#include "tests/support/random_model.h"

#if defined(__SSE2__)
#include <xmmintrin.h>
#endif
#if !defined(__wasm__)
#include <thread>
#endif

namespace linnet {
namespace {

using testing_support::OpenModel;
using testing_support::random_model;
using testing_support::RandomBatch;
using testing_support::run_together;

class SessionTest : public testing::Test {
 protected:
  OpenModel open_{random_model({})};

  Status run_ids(Session& session, std::vector<int32_t> ids, std::vector<size_t> lengths,
                 const char* output = "sentence_embedding") {
    const Result<uint32_t> value = open_.model().find_value(output);
    std::vector<float> out(10000);
    const Tap tap = {*value, out.data(), 36};
    return session.run(ids.data(), lengths.data(), lengths.size(), &tap, 1);
  }
};

TEST_F(SessionTest, EveryValueCanBeTappedAndATapDoesNotChangeTheOthers) {
  Result<Session> session = Session::create(open_.model());
  ASSERT_TRUE(session.ok()) << session.status().message();
  const RandomBatch batch(5, 20, 97, 3);
  std::vector<int32_t> ids;
  std::vector<size_t> lengths;
  for (const auto& s : batch.sequences) {
    ids.insert(ids.end(), s.begin(), s.end());
    lengths.push_back(s.size());
  }
  const size_t values = open_.model().graph().values()->size();
  std::vector<std::vector<float>> together(values);
  std::vector<Tap> taps;
  for (uint32_t v = 0; v < values; ++v) {
    together[v].assign(ids.size() * 36, 0.0f);
    taps.push_back({v, together[v].data(), 36});
  }
  ASSERT_TRUE(session->run(ids.data(), lengths.data(), lengths.size(), taps.data(), taps.size()).ok());
  for (uint32_t v = 0; v < values; ++v) {
    std::vector<float> alone(ids.size() * 36, 0.0f);
    const Tap tap = {v, alone.data(), 36};
    ASSERT_TRUE(session->run(ids.data(), lengths.data(), lengths.size(), &tap, 1).ok());
    EXPECT_EQ(alone, together[v]) << open_.model().value(v).name()->c_str();
  }
}

TEST_F(SessionTest, RefusesWhatCannotRunAndNamesIt) {
  Result<Session> session = Session::create(open_.model());
  ASSERT_TRUE(session.ok());
  EXPECT_NE(std::string(run_ids(*session, {1, 2, 97}, {1, 2}).message()).find("sequence 1"), std::string::npos);
  EXPECT_EQ(run_ids(*session, {1, 2, 97}, {1, 2}).code(), Code::invalid_argument);
  EXPECT_EQ(run_ids(*session, {-1}, {1}).code(), Code::invalid_argument);
  EXPECT_EQ(run_ids(*session, {1}, {1, 0}).code(), Code::invalid_argument);
  EXPECT_EQ(run_ids(*session, std::vector<int32_t>(159, 3), {159}).code(), Code::limit);
  EXPECT_TRUE(run_ids(*session, std::vector<int32_t>(158, 3), {158}).ok());
  EXPECT_TRUE(run_ids(*session, {5, 6}, {2}).ok()) << "a refused call must not harm the next one";
}

TEST_F(SessionTest, NamesUnknownOutputsInstructionSetsAndOptions) {
  const Result<uint32_t> value = open_.model().find_value("pooler");
  EXPECT_EQ(value.status().code(), Code::not_found);
  EXPECT_NE(std::string(value.status().message()).find("hidden, sentence_embedding"), std::string::npos);
  SessionOptions options;
  options.isa = "mmx";
  EXPECT_FALSE(Session::create(open_.model(), options).ok());
  options = {};
  options.threads = 0;
  EXPECT_EQ(Session::create(open_.model(), options).status().code(), Code::invalid_argument);
  options.threads = 2;
  EXPECT_EQ(Session::create(open_.model(), options).status().code(), kHasThreads ? Code::ok : Code::unsupported);
  options = {};
  options.max_pass_tokens = SIZE_MAX / 2;
  EXPECT_EQ(Session::create(open_.model(), options).status().code(), Code::limit);
}

// A weight that became an infinity must not become a number again somewhere on the way.
TEST_F(SessionTest, ReportsTheSequenceAndTokenOfANonFiniteRow) {
  for (const bool int8 : {false, true}) {
    EditableModel model = random_model({});
    if (int8) model = *quantize_int8(model, {}, nullptr);
    // Row 42 of the word table (float) or its scale (INT8) goes bad.
    const fbs::EmbedT& embed = *model.graph.ops[0]->body.AsEmbed();
    const float bad = std::numeric_limits<float>::quiet_NaN();
    std::vector<uint8_t>& section = model.sections[int8 ? static_cast<size_t>(embed.word_scale) : embed.word];
    std::memcpy(section.data() + 42 * (int8 ? 1 : 48) * sizeof(float), &bad, sizeof bad);
    const OpenModel open(std::move(model));
    Result<Session> session = Session::create(open.model());
    ASSERT_TRUE(session.ok());
    std::vector<float> out(36 * 2);
    const Tap tap = {*open.model().find_value(nullptr), out.data(), 36};
    const std::vector<int32_t> ids = {3, 4, 5, 6, 42, 7};
    const std::vector<size_t> lengths = {3, 3};
    const Status status = session->run(ids.data(), lengths.data(), 2, &tap, 1);
    EXPECT_EQ(status.code(), Code::non_finite);
    EXPECT_NE(std::string(status.message()).find("sequence 1"), std::string::npos) << status.message();
    if (int8) {
      EXPECT_NE(std::string(status.message()).find("token 1"), std::string::npos) << status.message();
    }
    const std::vector<int32_t> good = {3, 4, 5};
    const size_t three = 3;
    EXPECT_TRUE(session->run(good.data(), &three, 1, &tap, 1).ok());
  }
}

TEST_F(SessionTest, ManySessionsRunOverOneModelAtOnce) {
#if defined(__wasm__)
  GTEST_SKIP() << "there are no threads";
#else
  const RandomBatch batch(16, 30, 97, 11);
  Result<Session> first = Session::create(open_.model());
  ASSERT_TRUE(first.ok());
  const auto expected = run_together(*first, open_.model(), batch.sequences, "hidden");
  std::vector<std::thread> threads;
  std::vector<int> same(4, 0);
  for (size_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      Result<Session> session = Session::create(open_.model());
      for (int round = 0; round < 5; ++round) {
        same[t] += run_together(*session, open_.model(), batch.sequences, "hidden") == expected;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(same, std::vector<int>(4, 5));
#endif
}

TEST_F(SessionTest, RunsOnTheHostsOwnParallelFor) {
  const RandomBatch batch(9, 60, 97, 13);
  Result<Session> ours = Session::create(open_.model());
  const auto expected = run_together(*ours, open_.model(), batch.sequences, "hidden");
  static int calls = 0;
  SessionOptions options;
  // Backwards, and with workers in turn: nothing may depend on the order.
  options.parallel = {[](void*, size_t count, ParallelFor::Task task, void* context) {
                        ++calls;
                        for (size_t i = count; i-- > 0;) task(context, i, i % 3);
                      },
                      nullptr, 3};
  Result<Session> hosts = Session::create(open_.model(), options);
  EXPECT_EQ(run_together(*hosts, open_.model(), batch.sequences, "hidden"), expected);
  EXPECT_GT(calls, 0);
}

// A host that flushes subnormals to zero, on its own threads too, gets the same bytes and keeps its setting.
TEST_F(SessionTest, DoesNotDependOnTheHostsFloatControlWord) {
#if !defined(__SSE2__)
  GTEST_SKIP() << "sets the control word of x86";
#else
  EditableModel model = random_model({});
  // Subnormal inputs to every GEMM: a model that would notice.
  fbs::NormT* norm = model.graph.ops[1]->body.AsNorm();
  std::vector<float> gamma = model.read_f32(norm->gamma);
  for (float& g : gamma) g *= 1e-39f;
  norm->gamma = model.add_rows("tiny", {gamma.size()}, std::span<const float>(gamma));
  norm->beta = -1;
  const OpenModel open(std::move(model));
  const RandomBatch batch(4, 20, 97, 17);
  Result<Session> usual = Session::create(open.model());
  const auto expected = run_together(*usual, open.model(), batch.sequences, "hidden");
  SessionOptions options;
  options.parallel = {[](void*, size_t count, ParallelFor::Task task, void* context) {
                        const unsigned before = _mm_getcsr();
                        _mm_setcsr(before | 0x8040);
                        for (size_t i = 0; i < count; ++i) task(context, i, 0);
                        _mm_setcsr(before);
                      },
                      nullptr, 2};
  Result<Session> hosts = Session::create(open.model(), options);
  const unsigned before = _mm_getcsr();
  _mm_setcsr(before | 0x8040);  // flush to zero, subnormals are zeros
  const auto flushed = run_together(*hosts, open.model(), batch.sequences, "hidden");
  EXPECT_EQ(_mm_getcsr() & 0x8040, 0x8040u) << "the host's setting is gone";
  _mm_setcsr(before);
  EXPECT_EQ(flushed, expected);
#endif
}

TEST_F(SessionTest, FailsCleanlyWhenAnyAllocationFails) {
  struct Budget {
    int left;
    int live = 0;
  };
  for (int allowed = 0;; ++allowed) {
    Budget budget = {allowed};
    SessionOptions options;
    options.allocator = {[](void* self, size_t bytes, size_t alignment) -> void* {
                           Budget& b = *static_cast<Budget*>(self);
                           if (b.left-- <= 0) return nullptr;
                           ++b.live;
                           return std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
                         },
                         [](void* self, void* memory) {
                           --static_cast<Budget*>(self)->live;
                           std::free(memory);
                         },
                         &budget};
    bool done = false;
    {
      const Result<Session> session = Session::create(open_.model(), options);
      done = session.ok();
      if (!done) {
        EXPECT_EQ(session.status().code(), Code::out_of_memory);
      }
    }
    EXPECT_EQ(budget.live, 0) << "memory was lost with " << allowed << " allocations allowed";
    if (done) break;
    ASSERT_LT(allowed, 100);
  }
}

}  // namespace
}  // namespace linnet
