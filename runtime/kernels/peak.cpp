#include "runtime/kernels/peak.h"

#include <chrono>
#include <cstring>

#include "runtime/kernels/kernels.h"
#include "runtime/kernels/peak_loops.h"

namespace linnet::kernels {
namespace {

struct Loops {
  const char* isa;
  PeakLoop int8, f32;
};

constexpr Loops kLoops[] = {
#if defined(LINNET_KERNELS_X86)
    {"amx", peak_s8_amx, peak_f32_avx512},       {"avx512vnni", peak_s8_avx512vnni, peak_f32_avx512},
    {"avx512", peak_s8_avx512, peak_f32_avx512}, {"avxvnni", peak_s8_avxvnni, peak_f32_avx2},
    {"avx2", peak_s8_avx2, peak_f32_avx2},       {"sse41", peak_s8_scalar, peak_f32_scalar},
#elif defined(LINNET_KERNELS_ARM64)
    {"i8mm", peak_s8_i8mm, peak_f32_neon},
    {"dotprod", peak_s8_dotprod, peak_f32_neon},
    {"neon", peak_s8_neon, peak_f32_neon},
#elif defined(LINNET_KERNELS_ARMV7)
    {"armv7neon", peak_s8_armv7neon, peak_f32_armv7neon},
#elif defined(LINNET_KERNELS_WASM)
    {"wasm128", peak_s8_wasm128, peak_f32_wasm128},
#endif
    {"scalar", peak_s8_scalar, peak_f32_scalar},
};

// A run is long enough for the clock to be read exactly, and short enough that some of so many are not interrupted.
constexpr double kRunSeconds = 0.0005;
constexpr int kRunsLeast = 8;

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

double fastest(PeakLoop loop, const PeakOperands& operands, double seconds) {
  const double end = now() + seconds;
  double best = 0.0;
  size_t rounds = 64;
  int runs = 0;
  do {
    const double begin = now();
    const double macs = loop(operands, rounds);
    const double took = now() - begin;
    if (took < kRunSeconds) {
      rounds *= 2;
      continue;
    }
    ++runs;
    if (macs / took > best) best = macs / took;
  } while (runs < kRunsLeast || now() < end);
  return best;
}

}  // namespace

Result<Peak> measure_peak(const char* isa, double seconds) {
  const Result<const KernelTable*> table = select_table(isa);
  if (!table.ok()) return table.status();
  const Loops* loops = nullptr;
  for (const Loops& each : kLoops) {
    if (std::strcmp(each.isa, (*table)->isa) == 0) loops = &each;
  }
  if (loops == nullptr) return Status::error(Code::internal, "no peak loop for \"%s\"", (*table)->isa);

  PeakOperands operands = {};
  Peak peak = {};
  peak.int8_zero_macs = fastest(loops->int8, operands, seconds / 3);
  uint32_t state = 1;
  const auto random = [&] {  // a linear congruence; its upper bits
    state = state * 1664525u + 1013904223u;
    return state >> 24;
  };
  for (uint8_t& byte : operands.u8) byte = static_cast<uint8_t>(random());
  for (int8_t& byte : operands.s8) byte = static_cast<int8_t>(static_cast<int>(random() % 255) - 127);
  peak.int8_macs = fastest(loops->int8, operands, seconds / 3);
  // Sums that neither overflow nor become subnormal, however long the loops run: x * 1 and x * -1 in turns of lanes.
  for (size_t lane = 0; lane < 16; ++lane) {
    operands.f32[0][lane] = static_cast<float>(random()) * 0x1p-8f;
    operands.f32[1][lane] = lane % 2 == 0 ? 1.0f : -1.0f;
  }
  peak.float_macs = fastest(loops->f32, operands, seconds / 3);
  return peak;
}

}  // namespace linnet::kernels
