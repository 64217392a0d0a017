// What tests of evaluations share.
#pragma once

#include <cmath>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "lab/embedder.h"
#include "lab/evaluation.h"

namespace linnet::lab {

// The value of a metric by its name.
inline double metric(const Evaluation& evaluation, const std::string& name) {
  for (const Metric& each : evaluation.metrics) {
    if (each.name == name) return each.value;
  }
  ADD_FAILURE() << "no " << name;
  return -1;
}

// Texts are angles in degrees; the embedding is the point on the unit circle.
inline Embedder angles() {
  return {2, [](const std::vector<Text>& texts, float* rows) {
            for (const Text& text : texts) {
              const double angle = std::stod(std::string(text.data, text.bytes)) * 3.14159265358979 / 180;
              *rows++ = static_cast<float>(std::cos(angle));
              *rows++ = static_cast<float>(std::sin(angle));
            }
            return Status();
          }};
}

}  // namespace linnet::lab
