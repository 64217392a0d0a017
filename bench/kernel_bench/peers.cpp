// Products of oneDNN and XNNPACK: whichever of them CMake found.
#include "operands.h"
#include "products.h"

#if defined(LINNET_HAS_ONEDNN)
#include "runtime/backends/onednn_matmul.h"
#endif
#if defined(LINNET_HAS_XNNPACK)
#include "runtime/backends/xnnpack_linear.h"
#endif

namespace linnet::bench {
namespace {

// x, the plain weights and y of a product, in one of the element types. Rows follow each other directly: with a stride
// oneDNN 2.6 takes a slower implementation.
template <typename X, typename W, typename Y>
struct Operands {
  Buffer<X> x;
  Buffer<W> weights;
  Buffer<Y> y;
  Buffer<float> bias;

  Operands(const Layer& layer, size_t rows)
      : x(rows * layer.in), weights(layer.out * layer.in), y(rows * layer.out), bias(layer.out) {
    Random random;
    const auto number = [&](auto* out) {
      if constexpr (sizeof *out == 1) {
        *out = static_cast<std::remove_pointer_t<decltype(out)>>(random.s8());
        if constexpr (std::is_unsigned_v<std::remove_pointer_t<decltype(out)>>) *out ^= 0x80;
      } else {
        *out = random.real();
      }
    };
    for (size_t i = 0; i < x.size(); ++i) number(&x[i]);
    for (size_t i = 0; i < weights.size(); ++i) number(&weights[i]);
    for (size_t i = 0; i < bias.size(); ++i) number(&bias[i]);
  }
};

#if defined(LINNET_HAS_ONEDNN)
using backends::OnednnMatmul;

template <typename X, typename W>
Result<Product> onednn(const Layer& layer, size_t rows, OnednnMatmul::Types types, const char* name) {
  struct State {
    Operands<X, W, float> operands;
    OnednnMatmul matmul;
    Buffer<uint8_t> scratchpad;
    OnednnMatmul::Call call;
  };
  auto state = std::make_shared<State>(State{Operands<X, W, float>(layer, rows), {}, Buffer<uint8_t>(0), {}});
  Operands<X, W, float>& o = state->operands;
  const std::vector<float> scale(layer.out, 0.01f);
  Result<OnednnMatmul> matmul = OnednnMatmul::create({types, layer.in, layer.out, layer.in, layer.out, o.weights.data(),
                                                      sizeof(X) == 1 ? scale.data() : nullptr, o.bias.data()},
                                                     &rows, 1);
  if (!matmul.ok()) return matmul.status();
  state->matmul = std::move(*matmul);
  state->scratchpad = Buffer<uint8_t>(state->matmul.scratchpad_bytes());
  Result<OnednnMatmul::Call> call = state->matmul.bind(rows, o.x.data(), o.y.data(), state->scratchpad.data());
  if (!call.ok()) return call.status();
  state->call = std::move(*call);
  LINNET_RETURN_IF_ERROR(state->call.run());  // it works; later runs can only fail for want of memory
  return Product{name, state->matmul.implementation(rows), [state] { (void)state->call.run(); }};
}

Result<Product> onednn_u8(const Layer& layer, size_t rows) {
  return onednn<uint8_t, int8_t>(layer, rows, OnednnMatmul::Types::u8_f32, "onednn_f32_u8s8");
}

Result<Product> onednn_f32(const Layer& layer, size_t rows) {
  return onednn<float, float>(layer, rows, OnednnMatmul::Types::f32, "onednn_f32_f32f32");
}
#endif

#if defined(LINNET_HAS_XNNPACK)
template <typename T, typename Create>
Result<Product> xnnpack(const Layer& layer, size_t rows, const char* name, Create create) {
  struct State {
    Operands<T, T, T> operands;
    backends::XnnpackLinear linear;
  };
  auto state = std::make_shared<State>(State{Operands<T, T, T>(layer, rows), {}});
  Operands<T, T, T>& o = state->operands;
  Result<backends::XnnpackLinear> linear = create(o);
  if (!linear.ok()) return linear.status();
  state->linear = std::move(*linear);
  LINNET_RETURN_IF_ERROR(state->linear.bind(rows, o.x.data(), o.y.data()));
  LINNET_RETURN_IF_ERROR(state->linear.run());
  return Product{name, "", [state] { (void)state->linear.run(); }};
}

Result<Product> xnnpack_qs8(const Layer& layer, size_t rows) {
  return xnnpack<int8_t>(layer, rows, "xnnpack_s8_s8s8", [&](const auto& o) {
    return backends::XnnpackLinear::create_qs8(layer.in, layer.out, layer.in, layer.out, o.weights.data(), 0.001f);
  });
}

Result<Product> xnnpack_f32(const Layer& layer, size_t rows) {
  return xnnpack<float>(layer, rows, "xnnpack_f32_f32f32", [&](const auto& o) {
    return backends::XnnpackLinear::create_f32(layer.in, layer.out, layer.in, layer.out, o.weights.data(),
                                               o.bias.data());
  });
}
#endif

}  // namespace

const std::vector<Peer>& peers() {
  static const std::vector<Peer> all = {
#if defined(LINNET_HAS_ONEDNN)
    {"onednn_f32_u8s8", true, onednn_u8},
    {"onednn_f32_f32f32", false, onednn_f32},
#endif
#if defined(LINNET_HAS_XNNPACK)
    {"xnnpack_s8_s8s8", true, xnnpack_qs8},
    {"xnnpack_f32_f32f32", false, xnnpack_f32},
#endif
  };
  return all;
}

std::vector<std::pair<std::string, std::string>> peer_versions() {
  std::vector<std::pair<std::string, std::string>> versions = {{"oneDNN", ""}, {"XNNPACK", ""}};
#if defined(LINNET_HAS_ONEDNN)
  versions[0].second = backends::onednn_version();
#endif
#if defined(LINNET_HAS_XNNPACK)
  versions[1].second = LINNET_XNNPACK_VERSION;  // the library does not say; the package does
#endif
  return versions;
}

}  // namespace linnet::bench
