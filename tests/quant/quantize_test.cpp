#include "quant/quantize.h"

#include <cmath>
#include <gtest/gtest.h>

#include "tests/support/random_model.h"

namespace linnet {
namespace {

using testing_support::OpenModel;
using testing_support::random_model;
using testing_support::RandomBatch;
using testing_support::RandomModelOptions;
using testing_support::run_together;

// The smallest and the mean cosine between the embeddings of two models.
struct Agreement {
  double mean = 0, least = 1;
};
Agreement agreement(const OpenModel& a, const OpenModel& b) {
  const RandomBatch batch(50, 30, 97, 21);
  Result<Session> sa = Session::create(a.model()), sb = Session::create(b.model());
  const auto ra = run_together(*sa, a.model(), batch.sequences, "sentence_embedding");
  const auto rb = run_together(*sb, b.model(), batch.sequences, "sentence_embedding");
  Agreement result;
  for (size_t i = 0; i < ra.size(); ++i) {
    double dot = 0, aa = 0, bb = 0;
    for (size_t j = 0; j < ra[i].size(); ++j) {
      dot += static_cast<double>(ra[i][j]) * rb[i][j];
      aa += static_cast<double>(ra[i][j]) * ra[i][j];
      bb += static_cast<double>(rb[i][j]) * rb[i][j];
    }
    const double cosine = dot / std::sqrt(aa * bb);
    result.mean += cosine / static_cast<double>(ra.size());
    result.least = std::min(result.least, cosine);
  }
  return result;
}

RandomModelOptions with_outliers() {
  RandomModelOptions options;
  options.width = 128;
  options.heads = 4;
  options.head_width = 32;
  options.hidden = 256;
  options.outliers = 30;
  return options;
}

// Rounding noise is about 40 dB below the signal in each of the 8 linear layers, so that a cosine of 1 - 8 * 1e-4 / 2
// is to be expected on average. A row of 36 averages little of it out, and pooling cancels part of the signal of some
// sequences, so the worst of 50 may be ten times as far off. A wrong column sum or scale gives cosines below 0.9.
TEST(QuantizeInt8, StaysCloseToTheFloatModel) {
  const EditableModel model = random_model({});
  const Result<EditableModel> quantized = quantize_int8(model, {}, nullptr);
  ASSERT_TRUE(quantized.ok()) << quantized.status().message();
  const Agreement a = agreement(OpenModel(model), OpenModel(*quantized));
  EXPECT_GT(a.mean, 0.999);
  EXPECT_GT(a.least, 0.99);
}

// The rotation is what makes the bar above hold: without it the same model with outliers loses visibly more.
TEST(QuantizeInt8, RotationIsWhatCarriesTheOutliers) {
  const EditableModel model = random_model(with_outliers());
  EditableModel rotated = *quantize_int8(model, {}, nullptr);
  const Agreement with = agreement(OpenModel(model), OpenModel(rotated));
  // The same activations, quantized without being spread: fold nothing, rotate nothing.
  RandomModelOptions plain_options = with_outliers();
  EditableModel plain = random_model(plain_options);
  QuantizeOptions no_rotation;
  no_rotation.plan.rest.rotation = 0;
  Result<EditableModel> unrotated = quantize_int8(plain, no_rotation, nullptr);
  ASSERT_TRUE(unrotated.ok());
  const Agreement without = agreement(OpenModel(model), OpenModel(*unrotated));
  EXPECT_LT(1 - with.mean, (1 - without.mean) / 2);
}

TEST(QuantizeInt8, GivesTheSameBytesEachTime) {
  EditableModel first = *quantize_int8(random_model({}), {}, nullptr);
  EditableModel second = *quantize_int8(random_model({}), {}, nullptr);
  EXPECT_EQ(*serialize_model(first), *serialize_model(second));
}

TEST(QuantizeInt8, ReportsEveryLinearLayerAndItsProgress) {
  size_t calls = 0, last = 0;
  QuantizeOptions options;
  options.progress = [&](size_t done, size_t total) {
    ++calls;
    EXPECT_EQ(total, 8u);
    last = done;
    return true;
  };
  QuantizeReport report;
  ASSERT_TRUE(quantize_int8(random_model({}), options, &report).ok());
  EXPECT_EQ(last, 8u);
  EXPECT_EQ(calls, 9u);
  ASSERT_EQ(report.layers.size(), 8u);
  EXPECT_EQ(report.layers[0].name, "layer.0.attention.qkv");
  for (const LayerNoise& layer : report.layers) EXPECT_GT(layer.snr_db, 30) << layer.name;
}

TEST(QuantizeInt8, EndsWhenItsProgressSaysSo) {
  size_t calls = 0;
  QuantizeOptions options;
  options.progress = [&](size_t done, size_t) {
    ++calls;
    return done < 3;
  };
  QuantizeReport report;
  EXPECT_STREQ(quantize_int8(random_model({}), options, &report).status().message(), "interrupted");
  EXPECT_EQ(calls, 4u);
}

TEST(QuantizeInt8, RefusesAQuantizedModelAndCalibrationWithoutATokenizer) {
  const EditableModel quantized = *quantize_int8(random_model({}), {}, nullptr);
  EXPECT_EQ(quantize_int8(quantized, {}, nullptr).status().code(), Code::invalid_argument);
  QuantizeOptions options;
  options.calibration = {"some text"};
  EXPECT_EQ(quantize_int8(random_model({}), options, nullptr).status().code(), Code::unsupported);
}

TEST(QuantizeInt8, MakesTheFileAQuarterOfTheSize) {
  EditableModel model = random_model(with_outliers());
  EditableModel quantized = *quantize_int8(model, {}, nullptr);
  const size_t before = serialize_model(model)->size(), after = serialize_model(quantized)->size();
  EXPECT_LT(after, before / 3);
}

}  // namespace
}  // namespace linnet
