#include "tests/converters/checkpoint_files.h"

#include <atomic>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>

#if defined(_WIN32)
#include <process.h>
#else
#include <unistd.h>
#endif

namespace linnet::testing_support {

namespace {

int process_id() {
#if defined(_WIN32)
  return _getpid();
#else
  return static_cast<int>(getpid());
#endif
}

}  // namespace

RawTensor float_tensor(const std::vector<uint64_t>& shape, const std::vector<float>& values) {
  RawTensor tensor{"F32", shape, std::string(values.size() * sizeof(float), '\0')};
  if (!values.empty()) std::memcpy(tensor.bytes.data(), values.data(), tensor.bytes.size());
  return tensor;
}

std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void write_text(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  EXPECT_TRUE(file.good()) << path;
}

std::string safetensors_bytes(const std::map<std::string, RawTensor>& tensors,
                              const std::function<void(nlohmann::json&)>& change_header) {
  nlohmann::json header = {{"__metadata__", {{"format", "pt"}}}};
  std::string data;
  for (const auto& [name, tensor] : tensors) {
    header[name] = {{"dtype", tensor.dtype},
                    {"shape", tensor.shape},
                    {"data_offsets", {data.size(), data.size() + tensor.bytes.size()}}};
    data += tensor.bytes;
  }
  if (change_header) change_header(header);
  const std::string text = header.dump();
  std::string length(8, '\0');
  for (size_t i = 0; i < 8; ++i) length[i] = static_cast<char>(text.size() >> (8 * i));
  return length + text + data;
}

std::map<std::string, RawTensor> read_safetensors(const std::string& path) {
  const std::string bytes = read_text(path);
  uint64_t length = 0;
  std::memcpy(&length, bytes.data(), 8);
  const nlohmann::json header = nlohmann::json::parse(bytes.substr(8, length));
  std::map<std::string, RawTensor> tensors;
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") continue;
    const size_t begin = entry["data_offsets"][0], end = entry["data_offsets"][1];
    tensors[name] = {entry["dtype"], entry["shape"], bytes.substr(8 + length + begin, end - begin)};
  }
  return tensors;
}

TemporaryFolder::TemporaryFolder() {
  static std::atomic<int> count{0};
  path_ = ::testing::TempDir() + "linnet_checkpoint_" + std::to_string(process_id()) + "_" + std::to_string(count++);
  std::filesystem::remove_all(path_);
  std::filesystem::create_directories(path_);
}

TemporaryFolder::TemporaryFolder(const std::string& checkpoint) : TemporaryFolder() {
  std::filesystem::copy(std::string(LINNET_TEST_DATA) + "/models/hf/" + checkpoint, path_,
                        std::filesystem::copy_options::recursive);
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void TemporaryFolder::remove(const std::string& name) const {
  EXPECT_GT(std::filesystem::remove_all(path_ + "/" + name), 0u) << name;
}

void TemporaryFolder::change_json(const std::string& name, const std::function<void(nlohmann::json&)>& change) const {
  nlohmann::json value = nlohmann::json::parse(read_text(path_ + "/" + name));
  change(value);
  write_text(path_ + "/" + name, value.dump());
}

void TemporaryFolder::change_tensors(const std::function<void(std::map<std::string, RawTensor>&)>& change,
                                     const std::string& name) const {
  std::map<std::string, RawTensor> tensors = read_safetensors(path_ + "/" + name);
  change(tensors);
  write_text(path_ + "/" + name, safetensors_bytes(tensors));
}

}  // namespace linnet::testing_support
