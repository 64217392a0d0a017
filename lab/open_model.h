// Opening a model file by its path.
#pragma once

#include <string>

#include "base/status.h"
#include "runtime/session.h"

namespace linnet::lab {

// Model::open, with an error that always names the file.
Result<Model> open_model(const std::string& path);

}  // namespace linnet::lab
