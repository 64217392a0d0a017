// Activations through the float GEMM with one input of 1: y[n] = act(w[n]).
#include <cmath>
#include <limits>

#include "reference.h"
#include "support.h"

namespace linnet::kernels {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

class Activations : public EachTable {
 protected:
  std::vector<float> apply(Activation activation, const std::vector<float>& values) {
    Buffer<float> panels(round_up(values.size(), 16));
    panels.fill(0.0f);
    std::memcpy(panels.data(), values.data(), values.size() * 4);
    Rows one(1, 1), y(1, values.size());
    one.at(0, 0) = 1.0f;
    table().gemm_f32({one.v.data(), one.stride, 1, 1, values.size(), 0, values.size(), panels.data(), nullptr,
                      activation, nullptr, 0, y.v.data(), y.stride});
    return {y.row(0), y.row(0) + values.size()};
  }
};
LINNET_EACH_TABLE(Activations);

std::vector<float> dense_values() {
  std::vector<float> values;
  for (int i = -40000; i <= 40000; ++i) values.push_back(static_cast<float>(i) * 0.001f);
  for (int e = -120; e <= 120; ++e) {
    for (const float sign : {1.0f, -1.0f}) values.push_back(sign * std::ldexp(1.3f, e));
  }
  return values;
}

TEST_P(Activations, GiveTheReferenceBytes) {
  const std::vector<float> values = dense_values();
  for (int a = 0; a <= static_cast<int>(Activation::tanh); ++a) {
    const std::vector<float> y = apply(static_cast<Activation>(a), values);
    std::vector<float> expected;
    for (const float x : values) expected.push_back(reference::activate(static_cast<Activation>(a), x));
    EXPECT_TRUE(same_floats(y.data(), expected.data(), y.size())) << "activation " << a;
  }
}

// The float forms: a few roundings of a result below max(1, |x|), so a few times 2^-24 = 6e-8. The fixed-point GELU:
// what scripts/fit_polynomials.py found over all inputs, 8.5e-5, plus half a step.
TEST_P(Activations, AreCloseToTheFunctionsTheyStandFor) {
  const std::vector<float> values = dense_values();
  for (const Activation a : {Activation::relu, Activation::gelu, Activation::gelu_tanh, Activation::gelu_fixed,
                             Activation::silu, Activation::quick_gelu, Activation::tanh}) {
    const double bound = a == Activation::gelu_fixed ? 1e-4 : 2e-7;
    const std::vector<float> y = apply(a, values);
    double worst = 0;
    float where = 0;
    for (size_t i = 0; i < values.size(); ++i) {
      const double exact = reference::exact_activation(a, static_cast<double>(values[i]));
      const double unit = std::fmax(1.0, std::fabs(static_cast<double>(values[i])));
      const double error = std::fabs(static_cast<double>(y[i]) - exact) / unit;
      if (!(error <= worst)) {
        worst = error;
        where = values[i];
      }
    }
    EXPECT_LE(worst, bound) << "activation " << static_cast<int>(a) << " at " << where;
    RecordProperty("error_of_activation_" + std::to_string(static_cast<int>(a)), std::to_string(worst * 1e9) + "e-9");
  }
}

TEST_P(Activations, KeepNaNAndSayWhatInfinityGives) {
  const float nan = std::nanf("");
  for (int a = 0; a <= static_cast<int>(Activation::tanh); ++a) {
    const Activation activation = static_cast<Activation>(a);
    const std::vector<float> y = apply(activation, {nan, kInfinity, -kInfinity, 0.0f, -nan});
    EXPECT_TRUE(std::isnan(y[0])) << a;
    EXPECT_TRUE(std::isnan(y[4])) << a;
    EXPECT_EQ(std::isinf(y[1]), activation != Activation::tanh) << a;
    EXPECT_GE(y[1], 1.0f - 2e-7f) << a;
    EXPECT_EQ(y[3], 0.0f) << a;
    switch (activation) {
      case Activation::identity: EXPECT_EQ(y[2], -kInfinity); break;
      case Activation::tanh: EXPECT_NEAR(y[2], -1.0f, 2e-7f); break;
      default: EXPECT_LE(std::fabs(y[2]), 1e-26f) << a;
    }
  }
}

TEST_P(Activations, SmallValuesKeepTheirRelativeAccuracy) {
  std::vector<float> values;
  for (int i = 1; i < 4000; ++i) values.push_back(static_cast<float>(i) * 1e-4f);
  const std::vector<float> y = apply(Activation::tanh, values);
  for (size_t i = 0; i < values.size(); ++i) {
    EXPECT_NEAR(static_cast<double>(y[i]) / std::tanh(static_cast<double>(values[i])), 1.0, 5e-7) << values[i];
  }
}

// Every one of the 65535 steps of the fixed-point GELU, both signs.
TEST_P(Activations, FixedGeluOfEveryInput) {
  std::vector<float> values;
  for (int step = 0; step <= 65534; ++step) {
    const float x = static_cast<float>(step) * (5.0f / 65534);
    values.push_back(x);
    values.push_back(-x);
  }
  const std::vector<float> y = apply(Activation::gelu_fixed, values);
  for (int step = 0; step <= 65534; ++step) {
    const float h = static_cast<float>(reference::gelu_fixed_h(step - 32767)) * (1.0f / 65536);
    const float x = values[2 * static_cast<size_t>(step)];
    ASSERT_EQ(y[2 * static_cast<size_t>(step)], x - h) << step;
    ASSERT_EQ(y[2 * static_cast<size_t>(step) + 1], -h) << step;
  }
}

}  // namespace
}  // namespace linnet::kernels
