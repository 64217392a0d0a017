// A model that is being edited, run without a file.
#pragma once

#include <cstdint>
#include <memory>
#include <new>
#include <utility>

#include "base/status.h"
#include "model/edit.h"
#include "model/layout.h"
#include "runtime/session.h"

namespace linnet {

// A model in memory as its file would be, and a session over it. Later edits do not reach it.
class RunningModel {
 public:
  RunningModel() = default;
  RunningModel(RunningModel&&) noexcept = default;
  RunningModel& operator=(RunningModel&& other) noexcept {  // from the session down to what it points to
    session_ = std::move(other.session_);
    model_ = std::move(other.model_);
    bytes_ = std::move(other.bytes_);
    return *this;
  }

  static Result<RunningModel> start(EditableModel& model, const SessionOptions& options = {});

  const Model& model() const { return *model_; }
  Session& session() { return session_; }
  size_t file_bytes() const { return model_->view().size(); }

 private:
  struct Free {
    void operator()(uint8_t* bytes) const { ::operator delete(bytes, std::align_val_t(kSectionAlignment)); }
  };
  std::unique_ptr<uint8_t, Free> bytes_;
  std::unique_ptr<Model> model_;  // the session keeps its address
  Session session_;
};

}  // namespace linnet
