#include "runtime/backends/onednn_matmul.h"

#include <algorithm>
#include <cstring>
#include <dlfcn.h>
#include <dnnl.hpp>
#include <unordered_map>
#include <utility>
#include <vector>

namespace linnet::backends {
namespace {

using dnnl::memory;

// Calls what may throw.
template <typename Function>
Status guarded(Function function) {
  try {
    function();
  } catch (const dnnl::error& error) {
    const Code code = error.status == dnnl_out_of_memory   ? Code::out_of_memory
                      : error.status == dnnl_unimplemented ? Code::unsupported
                                                           : Code::internal;
    return Status::error(code, "oneDNN: %s", error.what());
  } catch (const std::bad_alloc&) {
    return Status::error(Code::out_of_memory, "oneDNN: no memory");
  }
  return Status();
}

// The threads are the caller's. oneDNN starts as many as OpenMP, where it is built with that, says for this thread.
class OneOpenMpThread {
 public:
  OneOpenMpThread() {
    if (get() == nullptr || set() == nullptr) return;
    before_ = get()();
    if (before_ != 1) set()(1);
  }
  ~OneOpenMpThread() {
    if (before_ > 1) set()(before_);
  }
  OneOpenMpThread(const OneOpenMpThread&) = delete;
  OneOpenMpThread& operator=(const OneOpenMpThread&) = delete;

 private:
  using Get = int (*)();
  using Set = void (*)(int);
  // Looked up in the library that oneDNN loaded: it may be another OpenMP than the compiler's.
  static Get get() {
    static const Get function = reinterpret_cast<Get>(dlsym(RTLD_DEFAULT, "omp_get_max_threads"));
    return function;
  }
  static Set set() {
    static const Set function = reinterpret_cast<Set>(dlsym(RTLD_DEFAULT, "omp_set_num_threads"));
    return function;
  }

  int before_ = 0;
};

memory::dim dim(size_t size) { return static_cast<memory::dim>(size); }

struct DataTypes {
  memory::data_type x, w, y;
};

DataTypes data_types(OnednnMatmul::Types types) {
  using type = memory::data_type;
  switch (types) {
    case OnednnMatmul::Types::f32: break;
    case OnednnMatmul::Types::u8_s32: return {type::u8, type::s8, type::s32};
    case OnednnMatmul::Types::u8_f32: return {type::u8, type::s8, type::f32};
  }
  return {type::f32, type::f32, type::f32};
}

dnnl::matmul::primitive_desc describe(const dnnl::engine& engine, const memory::desc& x, const memory::desc& w,
                                      const memory::desc* bias, const memory::desc& y,
                                      const dnnl::primitive_attr& attributes) {
#if DNNL_VERSION_MAJOR >= 3
  if (bias != nullptr) return {engine, x, w, *bias, y, attributes};
  return {engine, x, w, y, attributes};
#else
  if (bias != nullptr) return {dnnl::matmul::desc(x, w, *bias, y), attributes, engine};
  return {dnnl::matmul::desc(x, w, y), attributes, engine};
#endif
}

}  // namespace

struct OnednnMatmul::State {
  struct Product {
    size_t rows;
    memory::desc x, y;
    dnnl::matmul matmul;
    memory weights;  // several products hold the same one
    memory::desc scratchpad;
    const char* implementation;
  };
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  std::vector<Product> products;
  memory bias;
  std::vector<float> scale;
  size_t bytes = 0;

  const Product* find(size_t rows) const {
    for (const Product& product : products) {
      if (product.rows == rows) return &product;
    }
    return nullptr;
  }

  void add(const Layer& layer, size_t rows) {
    const DataTypes types = data_types(layer.types);
    const memory::dims w_dims = {dim(layer.in_width), dim(layer.out_width)};
    const memory::desc x({dim(rows), dim(layer.in_width)}, types.x, memory::dims{dim(layer.x_stride), 1});
    const memory::desc y({dim(rows), dim(layer.out_width)}, types.y, memory::dims{dim(layer.y_stride), 1});
    const memory::desc bias_desc({1, dim(layer.out_width)}, memory::data_type::f32, memory::format_tag::ab);
    const memory::desc* const with_bias = layer.bias != nullptr ? &bias_desc : nullptr;
    // oneDNN's own scratchpad is the creating thread's: other threads would compute with it at the same time.
    dnnl::primitive_attr attributes;
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    if (layer.scale != nullptr) {
#if DNNL_VERSION_MAJOR >= 3
      attributes.set_scales_mask(DNNL_ARG_WEIGHTS, 1 << 1);
#else
      attributes.set_output_scales(1 << 1, scale);
#endif
    }

    if (with_bias != nullptr && !bias) bias = memory(bias_desc, engine, const_cast<float*>(layer.bias));

    // In a layout that is there already, if it is as good.
    for (const Product& other : products) {
      try {
        const auto same = describe(engine, x, other.weights.get_desc(), with_bias, y, attributes);
        if (std::strcmp(same.impl_info_str(), other.implementation) != 0) continue;
        products.push_back(
            {rows, x, y, dnnl::matmul(same), other.weights, same.scratchpad_desc(), other.implementation});
        return;
      } catch (const dnnl::error& error) {
        if (error.status != dnnl_unimplemented) throw;
      }
    }
    const auto any =
        describe(engine, x, memory::desc(w_dims, types.w, memory::format_tag::any), with_bias, y, attributes);
    if (std::strncmp(any.impl_info_str(), "ref", 3) == 0) {
      throw dnnl::error(dnnl_unimplemented, "only a reference implementation of this matmul");
    }
    memory packed(any.weights_desc(), engine);
    memory plain(memory::desc(w_dims, types.w, memory::format_tag::ba), engine, const_cast<void*>(layer.weights));
    dnnl::stream stream(engine);
    dnnl::reorder(plain, packed).execute(stream, plain, packed);
    stream.wait();
    bytes += packed.get_desc().get_size();
    products.push_back({rows, x, y, dnnl::matmul(any), packed, any.scratchpad_desc(), any.impl_info_str()});
  }
};

struct OnednnMatmul::Call::State {
  dnnl::matmul matmul;
  dnnl::stream stream;
  std::unordered_map<int, memory> arguments;
};

OnednnMatmul::OnednnMatmul() = default;
OnednnMatmul::OnednnMatmul(OnednnMatmul&& other) noexcept = default;
OnednnMatmul& OnednnMatmul::operator=(OnednnMatmul&& other) noexcept = default;
OnednnMatmul::~OnednnMatmul() = default;
OnednnMatmul::Call::Call() = default;
OnednnMatmul::Call::Call(Call&& other) noexcept = default;
OnednnMatmul::Call& OnednnMatmul::Call::operator=(Call&& other) noexcept = default;
OnednnMatmul::Call::~Call() = default;

Result<OnednnMatmul> OnednnMatmul::create(const Layer& layer, const size_t* row_counts, size_t count) {
  OnednnMatmul matmul;
  LINNET_RETURN_IF_ERROR(guarded([&] {
    const OneOpenMpThread one_thread;
    matmul.state_ = std::make_unique<State>();
    if (layer.scale != nullptr) matmul.state_->scale.assign(layer.scale, layer.scale + layer.out_width);
    for (size_t i = 0; i < count; ++i) matmul.state_->add(layer, row_counts[i]);
  }));
  return matmul;
}

Result<OnednnMatmul::Call> OnednnMatmul::bind(size_t rows, const void* x, void* y, void* scratchpad) const {
  const State::Product* product = state_->find(rows);
  if (product == nullptr) return Status::error(Code::internal, "oneDNN: no product of %zu rows is prepared", rows);
  Call call;
  const Status bound = guarded([&] {
    call.state_.reset(new Call::State{product->matmul, dnnl::stream(state_->engine), {}});
    auto& arguments = call.state_->arguments;
    arguments.emplace(DNNL_ARG_SRC, memory(product->x, state_->engine, const_cast<void*>(x)));
    arguments.emplace(DNNL_ARG_WEIGHTS, product->weights);
    arguments.emplace(DNNL_ARG_DST, memory(product->y, state_->engine, y));
    arguments.emplace(DNNL_ARG_SCRATCHPAD, memory(product->scratchpad, state_->engine, scratchpad));
    if (state_->bias) arguments.emplace(DNNL_ARG_BIAS, state_->bias);
#if DNNL_VERSION_MAJOR >= 3
    if (!state_->scale.empty()) {
      const memory::desc desc({dim(state_->scale.size())}, memory::data_type::f32, memory::format_tag::a);
      arguments.emplace(DNNL_ARG_ATTR_SCALES | DNNL_ARG_WEIGHTS,
                        memory(desc, state_->engine, const_cast<float*>(state_->scale.data())));
    }
#endif
  });
  if (!bound.ok()) return bound;
  return call;
}

Status OnednnMatmul::Call::run() {
  return guarded([&] {
    const OneOpenMpThread one_thread;
    state_->matmul.execute(state_->stream, state_->arguments);
    state_->stream.wait();
  });
}

const char* OnednnMatmul::implementation(size_t rows) const {
  const State::Product* product = state_->find(rows);
  return product != nullptr ? product->implementation : "";
}

size_t OnednnMatmul::scratchpad_bytes() const {
  size_t most = 0;
  for (const State::Product& product : state_->products) most = std::max(most, product.scratchpad.get_size());
  return most;
}

size_t OnednnMatmul::bytes() const { return state_->bytes; }

std::string onednn_version() {
  const dnnl_version_t* version = dnnl_version();
  return std::to_string(version->major) + "." + std::to_string(version->minor) + "." + std::to_string(version->patch);
}

bool onednn_int8_is_exact() {
  switch (dnnl::get_effective_cpu_isa()) {
    case dnnl::cpu_isa::sse41:
    case dnnl::cpu_isa::avx:
    case dnnl::cpu_isa::avx2:
    case dnnl::cpu_isa::avx512_core: return false;
    default: return true;
  }
}

}  // namespace linnet::backends
