// Moving the spread of a GEMM's input channels into its weights before both are quantized (SmoothQuant, Xiao et al.
// 2023, with exponent 1/2 on root mean squares).
#pragma once

#include <cstddef>
#include <vector>

namespace linnet {

// The most that a channel is scaled, and the least is its inverse. A channel that is nearly silent in the calibration
// texts would get a large factor, and drown the others in the first text where it speaks: all-mpnet-base-v2 was worse
// with calibration than without. The rotation does most of the work, so that little is lost.
inline constexpr double kMostEqualizationLog2 = 0.5;

// The factor 1/s of each input channel with s_j = sqrt(rms(x_j) / rms(W[:, j])), of geometric mean 1 before it is
// limited; for inputs x [rows, in] and weights w [out, in]. Channels that are always zero on one side keep 1.
std::vector<float> equalization_factors(const std::vector<float>& x, const std::vector<float>& w, size_t in,
                                        size_t out);

}  // namespace linnet
