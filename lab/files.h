// Files that people name: opened, looked at and checked, with messages that name them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "runtime/session.h"

namespace linnet::lab {

// Opens a model; every error names the file.
Result<Model> open_model(const std::string& path);

// An error when a file cannot be put there ("-", standard output, always can); told before long work, not after it.
Status check_output(const std::string& path);

// 0 when there is no such file.
uint64_t file_bytes(const std::string& path);

// The lines of a file that are not empty; an error when there are none, or when one is not UTF-8.
Result<std::vector<std::string>> read_texts(const std::string& path);

}  // namespace linnet::lab
