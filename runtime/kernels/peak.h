// What one core of this machine can do at most with an instruction set: the rate of the very instruction that the
// table's GEMMs are made of, in loops that touch registers only. What a GEMM reaches of it is its share of the peak.
//
// A library of its own (linnet_peak), for benchmarks and reports; a device does not carry it.
#pragma once

#include "base/status.h"

namespace linnet::kernels {

// Multiply-adds a second on the calling thread.
struct Peak {
  double int8_macs;       // on random bytes
  double int8_zero_macs;  // on zeros: more where the clock falls with the multipliers' work (AMX)
  double float_macs;
};

// Measures for about `seconds` (0.1 is enough; never below 0.015) with the instructions of the table named `isa` (null
// or
// "": the best one), and returns the fastest of many short runs. The clock of a core changes with its load and with its
// neighbours: measure right before or after what is compared. Errors as select_table.
Result<Peak> measure_peak(const char* isa, double seconds);

}  // namespace linnet::kernels
