#include "lab/lines.h"

#include <vector>

#include "tests/lab/files.h"

namespace linnet::lab {
namespace {

class Lines : public FolderTest {
 protected:
  std::vector<std::string> all(const std::string& bytes) {
    Result<LineReader> reader = LineReader::open(write("text", bytes));
    EXPECT_TRUE(reader.ok());
    std::vector<std::string> lines;
    std::string line;
    for (;;) {
      const Result<bool> more = reader->next(&line);
      EXPECT_TRUE(more.ok());
      if (!more.ok() || !*more) break;
      lines.push_back(line);
      EXPECT_EQ(reader->number(), lines.size());
    }
    EXPECT_EQ(reader->number(), lines.size());
    EXPECT_EQ(reader->bytes_read(), bytes.size());
    EXPECT_EQ(reader->total_bytes(), bytes.size());
    return lines;
  }
};

using Strings = std::vector<std::string>;

TEST_F(Lines, EmptyFileHasNoLines) { EXPECT_EQ(all(""), Strings{}); }
TEST_F(Lines, LastLineNeedsNoNewline) { EXPECT_EQ(all("a\nb"), (Strings{"a", "b"})); }
TEST_F(Lines, FinalNewlineOpensNoLine) { EXPECT_EQ(all("a\nb\n"), (Strings{"a", "b"})); }
TEST_F(Lines, EmptyLinesAreLines) { EXPECT_EQ(all("\n\na\n\n"), (Strings{"", "", "a", ""})); }

TEST_F(Lines, OnlyNewlineEndsALine) {
  EXPECT_EQ(all("a\r\nb\rc\x0b\x0c\xc2\x85\xe2\x80\xa8"
                "d\n"),
            (Strings{"a\r",
                     "b\rc\x0b\x0c\xc2\x85\xe2\x80\xa8"
                     "d"}));
}

TEST_F(Lines, NulIsAByteOfTheLine) {
  EXPECT_EQ(all(std::string("a\0b\n\0\n", 6)), (Strings{std::string("a\0b", 3), std::string("\0", 1)}));
}

TEST_F(Lines, LongLinesCrossBuffers) {
  const std::string longer(200001, 'x'), exact(65536 - 1, 'y');  // the second ends with its newline at a buffer's end
  EXPECT_EQ(all(longer + "\nb\n"), (Strings{longer, "b"}));
  EXPECT_EQ(all(exact + "\nb"), (Strings{exact, "b"}));
  EXPECT_EQ(all(exact + "z\nb"), (Strings{exact + "z", "b"}));
}

TEST_F(Lines, MissingFileIsNotFound) {
  const Result<LineReader> reader = LineReader::open(path("absent"));
  ASSERT_FALSE(reader.ok());
  EXPECT_EQ(reader.status().code(), Code::not_found);
  EXPECT_NE(std::string(reader.status().message()).find("absent"), std::string::npos);
}

TEST_F(Lines, FolderIsAnError) {
  Result<LineReader> reader = LineReader::open(testing::TempDir());
  std::string line;
  EXPECT_FALSE(reader.ok() && reader->next(&line).ok());
}

}  // namespace
}  // namespace linnet::lab
