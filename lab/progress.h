// How long work tells how far it is, and is told to end.
#pragma once

#include <cstdint>
#include <functional>

namespace linnet::lab {

// Told now and then how far a long work is; `total` is 0 when that is not known. Returning false ends the work with an
// error.
using Progress = std::function<bool(uint64_t done, uint64_t total)>;

}  // namespace linnet::lab
