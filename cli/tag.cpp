#include "cli/text_input.h"
#include "lab/embed_file.h"
#include "lab/findings.h"
#include "lab/utf8.h"

namespace linnet::cli {

namespace {

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
            lab::characters_before(text, entity.begin), lab::characters_before(text, entity.end), entity.label,
            entity.score, text.substr(entity.begin, entity.end - entity.begin).c_str());
    }
  }
  return check_printed();
}

Status run(const TextOptions& options) {
  TextInput in;
  LINNET_RETURN_IF_ERROR(in.open(options));
  const Result<Tagger> tagger = Tagger::create(in.model, in.session);
  if (!tagger.ok()) return tagger.status().within(options.model.c_str());
  const auto tag = [&](std::span<const std::string> texts, uint64_t first) {
    const Result<std::vector<std::vector<Entity>>> found = lab::find_entities(*tagger, lab::views_of(texts));
    if (!found.ok()) return found.status();
    for (size_t i = 0; i < texts.size(); ++i) {
      LINNET_RETURN_IF_ERROR(print_entities((*found)[i], texts[i], first + i, options.json));
    }
    return Status();
  };
  return lab::for_each_batch(in.lines, options.batch, tag);
}

}  // namespace

void add_tag(CommandLine& line) {
  Command& command = line.add(
      "tag", "Find entities in texts, one a line: line, first character, end, label, score, text, with tabs between",
      {"linnet tag ner.linnet --in texts.txt", "echo 'Ada Lovelace lived in London.' | linnet tag ner.linnet --json"});
  auto options = std::make_shared<TextOptions>();
  add_text_input(command, options.get());
  add_batch(command, &options->batch);
  command.add_flag("--json", &options->json,
                   "Print a JSON list a line: [{\"label\", \"text\", \"begin\", \"end\", \"score\"}, ...]");
  command.action = [=] { return run(*options); };
}

}  // namespace linnet::cli
