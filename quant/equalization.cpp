#include "quant/equalization.h"

#include <algorithm>

#include "quant/exact_math.h"

namespace linnet {

std::vector<float> equalization_factors(const std::vector<float>& x, const std::vector<float>& w, size_t in,
                                        size_t out) {
  const size_t rows = x.size() / in;
  std::vector<double> log_s(in, 0);
  double sum = 0;
  size_t used = 0;
  for (size_t j = 0; j < in; ++j) {
    double xx = 0, ww = 0;
    for (size_t r = 0; r < rows; ++r) xx += static_cast<double>(x[r * in + j]) * x[r * in + j];
    for (size_t n = 0; n < out; ++n) ww += static_cast<double>(w[n * in + j]) * w[n * in + j];
    if (xx < 1e-30 || ww < 1e-30) continue;
    log_s[j] = (exact_log2(xx / static_cast<double>(rows)) - exact_log2(ww / static_cast<double>(out))) / 4;
    sum += log_s[j];
    ++used;
  }
  std::vector<float> factor(in, 1.0f);
  for (size_t j = 0; j < in; ++j) {
    if (log_s[j] == 0) continue;
    const double log_factor = sum / static_cast<double>(used) - log_s[j];
    factor[j] = static_cast<float>(exact_exp2(std::clamp(log_factor, -kMostEqualizationLog2, kMostEqualizationLog2)));
  }
  return factor;
}

}  // namespace linnet
