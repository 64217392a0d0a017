// The float environment that the numerics contract assumes: round to nearest even, subnormals kept.
#pragma once

#if defined(__SSE2__) || defined(_M_X64)
#include <xmmintrin.h>
#endif

namespace linnet {

// Sets the default float control word of this thread and restores the host's (which may flush subnormals) at the end.
class DefaultFloatControl {
 public:
#if defined(__SSE2__) || defined(_M_X64)
  DefaultFloatControl() : saved_(_mm_getcsr()) { _mm_setcsr(0x1f80); }
  ~DefaultFloatControl() { _mm_setcsr(saved_); }
#elif defined(__aarch64__)
  DefaultFloatControl() {
    __asm__ volatile("mrs %0, fpcr" : "=r"(saved_));
    __asm__ volatile("msr fpcr, %0" : : "r"(0UL));
  }
  ~DefaultFloatControl() { __asm__ volatile("msr fpcr, %0" : : "r"(saved_)); }
#elif defined(__arm__) && defined(__ARM_FP)
  // Of the VFP unit; NEON on ARMv7 flushes subnormals whatever it says.
  DefaultFloatControl() {
    __asm__ volatile("vmrs %0, fpscr" : "=r"(saved_));
    __asm__ volatile("vmsr fpscr, %0" : : "r"(0U));
  }
  ~DefaultFloatControl() { __asm__ volatile("vmsr fpscr, %0" : : "r"(saved_)); }
#else
  DefaultFloatControl() : saved_(0) {}
  ~DefaultFloatControl() {}
#endif
  DefaultFloatControl(const DefaultFloatControl&) = delete;
  DefaultFloatControl& operator=(const DefaultFloatControl&) = delete;

 private:
#if defined(__aarch64__)
  unsigned long saved_;
#else
  [[maybe_unused]] unsigned saved_;
#endif
};

}  // namespace linnet
