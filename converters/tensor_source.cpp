#include "converters/tensor_source.h"

#include <map>

#include "model/layout.h"

namespace linnet::internal {

namespace {

bool ends_with(const std::string& text, const std::string& ending) {
  return text.size() >= ending.size() && text.compare(text.size() - ending.size(), ending.size(), ending) == 0;
}

// True for "" and for chains of parts that wrappers put before the names of a model.
bool known_prefix(std::string_view prefix, const Family& family) {
  const std::string own = std::string(family.model_type) + ".";
  const std::string_view parts[] = {own, "0.", "auto_model.", "model.", "module.", "encoder_model."};
  while (!prefix.empty()) {
    bool found = false;
    for (const std::string_view part : parts) {
      if (prefix.substr(0, part.size()) == part) {
        prefix.remove_prefix(part.size());
        found = true;
        break;
      }
    }
    if (!found) return false;
  }
  return true;
}

bool shape_matches(const std::vector<uint64_t>& shape, const std::vector<uint64_t>& wanted) {
  if (shape.size() != wanted.size()) return false;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == 0 || (wanted[i] != 0 && shape[i] != wanted[i])) return false;
  }
  return true;
}

}  // namespace

std::string list_names(const std::vector<std::string>& names) {
  constexpr size_t kShown = 6;
  std::string text;
  for (size_t i = 0; i < names.size() && i < kShown; ++i) text += (i > 0 ? ", " : "") + names[i];
  if (names.size() > kShown) text += " and " + std::to_string(names.size() - kShown) + " more";
  return text;
}

Result<std::string> TensorSource::find_prefix(const Checkpoint& checkpoint, const Family& family,
                                              const std::string& anchor) {
  std::vector<std::string> found;
  for (const auto& [name, slice] : checkpoint.tensors()) {
    if (ends_with(name, anchor)) found.push_back(name);
  }
  if (found.empty()) {
    return Status::error(Code::corrupt, "the checkpoint has no tensor '%s', which a %s model must have", anchor.c_str(),
                         family.model_type);
  }
  if (found.size() > 1) {
    return Status::error(Code::unsupported, "the checkpoint holds more than one model: %s", list_names(found).c_str());
  }
  const std::string prefix = found[0].substr(0, found[0].size() - anchor.size());
  if (!known_prefix(prefix, family)) {
    return Status::error(Code::unsupported,
                         "the names of the checkpoint begin with '%.64s', which is not a known "
                         "wrapper of a %s model",
                         prefix.c_str(), family.model_type);
  }
  return prefix;
}

namespace {

Status missing(const std::string& full) {
  return Status::error(Code::corrupt,
                       "tensor '%s' is missing: the checkpoint and its config.json do not belong "
                       "together, or it is incomplete",
                       full.c_str());
}

}  // namespace

Result<uint64_t> TensorSource::rows(const std::string& name) const {
  const TensorSlice* slice = checkpoint_->find(prefix_ + name);
  if (slice == nullptr) return missing(prefix_ + name);
  if (slice->shape.size() != 2 || slice->shape[0] < 1 || slice->shape[0] > kMaxWidth) {
    return Status::error(Code::corrupt, "tensor '%s' has the shape %s, which is not that of a layer",
                         (prefix_ + name).c_str(), shape_text(slice->shape).c_str());
  }
  return slice->shape[0];
}

Result<std::vector<float>> TensorSource::take(const std::string& name, const std::vector<uint64_t>& shape) {
  const std::string full = prefix_ + name;
  const TensorSlice* slice = checkpoint_->find(full);
  if (slice == nullptr) return missing(full);
  if (!shape_matches(slice->shape, shape)) {
    std::string wanted = shape_text(shape);
    for (size_t at = 0; (at = wanted.find("0", at)) != std::string::npos; ++at) {
      const bool alone = !std::isdigit(static_cast<unsigned char>(wanted[at - 1])) &&
                         !std::isdigit(static_cast<unsigned char>(wanted[at + 1]));
      if (alone) wanted.replace(at, 1, "any");
    }
    return Status::error(Code::corrupt, "tensor '%s' has the shape %s instead of %s", full.c_str(),
                         shape_text(slice->shape).c_str(), wanted.c_str());
  }
  taken_.insert(full);
  return read_floats(full, *slice, &flushed_);
}

Status TensorSource::account(const Family& family, std::vector<std::string>* notes) const {
  std::map<std::string, std::vector<std::string>> dropped;
  std::vector<std::string> unknown;
  for (const auto& [name, slice] : checkpoint_->tensors()) {
    if (taken_.count(name) != 0) continue;
    // Heads stand beside the encoder, without its prefix; buffers and poolers inside it.
    const char* what = dropped_as(family, name);
    if (what == nullptr && name.compare(0, prefix_.size(), prefix_) == 0) {
      what = dropped_as(family, std::string_view(name).substr(prefix_.size()));
    }
    if (what != nullptr) {
      dropped[what].push_back(name);
    } else {
      unknown.push_back(name);
    }
  }
  if (!unknown.empty()) {
    return Status::error(Code::unsupported,
                         "%zu tensors of the checkpoint have no place in a %s model as its "
                         "config.json describes it: %s",
                         unknown.size(), family.model_type, list_names(unknown).c_str());
  }
  for (const auto& [what, names] : dropped) {
    std::string note = what + " dropped, the embedding does not use it:";
    for (const std::string& name : names) note += " " + name;
    notes->push_back(note);
  }
  return Status();
}

}  // namespace linnet::internal
