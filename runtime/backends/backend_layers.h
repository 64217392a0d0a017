// Linear layers of a session that another library (oneDNN, XNNPACK) multiplies. Sums become outputs in Linnet's own
// epilogue, so bias, activation and residual are the same code, and exact int32 sums give the same bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/status.h"
#include "runtime/backends/product.h"
#include "runtime/kernels/kernels.h"
#include "runtime/plan.h"

namespace linnet::backends {

// Whether this build has any.
#if defined(LINNET_WITH_ONEDNN) || defined(LINNET_WITH_XNNPACK)
inline constexpr bool kAny = true;
#else
inline constexpr bool kAny = false;
#endif

class BackendLayers {
 public:
  // Prepares all linear layers of the model that the backend takes; the rest fall back to the kernels, which `strict`
  // makes an error that names the op. Fails with invalid_argument for an unknown name and with unsupported for a
  // backend that is not in this build. The plan is complete.
  static Result<BackendLayers> create(const char* name, bool strict, const Model& model,
                                      const kernels::KernelTable& kernels, const Plan& plan);

  const char* name() const { return name_; }

  // Layer `part` of op `op`: whether the backend takes it, or why not.
  bool takes(uint32_t op, uint32_t part) const {
    return layers_ != nullptr && layers_[2 * op + part].product != nullptr;
  }
  const char* reason(uint32_t op, uint32_t part) const;

  // What gemm_s8 and gemm_f32 do, for all columns of a layer that the backend takes, and at most kPanelRows rows.
  Status multiply(uint32_t op, uint32_t part, size_t worker, const kernels::GemmS8Args& args) const;
  Status multiply(uint32_t op, uint32_t part, size_t worker, const kernels::GemmF32Args& args) const;

  size_t bytes() const { return bytes_; }  // that the session would not need without the backend

 private:
  struct Layer {
    std::unique_ptr<Product> product;
    Status refused;
  };

  const char* name_ = nullptr;
  const kernels::KernelTable* kernels_ = nullptr;
  std::unique_ptr<Layer[]> layers_;  // two for each op
  std::unique_ptr<int32_t[]> sums_;  // [workers][kPanelRows][widest output]: int32, or the bits of floats
  size_t sums_of_worker_ = 0;
  std::unique_ptr<uint8_t[]> rows_;  // [workers][kPanelRows][int8_stride(widest input)], where q has to be flipped
  size_t rows_of_worker_ = 0;
  size_t bytes_ = 0;
};

}  // namespace linnet::backends
