// Sessions whose linear layers run in another library, and what is said where there is none.
#include <cmath>
#include <cstring>
#include <gtest/gtest.h>

#include "quant/quantize.h"
#include "runtime/backends/backend_layers.h"
#include "tests/support/random_model.h"

#if defined(LINNET_WITH_ONEDNN)
#include "runtime/backends/onednn_matmul.h"
#endif

namespace linnet {
namespace {

using testing_support::families;
using testing_support::Family;
using testing_support::OpenModel;
using testing_support::random_model;
using testing_support::RandomBatch;
using testing_support::run_together;

constexpr bool kOnednn =
#if defined(LINNET_WITH_ONEDNN)
    true;
#else
    false;
#endif
constexpr bool kXnnpack =
#if defined(LINNET_WITH_XNNPACK)
    true;
#else
    false;
#endif

bool onednn_takes_int8() {
#if defined(LINNET_WITH_ONEDNN)
  return backends::onednn_int8_is_exact();
#else
  return false;
#endif
}

OpenModel open(const Family& family, bool int8) {
  EditableModel model = random_model(family.options);
  if (int8) model = *quantize_int8(model, {}, nullptr);
  return OpenModel(std::move(model));
}

Result<Session> create(const Model& model, const char* backend, size_t threads = 1, bool strict = false,
                       const char* isa = nullptr) {
  SessionOptions options;
  options.backend = backend;
  options.threads = threads;
  options.strict = strict;
  options.isa = isa;
  return Session::create(model, options);
}

TEST(Backend, UnknownOnesAndThoseThatAreNotInTheBuildAreErrors) {
  const OpenModel model(random_model({}));
  const Status unknown = create(model.model(), "blas").status();
  EXPECT_EQ(unknown.code(), Code::invalid_argument);
  EXPECT_STREQ(unknown.message(), "unknown backend \"blas\"; there are onednn and xnnpack");
  for (const auto& [name, built, option] :
       {std::tuple{"onednn", kOnednn, "LINNET_WITH_ONEDNN"}, std::tuple{"xnnpack", kXnnpack, "LINNET_WITH_XNNPACK"}}) {
    const Status status = create(model.model(), name).status();
    EXPECT_EQ(status.code(), built ? Code::ok : Code::unsupported) << status.message();
    if (!built) {
      EXPECT_NE(std::string(status.message()).find(option), std::string::npos) << status.message();
    }
  }
}

TEST(Backend, WithoutOneLayersRunOnTheKernels) {
  const OpenModel model(random_model({}));
  for (const char* none : {static_cast<const char*>(nullptr), ""}) {
    const Result<Session> session = create(model.model(), none, 1, true, "scalar");
    ASSERT_TRUE(session.ok()) << session.status().message();
    ASSERT_EQ(session->linear_layers(), 8u);  // two layers of qkv, output, up, down
    EXPECT_STREQ(session->linear_layer(0).name, "qkv");
    EXPECT_STREQ(session->linear_layer(7).name, "down");
    EXPECT_STREQ(session->linear_layer(7).runs_on, "gemm_f32_f32f32_6x16_scalar");
    EXPECT_EQ(session->linear_layer(7).reason, nullptr);
  }
}

struct Case {
  Family family;
  const char* backend;
  bool int8;
};

class BackendOf : public testing::TestWithParam<Case> {};

TEST_P(BackendOf, GivesTheSameOutputsOrNearlySo) {
  const auto& [family, backend, int8] = GetParam();
  const OpenModel open_model = open(family, int8);
  const Model& model = open_model.model();
  Result<Session> ours = create(model, nullptr);
  ASSERT_TRUE(ours.ok());
  const RandomBatch batch(20, 40, family.options.vocabulary, 3);
  const auto expected = run_together(*ours, model, batch.sequences, "hidden");
  for (const char* isa : {"scalar", ""}) {  // rows of q as they are, and (where there is VNNI) flipped
    for (const size_t threads : {1u, 2u, 3u}) {
      Result<Session> session = create(model, backend, threads, !int8, isa);
      ASSERT_TRUE(session.ok()) << session.status().message();
      const bool taken = !int8 || (std::strcmp(backend, "onednn") == 0 && onednn_takes_int8());
      double widest = 0;
      for (size_t i = 0; i < session->linear_layers(); ++i) {
        const LinearPlace place = session->linear_layer(i);
        EXPECT_EQ(place.reason == nullptr, taken);
        EXPECT_EQ(std::strcmp(place.runs_on, backend) == 0, taken) << place.runs_on;
      }
      EXPECT_TRUE(!taken || session->memory_bytes() > ours->memory_bytes());
      for (const uint32_t width : {family.options.width, family.options.hidden})
        widest = std::max<double>(widest, width);
      // Each layer's sums differ by at most in_width roundings of 2^-24 of its sum of magnitudes, which is within some
      // times the rows' own scale here: 8 covers it with norms in between.
      const double tolerance = 8 * static_cast<double>(session->linear_layers()) * widest * 0x1p-24;
      // Twice: row counts of every kind, and a session that has run before.
      for (const size_t count : {batch.sequences.size(), size_t{1}}) {
        const std::vector<std::vector<int32_t>> sequences(batch.sequences.begin(), batch.sequences.begin() + count);
        const auto rows = run_together(*session, model, sequences, "hidden");
        for (size_t s = 0; s < count; ++s) {
          ASSERT_EQ(rows[s].size(), expected[s].size());
          if (int8) {
            EXPECT_EQ(std::memcmp(rows[s].data(), expected[s].data(), rows[s].size() * sizeof(float)), 0)
                << "sequence " << s << ", " << threads << " threads, '" << isa << "'";
            continue;
          }
          double largest = 0;
          for (const float v : expected[s]) largest = std::max<double>(largest, std::fabs(v));
          for (size_t i = 0; i < rows[s].size(); ++i) {
            ASSERT_NEAR(rows[s][i], expected[s][i], tolerance * largest) << "sequence " << s << " at " << i;
          }
        }
      }
    }
  }
}

TEST_P(BackendOf, StrictRefusesAFallbackAndNamesTheOp) {
  const auto& [family, backend, int8] = GetParam();
  const OpenModel model = open(family, int8);
  const bool taken = !int8 || (std::strcmp(backend, "onednn") == 0 && onednn_takes_int8());
  const Status status = create(model.model(), backend, 1, true).status();
  EXPECT_EQ(status.ok(), taken) << status.message();
  if (taken) return;
  EXPECT_EQ(status.code(), Code::unsupported);
  EXPECT_NE(std::string(status.message()).find("op '"), std::string::npos) << status.message();
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const Family& family : families()) {
    for (const bool int8 : {false, true}) {
      if (kOnednn) all.push_back({family, "onednn", int8});
      if (kXnnpack) all.push_back({family, "xnnpack", int8});
    }
  }
  return all;
}
INSTANTIATE_TEST_SUITE_P(Families, BackendOf, testing::ValuesIn(cases()), [](const auto& each) {
  return std::string(each.param.family.name) + (each.param.int8 ? "_int8_" : "_float_") + each.param.backend;
});
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(BackendOf);

}  // namespace
}  // namespace linnet
