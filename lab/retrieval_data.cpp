#include "lab/retrieval_data.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "lab/lines.h"
#include "lab/trec_lines.h"

namespace linnet::lab {

namespace {

using Texts = std::vector<IdentifiedText>;

// Runs of white space become one space, and none stands at the ends.
std::string squeezed(std::string_view text) {
  std::string result;
  for (const std::string_view word : words_of(text)) {
    if (!result.empty()) result += ' ';
    result += word;
  }
  return result;
}

std::string lowercase(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return result;
}

void append_utf8(uint32_t c, std::string* out) {
  const auto byte = [&](uint32_t bits) { *out += static_cast<char>(bits); };
  if (c < 0x80) {
    byte(c);
  } else if (c < 0x800) {
    byte(0xc0 | c >> 6);
    byte(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    byte(0xe0 | c >> 12);
    byte(0x80 | (c >> 6 & 0x3f));
    byte(0x80 | (c & 0x3f));
  } else {
    byte(0xf0 | c >> 18);
    byte(0x80 | (c >> 12 & 0x3f));
    byte(0x80 | (c >> 6 & 0x3f));
    byte(0x80 | (c & 0x3f));
  }
}

// The five entities of XML and characters by their number; an ampersand that begins none of them is itself.
std::string decoded(std::string_view text) {
  std::string result;
  for (size_t at = 0; at < text.size();) {
    const size_t end = text[at] == '&' ? text.find(';', at) : std::string_view::npos;
    if (end == std::string_view::npos || end - at > 10) {
      result += text[at++];
      continue;
    }
    const std::string_view name = text.substr(at + 1, end - at - 1);
    uint32_t number = 0;
    if (name.starts_with('#')) {
      const bool hex = name.size() > 1 && (name[1] == 'x' || name[1] == 'X');
      const std::string_view digits = name.substr(hex ? 2 : 1);
      const auto [last, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number, hex ? 16 : 10);
      const bool surrogate = number >= 0xd800 && number < 0xe000;
      if (error != std::errc() || last != digits.data() + digits.size() || number > 0x10ffff || surrogate) number = 0;
    } else {
      for (const auto& [entity, c] : {std::pair("amp", '&'), {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}}) {
        if (name == entity) number = static_cast<unsigned char>(c);
      }
    }
    if (number == 0) {
      result += text[at++];
      continue;
    }
    append_utf8(number, &result);
    at = end + 1;
  }
  return result;
}

Status add(const LineReader& lines, uint64_t line, IdentifiedText text, std::unordered_set<std::string>* known,
           Texts* texts) {
  if (text.id.empty()) return broken_line(lines, line, "no identifier");
  if (!known->insert(text.id).second)
    return broken_line(lines, line, "the identifier '" + text.id + "' is there twice");
  texts->push_back(std::move(text));
  return Status();
}

// Elements of TREC's markup: `record` around each text, in it `id` and `fields`, which are joined. Text outside of
// records is left out, and so are other elements.
struct Markup {
  const char* record;
  const char* id;
  std::vector<std::string> fields;
};

Status read_record(const LineReader& lines, uint64_t line, const Markup& markup, std::string_view record,
                   std::unordered_set<std::string>* known, Texts* texts) {
  IdentifiedText text;
  const std::string folded = lowercase(record);
  const auto element = [&](const std::string& name) -> Result<std::string> {
    const size_t begin = folded.find("<" + name + ">");
    if (begin == std::string::npos) return std::string();
    const size_t end = folded.find("</" + name + ">", begin);
    if (end == std::string::npos) return broken_line(lines, line, "<" + name + "> is never closed");
    const size_t inner = begin + name.size() + 2;
    return squeezed(decoded(record.substr(inner, end - inner)));
  };
  Result<std::string> id = element(markup.id);
  if (!id.ok()) return id.status();
  text.id = std::move(*id);
  for (const std::string& name : markup.fields) {
    const Result<std::string> field = element(name);
    if (!field.ok()) return field.status();
    if (!text.text.empty() && !field->empty()) text.text += ' ';
    text.text += *field;
  }
  return add(lines, line, std::move(text), known, texts);
}

Result<Texts> read_markup(LineReader& lines, const Markup& markup) {
  const std::string opening = std::string("<") + markup.record + ">", closing = std::string("</") + markup.record + ">";
  Texts texts;
  std::unordered_set<std::string> known;
  std::string line, record;
  uint64_t begun = 0;  // the line on which a record begins; 0: outside of one
  for (;;) {
    const Result<bool> more = lines.next(&line);
    if (!more.ok()) return more.status();
    if (!*more) break;
    LINNET_RETURN_IF_ERROR(check_line(lines, line));
    line += '\n';
    const std::string folded = lowercase(line);
    for (size_t at = 0; at < line.size();) {
      if (begun == 0) {
        const size_t begin = folded.find(opening, at);
        if (begin == std::string::npos) break;
        begun = lines.number();
        record.clear();
        at = begin + opening.size();
        continue;
      }
      const size_t end = std::min(folded.find(closing, at), line.size());
      if (folded.find(opening, at) < end) {
        return broken_line(lines, lines.number(),
                           "a " + opening + " inside another, which line " + std::to_string(begun) + " begins");
      }
      record.append(line, at, end - at);
      if (end == line.size()) break;
      LINNET_RETURN_IF_ERROR(read_record(lines, begun, markup, record, &known, &texts));
      begun = 0;
      at = end + closing.size();
    }
  }
  if (begun != 0) return broken_line(lines, begun, opening + " is never closed");
  return texts;
}

Result<Texts> read_json_lines(LineReader& lines) {
  Texts texts;
  std::unordered_set<std::string> known;
  std::string line;
  for (;;) {
    const Result<bool> more = next_text_line(lines, &line);
    if (!more.ok()) return more.status();
    if (!*more) break;
    const nlohmann::ordered_json object = nlohmann::ordered_json::parse(line, nullptr, false);
    if (!object.is_object()) return broken_line(lines, lines.number(), "not a JSON object");
    const auto string = [&](const char* key) {
      const auto found = object.find(key);
      return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
    };
    if (!object.contains("text")) return broken_line(lines, lines.number(), "no \"text\"");
    const std::string title = string("title");
    IdentifiedText text{string("_id"), squeezed(title.empty() ? string("text") : title + " " + string("text"))};
    LINNET_RETURN_IF_ERROR(add(lines, lines.number(), std::move(text), &known, &texts));
  }
  return texts;
}

Result<Texts> read_texts(const std::string& path, const Markup& markup) {
  Result<LineReader> lines = LineReader::open(path);
  if (!lines.ok()) return lines.status();
  const bool json = path.ends_with(".jsonl") || path.ends_with(".json");
  Result<Texts> texts = json ? read_json_lines(*lines) : read_markup(*lines, markup);
  if (texts.ok() && texts->empty()) {
    return Status::error(Code::corrupt, json ? "%s holds no line of JSON" : "%s holds no <%s>", path.c_str(),
                         markup.record);
  }
  return texts;
}

// Whether judgements have every number from 1 to the number of queries and the queries do not.
bool are_in_order(const std::vector<QrelsLine>& judgements, const std::unordered_map<std::string, uint32_t>& queries) {
  std::unordered_set<std::string> judged;
  for (const QrelsLine& line : judgements) judged.insert(line.query);
  bool same = true;
  for (size_t number = 1; number <= queries.size(); ++number) {
    if (judged.count(std::to_string(number)) == 0) return false;
    same = same && queries.count(std::to_string(number)) > 0;
  }
  return !same && judged.size() == queries.size();
}

}  // namespace

std::vector<Text> views_of(const Texts& texts) {
  std::vector<Text> views;
  views.reserve(texts.size());
  for (const IdentifiedText& each : texts) views.push_back({each.text.data(), each.text.size()});
  return views;
}

std::unordered_map<std::string, uint32_t> places_of(const Texts& texts) {
  std::unordered_map<std::string, uint32_t> places;
  for (uint32_t i = 0; i < texts.size(); ++i) places[texts[i].id] = i;
  return places;
}

Result<Texts> read_documents(const std::string& path) { return read_texts(path, {"doc", "docno", {"title", "text"}}); }

Result<Texts> read_queries(const std::string& path) { return read_texts(path, {"top", "num", {"title"}}); }

Result<RetrievalData> read_retrieval(const std::string& documents, const std::string& queries,
                                     const std::string& judgements) {
  Result<Texts> all_documents = read_documents(documents);
  if (!all_documents.ok()) return all_documents.status();
  Result<Texts> all_queries = read_queries(queries);
  if (!all_queries.ok()) return all_queries.status();
  Result<LineReader> lines = LineReader::open(judgements);
  if (!lines.ok()) return lines.status();
  const Result<std::vector<QrelsLine>> read = read_qrels(*lines);
  if (!read.ok()) return read.status();

  RetrievalData data;
  const auto document_of = places_of(*all_documents);
  auto query_of = places_of(*all_queries);
  if (are_in_order(*read, query_of)) {
    for (uint32_t i = 0; i < all_queries->size(); ++i) {
      (*all_queries)[i].id = std::to_string(i + 1);
    }
    query_of = places_of(*all_queries);
    data.notes.push_back(judgements + " numbers the queries from 1, " + queries + " does not: taken in order");
  }
  std::vector<std::vector<Judgement>> of_query(all_queries->size());
  for (const QrelsLine& line : *read) {
    const auto query = query_of.find(line.query);
    if (query == query_of.end()) return broken_line(*lines, line.number, "there is no query '" + line.query + "'");
    const auto document = document_of.find(line.document);
    if (document == document_of.end())
      return broken_line(*lines, line.number, "there is no document '" + line.document + "'");
    std::vector<Judgement>& judged = of_query[query->second];
    const auto same = [&](const Judgement& other) { return other.document == document->second; };
    if (std::any_of(judged.begin(), judged.end(), same)) {
      return broken_line(*lines, line.number,
                         "document '" + line.document + "' is judged twice for query '" + line.query + "'");
    }
    judged.push_back({document->second, line.grade});
  }

  for (size_t i = 0; i < of_query.size(); ++i) {
    const auto relevant = [](const Judgement& judgement) { return judgement.grade > 0; };
    if (std::none_of(of_query[i].begin(), of_query[i].end(), relevant)) {
      data.unjudged.push_back(std::move((*all_queries)[i].id));
      continue;
    }
    data.queries.push_back(std::move((*all_queries)[i]));
    data.judgements.push_back(std::move(of_query[i]));
  }
  if (data.queries.empty()) return Status::error(Code::corrupt, "%s calls no document relevant", judgements.c_str());
  if (!data.unjudged.empty()) {
    data.notes.push_back(std::to_string(data.unjudged.size()) + " queries have no relevant document and are left out");
  }
  data.documents = std::move(*all_documents);
  return data;
}

}  // namespace linnet::lab
