#include "lab/retrieval_data.h"

#include "tests/lab/files.h"

namespace linnet::lab {
namespace {

class RetrievalDataTest : public FolderTest {
 protected:
  static std::string message(const Status& status) { return status.ok() ? "none" : status.message(); }
};

constexpr const char* kDocuments =
    "<doc>\n<docno>7</docno>\n<title>A  title\n of two lines</title>\n<author>nobody</author>\n"
    "<text>Fish &amp; chips\n  &lt;hot&gt; &#233;&#x1F41F; R&D</text>\n</doc>\n"
    "outside\n<DOC><DOCNO> b-2 "
    "</DOCNO><TEXT>second</TEXT></DOC><doc><docno>c</docno><title></title><text></text></doc>";

TEST_F(RetrievalDataTest, ReadsMarkup) {
  const auto documents = read_documents(write("d.xml", kDocuments));
  ASSERT_TRUE(documents.ok()) << documents.status().message();
  ASSERT_EQ(documents->size(), 3u);
  EXPECT_EQ((*documents)[0].id, "7");
  EXPECT_EQ((*documents)[0].text, "A title of two lines Fish & chips <hot> \u00e9\U0001F41F R&D");
  EXPECT_EQ((*documents)[1].id, "b-2");
  EXPECT_EQ((*documents)[1].text, "second");
  EXPECT_EQ((*documents)[2].id, "c");
  EXPECT_EQ((*documents)[2].text, "");

  const auto queries =
      read_queries(write("q.xml", "<xml>\n<top>\n<num> 12</num> \n<title>\nwhat is\nit ?\n</title>\n</top>\n</xml>\n"));
  ASSERT_TRUE(queries.ok()) << queries.status().message();
  ASSERT_EQ(queries->size(), 1u);
  EXPECT_EQ((*queries)[0].id, "12");
  EXPECT_EQ((*queries)[0].text, "what is it ?");
}

TEST_F(RetrievalDataTest, ReadsJsonLines) {
  const auto documents = read_documents(write("d.jsonl",
                                              "{\"_id\": \"x\", \"title\": \"T\", \"text\": \"some\\ntext\", "
                                              "\"metadata\": {}}\n\n{\"_id\": \"y\", \"text\": \"z\"}"));
  ASSERT_TRUE(documents.ok()) << documents.status().message();
  ASSERT_EQ(documents->size(), 2u);
  EXPECT_EQ((*documents)[0].text, "T some text");
  EXPECT_EQ((*documents)[1].id, "y");
}

TEST_F(RetrievalDataTest, ErrorsNameTheLine) {
  const auto of_documents = [&](const std::string& name, const std::string& bytes) {
    return message(read_documents(write(name, bytes)).status());
  };
  EXPECT_NE(of_documents("a.xml", "<doc>\n<docno>1</docno>\n").find("a.xml line 1: <doc> is never closed"),
            std::string::npos);
  EXPECT_NE(of_documents("a.xml", "\n<doc><docno>1</docno>\n<doc>")
                .find("line 3: a <doc> inside another, which line 2 begins"),
            std::string::npos);
  EXPECT_NE(of_documents("a.xml", "<doc><text>x</text></doc>").find("line 1: no identifier"), std::string::npos);
  EXPECT_NE(of_documents("a.xml", "<doc><docno>1</docno><text>x</doc>").find("line 1: <text> is never closed"),
            std::string::npos);
  EXPECT_NE(of_documents("a.xml", "<doc><docno>1</docno></doc>\n<doc><docno>1</docno></doc>")
                .find("line 2: the identifier '1'"),
            std::string::npos);
  EXPECT_NE(of_documents("a.xml", "<doc>\n\xff").find("line 2"), std::string::npos);
  EXPECT_NE(of_documents("a.xml", "").find("holds no <doc>"), std::string::npos);
  EXPECT_NE(
      of_documents("a.jsonl", "{\"_id\": \"1\", \"text\": \"x\"}\n[1]\n").find("a.jsonl line 2: not a JSON object"),
      std::string::npos);
  EXPECT_NE(of_documents("a.jsonl", "{\"_id\": \"1\", \"text\": ").find("line 1: not a JSON object"),
            std::string::npos);
  EXPECT_NE(of_documents("a.jsonl", "{\"_id\": \"1\"}").find("line 1: no \"text\""), std::string::npos);
  EXPECT_NE(of_documents("a.jsonl", "{\"text\": \"x\"}").find("line 1: no identifier"), std::string::npos);
  EXPECT_NE(message(read_documents(path("absent.xml")).status()).find("absent.xml"), std::string::npos);
}

TEST_F(RetrievalDataTest, JoinsJudgements) {
  const std::string documents = write("d.xml", kDocuments);
  const std::string queries =
      write("q.jsonl", "{\"_id\": \"q1\", \"text\": \"one\"}\n{\"_id\": \"q2\", \"text\": \"two\"}\n");
  for (const char* judgements :
       {"q2 0 7 1\nq2 0 c 3\nq1 0 7 0\n", "query-id\tcorpus-id\tscore\nq2\t7\t1\nq2\tc\t3\r\nq1\t7\t0"}) {
    const Result<RetrievalData> data = read_retrieval(documents, queries, write("j.txt", judgements));
    ASSERT_TRUE(data.ok()) << data.status().message();
    EXPECT_EQ(data->documents.size(), 3u);
    ASSERT_EQ(data->queries.size(), 1u);  // nothing is relevant to q1
    EXPECT_EQ(data->queries[0].id, "q2");
    ASSERT_EQ(data->judgements[0].size(), 2u);
    EXPECT_EQ(data->judgements[0][1].document, 2u);
    EXPECT_EQ(data->judgements[0][1].grade, 3);
    ASSERT_EQ(data->notes.size(), 1u);
    EXPECT_NE(data->notes[0].find("1 queries have no relevant document"), std::string::npos);
  }
  const auto error = [&](const std::string& judgements) {
    return message(read_retrieval(documents, queries, write("j.txt", judgements)).status());
  };
  EXPECT_NE(error("q1 0 7 1\nq3 0 7 1\n").find("j.txt line 2: there is no query 'q3'"), std::string::npos);
  EXPECT_NE(error("q1 0 8 1\n").find("line 1: there is no document '8'"), std::string::npos);
  EXPECT_NE(error("q1 0 7 1\nq1 0 7 1\n").find("line 2: document '7' is judged twice"), std::string::npos);
  EXPECT_NE(error("q1 0 7 high\n").find("line 1: the grade 'high' is not a whole number"), std::string::npos);
  EXPECT_NE(error("q1 7 1\nq2 7 x\n").find("line 2: the grade 'x'"), std::string::npos);
  EXPECT_NE(error("q1 7\n").find("line 1: neither"), std::string::npos);
  EXPECT_NE(error("q1 0 7 0\n").find("calls no document relevant"), std::string::npos);
}

TEST_F(RetrievalDataTest, TakesQueriesInOrderWhereOnlyTheirJudgementsAreNumberedSo) {
  const std::string documents = write("d.xml", kDocuments);
  const auto top = [](const char* id) {
    return std::string("<top><num>") + id + "</num><title>of " + id + "</title></top>\n";
  };
  const std::string queries = write("q.xml", top("1") + top("4") + top("8"));
  const Result<RetrievalData> data =
      read_retrieval(documents, queries, write("j.txt", "1 0 7 1\n2 0 c 1\n3 0 b-2 1\n"));
  ASSERT_TRUE(data.ok()) << data.status().message();
  ASSERT_EQ(data->queries.size(), 3u);
  EXPECT_EQ(data->queries[1].text, "of 4");
  EXPECT_EQ(data->judgements[1][0].document, 2u);
  ASSERT_EQ(data->notes.size(), 1u);
  EXPECT_NE(data->notes[0].find("taken in order"), std::string::npos);
  // A judgement that has no query stays an error.
  EXPECT_FALSE(read_retrieval(documents, queries, write("j.txt", "1 0 7 1\n2 0 c 1\n")).ok());
}

}  // namespace
}  // namespace linnet::lab
