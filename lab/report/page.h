// A comparison as a page: one HTML file that needs nothing else.
#pragma once

#include <string>

#include "base/status.h"
#include "lab/report/comparison.h"

namespace linnet::lab {

// Style, program and pictures are in it; its Content-Security-Policy lets nothing else in. Without JavaScript all
// pictures are shown and the tables cannot be sorted; nothing is missing.
std::string report_page(const Comparison& comparison);

// Writes it to a file, of which nobody ever sees a part.
Status write_page(const Comparison& comparison, const std::string& path);

}  // namespace linnet::lab
