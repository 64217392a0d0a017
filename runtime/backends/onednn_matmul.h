// One linear layer in oneDNN: y[r, n] = sum over k of x[r, k] * w[n, k], with the weights in the layout that oneDNN
// chooses. Works with oneDNN 2.6 and 3.x.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/status.h"

namespace linnet::backends {

class OnednnMatmul {
 public:
  enum class Types {
    f32,  // y = sum + bias, everything float
    // y = sum: exact where the CPU has dot products of bytes (onednn_int8_is_exact). Of signed rows it would not be:
    // without AMX, oneDNN (2.6, 3.2) makes their sums in floats, wrong beyond 2^24.
    u8_s32,
    u8_f32,  // y = float(sum) * scale[n] + bias[n]
  };

  struct Layer {
    Types types;
    size_t in_width, out_width;
    size_t x_stride, y_stride;  // elements
    const void* weights;        // [out_width][in_width], float or int8; read by create only
    const float* scale;         // [out_width] for u8_f32, else null; read by create only
    const float* bias;          // [out_width] or null; kept, not copied
  };

  OnednnMatmul();
  OnednnMatmul(OnednnMatmul&& other) noexcept;
  OnednnMatmul& operator=(OnednnMatmul&& other) noexcept;
  ~OnednnMatmul();

  // Prepares products of each of `row_counts`, the largest first. They share one copy of the weights wherever oneDNN
  // takes them in the same layout. Fails with unsupported, saying what oneDNN says, where it has no fast
  // implementation.
  static Result<OnednnMatmul> create(const Layer& layer, const size_t* row_counts, size_t count);

  // x and y bound to the product of one of the row counts, so that it can be run many times.
  class Call {
   public:
    Call();
    Call(Call&& other) noexcept;
    Call& operator=(Call&& other) noexcept;
    ~Call();
    // Runs on the calling thread alone. Fails with internal.
    Status run();

   private:
    friend class OnednnMatmul;
    struct State;
    std::unique_ptr<State> state_;
  };
  // The scratchpad, scratchpad_bytes() of memory aligned to 64, belongs to one thread at a time.
  Result<Call> bind(size_t rows, const void* x, void* y, void* scratchpad) const;
  size_t scratchpad_bytes() const;

  const char* implementation(size_t rows) const;  // oneDNN's own name of it
  size_t bytes() const;                           // of the prepared weights

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The version of the library that is loaded, e.g. "2.6.3".
std::string onednn_version();

// Whether INT8 products are exact: without VNNI they go through 16 bits that saturate. Follows ONEDNN_MAX_CPU_ISA.
bool onednn_int8_is_exact();

}  // namespace linnet::backends
