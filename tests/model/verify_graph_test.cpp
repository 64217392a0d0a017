// The verifier's rules on tensors, values, outputs, tokenizer and prompts, each broken once.

#include "model/layout.h"
#include "tests/model/verify_cases.h"

namespace linnet {
namespace {

using testing::BrokenRule;
using M = EditableModel;

class VerifyGraph : public ::testing::TestWithParam<BrokenRule> {};

TEST_P(VerifyGraph, RefusesAModelThatBreaksTheRule) { testing::expect_refused(GetParam()); }

fbs::TensorT& tensor(M& m, size_t index) { return *m.graph.tensors[index]; }

// A head without labels on the last value with such rows.
std::unique_ptr<fbs::HeadT> head_of(const M& m, fbs::RowKind rows) {
  auto head = std::make_unique<fbs::HeadT>();
  for (uint32_t i = 0; i < m.graph.values.size(); ++i) {
    if (m.graph.values[i]->rows == rows) head->value = i;
  }
  return head;
}

const BrokenRule kModelRules[] = {
    {"UnknownFeature", "needs 'teleport'", [](M& m) { m.graph.required_features = {"teleport"}; }, Code::unsupported},
    {"TooManyTensors", "tensors",
     [](M& m) {
       while (m.graph.tensors.size() <= kMaxTensors) m.add_bytes("", std::vector<uint8_t>{1});
     }},
    {"TooManyValues", "values",
     [](M& m) {
       while (m.graph.values.size() <= kMaxValues) m.add_value("", 1, fbs::RowKind::Token);
     }},
    {"NoOps", "number of ops", [](M& m) { m.graph.ops.clear(); }},
    {"TooManyOps", "number of ops",
     [](M& m) {
       while (m.graph.ops.size() <= kMaxOps) m.add_op({0}, 1, fbs::L2NormalizeT());
     }},
    {"NoTokens", "max_tokens", [](M& m) { m.graph.max_tokens = 0; }},
    {"TooManyTokens", "max_tokens", [](M& m) { m.graph.max_tokens = kMaxSequence + 1; }},
    {"ValueWithoutWidth", "width 0", [](M& m) { m.graph.values[2]->width = 0; }},
    {"ValueTooWide", "width 65537", [](M& m) { m.graph.values[2]->width = kMaxWidth + 1; }},
    {"ValueOfUnknownRows", "kind of rows", [](M& m) { m.graph.values[2]->rows = static_cast<fbs::RowKind>(2); }},
    {"ValueThatNoOpWrites", "no op writes it", [](M& m) { m.add_value("extra", 8, fbs::RowKind::Token); }},
    {"NoOutput", "offers no output", [](M& m) { m.graph.outputs.clear(); }},
    {"HeadWithoutLabels", "head 0: 0 labels for",
     [](M& m) { m.graph.heads.push_back(head_of(m, fbs::RowKind::Sequence)); }},
    {"HeadOfNoValue", "head 0: names a value",
     [](M& m) {
       m.graph.heads.push_back(head_of(m, fbs::RowKind::Sequence));
       m.graph.heads[0]->value = 99;
     }},
    {"HeadOfTokens", "head 0: its scores have one row per token",
     [](M& m) { m.graph.heads.push_back(head_of(m, fbs::RowKind::Token)); }},
    {"HeadOfAnUnknownKind", "head 0: unknown kind",
     [](M& m) {
       m.graph.heads.push_back(head_of(m, fbs::RowKind::Sequence));
       m.graph.heads[0]->kind = static_cast<fbs::HeadKind>(99);
     }},
    {"OutputThatDoesNotExist", "output 1: names a value", [](M& m) { m.graph.outputs[1] = 99; }},
    {"UnknownDefaultPrompt", "default prompt 'passage'", [](M& m) { m.graph.default_prompt = "passage"; }},
    {"TooManyPrompts", "prompts",
     [](M& m) {
       for (int i = 0; i < 5000; ++i) m.graph.prompts.push_back(std::make_unique<fbs::PromptT>());
     }},
    {"LongDefaultPromptName", "name of the default one",
     [](M& m) { m.graph.default_prompt = m.graph.prompts[0]->name = std::string(2000, 'x'); }},
};
INSTANTIATE_TEST_SUITE_P(Model, VerifyGraph, ::testing::ValuesIn(kModelRules),
                         testing::rule_name<::testing::TestParamInfo<BrokenRule>>);

const BrokenRule kTensorRules[] = {
    {"UnknownElementType", "tensor 2 ('positions'): unknown element type",
     [](M& m) { tensor(m, 2).type = static_cast<fbs::ElementType>(4); }},
    {"UnknownLayout", "unknown layout", [](M& m) { tensor(m, 2).layout = static_cast<fbs::Layout>(4); }},
    {"NoDimensions", "0 dimensions", [](M& m) { tensor(m, 2).shape.clear(); }},
    {"ThreeDimensions", "3 dimensions",
     [](M& m) {
       tensor(m, 2).shape = {5, 2, 4};
     }},
    {"DimensionOfZero", "does not match",
     [](M& m) {
       tensor(m, 2).shape = {5, 0};
     }},
    {"ShapeOfMoreBytes", "does not match",
     [](M& m) {
       tensor(m, 2).shape = {6, 8};
     }},
    {"ShapeThatOverflows", "does not match",
     [](M& m) {
       tensor(m, 2).shape = {uint64_t{1} << 58, 16};
     }},
    {"TypeThatTheLayoutDoesNotHold", "does not match", [](M& m) { tensor(m, 2).layout = fbs::Layout::Cell16x4; }},
};
INSTANTIATE_TEST_SUITE_P(Tensor, VerifyGraph, ::testing::ValuesIn(kTensorRules),
                         testing::rule_name<::testing::TestParamInfo<BrokenRule>>);

const BrokenRule kTokenizerRules[] = {
    {"VocabularyThatDoesNotExist", "tokenizer: the vocabulary names tensor",
     [](M& m) { m.graph.tokenizer->vocabulary = 999; }},
    {"VocabularyOfAnotherType", "the vocabulary has another type", [](M& m) { m.graph.tokenizer->vocabulary = 2; }},
    {"MoreTokensThanRows", "7 tokens, but the word table has 6", [](M& m) { m.graph.tokenizer->vocabulary_size = 7; }},
    {"UnknownTokenWithoutRow", "word table has 6", [](M& m) { m.graph.tokenizer->unknown_id = 6; }},
    {"NoWordCharacters", "max_word_characters", [](M& m) { m.graph.tokenizer->max_word_characters = 0; }},
    {"TooManyWordCharacters", "max_word_characters", [](M& m) { m.graph.tokenizer->max_word_characters = 1001; }},
    {"AddedTokenWithoutRow", "added token 0", [](M& m) { m.graph.tokenizer->added_tokens[0]->id = 6; }},
    {"AddedTokenWithoutText", "added token 0", [](M& m) { m.graph.tokenizer->added_tokens[0]->content = ""; }},
    {"PrefixWithoutRow", "a special token has no row", [](M& m) { m.graph.tokenizer->prefix_ids = {6}; }},
    {"SuffixWithoutRow", "a special token has no row", [](M& m) { m.graph.tokenizer->suffix_ids = {6}; }},
    {"PaddingWithoutRow", "padding token", [](M& m) { m.graph.tokenizer->pad_id = 6; }},
    {"NegativePadding", "padding token", [](M& m) { m.graph.tokenizer->pad_id = -2; }},
    {"MoreSpecialTokensThanFit", "no room for the special",
     [](M& m) {
       m.graph.tokenizer->prefix_ids = {1, 2, 3, 4};
     }},
};
INSTANTIATE_TEST_SUITE_P(Tokenizer, VerifyGraph, ::testing::ValuesIn(kTokenizerRules),
                         testing::rule_name<::testing::TestParamInfo<BrokenRule>>);

// Offsets are set by the writer, so these files are made by hand.
TEST(VerifyTensorOffset, RefusesEveryOffsetOutsideTheSections) {
  EditableModel model = testing::tiny_model();
  const size_t size = testing::serialize_unchecked(model).size();
  const uint64_t first = model.graph.tensors[0]->offset;
  const uint64_t bad[] = {first - 64, 0, first + 1, first + 32, size, size - 64, UINT64_MAX, UINT64_MAX - 63};
  ASSERT_GT(model.graph.tensors[2]->bytes, 64u);  // so that the last 64 bytes of the file do not hold it
  for (const uint64_t offset : bad) {
    model.graph.tensors[2]->offset = offset;
    testing::AlignedBytes bytes(testing::serialize_unchecked(model, /*keep_offsets=*/true));
    const Status status = ModelView::open(bytes.data(), bytes.size()).status();
    EXPECT_EQ(status.code(), Code::corrupt) << offset;
    EXPECT_NE(std::string(status.message()).find("tensor 2"), std::string::npos) << status.message();
    EXPECT_NE(std::string(status.message()).find("lies outside"), std::string::npos) << status.message();
  }
}

// What flatbuffers' own verifier lets pass.
class VerifyBytes : public ::testing::Test {
 protected:
  VerifyBytes() : model_(testing::tiny_model()), file_(testing::serialize_unchecked(model_)) {}

  const fbs::Model* graph() { return fbs::GetModel(file_.data() + kHeaderBytes); }

  // Where a field of a table lies in the file; 0 when it is absent.
  template <typename T>
  size_t field(const T* table, flatbuffers::voffset_t which) {
    const uint8_t* at = reinterpret_cast<const flatbuffers::Table*>(table)->GetAddressOf(which);
    return at == nullptr ? 0 : static_cast<size_t>(at - file_.data());
  }

  void expect_refused(const char* message) {
    testing::repair_header(file_);
    testing::AlignedBytes bytes(file_);
    const Status status = ModelView::open(bytes.data(), bytes.size()).status();
    EXPECT_EQ(status.code(), Code::corrupt);
    EXPECT_NE(std::string(status.message()).find(message), std::string::npos) << status.message();
  }

  EditableModel model_;
  std::vector<uint8_t> file_;
};

TEST_F(VerifyBytes, RefusesAShapeThatIsNotAligned) {
  // The vector [length 2][1][8] read four bytes later is a vector of length 1, at an odd multiple of four.
  uint32_t index = 0;
  while (model_.graph.tensors[index]->name != "token types") ++index;
  const size_t at = field(graph()->tensors()->Get(index), fbs::Tensor::VT_SHAPE);
  ASSERT_NE(at, 0u);
  file_[at] = static_cast<uint8_t>(file_[at] + 4);
  expect_refused("its shape is not aligned");
}

TEST_F(VerifyBytes, RefusesAnOpWithoutABody) {
  // The ops share one vtable; its entry for the body set to 0 makes the field absent.
  const auto* table = reinterpret_cast<const flatbuffers::Table*>(graph()->ops()->Get(0));
  const size_t vtable = static_cast<size_t>(table->GetVTable() - file_.data());
  file_[vtable + fbs::Op::VT_BODY] = file_[vtable + fbs::Op::VT_BODY + 1] = 0;
  expect_refused("its body is missing");
}

TEST_F(VerifyBytes, RefusesAnotherIdentifier) {
  file_[kHeaderBytes + 4] ^= 1;
  expect_refused("not a valid flatbuffer");
}

TEST_F(VerifyBytes, RefusesAnEmptyGraph) {
  for (size_t i = 16; i < 24; ++i) file_[i] = 0;
  expect_refused("not a valid flatbuffer");
}

}  // namespace
}  // namespace linnet
