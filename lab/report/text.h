// A comparison for the terminal, and for programs.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "lab/report/comparison.h"

namespace linnet::lab {

std::string comparison_text(const Comparison& comparison);
nlohmann::ordered_json comparison_json(const Comparison& comparison);

// What people should know about how it was measured: sentences without a full stop. The text and the page show them.
std::vector<std::string> comparison_notes(const Comparison& comparison);

}  // namespace linnet::lab
