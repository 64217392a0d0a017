#include "python/src/texts.h"

#include <nlohmann/json.hpp>
#include <string>

#include "python/src/errors.h"

namespace linnet::python {

namespace nb = nanobind;

TextList::TextList(const nb::list& list) : kept_(nb::steal(PyList_AsTuple(list.ptr()))) {
  if (!kept_.is_valid()) throw nb::python_error();
  const nb::tuple tuple = nb::borrow<nb::tuple>(kept_);
  texts_.reserve(tuple.size());
  for (const nb::handle item : tuple) {
    const size_t index = texts_.size();
    if (!nb::isinstance<nb::str>(item)) {
      std::string message = "text " + std::to_string(index) + " is not a str: its type is ";
      message += nb::cast<nb::str>(item.type().attr("__name__")).c_str();
      throw nb::type_error(message.c_str());
    }
    Py_ssize_t bytes = 0;
    const char* data = PyUnicode_AsUTF8AndSize(item.ptr(), &bytes);
    if (data == nullptr) {
      nb::python_error error;
      if (!error.matches(PyExc_UnicodeEncodeError)) throw error;
      throw StatusError(Status::error(Code::invalid_argument,
                                      "text %zu holds a lone surrogate, which is no character; replace it first: "
                                      "text.encode('utf-8', 'replace').decode()",
                                      index));
    }
    texts_.push_back({data, static_cast<size_t>(bytes)});
  }
}

Rows numpy_rows(std::vector<float> rows, size_t width) {
  auto* held = new std::vector<float>(std::move(rows));  // the capsule's
  float* data = held->data();
  const size_t shape[2] = {held->size() / width, width};
  const nb::capsule owner(held, [](void* vector) noexcept { delete static_cast<std::vector<float>*>(vector); });
  return Rows(data, 2, shape, owner);
}

std::string path_of(const nb::bytes& path) { return {path.c_str(), path.size()}; }

nb::str json_text(const nlohmann::ordered_json& json) {
  const std::string dumped = json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  return text(dumped.data(), dumped.size());
}

}  // namespace linnet::python
