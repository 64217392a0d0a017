#include <new>

#include "base/checked.h"
#include "runtime/backends/onednn_matmul.h"
#include "runtime/backends/product.h"

namespace linnet::backends {
namespace {

// oneDNN prepares a product for one number of rows: any other is made of these.
constexpr size_t kRowCounts[] = {128, 64, 32, 16, 8, 4, 2, 1};

constexpr size_t kAlignment = 64;

struct Free {
  void operator()(uint8_t* memory) const { ::operator delete[](memory, std::align_val_t{kAlignment}); }
};
using Scratchpads = std::unique_ptr<uint8_t[], Free>;

class OnednnProduct : public Product {
 public:
  // A scratchpad of `scratchpad_bytes` for each worker.
  OnednnProduct(const ProductShape& shape, OnednnMatmul&& matmul, Scratchpads&& scratchpads, size_t scratchpad_bytes)
      : matmul_(static_cast<OnednnMatmul&&>(matmul)),
        scratchpads_(static_cast<Scratchpads&&>(scratchpads)),
        scratchpad_bytes_(scratchpad_bytes),
        bytes_(matmul_.bytes() + shape.workers * scratchpad_bytes),
        x_row_bytes_(shape.x_stride * (shape.int8 ? 1 : sizeof(float))),
        sums_row_bytes_(shape.out_width * sizeof(float)) {}

  Status multiply(size_t worker, const void* x, size_t rows, void* sums) override {
    const auto* from = static_cast<const uint8_t*>(x);
    auto* to = static_cast<uint8_t*>(sums);
    for (const size_t count : kRowCounts) {
      for (; rows >= count; rows -= count) {
        Result<OnednnMatmul::Call> call =
            matmul_.bind(count, from, to, scratchpads_.get() + worker * scratchpad_bytes_);
        if (!call.ok()) return call.status();
        LINNET_RETURN_IF_ERROR(call->run());
        from += count * x_row_bytes_;
        to += count * sums_row_bytes_;
      }
    }
    return Status();
  }
  size_t bytes() const override { return bytes_; }

 private:
  OnednnMatmul matmul_;
  Scratchpads scratchpads_;
  size_t scratchpad_bytes_, bytes_;
  size_t x_row_bytes_, sums_row_bytes_;
};

}  // namespace

Result<std::unique_ptr<Product>> make_onednn_product(const ProductShape& shape) {
  using Types = OnednnMatmul::Types;
  if (shape.int8 && !onednn_int8_is_exact()) {
    return Status::error(Code::unsupported, "oneDNN's INT8 sums saturate on a CPU without VNNI");
  }
  const Types types = shape.int8 ? Types::u8_s32 : Types::f32;
  Result<OnednnMatmul> matmul = OnednnMatmul::create(
      {types, shape.in_width, shape.out_width, shape.x_stride, shape.out_width, shape.weights, nullptr, nullptr},
      kRowCounts, sizeof kRowCounts / sizeof kRowCounts[0]);
  if (!matmul.ok()) return matmul.status();
  const Status no_memory = Status::error(Code::out_of_memory, "no memory for a layer in oneDNN");
  const size_t scratchpad_bytes = round_up(matmul->scratchpad_bytes(), kAlignment);
  Scratchpads scratchpads(new (std::align_val_t{kAlignment}, std::nothrow) uint8_t[shape.workers * scratchpad_bytes]);
  if (scratchpads == nullptr) return no_memory;
  std::unique_ptr<Product> product(new (std::nothrow) OnednnProduct(
      shape, static_cast<OnednnMatmul&&>(*matmul), static_cast<Scratchpads&&>(scratchpads), scratchpad_bytes));
  if (product == nullptr) return no_memory;
  return product;
}

}  // namespace linnet::backends
