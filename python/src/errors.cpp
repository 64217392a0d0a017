#include "python/src/errors.h"

#include <cstring>

namespace linnet::python {

namespace nb = nanobind;

nb::str text(const char* bytes, size_t size) {
  return nb::steal<nb::str>(PyUnicode_DecodeUTF8(bytes, static_cast<Py_ssize_t>(size), "replace"));
}

nb::str text(const char* bytes) { return text(bytes, std::strlen(bytes)); }

void register_errors() {
  nb::register_exception_translator([](const std::exception_ptr& pointer, void*) {
    try {
      std::rethrow_exception(pointer);
    } catch (const StatusError& error) {
      try {
        const nb::object classes = nb::module_::import_("linnet._errors").attr("CLASSES");
        const nb::object type = classes[code_name(error.status().code())];
        PyErr_SetObject(type.ptr(), text(error.status().message()).ptr());
      } catch (nb::python_error& other) {
        other.restore();
      }
    }
  });
}

}  // namespace linnet::python
