// Checkpoint folders for tests: copies of the tiny ones that can be damaged, and safetensors files made by hand.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace linnet::testing_support {

// A tensor as safetensors stores it.
struct RawTensor {
  std::string dtype = "F32";
  std::vector<uint64_t> shape;
  std::string bytes;
};

RawTensor float_tensor(const std::vector<uint64_t>& shape, const std::vector<float>& values);

std::string read_text(const std::string& path);
void write_text(const std::string& path, const std::string& text);

// The bytes of a safetensors file: the header, which may be changed before it is written, and the tensors in the order
// of their names.
std::string safetensors_bytes(const std::map<std::string, RawTensor>& tensors,
                              const std::function<void(nlohmann::json&)>& change_header = {});
std::map<std::string, RawTensor> read_safetensors(const std::string& path);

// A folder that exists as long as this object.
class TemporaryFolder {
 public:
  TemporaryFolder();
  // With the content of tests/data/models/hf/`checkpoint`.
  explicit TemporaryFolder(const std::string& checkpoint);
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder();

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

  void remove(const std::string& name) const;
  void change_json(const std::string& name, const std::function<void(nlohmann::json&)>& change) const;
  void change_tensors(const std::function<void(std::map<std::string, RawTensor>&)>& change,
                      const std::string& name = "model.safetensors") const;

 private:
  std::string path_;
};

}  // namespace linnet::testing_support
