// An open model as Python holds it.
#pragma once

#include <memory>
#include <nanobind/nanobind.h>
#include <string>

#include "python/src/session_pool.h"
#include "runtime/session.h"

namespace linnet::python {

// What calls share: it lives until the last of them has returned, whatever happens to the handle meanwhile.
struct OpenModel {
  std::string path;
  Model model;
  std::unique_ptr<SessionPool> pool;
};

class ModelHandle {
 public:
  ModelHandle(const nanobind::bytes& path, size_t threads, std::string isa, std::string backend, bool strict);

  // An error after close().
  std::shared_ptr<OpenModel> get() const;
  void close() { open_.reset(); }
  bool closed() const { return open_ == nullptr; }

  // In the child of a fork: the threads of the sessions are not there any more, and locks may be held by threads that
  // are not either. Leaves the old sessions where they are and starts anew.
  void after_fork();

 private:
  std::shared_ptr<OpenModel> open_;
};

void bind_model(nanobind::module_& module);
void bind_heads(nanobind::module_& module);
void bind_tools(nanobind::module_& module);
void bind_search(nanobind::module_& module);

}  // namespace linnet::python
