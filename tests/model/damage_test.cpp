// Every truncation and every damaged byte of a small file: an error or a view that can be read, never anything else.
// The sanitizer presets give these tests their teeth.

#include <gtest/gtest.h>

#include "model/edit.h"
#include "model/layout.h"
#include "model/view.h"
#include "tests/model/tiny_model.h"

namespace linnet {
namespace {

using testing::AlignedBytes;
using testing::read_everything;
using testing::repair_header;

std::vector<uint8_t> tiny_file() {
  EditableModel model = testing::tiny_model();
  return testing::serialize_unchecked(model);
}

// Opens the bytes and, if that is allowed, reads all that can be read. Returns whether it opened.
bool open_and_read(const std::vector<uint8_t>& file) {
  AlignedBytes bytes(file);
  const Result<ModelView> view = ModelView::open(bytes.data(), bytes.size());
  if (!view.ok()) {
    EXPECT_NE(std::string(view.status().message()), "");
    return false;
  }
  read_everything(*view);
  (void)verify_sections(*view).ok();
  return true;
}

TEST(DamagedFile, IsRefusedWhenTruncatedAtAnyLength) {
  const std::vector<uint8_t> good = tiny_file();
  for (size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(open_and_read({good.begin(), good.begin() + static_cast<ptrdiff_t>(size)})) << size;
  }
}

TEST(DamagedFile, IsRefusedWhenTruncatedAndTheHeaderRepaired) {
  const std::vector<uint8_t> good = tiny_file();
  for (size_t size = 0; size < good.size(); ++size) {
    std::vector<uint8_t> file(good.begin(), good.begin() + static_cast<ptrdiff_t>(size));
    repair_header(file);
    EXPECT_FALSE(open_and_read(file)) << size;
  }
}

TEST(DamagedFile, IsRefusedWhenAnyByteUpToTheSectionsIsDamaged) {
  EditableModel model = testing::tiny_model();
  const std::vector<uint8_t> good = testing::serialize_unchecked(model);
  const Result<FileHeader> header = read_header(good.data(), good.size());
  ASSERT_TRUE(header.ok());
  for (size_t at = 0; at < kHeaderBytes + header->graph_bytes; ++at) {
    if (at >= 40 && at < 48) continue;  // the hash of the sections, which only verify_sections reads
    std::vector<uint8_t> file = good;
    file[at] ^= 1;
    EXPECT_FALSE(open_and_read(file)) << at;
  }
}

// With the graph's hash repaired, the verifier alone stands between the damage and the reader.
TEST(DamagedFile, IsSafeWhenAnyByteIsDamagedAndTheHashRepaired) {
  const std::vector<uint8_t> good = tiny_file();
  const Result<FileHeader> header = read_header(good.data(), good.size());
  ASSERT_TRUE(header.ok());
  const size_t end = kHeaderBytes + static_cast<size_t>(header->graph_bytes);
  size_t opened = 0, refused = 0;
  for (size_t at = 8; at < end; ++at) {
    for (const uint8_t change : {0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xff}) {
      std::vector<uint8_t> file = good;
      file[at] ^= change;
      repair_header(file);
      ++(open_and_read(file) ? opened : refused);
    }
  }
  // Names, numbers like epsilon and padding may change; structure may not.
  EXPECT_GT(opened, 1000u);
  EXPECT_GT(refused, 10000u);
}

// Two damaged words at once, at places of a fixed pseudo-random sequence: reaches what one byte cannot.
TEST(DamagedFile, IsSafeWhenWordsAreExchangedAndTheHashRepaired) {
  const std::vector<uint8_t> good = tiny_file();
  const Result<FileHeader> header = read_header(good.data(), good.size());
  ASSERT_TRUE(header.ok());
  const size_t words = static_cast<size_t>(header->graph_bytes) / 4;
  uint64_t state = 1;
  const auto next = [&state](size_t limit) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return static_cast<size_t>((state >> 33) % limit);
  };
  for (int round = 0; round < 20000; ++round) {
    std::vector<uint8_t> file = good;
    for (size_t change = 0; change < 2; ++change) {
      const size_t to = kHeaderBytes + 4 * next(words), from = kHeaderBytes + 4 * next(words);
      std::copy_n(good.begin() + static_cast<ptrdiff_t>(from), 4, file.begin() + static_cast<ptrdiff_t>(to));
    }
    repair_header(file);
    open_and_read(file);
  }
}

}  // namespace
}  // namespace linnet
