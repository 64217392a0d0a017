#include "cli/common.h"
#include "lab/findings.h"
#include "lab/lines.h"
#include "lab/utf8.h"

namespace linnet::cli {

namespace {

struct Options {
  std::string model;
  std::string question;
  std::string input = "-";
  size_t top = 1;
  AnswerOptions answer;
  size_t threads = 0;
  BackendOptions backend;
  bool json = false;
};

Result<std::string> read_text(const std::string& path) {
  Result<lab::LineReader> lines = lab::LineReader::open(path);
  if (!lines.ok()) return lines.status();
  std::string text, line;
  for (;;) {
    const Result<bool> more = lines->next(&line);
    if (!more.ok()) return more.status();
    if (!*more) return text;
    text += line;
    text += '\n';
  }
}

Status run(const Options& options) {
  const Result<Model> model = open_model(options.model);
  if (!model.ok()) return model.status();
  const Result<std::string> text = read_text(options.input);
  if (!text.ok()) return text.status();
  Result<Session> session = create_session(*model, options.backend, options.threads, 0);
  if (!session.ok()) return session.status();
  const Result<std::vector<Answer>> answers =
      lab::find_answers(*model, *session, {options.question.data(), options.question.size()},
                        {text->data(), text->size()}, options.answer, options.top);
  if (!answers.ok()) return answers.status().within(options.model.c_str());
  if (answers->empty()) return Status::error(Code::invalid_argument, "%s holds no words", options.input.c_str());
  Json list = Json::array();
  for (const Answer& answer : *answers) {
    const size_t begin = lab::characters_before(*text, answer.begin), end = lab::characters_before(*text, answer.end);
    std::string found = text->substr(answer.begin, answer.end - answer.begin);
    if (options.json) {
      list.push_back({{"text", found}, {"begin", begin}, {"end", end}, {"score", answer.score}});
      continue;
    }
    for (char& c : found) c = c == '\n' || c == '\t' ? ' ' : c;
    print("%.4f\t%zu\t%zu\t%s\n", answer.score, begin, end, found.c_str());
  }
  if (options.json) print(list);
  return Status();
}

}  // namespace

void add_answer(CommandLine& line) {
  Command& command =
      line.add("answer",
               "Find the piece of a text that answers a question: score, first character, end, text, with tabs between",
               {"linnet answer qa.linnet --question 'Who wrote it?' --in text.txt",
                "linnet answer qa.linnet --question 'When?' --in text.txt --top 3 --json"});
  auto options = std::make_shared<Options>();
  add_model(command, &options->model);
  command.add_text("--question", "TEXT", &options->question, "The question").required = true;
  command.add_text("--in", "FILE", &options->input, "The text, a file of any length; - for standard input");
  command.add_number("--top", &options->top, 1, 1000, "So many answers, the best first, none over another");
  command.add_number("--max-answer-tokens", &options->answer.max_tokens, 1, 512, "The longest answer");
  add_threads(command, &options->threads);
  add_backend(command, &options->backend);
  command.add_flag("--json", &options->json, "Print a JSON list: [{\"text\", \"begin\", \"end\", \"score\"}, ...]");
  command.action = [=] { return run(*options); };
}

}  // namespace linnet::cli
