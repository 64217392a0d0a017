#include "converters/convert.h"

#include <algorithm>
#include <set>

#include "converters/encoder.h"
#include "converters/family.h"
#include "converters/head.h"
#include "converters/modules.h"
#include "converters/tensor_source.h"
#include "converters/tokenizer_import.h"
#include "model/layout.h"

namespace linnet {

namespace internal {

namespace {

// The name a checkpoint gives itself, unless it is a path of the machine where it was saved.
std::string own_name(const JsonFile& config) {
  const nlohmann::json* field = config.find("_name_or_path");
  if (field == nullptr || !field->is_string()) return "";
  const std::string name = field->get<std::string>();
  const bool path = name.empty() || name.front() == '/' || name.front() == '.' || name.front() == '~' ||
                    name.find('\\') != std::string::npos || name.find(':') != std::string::npos ||
                    std::count(name.begin(), name.end(), '/') > 1;
  return path ? "" : name;
}

// The tokenizer, if the folder has one, and what its files say about the length of a text (0: nothing).
struct TokenizerLimits {
  uint64_t model_max_length = 0;
  uint64_t truncation = 0;
};

Result<TokenizerLimits> add_tokenizer(const Modules& modules, const BuiltEncoder& encoder, EditableModel* model,
                                      std::vector<std::string>* notes) {
  const uint64_t embedding_rows = encoder.vocabulary;
  TokenizerLimits limits;
  const std::string& folder = modules.encoder_folder;
  if (!file_exists(join_path(folder, "tokenizer.json")) && !file_exists(join_path(folder, "vocab.txt"))) {
    notes->push_back("no tokenizer.json and no vocab.txt: the model takes token ids, not text");
    return limits;
  }
  Result<ImportedTokenizer> imported = import_tokenizer(folder);
  if (!imported.ok()) return imported.status();
  if (imported->graph.vocabulary_size > embedding_rows) {
    return Status::error(Code::corrupt,
                         "the tokenizer has %u tokens, but the embedding table only %llu rows: the two "
                         "do not belong together",
                         imported->graph.vocabulary_size, static_cast<unsigned long long>(embedding_rows));
  }
  if (modules.lowercase && !imported->graph.lowercase) {
    imported->graph.lowercase = true;
    notes->push_back("text is lowercased, as do_lower_case of the sentence-transformers configuration says");
  }
  notes->insert(notes->end(), imported->warnings.begin(), imported->warnings.end());
  // Without a row for it (as in DistilBERT, which has no types), the second text is like the first.
  if (imported->graph.second_token_type >= encoder.token_types) imported->graph.second_token_type = 0;
  imported->graph.vocabulary = model->add_bytes("vocabulary", imported->vocabulary);
  model->graph.tokenizer = std::make_unique<fbs::TokenizerT>(std::move(imported->graph));
  limits.model_max_length = imported->model_max_length;
  limits.truncation = imported->truncation;
  return limits;
}

// Where text is cut: the first limit that is stated, and never behind the last position.
Status set_max_tokens(const ConvertOptions& options, uint64_t stated, const TokenizerLimits& limits,
                      uint64_t max_positions, EditableModel* model, std::vector<std::string>* notes) {
  if (options.max_tokens > max_positions) {
    return Status::error(Code::invalid_argument, "%u tokens were asked for, but the model has positions for %llu",
                         options.max_tokens, static_cast<unsigned long long>(max_positions));
  }
  uint64_t wanted = max_positions;
  for (const uint64_t candidate : {uint64_t{options.max_tokens}, stated, limits.model_max_length, limits.truncation}) {
    if (candidate == 0) continue;
    wanted = candidate;
    break;
  }
  if (options.max_tokens == 0 && stated == 0 && limits.model_max_length == 0 && limits.truncation != 0) {
    notes->push_back("text is cut at " + std::to_string(limits.truncation) +
                     " tokens because tokenizer.json says so; sentence-transformers would not look there");
  }
  if (wanted > max_positions) {
    notes->push_back("a maximum length of " + std::to_string(wanted) + " tokens became " +
                     std::to_string(max_positions) + ", the model has no more positions");
  }
  model->graph.max_tokens = static_cast<uint32_t>(std::min(wanted, max_positions));
  return Status();
}

std::string provenance(const JsonFile& config, const Checkpoint& checkpoint, const ConvertOptions& options,
                       const EditableModel& model, const std::vector<std::string>& notes) {
  std::set<std::string> types;
  for (const auto& [name, slice] : checkpoint.tensors()) {
    if (is_float(slice->type)) types.insert(dtype_name(slice->type));
  }
  nlohmann::json source = {{"format", "huggingface safetensors"},
                           {"model_type", model.graph.architecture},
                           {"name", model.graph.name},
                           {"weight_types", types}};
  const nlohmann::json* version = config.find("transformers_version");
  if (version != nullptr && version->is_string()) source["transformers_version"] = *version;
  nlohmann::json chosen = nlohmann::json::object();
  if (!options.pooling.empty()) chosen["pooling"] = options.pooling;
  if (!options.head.empty()) chosen["head"] = options.head;
  if (!options.name.empty()) chosen["name"] = options.name;
  if (options.max_tokens != 0) chosen["max_tokens"] = options.max_tokens;
  const nlohmann::json detail = {{"source", source}, {"options", chosen}, {"notes", notes}};
  // Names from the command line may be no UTF-8; what is in the file always is.
  return detail.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Result<EditableModel> convert(const std::string& folder, const ConvertOptions& options,
                              std::vector<std::string>* notes) {
  HeadTask task = HeadTask::none;
  if (!file_exists(join_path(folder, "modules.json"))) {
    const Result<JsonFile> config = read_json_object(join_path(folder, "config.json"));
    if (!config.ok()) return config.status();
    const Result<HeadTask> chosen = choose_head(options.head, *config);
    if (!chosen.ok()) return chosen.status();
    task = *chosen;
  } else if (!options.head.empty() && options.head != "none") {
    return Status::error(Code::unsupported,
                         "%s has modules.json, so it makes embeddings: there is no head '%.64s' to convert",
                         folder.c_str(), options.head.c_str());
  }
  const Result<Modules> modules = read_modules(folder, options, task == HeadTask::none, notes);
  if (!modules.ok()) return modules.status();
  const Result<JsonFile> config = read_json_object(join_path(modules->encoder_folder, "config.json"));
  if (!config.ok()) return config.status();
  const Result<const Family*> family = find_family(*config);
  if (!family.ok()) return family.status();
  const Result<EncoderConfig> encoder = read_encoder_config(**family, *config);
  if (!encoder.ok()) return encoder.status();
  const Result<Checkpoint> checkpoint = Checkpoint::open(modules->encoder_folder);
  if (!checkpoint.ok()) return checkpoint.status();
  const Result<std::string> prefix =
      TensorSource::find_prefix(*checkpoint, **family, "embeddings.word_embeddings.weight");
  if (!prefix.ok()) return prefix.status();

  EditableModel model;
  model.graph.architecture = (*family)->model_type;
  model.graph.name = options.name.empty() ? own_name(*config) : options.name;
  model.graph.producer = "linnet " LINNET_VERSION;
  TensorSource tensors(*checkpoint, *prefix);
  const Result<BuiltEncoder> built = build_encoder(**family, *encoder, tensors, &model);
  if (!built.ok()) return built.status();
  LINNET_RETURN_IF_ERROR(add_head(task, **family, *encoder, *config, *built, tensors, &model));
  LINNET_RETURN_IF_ERROR(tensors.account(**family, notes));
  LINNET_RETURN_IF_ERROR(add_modules(*modules, built->hidden, &model, tensors.flushed()));
  LINNET_RETURN_IF_ERROR(add_prompts(folder, &model, notes));
  const Result<TokenizerLimits> limits = add_tokenizer(*modules, *built, &model, notes);
  if (!limits.ok()) return limits.status();
  LINNET_RETURN_IF_ERROR(set_max_tokens(options, modules->max_tokens, *limits, built->max_positions, &model, notes));
  if (*tensors.flushed() > 0) {
    notes->push_back(std::to_string(*tensors.flushed()) + " subnormal weights (below 1.2e-38) became zero");
  }
  model.add_provenance("convert", provenance(*config, *checkpoint, options, model, *notes));
  return model;
}

}  // namespace

}  // namespace internal

Result<EditableModel> convert_checkpoint(const std::string& folder, const ConvertOptions& options,
                                         ConvertReport* report) {
  ConvertReport unused;
  if (report == nullptr) report = &unused;
  report->notes.clear();
  return internal::convert(folder, options, &report->notes);
}

}  // namespace linnet
