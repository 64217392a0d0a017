// Plain statistics, in double.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace linnet::lab {

double mean(std::span<const double> values);

// The value below which `percent` of the values lie, interpolated between neighbours (NumPy's default). Values need not
// be sorted; there must be one at least.
double percentile(std::span<const double> values, double percent);

// Ranks from 1; equal values share the mean of their ranks.
std::vector<double> ranks(std::span<const double> values);

// Correlations of two lists of one length; NaN when either is constant or shorter than 2.
double pearson(std::span<const double> a, std::span<const double> b);
double spearman(std::span<const double> a, std::span<const double> b);

// The cosine between two vectors of one length; 0 when either is all zeros.
double cosine(std::span<const float> a, std::span<const float> b);

}  // namespace linnet::lab
