#include "cli/common.h"
#include "lab/embed_file.h"
#include "lab/utf8.h"
#include "runtime/heads/tagging.h"

namespace linnet::cli {

namespace {

struct Options {
  std::string model;
  std::string input = "-";
  size_t batch = 32;
  size_t threads = 0;
  BackendOptions backend;
  bool json = false;
};

// Offsets are counted in characters, as Python and people do.
Json entity_json(const Entity& entity, const std::string& text) {
  return {{"label", entity.label},
          {"text", text.substr(entity.begin, entity.end - entity.begin)},
          {"begin", lab::characters_before(text, entity.begin)},
          {"end", lab::characters_before(text, entity.end)},
          {"score", entity.score}};
}

Status print_entities(const std::vector<Entity>& entities, const std::string& text, uint64_t line, bool json) {
  if (json) {
    Json list = Json::array();
    for (const Entity& entity : entities) list.push_back(entity_json(entity, text));
    print_line(list);
  } else {
    for (const Entity& entity : entities) {
      print("%llu\t%zu\t%zu\t%s\t%.4f\t%s\n", static_cast<unsigned long long>(line),
            lab::characters_before(text, entity.begin), lab::characters_before(text, entity.end), entity.label.c_str(),
            entity.score, text.substr(entity.begin, entity.end - entity.begin).c_str());
    }
  }
  return check_printed();
}

Status run(const Options& options) {
  const Result<Model> model = open_model(options.model);
  if (!model.ok()) return model.status();
  Result<lab::LineReader> lines = lab::LineReader::open(options.input);
  if (!lines.ok()) return lines.status();
  Result<Session> session = create_session(*model, options.backend, options.threads, options.batch);
  if (!session.ok()) return session.status();
  const Result<Tagger> tagger = Tagger::create(*model, *session);
  if (!tagger.ok()) return tagger.status().within(options.model.c_str());
  const auto tag = [&](std::span<const std::string> texts, uint64_t first) {
    const Result<std::vector<std::vector<TaggedWord>>> words = tagger->tag({texts.begin(), texts.end()});
    if (!words.ok()) return words.status();
    for (size_t i = 0; i < texts.size(); ++i) {
      const std::vector<Entity> entities = entities_of((*words)[i], tagger->labels());
      LINNET_RETURN_IF_ERROR(print_entities(entities, texts[i], first + i, options.json));
    }
    return Status();
  };
  return lab::for_each_batch(*lines, options.batch, tag);
}

}  // namespace

void add_tag(CommandLine& line) {
  Command& command = line.add(
      "tag", "Find entities in texts, one a line: line, first character, end, label, score, text, with tabs between",
      {"linnet tag ner.linnet --in texts.txt", "echo 'Ada Lovelace lived in London.' | linnet tag ner.linnet --json"});
  auto options = std::make_shared<Options>();
  add_model(command, &options->model);
  add_input(command, &options->input);
  add_batch(command, &options->batch);
  add_threads(command, &options->threads);
  add_backend(command, &options->backend);
  command.add_flag("--json", &options->json,
                   "Print a JSON list a line: [{\"label\", \"text\", \"begin\", \"end\", \"score\"}, ...]");
  command.action = [=] { return run(*options); };
}

}  // namespace linnet::cli
