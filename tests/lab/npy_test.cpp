#include "lab/npy.h"

#include <cmath>
#include <limits>

#include "tests/lab/files.h"

namespace linnet::lab {
namespace {

class Npy : public FolderTest {};

TEST_F(Npy, ReadsBackWhatItWrote) {
  const std::vector<float> data = {1.5f, -0.0f, 3e-42f, 4, 5, std::numeric_limits<float>::infinity()};
  Result<NpyWriter> writer = NpyWriter::create(path("a.npy"), 2);
  ASSERT_TRUE(writer.ok());
  ASSERT_TRUE(writer->write(data.data(), 1).ok());
  ASSERT_TRUE(writer->write(data.data() + 2, 2).ok());
  EXPECT_NE(files(), 0u);
  EXPECT_FALSE(std::filesystem::exists(path("a.npy"))) << "a half file under the final name";
  ASSERT_TRUE(writer->commit().ok());
  EXPECT_EQ(files(), 1u);

  const Result<NpyArray> array = read_npy(path("a.npy"));
  ASSERT_TRUE(array.ok()) << array.status().message();
  EXPECT_EQ(array->shape, (std::vector<uint64_t>{3, 2}));
  EXPECT_EQ(array->data, data);
  EXPECT_TRUE(std::signbit(array->data[1]));
}

TEST_F(Npy, NoRowsKeepTheWidth) {
  Result<NpyWriter> writer = NpyWriter::create(path("a.npy"), 384);
  ASSERT_TRUE(writer.ok() && writer->commit().ok());
  const Result<NpyArray> array = read_npy(path("a.npy"));
  ASSERT_TRUE(array.ok()) << array.status().message();
  EXPECT_EQ(array->shape, (std::vector<uint64_t>{0, 384}));
  EXPECT_EQ(read("a.npy").size(), 128u);
}

TEST_F(Npy, DroppedWriterLeavesTheOldFile) {
  write("a.npy", "old");
  {
    Result<NpyWriter> writer = NpyWriter::create(path("a.npy"), 1);
    ASSERT_TRUE(writer.ok());
    const float one = 1;
    ASSERT_TRUE(writer->write(&one, 1).ok());
  }
  EXPECT_EQ(read("a.npy"), "old");
  EXPECT_EQ(files(), 1u);
}

// The bytes numpy.save writes for float32 arrays of these shapes start in the same way; the header is longer here, as
// the format allows, so that the number of rows can be filled in at the end.
TEST_F(Npy, HeaderIsWellFormedForAnyNumberOfRows) {
  for (const uint64_t rows : {uint64_t{0}, uint64_t{1000000}, UINT64_MAX}) {
    const std::string header = npy_header(rows, UINT64_MAX);
    ASSERT_EQ(header.size(), 128u);
    EXPECT_EQ(header.substr(0, 8), std::string("\x93NUMPY\x01\x00", 8));
    EXPECT_EQ(static_cast<unsigned char>(header[8]) + 256 * static_cast<unsigned char>(header[9]), 118);
    EXPECT_EQ(header.back(), '\n');
    EXPECT_NE(header.find("'shape': (" + std::to_string(rows) + ", 18446744073709551615), }"), std::string::npos);
  }
}

TEST_F(Npy, DamagedFilesAreErrors) {
  const std::string data(24, '\x01');
  const std::string good = npy_header(3, 2) + data;
  ASSERT_TRUE(read_npy(write("good.npy", good)).ok());
  for (size_t length = 0; length < good.size(); ++length) {
    EXPECT_FALSE(read_npy(write("cut.npy", good.substr(0, length))).ok()) << length;
  }
  EXPECT_FALSE(read_npy(write("long.npy", good + "x")).ok());
  EXPECT_FALSE(read_npy(write("huge.npy", npy_header(UINT64_MAX, UINT64_MAX) + data)).ok());
  // 2^62 rows of 2 floats: the number of bytes is 0 modulo 2^64.
  EXPECT_FALSE(read_npy(write("wraps.npy", npy_header(uint64_t{1} << 62, 2))).ok());
  for (const auto& [from, to] : {std::pair{"<f4", "<f8"}, {"False", "True "}, {"shape", "shade"}, {"3, 2", "3; 2"}}) {
    std::string bytes = good;
    bytes.replace(bytes.find(from), std::string(from).size(), to);
    EXPECT_FALSE(read_npy(write("other.npy", bytes)).ok()) << to;
  }
}

TEST_F(Npy, UnwritableFolderIsAnError) { EXPECT_FALSE(NpyWriter::create(path("absent/a.npy"), 1).ok()); }

}  // namespace
}  // namespace linnet::lab
