#include "converters/modules.h"

#include <algorithm>

#include "converters/encoder.h"
#include "converters/family.h"
#include "model/layout.h"

namespace linnet::internal {

namespace {

// True for values that say "not used": null, false, 0, "", [] and {}.
bool is_empty_setting(const nlohmann::json& value) {
  if (value.is_null() || (value.is_boolean() && !value.get<bool>())) return true;
  if (value.is_number()) return value.get<double>() == 0;
  return (value.is_string() || value.is_array() || value.is_object()) && value.empty();
}

// Refuses every field of `file` that is set and is not in `known`: it might change the result.
Status refuse_unknown(const JsonFile& file, std::initializer_list<const char*> known) {
  for (const auto& [key, value] : file.object.items()) {
    if (is_empty_setting(value) || std::find(known.begin(), known.end(), key) != known.end()) continue;
    return Status::error(Code::unsupported, "%s: '%s' is set, which Linnet does not know", file.path.c_str(),
                         key.c_str());
  }
  return Status();
}

// A folder inside the checkpoint's, as modules.json names it.
Result<std::string> module_folder(const std::string& folder, const JsonFile& entry) {
  std::string path;
  LINNET_RETURN_IF_ERROR(entry.get("path", &path));
  if (path.empty()) return folder;
  if (path.front() == '/' || path.find("..") != std::string::npos || path.find('\\') != std::string::npos ||
      path.find(':') != std::string::npos) {
    return Status::error(Code::corrupt, "%s: the path '%.64s' leads out of the checkpoint", entry.path.c_str(),
                         path.c_str());
  }
  return join_path(folder, path);
}

Result<Module> read_pooling(const std::string& folder) {
  const Result<JsonFile> file = read_json_object(join_path(folder, "config.json"));
  if (!file.ok()) return file.status();
  Module module;
  module.kind = Module::Kind::pooling;
  module.folder = folder;
  for (const char* key : {"word_embedding_dimension", "embedding_dimension"}) {
    LINNET_RETURN_IF_ERROR(file->get(key, 1, kMaxWidth, &module.in_width));
  }
  module.out_width = module.in_width;
  bool include_prompt = true;
  LINNET_RETURN_IF_ERROR(file->get("include_prompt", &include_prompt));
  if (!include_prompt) {
    return Status::error(Code::unsupported, "%s: pooling that leaves the prompt out is not implemented",
                         file->path.c_str());
  }
  // The newer key is a name or a list of names; the older ones are one flag a mode.
  std::vector<std::string> modes;
  const nlohmann::json* mode = file->find("pooling_mode");
  if (mode != nullptr) {
    const nlohmann::json list = mode->is_array() ? *mode : nlohmann::json::array({*mode});
    for (const nlohmann::json& name : list) {
      if (!name.is_string()) return Status::error(Code::corrupt, "%s: 'pooling_mode' is no name", file->path.c_str());
      modes.push_back(name.get<std::string>());
    }
  } else {
    for (const auto& [key, value] : file->object.items()) {
      constexpr std::string_view kPrefix = "pooling_mode_";
      if (key.compare(0, kPrefix.size(), kPrefix) != 0) continue;
      bool on = false;
      LINNET_RETURN_IF_ERROR(file->get(key.c_str(), &on));
      if (!on) continue;
      std::string name = key.substr(kPrefix.size());
      if (name == "cls_token" || name == "mean_tokens" || name == "max_tokens") name.resize(name.find('_'));
      modes.push_back(name);
    }
    if (modes.empty()) modes.push_back("mean");  // what sentence-transformers does
  }
  if (modes.size() != 1) {
    return Status::error(Code::unsupported, "%s: %zu pooling modes at once (%s) are not implemented; use one",
                         file->path.c_str(), modes.size(), list_names(modes).c_str());
  }
  const Result<fbs::PoolMode> found = pooling_mode(modes[0]);
  if (!found.ok()) return found.status().within(file->path.c_str());
  module.pooling = *found;
  for (const auto& [key, value] : file->object.items()) {
    if (key.compare(0, 12, "pooling_mode") == 0 || key == "word_embedding_dimension" || key == "embedding_dimension" ||
        key == "include_prompt" || is_empty_setting(value)) {
      continue;
    }
    return Status::error(Code::unsupported, "%s: '%s' is set, which Linnet does not know", file->path.c_str(),
                         key.c_str());
  }
  return module;
}

// The last part of a Python path: "torch.nn.modules.activation.Tanh" -> "Tanh".
std::string class_name(const std::string& path) {
  const size_t dot = path.rfind('.');
  return dot == std::string::npos ? path : path.substr(dot + 1);
}

// Modules of sentence-transformers can be told to read and write other features than the sentence embedding.
Status check_feature(const JsonFile& file, const char* key) {
  std::string feature = "sentence_embedding";
  LINNET_RETURN_IF_ERROR(file.get(key, &feature));
  if (feature != "sentence_embedding") {
    return Status::error(Code::unsupported, "%s: '%s' is '%.64s'; only 'sentence_embedding' is implemented",
                         file.path.c_str(), key, feature.c_str());
  }
  return Status();
}

Result<Module> read_dense(const std::string& folder) {
  const Result<JsonFile> file = read_json_object(join_path(folder, "config.json"));
  if (!file.ok()) return file.status();
  Module module;
  module.kind = Module::Kind::dense;
  module.folder = folder;
  LINNET_RETURN_IF_ERROR(file->require("in_features", 1, kMaxWidth, &module.in_width));
  LINNET_RETURN_IF_ERROR(file->require("out_features", 1, kMaxWidth, &module.out_width));
  LINNET_RETURN_IF_ERROR(file->get("bias", &module.bias));
  LINNET_RETURN_IF_ERROR(file->get("use_residual", &module.residual));
  LINNET_RETURN_IF_ERROR(check_feature(*file, "module_input_name"));
  LINNET_RETURN_IF_ERROR(check_feature(*file, "module_output_name"));
  LINNET_RETURN_IF_ERROR(refuse_unknown(*file, {"in_features", "out_features", "bias", "use_residual",
                                                "activation_function", "module_input_name", "module_output_name"}));
  if (module.residual && module.in_width != module.out_width) {
    return Status::error(Code::unsupported, "%s: a residual through a projection is not implemented",
                         file->path.c_str());
  }
  std::string activation = "torch.nn.modules.activation.Tanh";  // sentence-transformers' own default
  LINNET_RETURN_IF_ERROR(file->get("activation_function", &activation));
  const std::string name = class_name(activation);
  if (activation.compare(0, 9, "torch.nn.") == 0 && name == "Identity") {
    module.activation = fbs::Activation::Identity;
  } else if (activation.compare(0, 9, "torch.nn.") == 0 && name == "Tanh") {
    module.activation = fbs::Activation::Tanh;
  } else {
    return Status::error(Code::unsupported, "%s: the activation '%.64s' is not implemented (Identity and Tanh are)",
                         file->path.c_str(), activation.c_str());
  }
  return module;
}

Result<Module> read_normalize(const std::string& folder) {
  Module module;
  module.kind = Module::Kind::normalize;
  module.folder = folder;
  const std::string path = join_path(folder, "config.json");
  if (!file_exists(path)) return module;  // older versions write none
  const Result<JsonFile> file = read_json_object(path);
  if (!file.ok()) return file.status();
  LINNET_RETURN_IF_ERROR(check_feature(*file, "module_input_name"));
  LINNET_RETURN_IF_ERROR(check_feature(*file, "module_output_name"));
  return module;
}

// sentence_bert_config.json; before version 2 it was named after the model.
Status read_transformer_module(Modules* modules) {
  for (const char* name :
       {"sentence_bert_config.json", "sentence_distilbert_config.json", "sentence_electra_config.json"}) {
    const std::string path = join_path(modules->encoder_folder, name);
    if (!file_exists(path)) continue;
    const Result<JsonFile> file = read_json_object(path);
    if (!file.ok()) return file.status();
    LINNET_RETURN_IF_ERROR(file->get("max_seq_length", 1, INT32_MAX, &modules->max_tokens));
    LINNET_RETURN_IF_ERROR(file->get("do_lower_case", &modules->lowercase));
    std::string task = "feature-extraction", output = "token_embeddings";
    LINNET_RETURN_IF_ERROR(file->get("transformer_task", &task));
    LINNET_RETURN_IF_ERROR(file->get("module_output_name", &output));
    if (task != "feature-extraction" || output != "token_embeddings") {
      return Status::error(Code::unsupported, "%s: the task '%.64s' with the output '%.64s' is not implemented",
                           path.c_str(), task.c_str(), output.c_str());
    }
    if (const nlohmann::json* modality = file->find("modality_config")) {
      const nlohmann::json* text = modality->is_object() && modality->contains("text") ? &(*modality)["text"] : nullptr;
      if (text == nullptr || modality->size() != 1 || !text->is_object() ||
          text->value("method_output_name", nlohmann::json()) != "last_hidden_state") {
        return Status::error(Code::unsupported, "%s: 'modality_config' is not that of a text encoder", path.c_str());
      }
    }
    return refuse_unknown(*file, {"max_seq_length", "do_lower_case", "transformer_task", "module_output_name",
                                  "modality_config", "unpad_inputs"});
  }
  return Status();
}

}  // namespace

Result<fbs::PoolMode> pooling_mode(const std::string& name) {
  if (name == "mean") return fbs::PoolMode::Mean;
  if (name == "cls") return fbs::PoolMode::First;
  if (name == "max") return fbs::PoolMode::Max;
  if (name == "mean_sqrt_len" || name == "mean_sqrt_len_tokens") return fbs::PoolMode::MeanSqrtLength;
  return Status::error(Code::unsupported,
                       "the pooling '%.64s' is not implemented (mean, cls, max and mean_sqrt_len are)", name.c_str());
}

Result<Modules> read_modules(const std::string& folder, const ConvertOptions& options, bool assume_pooling,
                             std::vector<std::string>* notes) {
  Modules modules;
  modules.encoder_folder = folder;
  Module wanted;
  if (!options.pooling.empty()) {
    const Result<fbs::PoolMode> mode = pooling_mode(options.pooling);
    if (!mode.ok()) return mode.status();
    wanted.pooling = *mode;
  }
  const std::string path = join_path(folder, "modules.json");
  if (!file_exists(path)) {
    if (options.pooling.empty() && assume_pooling) {
      notes->push_back("no modules.json: mean pooling without normalization is an assumption");
    }
    if (!options.pooling.empty() || assume_pooling) modules.after.push_back(wanted);
    LINNET_RETURN_IF_ERROR(read_transformer_module(&modules));
    return modules;
  }
  const Result<nlohmann::json> list = read_json(path);
  if (!list.ok()) return list.status();
  if (!list->is_array() || list->empty())
    return Status::error(Code::corrupt, "%s is not a list of modules", path.c_str());
  for (size_t i = 0; i < list->size(); ++i) {
    const JsonFile entry = {path, (*list)[i]};
    std::string type;
    if (!entry.object.is_object()) return Status::error(Code::corrupt, "%s: module %zu is no object", path.c_str(), i);
    LINNET_RETURN_IF_ERROR(entry.require("type", &type));
    const Result<std::string> at = module_folder(folder, entry);
    if (!at.ok()) return at.status();
    const std::string name = type.compare(0, 22, "sentence_transformers.") == 0 ? class_name(type) : "";
    if (name == "Transformer" && i == 0) {
      modules.encoder_folder = *at;
      LINNET_RETURN_IF_ERROR(read_transformer_module(&modules));
      continue;
    }
    if (i == 0 || (name == "Pooling") != (i == 1)) {
      return Status::error(Code::unsupported,
                           "%s: module %zu is '%.96s'; a Transformer, then a Pooling, then Dense and "
                           "Normalize modules can be converted",
                           path.c_str(), i, type.c_str());
    }
    if (name != "Pooling" && name != "Dense" && name != "Normalize") {
      return Status::error(Code::unsupported,
                           "%s: module %zu, '%.96s', is not implemented (Transformer, Pooling, Dense "
                           "and Normalize are)",
                           path.c_str(), i, type.c_str());
    }
    const bool overridden = name == "Pooling" && !options.pooling.empty();
    const Result<Module> module = overridden          ? Result<Module>(wanted)
                                  : name == "Pooling" ? read_pooling(*at)
                                  : name == "Dense"   ? read_dense(*at)
                                                      : read_normalize(*at);
    if (!module.ok()) return module.status();
    if (overridden) notes->push_back("pooling set to " + options.pooling + " in place of what the checkpoint says");
    modules.after.push_back(*module);
  }
  if (modules.after.empty()) {
    if (options.pooling.empty()) {
      return Status::error(Code::unsupported, "%s has no Pooling module: say which pooling to use", path.c_str());
    }
    modules.after.push_back(wanted);
  }
  return modules;
}

Status add_modules(const Modules& modules, uint32_t hidden, EditableModel* model, uint64_t* flushed) {
  uint32_t current = hidden;
  size_t dense_count = 0;
  for (size_t i = 0; i < modules.after.size(); ++i) {
    const Module& module = modules.after[i];
    const bool last = i + 1 == modules.after.size();
    const uint32_t width = model->graph.values[current]->width;
    const auto name_of = [&](const std::string& name) { return last ? std::string("sentence_embedding") : name; };
    if (module.in_width != 0 && module.in_width != width) {
      return Status::error(Code::corrupt, "%s/config.json: an input of %llu where %u features come in",
                           module.folder.c_str(), static_cast<unsigned long long>(module.in_width), width);
    }
    if (module.kind == Module::Kind::pooling) {
      fbs::PoolT pool;
      pool.mode = module.pooling;
      const uint32_t output = model->add_value(name_of("pooled"), width, fbs::RowKind::Sequence);
      model->add_op({current}, output, std::move(pool));
      current = output;
    } else if (module.kind == Module::Kind::normalize) {
      const uint32_t output =
          model->add_value(name_of("normalized." + std::to_string(i)), width, fbs::RowKind::Sequence);
      model->add_op({current}, output, fbs::L2NormalizeT());
      current = output;
    } else {
      const std::string name = "dense." + std::to_string(dense_count++);
      const Result<Checkpoint> weights = Checkpoint::open(module.folder);
      if (!weights.ok()) return weights.status();
      TensorSource tensors(*weights, "");
      Result<std::unique_ptr<fbs::LinearT>> linear =
          add_linear(tensors, "linear", module.in_width, module.out_width, module.bias, name, model);
      if (!linear.ok()) return linear.status().within(module.folder.c_str());
      for (const auto& [tensor, slice] : weights->tensors()) {
        if (tensor == "linear.weight" || (tensor == "linear.bias" && module.bias)) continue;
        return Status::error(Code::unsupported, "%s: tensor '%s' has no place in a Dense module", module.folder.c_str(),
                             tensor.c_str());
      }
      *flushed += *tensors.flushed();
      fbs::DenseT dense;
      dense.linear = std::move(*linear);
      dense.activation = module.activation;
      const uint32_t output =
          model->add_value(name_of(name), static_cast<uint32_t>(module.out_width), fbs::RowKind::Sequence);
      std::vector<uint32_t> inputs = {current};
      if (module.residual) inputs.push_back(current);
      model->add_op(inputs, output, std::move(dense));
      current = output;
    }
  }
  // The default output comes last, a head's scores first.
  std::vector<uint32_t>& outputs = model->graph.outputs;
  for (const auto& head : model->graph.heads) outputs.push_back(head->value);
  outputs.push_back(hidden);
  if (current != hidden) outputs.push_back(current);
  return Status();
}

Status add_prompts(const std::string& folder, EditableModel* model, std::vector<std::string>* notes) {
  const std::string path = join_path(folder, "config_sentence_transformers.json");
  if (!file_exists(path)) return Status();
  const Result<JsonFile> file = read_json_object(path);
  if (!file.ok()) return file.status();
  std::string type = "SentenceTransformer";
  LINNET_RETURN_IF_ERROR(file->get("model_type", &type));
  if (type != "SentenceTransformer" && type != "CrossEncoder") {
    return Status::error(Code::unsupported,
                         "%s: model_type '%.64s' is not implemented, only SentenceTransformer and CrossEncoder",
                         path.c_str(), type.c_str());
  }
  if (const nlohmann::json* prompts = file->find("prompts")) {
    if (!prompts->is_object()) return Status::error(Code::corrupt, "%s: 'prompts' is no object", path.c_str());
    for (const auto& [name, text] : prompts->items()) {
      if (!text.is_string()) {
        return Status::error(Code::corrupt, "%s: prompt '%s' is no text", path.c_str(), name.c_str());
      }
      auto prompt = std::make_unique<fbs::PromptT>();
      prompt->name = name;
      prompt->text = text.get<std::string>();
      model->graph.prompts.push_back(std::move(prompt));
    }
  }
  LINNET_RETURN_IF_ERROR(file->get("default_prompt_name", &model->graph.default_prompt));
  const std::string& chosen = model->graph.default_prompt;
  const auto& prompts = model->graph.prompts;
  if (!chosen.empty() &&
      std::none_of(prompts.begin(), prompts.end(), [&](const auto& prompt) { return prompt->name == chosen; })) {
    return Status::error(Code::corrupt, "%s: the default prompt '%.64s' is not among the prompts", path.c_str(),
                         chosen.c_str());
  }
  if (!chosen.empty()) notes->push_back("every text gets the default prompt '" + chosen + "'");
  return Status();
}

}  // namespace linnet::internal
