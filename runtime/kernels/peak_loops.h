// The loops behind measure_peak, one pair per instruction set.
#pragma once

#include <cstddef>
#include <cstdint>

namespace linnet::kernels {

// What a loop multiplies: the unsigned bytes by the signed ones, or the first floats by the second; as many as the
// widest register of an instruction set takes (a tile of AMX: 1 KiB each).
struct alignas(64) PeakOperands {
  uint8_t u8[1024];
  int8_t s8[1024];
  float f32[2][16];
};

// Runs `rounds` rounds and returns how many multiply-adds that were.
using PeakLoop = double (*)(const PeakOperands& operands, size_t rounds);

double peak_s8_scalar(const PeakOperands& operands, size_t rounds);  // of sse41, too
double peak_f32_scalar(const PeakOperands& operands, size_t rounds);
double peak_s8_avx2(const PeakOperands& operands, size_t rounds);
double peak_f32_avx2(const PeakOperands& operands, size_t rounds);
double peak_s8_avxvnni(const PeakOperands& operands, size_t rounds);  // floats as avx2
double peak_s8_avx512(const PeakOperands& operands, size_t rounds);
double peak_f32_avx512(const PeakOperands& operands, size_t rounds);
double peak_s8_avx512vnni(const PeakOperands& operands, size_t rounds);  // floats as avx512
double peak_s8_amx(const PeakOperands& operands, size_t rounds);         // floats as avx512
double peak_s8_neon(const PeakOperands& operands, size_t rounds);
double peak_f32_neon(const PeakOperands& operands, size_t rounds);
double peak_s8_dotprod(const PeakOperands& operands, size_t rounds);  // floats as neon
double peak_s8_i8mm(const PeakOperands& operands, size_t rounds);     // floats as neon
double peak_s8_armv7neon(const PeakOperands& operands, size_t rounds);
double peak_f32_armv7neon(const PeakOperands& operands, size_t rounds);
double peak_s8_wasm128(const PeakOperands& operands, size_t rounds);
double peak_f32_wasm128(const PeakOperands& operands, size_t rounds);

}  // namespace linnet::kernels
