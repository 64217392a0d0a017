// What an x86 CPU, and the operating system on it, can do.
#pragma once

namespace linnet::kernels {

bool has_sse41();
bool has_avx2();  // with FMA
bool has_avxvnni();
bool has_avx512();  // F, BW, DQ and VL
bool has_avx512vnni();
bool has_amx();  // INT8

}  // namespace linnet::kernels
