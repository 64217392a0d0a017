#include "lab/open_model.h"

#include <string_view>

namespace linnet::lab {

Result<Model> open_model(const std::string& path) {
  Result<Model> model = Model::open(path.c_str());
  if (model.ok()) return model;
  // The mapping's own errors name the file already.
  const bool named = std::string_view(model.status().message()).find(path) != std::string_view::npos;
  return named ? model.status() : model.status().within(path.c_str());
}

}  // namespace linnet::lab
