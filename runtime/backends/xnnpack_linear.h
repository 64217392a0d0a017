// One linear layer in XNNPACK. Works with the XNNPACK of Debian 12 (February 2022: no VNNI, no AMX, INT8 with one scale
// for all weights of a layer only).
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/status.h"

struct xnn_operator;

namespace linnet::backends {

class XnnpackLinear {
 public:
  XnnpackLinear() = default;
  XnnpackLinear(XnnpackLinear&& other) noexcept : operator_(other.operator_), int8_(other.int8_) {
    other.operator_ = nullptr;
  }
  XnnpackLinear& operator=(XnnpackLinear&& other) noexcept;
  ~XnnpackLinear();

  // y = x * w^T + bias in floats; weights [out_width][in_width], bias null or [out_width]; strides in elements. Both
  // are copied. x is read up to 16 bytes behind its last row.
  static Result<XnnpackLinear> create_f32(size_t in_width, size_t out_width, size_t x_stride, size_t y_stride,
                                          const float* weights, const float* bias);
  // The same with int8 in and out: y = clamp(rint(sum * scale)). No model can use it, benchmarks do.
  static Result<XnnpackLinear> create_qs8(size_t in_width, size_t out_width, size_t x_stride, size_t y_stride,
                                          const int8_t* weights, float scale);

  // x and y of the runs to come: floats, or int8. Not for use by several threads at a time.
  Status bind(size_t rows, const void* x, void* y);
  // On the calling thread.
  Status run();

 private:
  xnn_operator* operator_ = nullptr;
  bool int8_ = false;
};

}  // namespace linnet::backends
