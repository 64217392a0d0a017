// Reads what numpy.save wrote: two-dimensional float32 in C order, which is all that the model oracles write.
#pragma once

#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace linnet::oracle {

struct Npy {
  size_t rows = 0;
  size_t columns = 0;
  std::vector<float> data;  // empty when the file is missing or of another kind
};

inline Npy read_npy(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  Npy npy;
  if (bytes.size() < 10 || bytes.compare(0, 8, std::string("\x93NUMPY\x01\x00", 8)) != 0) return npy;
  const size_t header_bytes = static_cast<uint8_t>(bytes[8]) + 256u * static_cast<uint8_t>(bytes[9]);
  const std::string header = bytes.substr(10, header_bytes);
  const size_t shape = header.find("'shape': (");
  if (header.find("'<f4'") == std::string::npos || header.find("'fortran_order': False") == std::string::npos ||
      shape == std::string::npos) {
    return npy;
  }
  if (std::sscanf(header.c_str() + shape, "'shape': (%zu, %zu)", &npy.rows, &npy.columns) != 2 ||
      bytes.size() != 10 + header_bytes + npy.rows * npy.columns * sizeof(float)) {
    return npy;
  }
  npy.data.resize(npy.rows * npy.columns);
  std::memcpy(npy.data.data(), bytes.data() + 10 + header_bytes, npy.data.size() * sizeof(float));
  return npy;
}

}  // namespace linnet::oracle
