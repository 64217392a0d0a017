#include "lab/csv.h"

#include <vector>

#include "tests/lab/files.h"

namespace linnet::lab {
namespace {

using Record = std::vector<std::string>;

class Csv : public FolderTest {
 protected:
  // All records, and after them the message of the error, if there was one.
  std::vector<Record> all(const std::string& bytes) {
    Result<CsvReader> reader = CsvReader::open(write("t.csv", bytes));
    EXPECT_TRUE(reader.ok());
    std::vector<Record> records;
    Record record;
    lines_.clear();
    for (;;) {
      const Result<bool> more = reader->next(&record);
      error_ = more.status().message();
      if (!more.ok() || !*more) return records;
      records.push_back(record);
      lines_.push_back(reader->line());
    }
  }

  std::vector<uint64_t> lines_;
  std::string error_;
};

TEST_F(Csv, PlainFields) {
  EXPECT_EQ(all("a,b,1.5\nc d,,\n"), (std::vector<Record>{{"a", "b", "1.5"}, {"c d", "", ""}}));
  EXPECT_EQ(error_, "");
}

TEST_F(Csv, QuotedFieldsHoldCommasQuotesAndLineBreaks) {
  EXPECT_EQ(all("\"a, b\",\"say \"\"hi\"\"\",\"\"\n\"two\nlines\r\n\",x\n"),
            (std::vector<Record>{{"a, b", "say \"hi\"", ""}, {"two\nlines\r\n", "x"}}));
  EXPECT_EQ(lines_, (std::vector<uint64_t>{1, 2}));
}

TEST_F(Csv, RecordsMayEndWithCarriageReturns) {
  EXPECT_EQ(all("a,b\r\n\"c\",\"d\"\r\ne,f"), (std::vector<Record>{{"a", "b"}, {"c", "d"}, {"e", "f"}}));
}

TEST_F(Csv, LineNumbersCountTheLinesOfTheFile) {
  all("\"a\nb\nc\",1\nd,2\n\"e\n\",3\nf,4\n");
  EXPECT_EQ(lines_, (std::vector<uint64_t>{1, 4, 5, 7}));
}

TEST_F(Csv, UnterminatedQuoteNamesTheLineItStartsOn) {
  EXPECT_EQ(all("a,b\nc,\"d\ne\nf\n").size(), 1u);
  EXPECT_NE(error_.find("line 2: a quoted field starts here and never ends"), std::string::npos) << error_;
}

TEST_F(Csv, TextAfterAClosingQuoteIsAnError) {
  EXPECT_EQ(all("\"a\"b,c\n").size(), 0u);
  EXPECT_NE(error_.find("line 1"), std::string::npos) << error_;
}

TEST_F(Csv, QuoteInsideAnUnquotedFieldIsAnError) {
  EXPECT_EQ(all("x,y\na\"b,c\n").size(), 1u);
  EXPECT_NE(error_.find("line 2"), std::string::npos) << error_;
}

}  // namespace
}  // namespace linnet::lab
