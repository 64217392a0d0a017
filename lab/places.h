// Where the linear layers of a session run.
#pragma once

#include <string>
#include <vector>

#include "runtime/session.h"

namespace linnet::lab {

struct Place {
  std::string op;       // by its output
  std::string layer;    // "qkv", "output", "up", "down" or "dense"
  std::string runs_on;  // a backend or a kernel
  std::string reason;   // why a backend does not take it; empty when it does, or when there is none
};

std::vector<Place> linear_places(const Model& model, const Session& session);

}  // namespace linnet::lab
