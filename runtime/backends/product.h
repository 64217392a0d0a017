// A linear layer as another library multiplies it: what backend_layers.cpp asks of a backend.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/status.h"

namespace linnet::backends {

struct ProductShape {
  bool int8;  // rows of unsigned bytes times signed ones
  size_t in_width, out_width;
  size_t x_stride;      // elements
  size_t rows_most;     // in one call
  size_t workers;       // that call at a time, each with its number
  const void* weights;  // [out_width][in_width], float or int8_t; not kept
};

class Product {
 public:
  Product() = default;
  Product(const Product&) = delete;
  Product& operator=(const Product&) = delete;
  virtual ~Product() = default;

  // sums[r, n] = sum over k of x[r, k] * w[n, k]: floats, or the exact int32. Rows of sums are out_width apart.
  virtual Status multiply(size_t worker, const void* x, size_t rows, void* sums) = 0;
  virtual size_t bytes() const = 0;  // of the prepared weights and all else that it keeps
};

// Fails with unsupported, saying why, when the library cannot take the layer.
using MakeProduct = Result<std::unique_ptr<Product>> (*)(const ProductShape& shape);

Result<std::unique_ptr<Product>> make_onednn_product(const ProductShape& shape);
Result<std::unique_ptr<Product>> make_xnnpack_product(const ProductShape& shape);

}  // namespace linnet::backends
