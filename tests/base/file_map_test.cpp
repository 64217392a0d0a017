#include "base/file_map.h"

#include <cstdio>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <string>
#include <unistd.h>

namespace linnet {
namespace {

class FileMapTest : public testing::Test {
 protected:
  void SetUp() override {
    path_ = testing::TempDir() + "/file_map_test." + std::to_string(getpid());
    for (int i = 0; i < 10000; ++i) text_ += static_cast<char>('a' + i % 23);
  }
  void TearDown() override { std::remove(path_.c_str()); }
  void write(const std::string& text) {
    std::FILE* file = std::fopen(path_.c_str(), "wb");
    ASSERT_NE(file, nullptr);
    ASSERT_EQ(std::fwrite(text.data(), 1, text.size(), file), text.size());
    ASSERT_EQ(std::fclose(file), 0);
  }
  static std::string bytes(const FileMap& map) {
    return std::string(reinterpret_cast<const char*>(map.data()), map.size());
  }
  std::string path_, text_;
};

TEST_F(FileMapTest, MapsAWholeFileAndMoves) {
  write(text_);
  Result<FileMap> map = FileMap::open(path_.c_str());
  ASSERT_TRUE(map.ok()) << map.status().message();
  const FileMap moved = std::move(*map);
  EXPECT_EQ(bytes(moved), text_);
}

TEST_F(FileMapTest, MapsAPieceAtAnOffsetThatIsNoMultipleOfAPage) {
  write(text_);
  const int descriptor = ::open(path_.c_str(), O_RDONLY);
  const Result<FileMap> map = FileMap::open_descriptor(descriptor, 4999, 321);
  ASSERT_TRUE(map.ok()) << map.status().message();
  EXPECT_EQ(bytes(*map), text_.substr(4999, 321));
  EXPECT_EQ(FileMap::open_descriptor(descriptor, 9999, 2).status().code(), Code::invalid_argument);
  EXPECT_EQ(FileMap::open_descriptor(descriptor, UINT64_MAX - 1, 2).status().code(), Code::invalid_argument);
  ::close(descriptor);
}

TEST_F(FileMapTest, ReadsAPieceWhoseOffsetIsNotAligned) {
  write(text_);
  const int descriptor = ::open(path_.c_str(), O_RDONLY);
  for (const uint64_t offset : {0u, 64u, 4096u, 4160u, 1u, 60u, 4999u, 8190u}) {
    const uint64_t size = text_.size() - offset;
    const Result<FileMap> map = FileMap::open_descriptor(descriptor, offset, size, 64);
    ASSERT_TRUE(map.ok()) << map.status().message();
    EXPECT_EQ(bytes(*map), text_.substr(offset)) << offset;
    EXPECT_EQ(reinterpret_cast<uintptr_t>(map->data()) % 64, 0u) << offset;
  }
  EXPECT_EQ(lseek(descriptor, 0, SEEK_CUR), 0) << "the caller's position is not moved";
  EXPECT_EQ(FileMap::open_descriptor(descriptor, 9999, 2, 64).status().code(), Code::invalid_argument);
  EXPECT_EQ(FileMap::open_descriptor(-1, 1, 2, 64).status().code(), Code::io);
  ::close(descriptor);
  const int writer = ::open(path_.c_str(), O_WRONLY);
  EXPECT_EQ(FileMap::open_descriptor(writer, 1, 2, 64).status().code(), Code::io) << "it may not be read";
  ::close(writer);
}

TEST_F(FileMapTest, SaysWhatIsWrongWithAFile) {
  EXPECT_EQ(FileMap::open(path_.c_str()).status().code(), Code::not_found);
  write("");
  EXPECT_EQ(FileMap::open(path_.c_str()).status().code(), Code::corrupt);
  EXPECT_EQ(FileMap::open(testing::TempDir().c_str()).status().code(), Code::io);
}

}  // namespace
}  // namespace linnet
