#include "converters/safetensors.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>

#include "tests/converters/checkpoint_files.h"

namespace linnet::internal {
namespace {

using nlohmann::json;
using testing_support::float_tensor;
using testing_support::RawTensor;
using testing_support::safetensors_bytes;
using testing_support::TemporaryFolder;
using testing_support::write_text;

std::map<std::string, RawTensor> two_tensors() {
  return {{"a", float_tensor({2, 3}, {1, 2, 3, 4, 5, 6})}, {"b", float_tensor({2}, {7, 8})}};
}

// Opening `bytes` as a file must fail with this code and message, which also names the file.
void expect_refused(const std::string& bytes, Code code, const char* message) {
  const TemporaryFolder folder;
  const std::string path = folder / "some.safetensors";
  write_text(path, bytes);
  const Status status = SafetensorsFile::open(path).status();
  EXPECT_EQ(status.code(), code) << status.message();
  EXPECT_NE(std::string(status.message()).find(message), std::string::npos) << status.message();
  EXPECT_NE(std::string(status.message()).find("some.safetensors"), std::string::npos) << status.message();
}

// The same for a header that was changed.
void expect_header_refused(const std::function<void(json&)>& change, Code code, const char* message) {
  expect_refused(safetensors_bytes(two_tensors(), change), code, message);
}

TEST(Safetensors, ReadsTensorsByName) {
  const TemporaryFolder folder;
  write_text(folder / "x.safetensors", safetensors_bytes(two_tensors()));
  const Result<SafetensorsFile> file = SafetensorsFile::open(folder / "x.safetensors");
  ASSERT_TRUE(file.ok()) << file.status().message();
  ASSERT_EQ(file->tensors().size(), 2u);
  const TensorSlice& a = file->tensors().at("a");
  EXPECT_EQ(a.shape, (std::vector<uint64_t>{2, 3}));
  uint64_t flushed = 0;
  EXPECT_EQ(*read_floats("a", a, &flushed), (std::vector<float>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(*read_floats("b", file->tensors().at("b"), &flushed), (std::vector<float>{7, 8}));
  EXPECT_EQ(flushed, 0u);
}

TEST(Safetensors, ReadsScalarsEmptyTensorsAndFilesWithoutTensors) {
  const TemporaryFolder folder;
  write_text(folder / "x.safetensors",
             safetensors_bytes({{"scalar", float_tensor({}, {3})}, {"empty", float_tensor({0, 4}, {})}}));
  const Result<SafetensorsFile> file = SafetensorsFile::open(folder / "x.safetensors");
  ASSERT_TRUE(file.ok()) << file.status().message();
  EXPECT_EQ(file->tensors().at("scalar").elements, 1u);
  EXPECT_EQ(file->tensors().at("empty").elements, 0u);
  write_text(folder / "y.safetensors", safetensors_bytes({}));
  EXPECT_TRUE(SafetensorsFile::open(folder / "y.safetensors").ok());
}

TEST(Safetensors, RefusesATruncationAtEveryLength) {
  const TemporaryFolder folder;
  const std::string bytes = safetensors_bytes(two_tensors());
  for (size_t size = 0; size < bytes.size(); ++size) {
    write_text(folder / "x.safetensors", bytes.substr(0, size));
    ASSERT_EQ(SafetensorsFile::open(folder / "x.safetensors").status().code(), Code::corrupt) << size;
  }
}

TEST(Safetensors, SurvivesEveryDamagedByteOfTheHeader) {
  const TemporaryFolder folder;
  const std::string bytes = safetensors_bytes(two_tensors());
  for (size_t at = 0; at < bytes.size() - 32; ++at) {
    for (const int change : {1, 2, 16, 128}) {
      std::string damaged = bytes;
      damaged[at] = static_cast<char>(damaged[at] ^ change);
      write_text(folder / "x.safetensors", damaged);
      const Result<SafetensorsFile> file = SafetensorsFile::open(folder / "x.safetensors");
      if (!file.ok()) continue;
      uint64_t flushed = 0;
      for (const auto& [name, slice] : file->tensors()) (void)read_floats(name, slice, &flushed).ok();
    }
  }
}

TEST(Safetensors, RefusesWhatIsNotSafetensors) {
  expect_refused("PK\x03\x04 something else entirely", Code::corrupt, "not a safetensors file");
  expect_refused(std::string(8, '\xff') + "{}", Code::corrupt, "not a safetensors file");
  expect_refused(std::string("\x02\0\0\0\0\0\0\0[]", 10), Code::corrupt, "is not an object");
  expect_refused(std::string("\x02\0\0\0\0\0\0\0{;", 10), Code::corrupt, "not valid JSON");
}

TEST(Safetensors, RefusesDamagedEntries) {
  expect_header_refused([](json& h) { h["a"] = 3; }, Code::corrupt, "tensor 'a': its entry");
  expect_header_refused([](json& h) { h["a"].erase("dtype"); }, Code::corrupt, "tensor 'a': no 'dtype'");
  expect_header_refused([](json& h) { h["a"].erase("shape"); }, Code::corrupt, "tensor 'a': no 'shape'");
  expect_header_refused([](json& h) { h["a"].erase("data_offsets"); }, Code::corrupt, "data_offsets");
  expect_header_refused([](json& h) { h["a"]["data_offsets"] = {0}; }, Code::corrupt, "data_offsets");
  expect_header_refused([](json& h) { h["a"]["data_offsets"] = {-4, 20}; }, Code::corrupt, "data_offsets");
  expect_header_refused([](json& h) { h["a"]["data_offsets"] = {0, 24.5}; }, Code::corrupt, "data_offsets");
  expect_header_refused([](json& h) { h["a"]["data_offsets"] = {24, 0}; }, Code::corrupt, "do not lie within");
  expect_header_refused([](json& h) { h["b"]["data_offsets"] = {24, 36}; }, Code::corrupt, "do not lie within");
  expect_header_refused([](json& h) { h["a"]["shape"] = {2, -3}; }, Code::corrupt, "a dimension");
  expect_header_refused([](json& h) { h["a"]["shape"] = {2, 4}; }, Code::corrupt, "do not hold [2, 4]");
  expect_header_refused(
      [](json& h) {
        h["a"]["shape"] = {uint64_t{1} << 33, uint64_t{1} << 33};
      },
      Code::corrupt, "do not hold");
  expect_header_refused([](json& h) { h["a"]["shape"] = {uint64_t{1} << 62, 4, 6}; }, Code::corrupt, "do not hold");
  expect_header_refused([](json& h) { h["a"]["shape"] = std::vector<int>(9, 1); }, Code::corrupt, "8 dimensions");
  expect_header_refused([](json& h) { h["a"]["dtype"] = "F8_E4M3"; }, Code::unsupported, "'F8_E4M3' is not known");
}

TEST(Safetensors, RefusesOverlapsGapsAndTrailingBytes) {
  expect_header_refused([](json& h) { h["b"]["data_offsets"] = {16, 24}; }, Code::corrupt, "overlaps");
  expect_header_refused(
      [](json& h) {
        h["a"]["data_offsets"] = {0, 16};
        h["a"]["shape"] = {4};
      },
      Code::corrupt, "8 bytes before tensor 'b'");
  expect_header_refused([](json& h) { h.erase("b"); }, Code::corrupt, "the last 8 bytes");
}

TEST(Safetensors, RefusesANameThatStandsTwice) {
  std::string bytes = safetensors_bytes(two_tensors());
  const size_t at = bytes.find("\"b\"");
  bytes.replace(at, 3, "\"a\"");
  expect_refused(bytes, Code::corrupt, "'a' stands there twice");
}

TEST(Safetensors, RefusesAHeaderNestedWithoutEnd) {
  const std::string text = "{\"a\":" + std::string(100000, '[') + std::string(100000, ']') + "}";
  std::string length(8, '\0');
  for (size_t i = 0; i < 8; ++i) length[i] = static_cast<char>(text.size() >> (8 * i));
  expect_refused(length + text, Code::corrupt, "nested deeper");
}

// All half-precision numbers, from their definition.
TEST(ReadFloats, ConvertsEveryHalfExactly) {
  for (uint32_t bits = 0; bits < 65536; ++bits) {
    const int exponent = static_cast<int>(bits >> 10 & 31);
    const double mantissa = bits & 1023;
    double expected = exponent == 0 ? std::ldexp(mantissa, -24) : std::ldexp(1024 + mantissa, exponent - 25);
    if ((bits & 0x8000) != 0) expected = -expected;
    const float value = half_to_float(static_cast<uint16_t>(bits));
    if (exponent == 31) {
      ASSERT_EQ(std::isnan(value), mantissa != 0);
      ASSERT_EQ(std::isinf(value), mantissa == 0);
    } else {
      ASSERT_EQ(static_cast<double>(value), expected) << bits;
      ASSERT_EQ(std::signbit(value), (bits & 0x8000) != 0);
    }
  }
}

TensorSlice slice_of(const RawTensor& tensor, DType type) {
  TensorSlice slice;
  slice.type = type;
  slice.shape = tensor.shape;
  slice.bytes = reinterpret_cast<const uint8_t*>(tensor.bytes.data());
  slice.elements = tensor.shape.empty() ? 1 : tensor.shape[0];
  return slice;
}

template <typename T>
RawTensor raw(const std::vector<T>& values) {
  RawTensor tensor{"", {values.size()}, std::string(values.size() * sizeof(T), '\0')};
  std::memcpy(tensor.bytes.data(), values.data(), tensor.bytes.size());
  return tensor;
}

TEST(ReadFloats, ReadsBfloat16AndDoubles) {
  uint64_t flushed = 0;
  const RawTensor bf16 = raw<uint16_t>({0x3f80, 0xc049, 0x0000});
  EXPECT_EQ(*read_floats("x", slice_of(bf16, DType::bf16), &flushed), (std::vector<float>{1.0f, -3.140625f, 0.0f}));
  const RawTensor f64 = raw<double>({0.1, -2.5});
  EXPECT_EQ(*read_floats("x", slice_of(f64, DType::f64), &flushed), (std::vector<float>{0.1f, -2.5f}));
}

TEST(ReadFloats, SetsSubnormalsToZeroAndCountsThem) {
  uint64_t flushed = 0;
  const float smallest = std::numeric_limits<float>::min();
  const RawTensor f32 = raw<float>({smallest, smallest / 2, -smallest / 4, 0.0f, -0.0f});
  EXPECT_EQ(*read_floats("x", slice_of(f32, DType::f32), &flushed), (std::vector<float>{smallest, 0, 0, 0, 0}));
  EXPECT_EQ(flushed, 2u);
  const RawTensor f64 = raw<double>({1e-40});
  EXPECT_EQ(*read_floats("x", slice_of(f64, DType::f64), &flushed), (std::vector<float>{0}));
  EXPECT_EQ(flushed, 3u);
}

TEST(ReadFloats, RefusesWhatIsNotFiniteByName) {
  uint64_t flushed = 0;
  const float infinity = std::numeric_limits<float>::infinity();
  const RawTensor f32 = raw<float>({1, 2, std::numeric_limits<float>::quiet_NaN()});
  const Status nan = read_floats("layer.weight", slice_of(f32, DType::f32), &flushed).status();
  EXPECT_EQ(nan.code(), Code::non_finite);
  EXPECT_NE(std::string(nan.message()).find("tensor 'layer.weight' holds NaN at element 2:"), std::string::npos);
  const RawTensor inf = raw<float>({-infinity});
  EXPECT_EQ(read_floats("x", slice_of(inf, DType::f32), &flushed).status().code(), Code::non_finite);
  const RawTensor large = raw<double>({1e300});
  EXPECT_EQ(read_floats("x", slice_of(large, DType::f64), &flushed).status().code(), Code::non_finite);
  const RawTensor half = raw<uint16_t>({0x7c00});
  EXPECT_EQ(read_floats("x", slice_of(half, DType::f16), &flushed).status().code(), Code::non_finite);
  EXPECT_EQ(read_floats("x", slice_of(half, DType::i16), &flushed).status().code(), Code::unsupported);
}

TEST(Checkpoint, RefusesDamagedIndexes) {
  const auto expect = [](const std::function<void(json&)>& change, Code code, const char* message) {
    const TemporaryFolder folder("bert_gelu_new");
    folder.change_json("model.safetensors.index.json", change);
    const Status status = Checkpoint::open(folder.path()).status();
    EXPECT_EQ(status.code(), code) << status.message();
    EXPECT_NE(std::string(status.message()).find(message), std::string::npos) << status.message();
  };
  expect([](json& j) { j.erase("weight_map"); }, Code::corrupt, "'weight_map' is missing");
  expect([](json& j) { j["weight_map"]["x"] = "../model.safetensors"; }, Code::corrupt, "names no shard");
  expect([](json& j) { j["weight_map"]["x"] = 5; }, Code::corrupt, "names no shard");
  expect([](json& j) { j["weight_map"]["x"] = "model-9.safetensors"; }, Code::not_found, "model-9.safetensors");
  expect([](json& j) { j["weight_map"]["x"] = "model-00001-of-00002.safetensors"; }, Code::corrupt,
         "'x' should be there");
}

TEST(Checkpoint, RefusesATensorInTwoShards) {
  const TemporaryFolder folder("bert_gelu_new");
  const auto first = testing_support::read_safetensors(folder / "model-00001-of-00002.safetensors");
  folder.change_tensors([&](auto& tensors) { tensors.insert(*first.begin()); }, "model-00002-of-00002.safetensors");
  const Status status = Checkpoint::open(folder.path()).status();
  EXPECT_EQ(status.code(), Code::corrupt);
  EXPECT_NE(std::string(status.message()).find("in another shard too"), std::string::npos) << status.message();
}

TEST(Checkpoint, ReadsNoPickles) {
  const TemporaryFolder folder;
  EXPECT_EQ(Checkpoint::open(folder.path()).status().code(), Code::not_found);
  write_text(folder / "pytorch_model.bin", "anything");
  const Status status = Checkpoint::open(folder.path()).status();
  EXPECT_EQ(status.code(), Code::unsupported);
  EXPECT_NE(std::string(status.message()).find("save it again as safetensors"), std::string::npos);
}

}  // namespace
}  // namespace linnet::internal
