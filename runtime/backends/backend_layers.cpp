#include "runtime/backends/backend_layers.h"

#include <cstring>
#include <new>

#include "model/layout.h"
#include "runtime/kernels/epilogue.h"
#include "runtime/linear_layers.h"

namespace linnet::backends {
namespace {

struct Backend {
  const char* name;
  const char* option;  // of CMake
  MakeProduct make;    // null when it is not in this build
};

constexpr Backend kBackends[] = {
#if defined(LINNET_WITH_ONEDNN)
    {"onednn", "LINNET_WITH_ONEDNN", make_onednn_product},
#else
    {"onednn", "LINNET_WITH_ONEDNN", nullptr},
#endif
#if defined(LINNET_WITH_XNNPACK)
    {"xnnpack", "LINNET_WITH_XNNPACK", make_xnnpack_product},
#else
    {"xnnpack", "LINNET_WITH_XNNPACK", nullptr},
#endif
};

Result<const Backend*> find(const char* name) {
  for (const Backend& backend : kBackends) {
    if (std::strcmp(name, backend.name) != 0) continue;
    if (backend.make != nullptr) return &backend;
    return Status::error(Code::unsupported, "the backend \"%s\" is not in this build: configure it with -D%s=ON", name,
                         backend.option);
  }
  return Status::error(Code::invalid_argument, "unknown backend \"%s\"; there are onednn and xnnpack", name);
}

// The weights of a layer as rows [out][in].
void unpack_row(const int8_t* cells, size_t n, size_t out_width, size_t depth, int8_t* row) {
  for (size_t k = 0; k < depth; ++k) row[k] = cells[cell_offset(n, k, out_width, depth) + n % 16 * 4 + k % 4];
}
void unpack_row(const float* panels, size_t n, size_t, size_t depth, float* row) {
  for (size_t k = 0; k < depth; ++k) row[k] = panels[(n / 16 * depth + k) * 16 + n % 16];
}

template <typename T>
Result<std::unique_ptr<Product>> make_product(const Backend& backend, ProductShape shape, const T* packed) {
  std::unique_ptr<T[]> weights(new (std::nothrow) T[shape.out_width * shape.in_width]);
  if (weights == nullptr) return Status::error(Code::out_of_memory, "no memory for the weights of a layer");
  for (size_t n = 0; n < shape.out_width; ++n) {
    unpack_row(packed, n, shape.out_width, shape.in_width, weights.get() + n * shape.in_width);
  }
  shape.weights = weights.get();
  return backend.make(shape);
}

Result<std::unique_ptr<Product>> make_product(const Backend& backend, const ModelView& view, const fbs::Linear& linear,
                                              size_t x_stride, size_t workers) {
  ProductShape shape = {false, linear.in_width(), linear.out_width(), x_stride, kPanelRows, workers, nullptr};
  if (view.tensor(linear.weight())->type() != fbs::ElementType::S8) {
    return make_product(backend, shape, view.data<float>(linear.weight()));
  }
  shape.int8 = true;

  shape.in_width = round_up(linear.in_width(), 64);  // a rotation may have filled the padding
  shape.x_stride = int8_stride(linear.in_width());
  return make_product(backend, shape, view.data<int8_t>(linear.weight()));
}

// The end of a product: all columns of finished sums.
void finish(const kernels::KernelTable& kernels, kernels::Activation activation, const kernels::Epilogue& epilogue,
            const int32_t* sums, size_t rows) {
  const kernels::FinishTile finish_tile = kernels.finish_tile(activation, epilogue.residual, epilogue.heads);
  const size_t out_width = epilogue.out_width;
  for (size_t n = 0; n < out_width; n += 64) {
    const size_t tiles = out_width - n >= 64 ? 4 : ceil_div(out_width - n, 16);
    finish_tile(epilogue, sums + n, out_width, 0, rows, n, tiles);
  }
}

}  // namespace

Result<BackendLayers> BackendLayers::create(const char* name, bool strict, const Model& model,
                                            const kernels::KernelTable& kernels, const Plan& plan) {
  const Result<const Backend*> backend = find(name);
  if (!backend.ok()) return backend.status();
  BackendLayers made;
  if constexpr (kAny) {
    made.name_ = (*backend)->name;
    made.kernels_ = &kernels;
    made.layers_.reset(new (std::nothrow) Layer[2 * size_t{model.graph().ops()->size()}]);
    if (made.layers_ == nullptr) return Status::error(Code::out_of_memory, "no memory for a backend's layers");
    size_t widest = 0, widest_input = 0;
    LINNET_RETURN_IF_ERROR(each_linear(model, [&](uint32_t op, uint32_t part, const fbs::Linear& linear) {
      Layer& layer = made.layers_[2 * size_t{op} + part];
      Result<std::unique_ptr<Product>> product =
          make_product(**backend, model.view(), linear, plan.linear_input_stride(model, op, part), plan.workers);
      if (product.ok()) {
        layer.product = static_cast<std::unique_ptr<Product>&&>(*product);
        made.bytes_ += layer.product->bytes();
        if (linear.out_width() > widest) widest = linear.out_width();
        if (linear.in_width() > widest_input) widest_input = linear.in_width();
        return Status();
      }
      layer.refused = product.status();
      if (product.status().code() != Code::unsupported) return layer.refused;
      if (!strict) return Status();
      return Status::error(Code::unsupported, "op '%s', %s: the backend \"%s\" does not take it: %s",
                           text_of(model.value(model.graph().ops()->Get(op)->output()).name()),
                           linear_name(model, op, part), name, layer.refused.message());
    }));
    made.sums_of_worker_ = kPanelRows * widest;
    made.sums_.reset(new (std::nothrow) int32_t[plan.workers * made.sums_of_worker_]);
    if (!kernels.stores_flipped) made.rows_of_worker_ = kPanelRows * int8_stride(widest_input);
    made.rows_.reset(new (std::nothrow) uint8_t[plan.workers * made.rows_of_worker_]);
    if (made.sums_ == nullptr || made.rows_ == nullptr) {
      return Status::error(Code::out_of_memory, "no memory for a backend's rows");
    }
    made.bytes_ += plan.workers * (made.sums_of_worker_ * sizeof(int32_t) + made.rows_of_worker_);
  }
  return made;
}

const char* BackendLayers::reason(uint32_t op, uint32_t part) const {
  return layers_ != nullptr && !takes(op, part) ? layers_[2 * size_t{op} + part].refused.message() : nullptr;
}

Status BackendLayers::multiply(uint32_t op, uint32_t part, size_t worker, const kernels::GemmS8Args& a) const {
  // Unsigned rows, q + 128, whose sums are 128 times the column sum too large.
  const uint8_t* x = reinterpret_cast<const uint8_t*>(a.q);
  if (!kernels_->stores_flipped) {
    uint8_t* const flipped = rows_.get() + worker * rows_of_worker_;
    for (size_t i = 0; i < a.rows * a.q_stride; ++i) flipped[i] = x[i] ^ 0x80;
    x = flipped;
  }
  int32_t* const sums = sums_.get() + worker * sums_of_worker_;
  LINNET_RETURN_IF_ERROR(layers_[2 * size_t{op} + part].product->multiply(worker, x, a.rows, sums));
  for (size_t r = 0; r < a.rows; ++r) {
    for (size_t n = 0; n < a.out_width; ++n) sums[r * a.out_width + n] -= 128 * a.column_sum[n];
  }
  finish(*kernels_, a.activation,
         {a.x_scale, a.weight_scale, a.bias, a.residual, a.residual_stride, a.y, a.y_stride, a.out_width, a.heads},
         sums, a.rows);
  return Status();
}

Status BackendLayers::multiply(uint32_t op, uint32_t part, size_t worker, const kernels::GemmF32Args& a) const {
  int32_t* const sums = sums_.get() + worker * sums_of_worker_;
  LINNET_RETURN_IF_ERROR(layers_[2 * size_t{op} + part].product->multiply(worker, a.x, a.rows, sums));
  finish(*kernels_, a.activation,
         {nullptr, nullptr, a.bias, a.residual, a.residual_stride, a.y, a.y_stride, a.out_width, nullptr}, sums,
         a.rows);
  return Status();
}

}  // namespace linnet::backends
