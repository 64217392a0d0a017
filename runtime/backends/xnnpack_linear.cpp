#include "runtime/backends/xnnpack_linear.h"

#include <limits>
#include <utility>
#include <xnnpack.h>

namespace linnet::backends {
namespace {

Status checked(xnn_status status, const char* step) {
  switch (status) {
    case xnn_status_success: return Status();
    case xnn_status_out_of_memory: return Status::error(Code::out_of_memory, "XNNPACK: no memory (%s)", step);
    case xnn_status_unsupported_hardware:
    case xnn_status_unsupported_parameter: return Status::error(Code::unsupported, "XNNPACK: not supported (%s)", step);
    default: return Status::error(Code::internal, "XNNPACK: error %d (%s)", static_cast<int>(status), step);
  }
}

}  // namespace

XnnpackLinear& XnnpackLinear::operator=(XnnpackLinear&& other) noexcept {
  std::swap(operator_, other.operator_);
  std::swap(int8_, other.int8_);
  return *this;
}

XnnpackLinear::~XnnpackLinear() {
  if (operator_ != nullptr) xnn_delete_operator(operator_);
}

Result<XnnpackLinear> XnnpackLinear::create_f32(size_t in_width, size_t out_width, size_t x_stride, size_t y_stride,
                                                const float* weights, const float* bias) {
  LINNET_RETURN_IF_ERROR(checked(xnn_initialize(nullptr), "initialize"));
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  XnnpackLinear linear;
  LINNET_RETURN_IF_ERROR(checked(xnn_create_fully_connected_nc_f32(in_width, out_width, x_stride, y_stride, weights,
                                                                   bias, -kInfinity, kInfinity, 0, &linear.operator_),
                                 "float layer"));
  return linear;
}

Result<XnnpackLinear> XnnpackLinear::create_qs8(size_t in_width, size_t out_width, size_t x_stride, size_t y_stride,
                                                const int8_t* weights, float scale) {
  LINNET_RETURN_IF_ERROR(checked(xnn_initialize(nullptr), "initialize"));
  XnnpackLinear linear;
  linear.int8_ = true;
  LINNET_RETURN_IF_ERROR(
      checked(xnn_create_fully_connected_nc_qs8(in_width, out_width, x_stride, y_stride, 0, scale, 1.0f, weights,
                                                nullptr, 0, 1.0f, -128, 127, 0, &linear.operator_),
              "INT8 layer"));
  return linear;
}

Status XnnpackLinear::bind(size_t rows, const void* x, void* y) {
  return checked(int8_ ? xnn_setup_fully_connected_nc_qs8(operator_, rows, static_cast<const int8_t*>(x),
                                                          static_cast<int8_t*>(y), nullptr)
                       : xnn_setup_fully_connected_nc_f32(operator_, rows, static_cast<const float*>(x),
                                                          static_cast<float*>(y), nullptr),
                 "setup");
}

Status XnnpackLinear::run() { return checked(xnn_run_operator(operator_, nullptr), "run"); }

}  // namespace linnet::backends
