// linnet._core: what the package linnet is made of. Its Python half checks arguments and shapes results.
#include <nanobind/nanobind.h>

#include "python/src/errors.h"
#include "python/src/model.h"

NB_MODULE(_core, module) {
  module.doc() = "The C++ half of the package linnet; not for use by programs.";
  module.attr("VERSION") = LINNET_VERSION;
  // What is still open when a program ends is the program's business.
  nanobind::set_leak_warnings(false);
  linnet::python::register_errors();
  linnet::python::bind_model(module);
  linnet::python::bind_heads(module);
  linnet::python::bind_tools(module);
  linnet::python::bind_search(module);
}
