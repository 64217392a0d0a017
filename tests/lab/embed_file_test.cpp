#include "lab/embed_file.h"

#include "lab/npy.h"
#include "tests/lab/files.h"

namespace linnet::lab {
namespace {

// One row per text: its length and its first byte.
Embedder length_embedder(std::vector<size_t>* batches) {
  return {2, [batches](const std::vector<Text>& texts, float* rows) {
            if (batches != nullptr) batches->push_back(texts.size());
            for (const Text& text : texts) {
              *rows++ = static_cast<float>(text.bytes);
              *rows++ = text.bytes > 0 ? static_cast<float>(static_cast<unsigned char>(text.data[0])) : -1.0f;
            }
            return Status();
          }};
}

class EmbedFile : public FolderTest {
 protected:
  Result<EmbedReport> embed(const Embedder& embedder, const std::string& text, size_t batch, const std::string& output,
                            const Progress& progress = {}) {
    Result<LineReader> lines = LineReader::open(write("in.txt", text));
    EXPECT_TRUE(lines.ok());
    Result<std::unique_ptr<RowWriter>> rows = RowWriter::create(path(output), embedder.width);
    EXPECT_TRUE(rows.ok());
    return embed_lines(embedder, *lines, batch, **rows, progress);
  }
};

TEST_F(EmbedFile, OneRowPerLineInOrder) {
  std::vector<size_t> batches;
  const Result<EmbedReport> report = embed(length_embedder(&batches), "one\n\nthree\r\nfo\nfive!", 2, "out.npy");
  ASSERT_TRUE(report.ok()) << report.status().message();
  EXPECT_EQ(report->lines, 5u);
  EXPECT_EQ(batches, (std::vector<size_t>{2, 2, 1}));
  const Result<NpyArray> array = read_npy(path("out.npy"));
  ASSERT_TRUE(array.ok());
  EXPECT_EQ(array->shape, (std::vector<uint64_t>{5, 2}));
  EXPECT_EQ(array->data, (std::vector<float>{3, 'o', 0, -1, 6, 't', 2, 'f', 5, 'f'}));
}

TEST_F(EmbedFile, NoLinesGiveNoRows) {
  ASSERT_TRUE(embed(length_embedder(nullptr), "", 4, "out.npy").ok());
  EXPECT_EQ(read_npy(path("out.npy"))->shape, (std::vector<uint64_t>{0, 2}));
}

TEST_F(EmbedFile, JsonLinesReadBackExactly) {
  const Embedder embedder{3, [](const std::vector<Text>&, float* rows) {
                            rows[0] = 0.1f, rows[1] = -1e-45f, rows[2] = 16777216;
                            return Status();
                          }};
  ASSERT_TRUE(embed(embedder, "a\nb\n", 1, "out.jsonl").ok());
  EXPECT_EQ(read("out.jsonl"),
            "{\"row\": 1, \"embedding\": [0.1, -1e-45, 16777216]}\n"
            "{\"row\": 2, \"embedding\": [0.1, -1e-45, 16777216]}\n");
}

TEST_F(EmbedFile, InvalidUtf8NamesTheLineAndLeavesNothing) {
  const Result<EmbedReport> report = embed(length_embedder(nullptr),
                                           "fine\nalso\nb\xff"
                                           "d\n",
                                           2, "out.npy");
  ASSERT_FALSE(report.ok());
  EXPECT_NE(std::string(report.status().message()).find("in.txt line 3: byte 2 (0xff)"), std::string::npos)
      << report.status().message();
  EXPECT_EQ(files(), 1u) << "only the input is there";
}

TEST_F(EmbedFile, FailedBatchNamesItsLines) {
  const Embedder embedder{1, [](const std::vector<Text>& texts, float*) {
                            return texts[0].bytes == 1 ? Status() : Status::error(Code::non_finite, "row 0");
                          }};
  const Result<EmbedReport> report = embed(embedder, "a\nb\nlong\nlonger\nd\n", 2, "out.npy");
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.status().code(), Code::non_finite);
  EXPECT_NE(std::string(report.status().message()).find("line 3 to 4: row 0"), std::string::npos)
      << report.status().message();
}

TEST_F(EmbedFile, ProgressCanEndIt) {
  uint64_t last = 0;
  const Result<EmbedReport> report =
      embed(length_embedder(nullptr), "aa\nbb\ncc\ndd\n", 1, "out.npy", [&](uint64_t done, uint64_t total) {
        EXPECT_EQ(total, 12u);
        EXPECT_EQ(done, last + 3);
        last = done;
        return done < 6;
      });
  EXPECT_FALSE(report.ok());
  EXPECT_EQ(last, 6u);
  EXPECT_EQ(files(), 1u);
}

TEST_F(EmbedFile, HugeLinesEndABatchEarly) {
  std::vector<size_t> batches;
  const std::string huge(5 << 20, 'x');
  ASSERT_TRUE(embed(length_embedder(&batches), huge + "\na\nb\n", 3, "out.npy").ok());
  EXPECT_EQ(batches, (std::vector<size_t>{1, 2}));
}

TEST_F(EmbedFile, OtherExtensionsAreRefused) {
  for (const char* name : {"out.txt", "out", ".npy", ""}) {
    EXPECT_FALSE(RowWriter::create(name[0] != '\0' ? name : std::string(), 1).ok()) << name;
  }
}

}  // namespace
}  // namespace linnet::lab
