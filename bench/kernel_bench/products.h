// Matrix products y = x * w^T, prepared to be run many times: Linnet's kernels and those of other libraries on the same
// numbers. Each runs on the calling thread, has its weights in its own layout, and its own x
// and y.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/status.h"
#include "runtime/kernels/kernels.h"

namespace linnet::bench {

// The linear layer of a model: w [out, in].
struct Layer {
  const char* name;  // "minilm_qkv"
  size_t in, out;
};

// MiniLM's four, and those of BERT-base, which ViT-B shares.
const std::vector<Layer>& layers();
// 1 to 512, and for the wider layers the 197 tokens of a picture in ViT-B.
std::vector<size_t> row_counts(const Layer& layer);

struct Product {
  std::string name;            // the kernel's, or "onednn_f32_u8s8"
  std::string implementation;  // what the library calls it, "" where it does not say
  std::function<void()> run;
};

// float(sum) * scale of the row * scale of the column + bias, from quantized rows.
Product linnet_s8(const kernels::KernelTable& table, const Layer& layer, size_t rows);
// sum + bias.
Product linnet_f32(const kernels::KernelTable& table, const Layer& layer, size_t rows);

// The other libraries that were there when this was compiled.
struct Peer {
  const char* name;  // of its products
  bool int8;
  Result<Product> (*make)(const Layer& layer, size_t rows);
};
const std::vector<Peer>& peers();

// {"oneDNN", "2.6.3"}; libraries that are missing have the version "".
std::vector<std::pair<std::string, std::string>> peer_versions();

}  // namespace linnet::bench
