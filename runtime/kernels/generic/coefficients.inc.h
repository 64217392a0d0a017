// Written by scripts/fit_polynomials.py; docs/numerics.md says how the polynomials are evaluated.
// Coefficients of ascending powers.
#pragma once

#include <cstdint>

namespace linnet::kernels {

// a * Phi(-a) in units of 2^-16, int16; largest error 8.44e-05 (continuous optimum 5.50e-05).
constexpr float kGeluFixedLimit = 5.0e+00f;
constexpr float kGeluFixedScale = 1.31068e+04f;  // 65534 / limit
constexpr int16_t kGeluFixed[] = {6867, 14845, -1729, -21180, -6951, 8085, 1812, -1751};

// 2^-f in Q15 for f in Q15; largest relative error 1.08e-04.
constexpr int16_t kExp2Fixed[] = {32767, -22651, 7549, -1282};

// exp(r) = 1 + r + r^2 * p(r), |r| <= ln 2 / 2; relative error 3.08e-09 before rounding.
constexpr float kExpm1[] = {4.9999994e-01f, 1.666652e-01f, 4.1668396e-02f, 8.368797e-03f, 1.3814436e-03f};

// exp(a^2 / 2) * Phi(-a), 0 <= a <= limit; error of a * Phi(-a) 1.42e-08 before rounding.
constexpr float kMillsLimit = 5.0e+00f;
constexpr float kMills[] = {4.99999e-01f,   -3.9891985e-01f, 2.4982555e-01f, -1.3230164e-01f,
                            6.0947035e-02f, -2.4312336e-02f, 8.124493e-03f,  -2.1570195e-03f,
                            4.2624766e-04f, -5.776381e-05f,  4.7262847e-06f, -1.7446163e-07f};

}  // namespace linnet::kernels
