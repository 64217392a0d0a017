// Encoders: settings that are honoured, and damaged or foreign checkpoints that are refused with a clear error.

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <limits>

#include "converters/convert.h"
#include "converters/encoder.h"
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

bool has_note(const ConvertReport& report, const std::string& part) {
  return std::any_of(report.notes.begin(), report.notes.end(),
                     [&](const std::string& note) { return note.find(part) != std::string::npos; });
}

EditableModel convert(const TemporaryFolder& folder, ConvertReport* report = nullptr,
                      const ConvertOptions& options = {}) {
  Result<EditableModel> model = convert_checkpoint(folder.path(), options, report);
  EXPECT_TRUE(model.ok()) << model.status().message();
  return std::move(*model);
}

TEST(Config, MustExistAndBeJson) {
  const TemporaryFolder folder("distilbert_gelu");
  write_text(folder / "config.json", "{\"model_type\": ");
  expect_refused(folder, Code::corrupt, "config.json is not valid JSON");
  write_text(folder / "config.json", "[1]");
  expect_refused(folder, Code::corrupt, "config.json is not a JSON object");
  folder.remove("config.json");
  expect_refused(folder, Code::not_found, "config.json");
}

TEST(Config, UnknownModelTypesAreRefusedWithTheKnownOnes) {
  const TemporaryFolder folder("distilbert_gelu");
  folder.change_json("config.json", [](json& j) { j["model_type"] = "roberta"; });
  expect_refused(folder, Code::unsupported,
                 "model_type 'roberta' is not supported (bert, distilbert, electra, mpnet are)");
  folder.change_json("config.json", [](json& j) { j.erase("model_type"); });
  expect_refused(folder, Code::corrupt, "'model_type' is missing");
}

struct ConfigCase {
  const char* name;
  const char* checkpoint;
  const char* key;
  json value;
  Code code;
  const char* message;
};
void PrintTo(const ConfigCase& c, std::ostream* out) { *out << c.name; }

class ConfigField : public ::testing::TestWithParam<ConfigCase> {};

TEST_P(ConfigField, IsRefused) {
  const ConfigCase& c = GetParam();
  const TemporaryFolder folder(c.checkpoint);
  folder.change_json("config.json", [&](json& j) { j[c.key] = c.value; });
  expect_refused(folder, c.code, c.message);
}

const ConfigCase kConfigCases[] = {
    {"UnknownActivation", "tiny_bert", "hidden_act", "mish", Code::unsupported, "the activation 'mish'"},
    {"ActivationOfAnotherType", "tiny_bert", "hidden_act", 3, Code::corrupt, "'hidden_act' is not a string"},
    {"RelativePositions", "tiny_bert", "position_embedding_type", "relative_key", Code::unsupported, "relative_key"},
    {"Decoder", "tiny_bert", "is_decoder", true, Code::unsupported, "'is_decoder' is true"},
    {"CrossAttention", "electra_gelu", "add_cross_attention", true, Code::unsupported, "encoders only"},
    {"Quantized", "tiny_bert", "quantization_config", {{"bits", 4}}, Code::unsupported, "'quantization_config' is set"},
    {"PrunedHeads", "tiny_bert", "pruned_heads", {{"0", {1}}}, Code::unsupported, "'pruned_heads' is set"},
    {"HeadsThatDoNotDivide", "tiny_bert", "num_attention_heads", 5, Code::corrupt, "5 heads do not divide"},
    {"NoHeads", "tiny_bert", "num_attention_heads", 0, Code::corrupt, "'num_attention_heads' is not a whole number"},
    {"NegativeLayers", "tiny_bert", "num_hidden_layers", -1, Code::corrupt, "'num_hidden_layers'"},
    {"FractionOfAWidth", "tiny_bert", "hidden_size", 36.5, Code::corrupt, "'hidden_size'"},
    {"HugeWidth", "tiny_bert", "hidden_size", uint64_t{1} << 40, Code::corrupt, "'hidden_size'"},
    {"NoWidth", "tiny_bert", "hidden_size", nullptr, Code::corrupt, "'hidden_size' is missing"},
    {"Epsilon", "tiny_bert", "layer_norm_eps", -1e-12, Code::corrupt, "'layer_norm_eps'"},
    {"MoreLayersThanTensors", "tiny_bert", "num_hidden_layers", 3, Code::corrupt,
     "tensor 'encoder.layer.2.attention.self.query.weight' is missing"},
    {"FewerLayersThanTensors", "tiny_bert", "num_hidden_layers", 1, Code::unsupported,
     "16 tensors of the checkpoint have no place in a bert model"},
    {"OtherVocabulary", "tiny_bert", "vocab_size", 200, Code::corrupt, "instead of [200, 36]"},
    {"OtherPositions", "tiny_bert", "max_position_embeddings", 45, Code::corrupt, "instead of [45, 36]"},
    {"OtherTokenTypes", "tiny_bert", "type_vocab_size", 3, Code::corrupt, "instead of [3, 36]"},
    {"OtherEmbeddingSize", "electra_gelu", "embedding_size", 36, Code::corrupt, "shape [105, 20] instead of [105, 36]"},
    {"OtherBuckets", "mpnet_gelu", "relative_attention_num_buckets", 64, Code::unsupported, "64 buckets"},
};
INSTANTIATE_TEST_SUITE_P(Config, ConfigField, ::testing::ValuesIn(kConfigCases),
                         [](const auto& instance) { return std::string(instance.param.name); });

TEST(Config, ActivationsMapToTheSchema) {
  const std::pair<const char*, fbs::Activation> cases[] = {
      {"gelu", fbs::Activation::Gelu},
      {"gelu_python", fbs::Activation::Gelu},
      {"gelu_new", fbs::Activation::GeluTanh},
      {"gelu_fast", fbs::Activation::GeluTanh},
      {"gelu_pytorch_tanh", fbs::Activation::GeluTanh},
      {"relu", fbs::Activation::Relu},
      {"silu", fbs::Activation::Silu},
      {"swish", fbs::Activation::Silu},
      {"quick_gelu", fbs::Activation::QuickGelu},
  };
  const TemporaryFolder folder("tiny_bert");
  for (const auto& [name, activation] : cases) {
    folder.change_json("config.json", [n = name](json& j) { j["hidden_act"] = n; });
    const EditableModel model = convert(folder);
    size_t count = 0;
    for (const auto& op : model.graph.ops) {
      if (const fbs::FeedForwardT* f = op->body.AsFeedForward()) {
        EXPECT_EQ(f->activation, activation) << name;
        ++count;
      }
    }
    EXPECT_EQ(count, 2u);
  }
}

TEST(Config, EpsilonReachesEveryNorm) {
  const auto epsilon_of = [](const char* checkpoint) {
    const EditableModel model = convert(TemporaryFolder(checkpoint));
    std::vector<float> values;
    for (const auto& op : model.graph.ops) {
      if (const fbs::NormT* norm = op->body.AsNorm()) values.push_back(norm->epsilon);
    }
    return values;
  };
  EXPECT_EQ(epsilon_of("bert_gelu_new"), std::vector<float>(5, 1e-5f));
  EXPECT_EQ(epsilon_of("distilbert_gelu"), std::vector<float>(5, 1e-12f));
}

TEST(Tensors, UnknownOnesAreRefusedByName) {
  const TemporaryFolder folder("tiny_bert");
  folder.change_tensors([](auto& t) { t["encoder.layer.0.adapter.weight"] = float_tensor({1}, {1}); });
  expect_refused(folder, Code::unsupported, "encoder.layer.0.adapter.weight");
}

TEST(Tensors, MissingOnesAreNamed) {
  const TemporaryFolder folder("tiny_bert");
  folder.change_tensors([](auto& t) { t.erase("encoder.layer.1.output.dense.bias"); });
  expect_refused(folder, Code::corrupt, "tensor 'encoder.layer.1.output.dense.bias' is missing");
  folder.change_tensors([](auto& t) { t.erase("embeddings.word_embeddings.weight"); });
  expect_refused(folder, Code::corrupt, "no tensor 'embeddings.word_embeddings.weight'");
}

TEST(Tensors, OtherShapesAreRefused) {
  const TemporaryFolder folder("tiny_bert");
  folder.change_tensors([](auto& t) { t["encoder.layer.0.intermediate.dense.weight"].shape = {36, 50}; });
  expect_refused(folder, Code::corrupt, "has the shape [36, 50] instead of [50, 36]");
}

TEST(Tensors, WeightsThatAreNotFiniteAreRefusedByName) {
  const TemporaryFolder folder("tiny_bert");
  folder.change_tensors([](auto& t) {
    const float nan = std::numeric_limits<float>::quiet_NaN();
    std::memcpy(t["encoder.layer.1.attention.self.key.weight"].bytes.data() + 40, &nan, 4);
  });
  expect_refused(folder, Code::non_finite,
                 "tensor 'encoder.layer.1.attention.self.key.weight' holds NaN at element 10");
}

TEST(Tensors, IntegerWeightsAreRefused) {
  const TemporaryFolder folder("tiny_bert");
  folder.change_tensors([](auto& t) { t["encoder.layer.0.output.dense.bias"].dtype = "I32"; });
  expect_refused(folder, Code::unsupported, "has the type I32");
}

TEST(Tensors, SubnormalsBecomeZeroAndAreReported) {
  const TemporaryFolder folder("tiny_bert");
  const float subnormal = 1e-39f, becomes_subnormal = 1.2e-38f;
  folder.change_tensors([&](auto& t) {
    std::memcpy(t["encoder.layer.0.output.dense.bias"].bytes.data() + 8, &subnormal, 4);
    std::memcpy(t["encoder.layer.0.attention.self.query.bias"].bytes.data(), &becomes_subnormal, 4);
  });
  ConvertReport report;
  const EditableModel model = convert(folder, &report);
  EXPECT_TRUE(has_note(report, "2 subnormal weights")) << json(report.notes).dump();
  for (size_t i = 0; i < model.graph.tensors.size(); ++i) {
    if (model.graph.tensors[i]->type != fbs::ElementType::F32) continue;
    for (const float value : model.read_f32(static_cast<int64_t>(i))) EXPECT_NE(std::fpclassify(value), FP_SUBNORMAL);
  }
}

TEST(Tensors, TruncatedFilesAreRefused) {
  const TemporaryFolder folder("tiny_bert");
  const std::string bytes = testing_support::read_text(folder / "model.safetensors");
  for (const size_t size : {size_t{0}, size_t{7}, size_t{500}, bytes.size() / 2, bytes.size() - 1}) {
    write_text(folder / "model.safetensors", bytes.substr(0, size));
    expect_refused(folder, Code::corrupt, "model.safetensors");
  }
  folder.remove("model.safetensors");
  expect_refused(folder, Code::not_found, "no model.safetensors");
}

TEST(Tensors, DroppedOnesAreReportedByName) {
  ConvertReport report;
  convert(TemporaryFolder("tiny_bert"), &report);
  EXPECT_TRUE(has_note(report, "pooler dropped, the embedding does not use it: pooler.dense.bias pooler.dense.weight"));
  EXPECT_TRUE(has_note(report, "position numbers dropped"));
  convert(TemporaryFolder("bert_gelu_new"), &report);
  EXPECT_TRUE(has_note(report, "pretraining heads dropped"));
  EXPECT_TRUE(has_note(report, "bert.pooler.dense.weight"));
  ConvertOptions encoder_only;
  encoder_only.head = "none";
  convert(TemporaryFolder("distilbert_gelu"), &report, encoder_only);
  EXPECT_TRUE(has_note(report, "classification head dropped"));
  convert(TemporaryFolder("electra_gelu"), &report);
  EXPECT_TRUE(has_note(report, "discriminator head dropped"));
  convert(TemporaryFolder("mpnet_gelu"), &report);
  EXPECT_TRUE(has_note(report, "language-model head dropped"));
}

void add_prefix(const TemporaryFolder& folder, const std::string& prefix) {
  folder.change_tensors([&](auto& t) {
    std::map<std::string, testing_support::RawTensor> renamed;
    for (auto& [name, tensor] : t) renamed[prefix + name] = tensor;
    t = renamed;
  });
}

TEST(Tensors, PrefixesOfWrappersMakeNoDifference) {
  const std::vector<uint8_t> expected = [] {
    EditableModel model = convert(TemporaryFolder("bert_silu"));
    return *serialize_model(model);
  }();
  for (const char* prefix : {"bert.", "0.auto_model.", "auto_model.", "model.bert.", "module."}) {
    const TemporaryFolder folder("bert_silu");
    add_prefix(folder, prefix);
    EditableModel model = convert(folder);
    EXPECT_EQ(*serialize_model(model), expected) << prefix;
  }
  const TemporaryFolder folder("bert_silu");
  add_prefix(folder, "teacher.");
  expect_refused(folder, Code::unsupported, "begin with 'teacher.'");
}

TEST(Tensors, TwoModelsInOneCheckpointAreRefused) {
  const TemporaryFolder folder("bert_silu");
  folder.change_tensors([](auto& t) { t["generator.embeddings.word_embeddings.weight"] = float_tensor({1}, {1}); });
  expect_refused(folder, Code::unsupported, "more than one model");
}

TEST(Tokenizer, AVocabularyLargerThanTheTableIsRefused) {
  const TemporaryFolder folder("distilbert_gelu");
  folder.change_json("config.json", [](json& j) { j["vocab_size"] = 100; });
  folder.change_tensors([](auto& t) {
    for (auto& [name, tensor] : t) {
      if (name.find("word_embeddings") == std::string::npos) continue;
      tensor.shape[0] = 100;
      tensor.bytes.resize(100 * 36 * 4);
    }
  });
  expect_refused(folder, Code::corrupt, "the tokenizer has 105 tokens, but the embedding table only 100 rows");
}

TEST(Tokenizer, AFolderWithoutOneGivesAModelOfTokenIds) {
  const TemporaryFolder folder("distilbert_gelu");
  folder.remove("tokenizer.json");
  folder.remove("tokenizer_config.json");
  ConvertReport report;
  const EditableModel model = convert(folder, &report);
  EXPECT_EQ(model.graph.tokenizer, nullptr);
  EXPECT_TRUE(has_note(report, "token ids, not text"));
  EXPECT_EQ(model.graph.max_tokens, 44u);
}

TEST(MaxTokens, ComesFromTheFirstFileThatStatesIt) {
  EXPECT_EQ(convert(TemporaryFolder("tiny_bert")).graph.max_tokens, 24u) << "sentence_bert_config.json";
  EXPECT_EQ(convert(TemporaryFolder("bert_silu")).graph.max_tokens, 31u) << "tokenizer_config.json";
  EXPECT_EQ(convert(TemporaryFolder("bert_gelu_new")).graph.max_tokens, 20u) << "tokenizer.json";
  EXPECT_EQ(convert(TemporaryFolder("distilbert_gelu")).graph.max_tokens, 44u) << "the position table";
  EXPECT_EQ(convert(TemporaryFolder("mpnet_gelu")).graph.max_tokens, 100u);
  ConvertReport report;
  EXPECT_EQ(convert(TemporaryFolder("bert_relu"), &report).graph.max_tokens, 44u) << "100 are stated, 44 possible";
  EXPECT_TRUE(has_note(report, "a maximum length of 100 tokens became 44"));
  ConvertOptions options;
  options.max_tokens = 12;
  EXPECT_EQ(convert(TemporaryFolder("tiny_bert"), nullptr, options).graph.max_tokens, 12u);
  options.max_tokens = 45;
  expect_refused(TemporaryFolder("tiny_bert"), Code::invalid_argument, "45 tokens were asked for", options);
}

TEST(MaxTokens, PositionsOfMpnetBeginAtTwo) {
  const TemporaryFolder folder("mpnet_gelu");
  folder.remove("sentence_bert_config.json");
  const EditableModel model = convert(folder);
  const fbs::EmbedT& embed = *model.graph.ops[0]->body.AsEmbed();
  EXPECT_EQ(embed.position_offset, 2u);
  EXPECT_EQ(embed.position_pad_id, 1);
  EXPECT_EQ(model.graph.max_tokens, 130u);
}

// The boundaries that transformers 5.23 computes in float, with its logarithm.
TEST(MpnetBucket, IsThatOfTransformers) {
  const int64_t first[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 23, 32, 46, 64, 91};
  for (int64_t distance = -600; distance <= 600; ++distance) {
    uint32_t bucket = 0;
    while (bucket + 1 < 16 && std::abs(distance) >= first[bucket + 1]) ++bucket;
    ASSERT_EQ(internal::mpnet_bucket(distance), bucket + (distance > 0 ? 16 : 0)) << distance;
  }
}

TEST(Model, CarriesWhereItCameFrom) {
  ConvertOptions options;
  EditableModel model = convert(TemporaryFolder("bert_gelu_new"), nullptr, options);
  EXPECT_EQ(model.graph.name, "linnet/bert-gelu-new");
  EXPECT_EQ(model.graph.architecture, "bert");
  EXPECT_EQ(model.graph.producer.substr(0, 7), "linnet ");
  ASSERT_EQ(model.graph.provenance.size(), 1u);
  EXPECT_EQ(model.graph.provenance[0]->step, "convert");
  const json detail = json::parse(model.graph.provenance[0]->detail);
  EXPECT_EQ(detail["source"]["model_type"], "bert");
  EXPECT_EQ(detail["source"]["transformers_version"], "5.23.0");
  EXPECT_EQ(detail["source"]["weight_types"], json::array({"F16"}));
  EXPECT_FALSE(detail["notes"].empty());

  options.name = "my \xff model";  // no UTF-8: the file still holds valid JSON
  options.pooling = "cls";
  model = convert(TemporaryFolder("bert_gelu_new"), nullptr, options);
  const json named = json::parse(model.graph.provenance[0]->detail);
  EXPECT_EQ(named["options"]["pooling"], "cls");
}

TEST(Model, KeepsNoPathOfTheMachineAsItsName) {
  for (const char* path : {"/data/models/bert", "./bert", "C:\\models\\bert", "a/b/c", "~/bert"}) {
    const TemporaryFolder folder("bert_silu");
    folder.change_json("config.json", [&](json& j) { j["_name_or_path"] = path; });
    EXPECT_EQ(convert(folder).graph.name, "") << path;
  }
}

}  // namespace
}  // namespace linnet
