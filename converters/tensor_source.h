// The weights of a checkpoint as a converter takes them: by name and shape, each one accounted for.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "base/status.h"
#include "converters/family.h"
#include "converters/safetensors.h"

namespace linnet::internal {

// Hands out the float tensors of a checkpoint and remembers which were taken.
class TensorSource {
 public:
  // `prefix` stands before every name that take() is asked for, and is not part of it.
  TensorSource(const Checkpoint& checkpoint, std::string prefix)
      : checkpoint_(&checkpoint), prefix_(std::move(prefix)) {}

  // What stands before `anchor` (a name that every checkpoint of the family has) in this checkpoint: "" or a chain of
  // the parts that Hugging Face and sentence-transformers put there, such as "bert." or "0.auto_model.". A checkpoint
  // without the anchor, with several, or with another prefix is an error.
  static Result<std::string> find_prefix(const Checkpoint& checkpoint, const Family& family, const std::string& anchor);

  // The values of tensor `name`, which must exist and have this shape; a dimension of 0 means any.
  Result<std::vector<float>> take(const std::string& name, const std::vector<uint64_t>& shape);

  // While it lives, names are of what stands beside the encoder: its prefix without the last part ("bert.").
  class Beside {
   public:
    explicit Beside(TensorSource& source, bool on = true) : source_(source), prefix_(source.prefix_) {
      if (!on) return;
      const size_t dot = prefix_.size() < 2 ? std::string::npos : prefix_.rfind('.', prefix_.size() - 2);
      source.prefix_.resize(dot == std::string::npos ? 0 : dot + 1);
    }
    ~Beside() { source_.prefix_ = prefix_; }
    Beside(const Beside&) = delete;
    Beside& operator=(const Beside&) = delete;

   private:
    TensorSource& source_;
    const std::string prefix_;
  };

  // The rows of a tensor that must exist and have two dimensions.
  Result<uint64_t> rows(const std::string& name) const;

  bool has(const std::string& name) const { return checkpoint_->find(prefix_ + name) != nullptr; }
  // The shape of a tensor that was taken.
  const std::vector<uint64_t>& shape(const std::string& name) const { return checkpoint_->find(prefix_ + name)->shape; }

  // After everything was taken: appends a note for each group of dropped tensors; a tensor that was neither taken nor
  // may be dropped is `unsupported`, with the names.
  Status account(const Family& family, std::vector<std::string>* notes) const;

  uint64_t* flushed() { return &flushed_; }  // how many subnormal values were set to zero

 private:
  const Checkpoint* checkpoint_;
  std::string prefix_;
  std::set<std::string> taken_;  // full names
  uint64_t flushed_ = 0;
};

// Names for a message: at most six of them, then how many more.
std::string list_names(const std::vector<std::string>& names);

}  // namespace linnet::internal
