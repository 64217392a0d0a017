#include <new>

#include "runtime/backends/product.h"
#include "runtime/backends/xnnpack_linear.h"

namespace linnet::backends {
namespace {

// One operator, with its own copy of the weights, for each worker: an operator holds the pointers of its run.
class XnnpackProduct : public Product {
 public:
  XnnpackProduct(const ProductShape& shape, std::unique_ptr<XnnpackLinear[]>&& linear)
      : linear_(static_cast<std::unique_ptr<XnnpackLinear[]>&&>(linear)),
        bytes_(shape.workers * shape.in_width * shape.out_width * sizeof(float)) {}

  Status multiply(size_t worker, const void* x, size_t rows, void* sums) override {
    LINNET_RETURN_IF_ERROR(linear_[worker].bind(rows, x, sums));
    return linear_[worker].run();
  }
  size_t bytes() const override { return bytes_; }

 private:
  std::unique_ptr<XnnpackLinear[]> linear_;
  size_t bytes_;
};

}  // namespace

Result<std::unique_ptr<Product>> make_xnnpack_product(const ProductShape& shape) {
  if (shape.int8) {
    return Status::error(Code::unsupported, "INT8 layers need the exact sums, and XNNPACK rounds them to int8");
  }
  const Status no_memory = Status::error(Code::out_of_memory, "no memory for a layer in XNNPACK");
  std::unique_ptr<XnnpackLinear[]> linear(new (std::nothrow) XnnpackLinear[shape.workers]);
  if (linear == nullptr) return no_memory;
  for (size_t i = 0; i < shape.workers; ++i) {
    Result<XnnpackLinear> made =
        XnnpackLinear::create_f32(shape.in_width, shape.out_width, shape.x_stride, shape.out_width,
                                  static_cast<const float*>(shape.weights), nullptr);
    if (!made.ok()) return made.status();
    linear[i] = static_cast<XnnpackLinear&&>(*made);
  }
  std::unique_ptr<Product> product(new (std::nothrow)
                                       XnnpackProduct(shape, static_cast<std::unique_ptr<XnnpackLinear[]>&&>(linear)));
  if (product == nullptr) return no_memory;
  return product;
}

}  // namespace linnet::backends
