// Collections for retrieval: documents, queries, and which documents people judged relevant to which query.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/status.h"
#include "runtime/session.h"

namespace linnet::lab {

struct IdentifiedText {
  std::string id, text;
};

// A judgement: the document by its index, and how relevant it is (0 or less: it is not).
struct Judgement {
  uint32_t document;
  int grade;
};

// The texts alone; they point into the list.
std::vector<Text> views_of(const std::vector<IdentifiedText>& texts);

struct RetrievalData {
  std::vector<IdentifiedText> documents, queries;
  std::vector<std::vector<Judgement>> judgements;  // of each query
  std::vector<std::string> unjudged;               // identifiers of queries that are left out
  std::vector<std::string> notes;
};

// Documents: TREC's markup (<doc> with <docno>, <title>, <text>) or JSON lines ({"_id", "title", "text"}, as in BEIR).
// A title is put before the text. Runs of white space become one space.
Result<std::vector<IdentifiedText>> read_documents(const std::string& path);

// Queries: TREC's markup (<top> with <num>, <title>) or JSON lines ({"_id", "text"}).
Result<std::vector<IdentifiedText>> read_queries(const std::string& path);

// Where the text of each identifier is.
std::unordered_map<std::string, uint32_t> places_of(const std::vector<IdentifiedText>& texts);

// A whole collection. Judgements are TREC's qrels (query, ignored, document, grade) or lines of query, document and
// grade. Queries without a relevant document are left out; a note says how many. Where the judgements number the
// queries 1 to n and their file has n queries with other numbers (as Cranfield has), they are taken in order, and a
// note says so.
Result<RetrievalData> read_retrieval(const std::string& documents, const std::string& queries,
                                     const std::string& judgements);

}  // namespace linnet::lab
