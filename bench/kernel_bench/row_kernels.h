// The kernels that are no matrix products, prepared to be run many times.
#pragma once

#include <vector>

#include "products.h"

namespace linnet::bench {

struct RowKernel {
  double bytes;  // read and written by one run
  double macs;   // of attention's two products; else 0
  std::function<void()> run;
};

// Every kernel of a table but its GEMMs, at the widths, lengths and head widths of MiniLM and BERT-base. They are made
// only when `make` is called, since all together take much memory.
struct RowKernelCase {
  std::string name;  // kernel and shape: "norm_f32_f32_avx512/384/128" is width 384, 128 rows
  std::function<RowKernel()> make;
};
std::vector<RowKernelCase> row_kernels(const kernels::KernelTable& table);

}  // namespace linnet::bench
