// Python's strings as UTF-8, and rows of floats as NumPy arrays, neither copied; paths and JSON.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "runtime/session.h"

namespace linnet::python {

// The str objects of a list, which are kept alive: other threads may change the list. An ASCII str is UTF-8 as it lies
// in memory; of others Python makes the UTF-8 once and keeps it. Anything but a str is a TypeError, a lone surrogate an
// `invalid_argument`; both name the text by its index.
class TextList {
 public:
  explicit TextList(const nanobind::list& list);
  const std::vector<Text>& texts() const { return texts_; }

 private:
  nanobind::object kept_;
  std::vector<Text> texts_;
};

// What Python's type checkers see of such a list.
using TypedTexts = nanobind::typed<nanobind::list, nanobind::str>;

// A call of a session is not longer than so many texts, whatever the batch: between calls others have their turn, and
// Ctrl-C is heard.
inline constexpr size_t kMostTexts = 256;

using Rows = nanobind::ndarray<nanobind::numpy, float, nanobind::shape<-1, -1>, nanobind::c_contig>;

// [rows.size() / width, width]: the array owns the vector's memory.
Rows numpy_rows(std::vector<float> rows, size_t width);

// The bytes of a path, as the system has them.
std::string path_of(const nanobind::bytes& path);

// JSON as a str, for json.loads.
nanobind::str json_text(const nlohmann::ordered_json& json);

}  // namespace linnet::python
