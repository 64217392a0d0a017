// What sentence-transformers puts around an encoder: modules, pooling, dense layers, prompts.

#include <algorithm>
#include <gtest/gtest.h>

#include "converters/convert.h"
#include "tests/converters/checkpoint_files.h"

namespace linnet {
namespace {

using nlohmann::json;
using testing_support::float_tensor;
using testing_support::TemporaryFolder;
using testing_support::write_text;

void expect_refused(const TemporaryFolder& folder, Code code, const std::string& message,
                    const ConvertOptions& options = {}) {
  const Status status = convert_checkpoint(folder.path(), options, nullptr).status();
  EXPECT_EQ(status.code(), code) << status.message();
  EXPECT_NE(std::string(status.message()).find(message), std::string::npos) << status.message();
}

EditableModel convert(const TemporaryFolder& folder, ConvertReport* report = nullptr,
                      const ConvertOptions& options = {}) {
  Result<EditableModel> model = convert_checkpoint(folder.path(), options, report);
  EXPECT_TRUE(model.ok()) << model.status().message();
  return std::move(*model);
}

bool has_note(const ConvertReport& report, const std::string& part) {
  return std::any_of(report.notes.begin(), report.notes.end(),
                     [&](const std::string& note) { return note.find(part) != std::string::npos; });
}

fbs::PoolMode pooling_of(const EditableModel& model) {
  for (const auto& op : model.graph.ops) {
    if (const fbs::PoolT* pool = op->body.AsPool()) return pool->mode;
  }
  ADD_FAILURE() << "no pooling";
  return fbs::PoolMode::Mean;
}

// The names of the values behind "hidden".
std::vector<std::string> names_behind_hidden(const EditableModel& model) {
  std::vector<std::string> names;
  for (uint32_t i = model.graph.outputs.front() + 1; i < model.graph.values.size(); ++i) {
    names.push_back(model.graph.values[i]->name);
  }
  return names;
}

using Names = std::vector<std::string>;

TEST(Modules, NameTheStepsToTheSentenceEmbedding) {
  EXPECT_EQ(names_behind_hidden(convert(TemporaryFolder("tiny_bert"))), (Names{"pooled", "sentence_embedding"}));
  EXPECT_EQ(names_behind_hidden(convert(TemporaryFolder("bert_relu"))),
            (Names{"pooled", "dense.0", "sentence_embedding"}));
  EXPECT_EQ(names_behind_hidden(convert(TemporaryFolder("bert_silu"))), (Names{"pooled", "sentence_embedding"}));
  EXPECT_EQ(names_behind_hidden(convert(TemporaryFolder("mpnet_gelu"))), (Names{"sentence_embedding"}));
}

TEST(Modules, ValuesOfTheEncoderHaveTheirNames) {
  const EditableModel model = convert(TemporaryFolder("electra_gelu"));
  Names names;
  for (const auto& value : model.graph.values) names.push_back(value->name);
  EXPECT_EQ(names,
            (Names{"embeddings.sum", "embeddings.norm", "embeddings", "layer.0.attention", "layer.0.attention.norm",
                   "layer.0.feed_forward", "layer.0.feed_forward.norm", "layer.1.attention", "layer.1.attention.norm",
                   "layer.1.feed_forward", "hidden", "sentence_embedding"}));
  EXPECT_EQ(convert(TemporaryFolder("tiny_bert")).graph.values[1]->name, "embeddings");
}

TEST(Modules, APlainFolderIsPooledByTheMeanAndSaysSo) {
  ConvertReport report;
  ConvertOptions encoder_only;
  encoder_only.head = "none";
  const EditableModel model = convert(TemporaryFolder("distilbert_gelu"), &report, encoder_only);
  EXPECT_EQ(pooling_of(model), fbs::PoolMode::Mean);
  EXPECT_TRUE(has_note(report, "mean pooling without normalization is an assumption"));
  EXPECT_EQ(model.graph.ops.back()->body.type, fbs::OpBody::Pool);
}

TEST(Modules, ThePoolingOptionIsStrongerThanTheCheckpoint) {
  const std::pair<const char*, fbs::PoolMode> modes[] = {{"mean", fbs::PoolMode::Mean},
                                                         {"cls", fbs::PoolMode::First},
                                                         {"max", fbs::PoolMode::Max},
                                                         {"mean_sqrt_len", fbs::PoolMode::MeanSqrtLength}};
  for (const auto& [name, mode] : modes) {
    ConvertOptions options;
    options.pooling = name;
    ConvertReport report;
    EXPECT_EQ(pooling_of(convert(TemporaryFolder("electra_gelu"), &report, options)), mode);
    EXPECT_FALSE(has_note(report, "assumption"));
    EXPECT_EQ(pooling_of(convert(TemporaryFolder("tiny_bert"), &report, options)), mode);
    EXPECT_TRUE(has_note(report, "pooling set to"));
  }
  ConvertOptions options;
  options.pooling = "median";
  expect_refused(TemporaryFolder("tiny_bert"), Code::unsupported, "the pooling 'median' is not implemented", options);
}

TEST(Modules, UnknownOnesAreRefusedByName) {
  const auto with_types = [](std::vector<std::string> types, Code code, const char* message) {
    const TemporaryFolder folder("tiny_bert");
    folder.change_json("modules.json", [&](json& j) {
      for (size_t i = 0; i < types.size(); ++i) j[i]["type"] = types[i];
    });
    expect_refused(folder, code, message);
  };
  const std::string package = "sentence_transformers.models.";
  with_types({package + "Transformer", package + "Pooling", package + "LSTM"}, Code::unsupported, "models.LSTM");
  with_types({package + "Transformer", package + "WeightedLayerPooling"}, Code::unsupported, "WeightedLayerPooling");
  with_types({package + "CLIPModel"}, Code::unsupported, "models.CLIPModel");
  with_types({"custom_st.Transformer"}, Code::unsupported, "custom_st.Transformer");
  with_types({package + "Transformer", package + "Pooling", package + "Pooling"}, Code::unsupported, "module 2");
  with_types({package + "Transformer", package + "Pooling", "mine.Normalize"}, Code::unsupported, "mine.Normalize");
}

TEST(Modules, DamagedListsAreRefused) {
  const TemporaryFolder folder("tiny_bert");
  write_text(folder / "modules.json", "{}");
  expect_refused(folder, Code::corrupt, "is not a list of modules");
  write_text(folder / "modules.json", "[3]");
  expect_refused(folder, Code::corrupt, "module 0 is no object");
  write_text(folder / "modules.json", "[{\"path\": \"\"}]");
  expect_refused(folder, Code::corrupt, "'type' is missing");
  for (const char* path : {"../other", "/etc", "C:\\x", "a/../../b"}) {
    const json list = {{{"type", "sentence_transformers.models.Transformer"}, {"path", path}}};
    write_text(folder / "modules.json", list.dump());
    expect_refused(folder, Code::corrupt, "leads out of the checkpoint");
  }
}

TEST(Modules, WithoutPoolingAskForOne) {
  const TemporaryFolder folder("tiny_bert");
  folder.change_json("modules.json", [](json& j) { j = json::array({j[0]}); });
  expect_refused(folder, Code::unsupported, "no Pooling module: say which pooling to use");
  ConvertOptions options;
  options.pooling = "max";
  EXPECT_EQ(pooling_of(convert(folder, nullptr, options)), fbs::PoolMode::Max);
}

TEST(Modules, TheEncoderMayLieInAFolderOfItsOwn) {
  const EditableModel expected = convert(TemporaryFolder("tiny_bert"));
  const TemporaryFolder folder("tiny_bert");
  ASSERT_EQ(std::rename((folder / "config.json").c_str(), (folder / "1_Pooling/encoder.json").c_str()), 0);
  const TemporaryFolder outer;
  // Everything but the modules moves into 0_Transformer.
  ASSERT_EQ(std::rename((folder / "1_Pooling/encoder.json").c_str(), (folder / "config.json").c_str()), 0);
  ASSERT_EQ(std::rename(folder.path().c_str(), (outer / "0_Transformer").c_str()), 0);
  for (const char* name : {"modules.json", "1_Pooling", "config_sentence_transformers.json"}) {
    ASSERT_EQ(std::rename((outer / "0_Transformer/" + name).c_str(), (outer / name).c_str()), 0) << name;
  }
  outer.change_json("modules.json", [](json& j) { j[0]["path"] = "0_Transformer"; });
  EditableModel model = convert(outer);
  EditableModel same = convert(TemporaryFolder("tiny_bert"));
  EXPECT_EQ(*serialize_model(model), *serialize_model(same));
}

struct FileCase {
  const char* name;
  const char* checkpoint;
  const char* file;
  const char* change;  // a JSON object that is merged into the file's
  Code code;
  const char* message;
};
void PrintTo(const FileCase& c, std::ostream* out) { *out << c.name; }

class ModuleFile : public ::testing::TestWithParam<FileCase> {};

TEST_P(ModuleFile, IsRefused) {
  const FileCase& c = GetParam();
  const TemporaryFolder folder(c.checkpoint);
  folder.change_json(c.file, [&](json& j) { j.merge_patch(json::parse(c.change)); });
  expect_refused(folder, c.code, c.message);
}

const FileCase kFileCases[] = {
    {"TwoPoolings", "tiny_bert", "1_Pooling/config.json", R"({"pooling_mode_cls_token": true})", Code::unsupported,
     "2 pooling modes at once (cls, mean)"},
    {"TwoPoolingsOfTheNewForm", "bert_silu", "1_Pooling/config.json", R"({"pooling_mode": ["mean", "max"]})",
     Code::unsupported, "2 pooling modes at once (mean, max)"},
    {"WeightedMean", "tiny_bert", "1_Pooling/config.json",
     R"({"pooling_mode_mean_tokens": false, "pooling_mode_weightedmean_tokens": true})", Code::unsupported,
     "'weightedmean_tokens'"},
    {"LastToken", "bert_silu", "1_Pooling/config.json", R"({"pooling_mode": "lasttoken"})", Code::unsupported,
     "'lasttoken'"},
    {"PoolingWithoutPrompt", "bert_silu", "1_Pooling/config.json", R"({"include_prompt": false})", Code::unsupported,
     "leaves the prompt out"},
    {"PoolingOfAnotherWidth", "tiny_bert", "1_Pooling/config.json", R"({"word_embedding_dimension": 35})",
     Code::corrupt, "an input of 35 where 36 features come in"},
    {"PoolingFlagOfAnotherType", "tiny_bert", "1_Pooling/config.json", R"({"pooling_mode_cls_token": "yes"})",
     Code::corrupt, "is not true or false"},
    {"UnknownPoolingSetting", "tiny_bert", "1_Pooling/config.json", R"({"temperature": 2})", Code::unsupported,
     "'temperature' is set"},
    {"DenseActivation", "bert_relu", "2_Dense/config.json",
     R"({"activation_function": "torch.nn.modules.activation.GELU"})", Code::unsupported, "GELU"},
    {"DenseActivationOfAStranger", "bert_relu", "2_Dense/config.json", R"({"activation_function": "evil.Tanh"})",
     Code::unsupported, "evil.Tanh"},
    {"DenseOfAnotherWidth", "bert_relu", "2_Dense/config.json", R"({"in_features": 30})", Code::corrupt,
     "an input of 30 where 36"},
    {"DenseOfAnotherOutput", "bert_relu", "2_Dense/config.json", R"({"out_features": 21})", Code::corrupt,
     "'linear.weight' has the shape [20, 36] instead of [21, 36]"},
    {"DenseResidualProjection", "bert_relu", "2_Dense/config.json", R"({"use_residual": true})", Code::unsupported,
     "residual through a projection"},
    {"DenseOfTokens", "bert_relu", "2_Dense/config.json", R"({"module_input_name": "token_embeddings"})",
     Code::unsupported, "'token_embeddings'"},
    {"DenseBiasThatIsNotUsed", "bert_relu", "2_Dense/config.json", R"({"bias": false})", Code::unsupported,
     "'linear.bias' has no place"},
    {"Task", "bert_silu", "sentence_bert_config.json", R"({"transformer_task": "fill-mask"})", Code::unsupported,
     "'fill-mask'"},
    {"Modality", "bert_silu", "sentence_bert_config.json", R"({"modality_config": {"image": {}}})", Code::unsupported,
     "'modality_config'"},
    {"QueryExpansion", "bert_silu", "sentence_bert_config.json", R"({"query_expansion": {"length": 32}})",
     Code::unsupported, "'query_expansion' is set"},
    {"MaxLengthOfAnotherType", "tiny_bert", "sentence_bert_config.json", R"({"max_seq_length": "long"})", Code::corrupt,
     "'max_seq_length'"},
    {"SparseEncoder", "tiny_bert", "config_sentence_transformers.json", R"({"model_type": "SparseEncoder"})",
     Code::unsupported, "'SparseEncoder'"},
    {"PromptThatIsNoText", "tiny_bert", "config_sentence_transformers.json", R"({"prompts": {"query": 3}})",
     Code::corrupt, "prompt 'query' is no text"},
    {"DefaultPromptThatIsMissing", "tiny_bert", "config_sentence_transformers.json",
     R"({"default_prompt_name": "document"})", Code::corrupt, "the default prompt 'document' is not among"},
};
INSTANTIATE_TEST_SUITE_P(Files, ModuleFile, ::testing::ValuesIn(kFileCases),
                         [](const auto& instance) { return std::string(instance.param.name); });

TEST(Dense, WithAResidualOfItsOwnWidthIsKept) {
  const TemporaryFolder folder("bert_relu");
  folder.change_json("2_Dense/config.json", [](json& j) {
    j["out_features"] = 36;
    j["use_residual"] = true;
    j.erase("activation_function");
  });
  folder.change_tensors(
      [](auto& t) {
        t["linear.weight"] = float_tensor({36, 36}, std::vector<float>(36 * 36, 0.1f));
        t["linear.bias"] = float_tensor({36}, std::vector<float>(36, 0.1f));
      },
      "2_Dense/model.safetensors");
  const EditableModel model = convert(folder);
  const fbs::OpT& op = *model.graph.ops[model.graph.ops.size() - 2];
  ASSERT_NE(op.body.AsDense(), nullptr);
  EXPECT_EQ(op.body.AsDense()->activation, fbs::Activation::Tanh) << "sentence-transformers' default";
  ASSERT_EQ(op.inputs.size(), 2u);
  EXPECT_EQ(op.inputs[0], op.inputs[1]);
}

TEST(Prompts, AreCarriedWithTheirDefault) {
  const TemporaryFolder folder("tiny_bert");
  folder.change_json("config_sentence_transformers.json", [](json& j) { j["default_prompt_name"] = "query"; });
  ConvertReport report;
  const EditableModel model = convert(folder, &report);
  ASSERT_EQ(model.graph.prompts.size(), 2u);
  EXPECT_EQ(model.graph.prompts[0]->name, "passage");
  EXPECT_EQ(model.graph.prompts[0]->text, "");
  EXPECT_EQ(model.graph.prompts[1]->name, "query");
  EXPECT_EQ(model.graph.prompts[1]->text, "the big ");
  EXPECT_EQ(model.graph.default_prompt, "query");
  EXPECT_TRUE(has_note(report, "default prompt 'query'"));
  EXPECT_EQ(convert(TemporaryFolder("tiny_bert")).graph.default_prompt, "");
}

TEST(Lowercase, OfSentenceTransformersReachesTheTokenizer) {
  const TemporaryFolder folder("tiny_bert");
  folder.change_json("tokenizer.json", [](json& j) {
    j["normalizer"]["lowercase"] = false;
    j["normalizer"]["strip_accents"] = false;
  });
  EXPECT_FALSE(convert(folder).graph.tokenizer->lowercase);
  folder.change_json("sentence_bert_config.json", [](json& j) { j["do_lower_case"] = true; });
  ConvertReport report;
  EXPECT_TRUE(convert(folder, &report).graph.tokenizer->lowercase);
  EXPECT_TRUE(has_note(report, "text is lowercased"));
}

}  // namespace
}  // namespace linnet
