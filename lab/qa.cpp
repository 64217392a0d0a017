#include "lab/qa.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "lab/findings.h"
#include "lab/json_file.h"
#include "runtime/text/unicode.h"
#include "runtime/text/utf8.h"

namespace linnet::lab {

namespace {

using Json = nlohmann::json;

Status bad(const std::string& path, const std::string& where, const char* what) {
  return Status::error(Code::invalid_argument, "%s: %s: %s", path.c_str(), where.c_str(), what);
}

Result<std::string> text_field(const Json& object, const char* name, const std::string& path,
                               const std::string& where) {
  const Json& field = member(object, name);
  if (!field.is_string()) return bad(path, where, (std::string("no text '") + name + "'").c_str());
  return field.get<std::string>();
}

// The list `name` of an object, or null.
const Json* list_field(const Json& object, const char* name) {
  const Json& field = member(object, name);
  return field.is_array() ? &field : nullptr;
}

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : normalize_answer(text)) {
    if (c != ' ') {
      word += c;
      continue;
    }
    words.push_back(std::move(word));
    word.clear();
  }
  if (!word.empty()) words.push_back(std::move(word));
  return words;
}

double f1_of(const std::string& found, const std::string& answer) {
  const std::vector<std::string> a = words_of(found), b = words_of(answer);
  std::map<std::string, int> left;
  for (const std::string& word : b) ++left[word];
  double common = 0;
  for (const std::string& word : a) {
    if (left[word]-- > 0) common += 1;
  }
  return common == 0 ? 0 : 2 * common / static_cast<double>(a.size() + b.size());
}

}  // namespace

Result<SquadData> read_squad(const std::string& path) {
  const Result<Json> root = read_json(path);
  if (!root.ok()) return root.status();
  const Json* articles = list_field(*root, "data");
  if (articles == nullptr) return bad(path, "the file", "no list 'data', as SQuAD's files have");
  SquadData data;
  size_t unanswered = 0;
  for (size_t a = 0; a < articles->size(); ++a) {
    const Json* paragraphs = list_field((*articles)[a], "paragraphs");
    const std::string article = "article " + std::to_string(a + 1);
    if (paragraphs == nullptr) return bad(path, article, "no list 'paragraphs'");
    for (size_t p = 0; p < paragraphs->size(); ++p) {
      const Json& paragraph = (*paragraphs)[p];
      const std::string where = article + ", paragraph " + std::to_string(p + 1);
      Result<std::string> context = text_field(paragraph, "context", path, where);
      if (!context.ok()) return context.status();
      const Json* questions = list_field(paragraph, "qas");
      if (questions == nullptr) return bad(path, where, "no list 'qas'");
      data.paragraphs.push_back(std::move(*context));
      for (size_t q = 0; q < questions->size(); ++q) {
        const std::string place = where + ", question " + std::to_string(q + 1);
        Question question;
        question.paragraph = static_cast<uint32_t>(data.paragraphs.size() - 1);
        Result<std::string> text = text_field((*questions)[q], "question", path, place);
        if (!text.ok()) return text.status();
        question.text = std::move(*text);
        const Json* answers = list_field((*questions)[q], "answers");
        for (size_t i = 0; answers != nullptr && i < answers->size(); ++i) {
          Result<std::string> answer = text_field((*answers)[i], "text", path, place);
          if (!answer.ok()) return answer.status();
          question.answers.push_back(std::move(*answer));
        }
        if (question.answers.empty()) {
          ++unanswered;
        } else {
          data.questions.push_back(std::move(question));
        }
      }
    }
  }
  if (data.questions.empty()) return bad(path, "the file", "no question with an answer");
  if (unanswered > 0) data.notes.push_back(std::to_string(unanswered) + " questions without an answer are left out");
  return data;
}

std::string normalize_answer(const std::string& text) {
  constexpr std::string_view kPunctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
  std::string kept, run;  // a run of \w characters, which may be an article
  const auto finish_run = [&] {
    kept += run == "a" || run == "an" || run == "the" ? " " : run;
    run.clear();
  };
  const auto* at = reinterpret_cast<const uint8_t*>(text.data());
  const uint8_t* const end = at + text.size();
  while (at < end) {
    char32_t c = utf8::decode(at);
    if (c == 0x130) {  // the only one that becomes two: i and a dot
      run += 'i';
      c = 0x307;
    } else if ((unicode::flags(c) & unicode::kUppercase) != 0) {
      c = unicode::lower(c);
    }
    if (c < 0x80 && kPunctuation.find(static_cast<char>(c)) != std::string_view::npos) continue;
    const uint8_t flags = unicode::flags(c);
    if ((flags & unicode::kWord) == 0) finish_run();
    uint8_t bytes[4];
    const size_t count = utf8::encode((flags & unicode::kSpace) != 0 ? U' ' : c, bytes);
    ((flags & unicode::kWord) != 0 ? run : kept).append(reinterpret_cast<const char*>(bytes), count);
  }
  finish_run();
  std::string result;
  for (const char c : kept) {
    if (c != ' ') {
      result += c;
    } else if (!result.empty() && result.back() != ' ') {
      result += ' ';
    }
  }
  if (!result.empty() && result.back() == ' ') result.pop_back();
  return result;
}

double exact_match(const std::string& found, const std::vector<std::string>& answers) {
  const std::string normalized = normalize_answer(found);
  return std::any_of(answers.begin(), answers.end(), [&](const auto& a) { return normalize_answer(a) == normalized; })
             ? 1
             : 0;
}

double answer_f1(const std::string& found, const std::vector<std::string>& answers) {
  double best = 0;
  for (const std::string& answer : answers) best = std::max(best, f1_of(found, answer));
  return best;
}

Result<Evaluation> evaluate_qa(const Model& model, Session& session, const SquadData& data, const Progress& progress) {
  std::vector<double> f1, exact;
  AnswerOptions options;
  options.max_tokens = 30;  // as the scripts that fine-tune on SQuAD
  for (size_t i = 0; i < data.questions.size(); ++i) {
    const Question& question = data.questions[i];
    const std::string& text = data.paragraphs[question.paragraph];
    const Result<std::vector<Answer>> answers = find_answers(
        model, session, {question.text.data(), question.text.size()}, {text.data(), text.size()}, options, 1);
    if (!answers.ok()) return answers.status().within(("question " + std::to_string(i + 1)).c_str());
    std::string found;
    if (!answers->empty()) found = text.substr((*answers)[0].begin, (*answers)[0].end - (*answers)[0].begin);
    f1.push_back(answer_f1(found, question.answers));
    exact.push_back(exact_match(found, question.answers));
    if (progress && !progress(i + 1, data.questions.size())) return Status::error(Code::io, "interrupted");
  }
  return Evaluation{"questions", f1.size(), {mean_metric("f1", f1), mean_metric("exact_match", exact)}, data.notes};
}

}  // namespace linnet::lab
