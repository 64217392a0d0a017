#include "lab/files.h"

#include "tests/lab/files.h"

namespace linnet::lab {
namespace {

class Files : public FolderTest {};

TEST_F(Files, ModelsThatCannotBeOpenedAreNamed) {
  for (const std::string& name : {path("missing.linnet"), write("bad.linnet", "not a model at all")}) {
    const Result<Model> model = open_model(name);
    ASSERT_FALSE(model.ok());
    const std::string message = model.status().message();
    const size_t at = message.find(name);
    EXPECT_NE(at, std::string::npos) << message;
    EXPECT_EQ(message.find(name, at + 1), std::string::npos) << "named twice: " << message;
  }
  EXPECT_TRUE(open_model(LINNET_TEST_DATA "/models/v1/tiny_bert.linnet").ok());
}

TEST_F(Files, OutputsAreCheckedBeforeTheWork) {
  EXPECT_TRUE(check_output("-").ok());
  EXPECT_TRUE(check_output(path("new.linnet")).ok());
  EXPECT_TRUE(check_output(write("old.linnet", "x")).ok());
  EXPECT_EQ(check_output(path("")).code(), Code::io);  // the folder itself
  EXPECT_EQ(check_output(path("no/such.linnet")).code(), Code::not_found);
}

TEST_F(Files, BytesOfFiles) {
  EXPECT_EQ(file_bytes(write("a", "12345")), 5u);
  EXPECT_EQ(file_bytes(path("b")), 0u);
}

TEST_F(Files, TextsAreLinesThatAreNotEmpty) {
  const auto texts = read_texts(write("texts.txt", "one\n\ntwo"));
  ASSERT_TRUE(texts.ok()) << texts.status().message();
  EXPECT_EQ(*texts, (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(read_texts(write("empty.txt", "\n")).status().code(), Code::invalid_argument);
  EXPECT_NE(std::string(read_texts(write("bad.txt", "a\n\xff\n")).status().message()).find("line 2"),
            std::string::npos);
  EXPECT_EQ(read_texts(path("missing.txt")).status().code(), Code::not_found);
}

}  // namespace
}  // namespace linnet::lab
