// The verifier's rules on ops and their tensors, each broken once.

#include "model/layout.h"
#include "tests/model/verify_cases.h"

namespace linnet {
namespace {

using testing::BrokenRule;
using M = EditableModel;

class VerifyOps : public ::testing::TestWithParam<BrokenRule> {};

TEST_P(VerifyOps, RefusesAModelThatBreaksTheRule) { testing::expect_refused(GetParam()); }

fbs::OpT& op(M& m, size_t index) { return *m.graph.ops[index]; }
fbs::EmbedT& embed(M& m) { return *op(m, 0).body.AsEmbed(); }
fbs::NormT& norm(M& m) { return *op(m, 1).body.AsNorm(); }
fbs::AttentionT& attention(M& m) { return *op(m, 2).body.AsAttention(); }
fbs::FeedForwardT& feed_forward(M& m) { return *op(m, 4).body.AsFeedForward(); }
fbs::DenseT& dense(M& m) { return *op(m, 5).body.AsDense(); }

int32_t vector_of(M& m, size_t length) {
  return static_cast<int32_t>(m.add_rows("other", {length}, std::vector<float>(length, 1.0f)));
}

const BrokenRule kSharedRules[] = {
    {"InputThatDoesNotExist", "op 1 ('embeddings'): input 0", [](M& m) { op(m, 1).inputs = {99}; }},
    {"InputThatIsWrittenLater", "input 0 is not a value", [](M& m) { op(m, 1).inputs = {3}; }},
    {"OwnOutputAsInput", "input 0 is not a value", [](M& m) { op(m, 1).inputs = {1}; }},
    {"OutputThatDoesNotExist", "output does not exist", [](M& m) { op(m, 1).output = 99; }},
    {"OutputWrittenTwice", "was written before", [](M& m) { op(m, 1).output = 0; }},
    {"NoBody", "a kind that this program does not know", [](M& m) { op(m, 6).body.Reset(); }, Code::unsupported},
    {"UnknownKind", "a kind that this program does not know",
     [](M& m) {
       op(m, 6).body.Reset();
       op(m, 6).body.type = static_cast<fbs::OpBody>(77);
     },
     Code::unsupported},
    {"NoInput", "0 inputs", [](M& m) { op(m, 1).inputs.clear(); }},
    {"TwoInputsOfANorm", "2 inputs",
     [](M& m) {
       op(m, 3).inputs = {2, 0};
     }},
    {"ThreeInputs", "3 inputs",
     [](M& m) {
       op(m, 2).inputs = {1, 1, 1};
     }},
    {"ResidualOfOtherRows", "residual",
     [](M& m) {
       op(m, 7).body.Set(fbs::DenseT());
       op(m, 7).inputs = {6, 5};
     }},
    {"RowsChangedByANorm", "other kinds of rows", [](M& m) { m.graph.values[3]->rows = fbs::RowKind::Sequence; }},
    {"WidthChangedByNormalize", "cannot change the width", [](M& m) { m.graph.values[7]->width = 16; }},
    {"PoolOfUnknownMode", "unknown pooling",
     [](M& m) { op(m, 6).body.AsPool()->mode = static_cast<fbs::PoolMode>(4); }},
    {"PoolOfPooledRows", "pooling makes", [](M& m) { op(m, 7).body.Set(fbs::PoolT()); }},
    {"PoolIntoTokens", "pooling makes", [](M& m) { m.graph.values[6]->rows = fbs::RowKind::Token; }},
    {"PoolIntoAnotherWidth", "pooling makes", [](M& m) { m.graph.values[6]->width = 16; }},
    {"NoEmbedding", "input 0 is not a value", [](M& m) { m.graph.ops.erase(m.graph.ops.begin()); }},
};
INSTANTIATE_TEST_SUITE_P(Shared, VerifyOps, ::testing::ValuesIn(kSharedRules),
                         testing::rule_name<::testing::TestParamInfo<BrokenRule>>);

const BrokenRule kEmbedRules[] = {
    {"ReadsAValue", "reads token ids",
     [](M& m) {
       m.graph.ops.push_back(std::make_unique<fbs::OpT>(op(m, 0)));
       m.graph.ops.back()->inputs = {0};
       m.graph.ops.back()->output = m.add_value("second", 8, fbs::RowKind::Token);
     }},
    {"WritesSequences", "one row a token", [](M& m) { m.graph.values[0]->rows = fbs::RowKind::Sequence; }},
    {"NoWordTable", "word table does not exist", [](M& m) { embed(m).word = 999; }},
    {"WordTableOfIntegers", "unknown type",
     [](M& m) {
       embed(m).word = m.add_rows("other", {6, 8}, std::vector<int32_t>(48));
     }},
    {"WordTableOfAnotherWidth", "word has another",
     [](M& m) {
       embed(m).word = m.add_rows("other", {6, 9}, std::vector<int8_t>(54));
     }},
    {"WordTableOfAnotherLayout", "word has another",
     [](M& m) { embed(m).word = m.add_cell16x4("other", 6, 8, std::vector<int8_t>(6 * 64)); }},
    {"WordTableWithoutScales", "do not match", [](M& m) { embed(m).word_scale = -1; }},
    {"FloatTableWithScales", "do not match", [](M& m) { embed(m).position_scale = vector_of(m, 5); }},
    {"WordScalesOfAnotherLength", "word has another", [](M& m) { embed(m).word_scale = vector_of(m, 5); }},
    {"WordScalesThatDoNotExist", "does not exist", [](M& m) { embed(m).word_scale = -2; }},
    {"NoPositionTable", "position table does not exist", [](M& m) { embed(m).position = 999; }},
    {"NegativePositionTable", "position table does not exist", [](M& m) { embed(m).position = -2; }},
    {"FewerPositionsThanTokens", "more than the position table", [](M& m) { m.graph.max_tokens = 5; }},
    {"OffsetBehindThePositions", "more than the position table", [](M& m) { embed(m).position_offset = 5; }},
    {"OffsetThatWraps", "more than the position table", [](M& m) { embed(m).position_offset = 0xffffffffu; }},
    {"NoPositionForPadding", "no position for padding", [](M& m) { embed(m).position_offset = 0; }},
    {"NegativePaddingId", "position_pad_id", [](M& m) { embed(m).position_pad_id = -2; }},
    {"NoTokenTypeTable", "token type table does not exist", [](M& m) { embed(m).token_type = 999; }},
};
INSTANTIATE_TEST_SUITE_P(Embed, VerifyOps, ::testing::ValuesIn(kEmbedRules),
                         testing::rule_name<::testing::TestParamInfo<BrokenRule>>);

const BrokenRule kLinearRules[] = {
    {"Missing", "QKV projection is missing", [](M& m) { attention(m).qkv.reset(); }},
    {"OtherInputWidth", "9 -> 24 instead of 8 -> 24", [](M& m) { attention(m).qkv->in_width = 9; }},
    {"OtherOutputWidth", "8 -> 25 instead of 8 -> 24", [](M& m) { attention(m).qkv->out_width = 25; }},
    {"NoWeights", "has no weights", [](M& m) { dense(m).linear->weight = 999; }},
    {"WeightsOfAnotherShape", "linear layer has another",
     [](M& m) { dense(m).linear->weight = m.add_panel16("other", 8, 9, std::vector<float>(72)); }},
    {"WeightsTransposed", "first linear layer has another",
     [](M& m) { feed_forward(m).up->weight = feed_forward(m).down->weight; }},
    {"WeightsInRows", "linear layer has another",
     [](M& m) {
       dense(m).linear->weight = m.add_rows("other", {8, 8}, std::vector<float>(64));
     }},
    {"WeightsOfIntegers", "linear layer has another",
     [](M& m) {
       dense(m).linear->weight = m.add_rows("other", {8, 8}, std::vector<int32_t>(64));
     }},
    {"BiasOfAnotherLength", "a bias has another", [](M& m) { dense(m).linear->bias = vector_of(m, 9); }},
    {"BiasThatDoesNotExist", "a bias names tensor", [](M& m) { dense(m).linear->bias = 999; }},
    {"BiasOfAnotherType", "a bias has another", [](M& m) { dense(m).linear->bias = attention(m).output->column_sum; }},
    {"FloatWeightsWithScale", "quantization parameters", [](M& m) { dense(m).linear->weight_scale = vector_of(m, 8); }},
    {"FloatWeightsWithSums", "quantization parameters",
     [](M& m) { dense(m).linear->column_sum = attention(m).output->column_sum; }},
    {"FloatWeightsWithInputScale", "quantization parameters",
     [](M& m) { dense(m).linear->input_scale = vector_of(m, 8); }},
    {"FloatWeightsWithRotation", "quantization parameters",
     [](M& m) { dense(m).linear->rotation = {fbs::RotationSegment(0, 64, 16)}; }},
    {"NoWeightScale", "a weight scale names tensor -1", [](M& m) { attention(m).qkv->weight_scale = -1; }},
    {"WeightScaleOfAnotherLength", "a weight scale has another",
     [](M& m) { attention(m).qkv->weight_scale = vector_of(m, 23); }},
    {"NoColumnSums", "a column sum names tensor -1", [](M& m) { attention(m).qkv->column_sum = -1; }},
    {"ColumnSumsOfFloats", "a column sum has another", [](M& m) { attention(m).qkv->column_sum = vector_of(m, 24); }},
    {"InputScaleOfAnotherLength", "an input scale has another",
     [](M& m) { attention(m).qkv->input_scale = vector_of(m, 24); }},
    {"RotationWithAGap", "rotation segment 0",
     [](M& m) { attention(m).qkv->rotation = {fbs::RotationSegment(64, 64, 16)}; }},
    {"RotationOfAnUnknownKind", "rotation segment 0",
     [](M& m) { attention(m).qkv->rotation = {fbs::RotationSegment(0, 64, 32)}; }},
    {"RotationOfNothing", "rotation segment 0",
     [](M& m) { attention(m).qkv->rotation = {fbs::RotationSegment(0, 0, 1)}; }},
    {"RotationOfAnOddLength", "rotation segment 0",
     [](M& m) { attention(m).qkv->rotation = {fbs::RotationSegment(0, 65, 1)}; }},
    {"RotationThatIsTooLong", "does not cover",
     [](M& m) { attention(m).qkv->rotation = {fbs::RotationSegment(0, 128, 32)}; }},
    {"RotationThatOverlaps", "rotation segment 1",
     [](M& m) {
       attention(m).qkv->rotation = {fbs::RotationSegment(0, 64, 16), fbs::RotationSegment(0, 64, 16)};
     }},
};
INSTANTIATE_TEST_SUITE_P(Linear, VerifyOps, ::testing::ValuesIn(kLinearRules),
                         testing::rule_name<::testing::TestParamInfo<BrokenRule>>);

const BrokenRule kBodyRules[] = {
    {"NormOfAnotherWidth", "gamma has another", [](M& m) { norm(m).gamma = static_cast<uint32_t>(vector_of(m, 9)); }},
    {"NormWithoutGamma", "gamma names tensor", [](M& m) { norm(m).gamma = 999; }},
    {"NormWithBetaOfAnotherWidth", "beta has another", [](M& m) { norm(m).beta = vector_of(m, 9); }},
    {"NormWithNegativeEpsilon", "epsilon", [](M& m) { norm(m).epsilon = -1e-12f; }},
    {"NormWithNanEpsilon", "epsilon", [](M& m) { norm(m).epsilon = std::numeric_limits<float>::quiet_NaN(); }},
    {"NormWithHugeEpsilon", "epsilon", [](M& m) { norm(m).epsilon = std::numeric_limits<float>::infinity(); }},
    {"NormThatChangesTheWidth", "a norm cannot change", [](M& m) { m.graph.values[3]->width = 16; }},
    {"AttentionOfSequences", "attention needs", [](M& m) { op(m, 7).body.Set(fbs::AttentionT(attention(m))); }},
    {"AttentionWithoutHeads", "0 heads of 4", [](M& m) { attention(m).heads = 0; }},
    {"AttentionWithoutHeadWidth", "2 heads of 0", [](M& m) { attention(m).head_width = 0; }},
    {"AttentionTooWide", "heads of", [](M& m) { attention(m).heads = 0x80000000u; }},
    {"AttentionWithOtherHeads", "QKV projection is 8 -> 24", [](M& m) { attention(m).heads = 3; }},
    {"AttentionWithoutOutput", "output projection is missing", [](M& m) { attention(m).output.reset(); }},
    {"PositionBiasOfOtherHeads", "position bias has another",
     [](M& m) {
       attention(m).position_bias = static_cast<int32_t>(m.add_rows("other", {3, 7}, std::vector<float>(21)));
     }},
    {"PositionBiasWithoutCentre", "no centre",
     [](M& m) {
       attention(m).position_bias = static_cast<int32_t>(m.add_rows("other", {2, 8}, std::vector<float>(16)));
     }},
    {"PositionBiasThatDoesNotExist", "position bias names tensor", [](M& m) { attention(m).position_bias = -2; }},
    {"FeedForwardWithUnknownActivation", "unknown activation",
     [](M& m) { feed_forward(m).activation = static_cast<fbs::Activation>(8); }},
    {"FeedForwardWithoutUp", "first linear layer is missing", [](M& m) { feed_forward(m).up.reset(); }},
    {"FeedForwardTooWide", "missing or too wide", [](M& m) { feed_forward(m).up->out_width = kMaxWidth + 1; }},
    {"FeedForwardWithoutDown", "second linear layer is missing", [](M& m) { feed_forward(m).down.reset(); }},
    {"FeedForwardOfTwoWidths", "second linear layer is 21", [](M& m) { feed_forward(m).down->in_width = 21; }},
    {"DenseWithUnknownActivation", "unknown activation",
     [](M& m) { dense(m).activation = static_cast<fbs::Activation>(8); }},
    {"DenseWithoutLinear", "linear layer is missing", [](M& m) { dense(m).linear.reset(); }},
};
INSTANTIATE_TEST_SUITE_P(Body, VerifyOps, ::testing::ValuesIn(kBodyRules),
                         testing::rule_name<::testing::TestParamInfo<BrokenRule>>);

TEST(VerifyValid, TheModelThatTheCasesBreakIsValid) {
  EditableModel model = testing::tiny_model();
  EXPECT_TRUE(serialize_model(model).ok());
}

TEST(VerifyValid, AcceptsRotationsInSeveralSegments) {
  EditableModel model = testing::tiny_model();
  const uint32_t wide = model.add_value("wide", 320, fbs::RowKind::Token);
  fbs::DenseT up;
  up.linear = std::make_unique<fbs::LinearT>();
  up.linear->in_width = 8;
  up.linear->out_width = 320;
  up.linear->weight = model.add_panel16("up", 320, 8, std::vector<float>(2560));
  model.add_op({5}, wide, std::move(up));
  fbs::DenseT down;
  down.linear = std::make_unique<fbs::LinearT>();
  down.linear->in_width = 320;
  down.linear->out_width = 8;
  down.linear->weight = model.add_cell16x4("down", 8, 320, std::vector<int8_t>(2560));
  down.linear->weight_scale = vector_of(model, 8);
  down.linear->column_sum = static_cast<int32_t>(model.add_rows("sums", {8}, std::vector<int32_t>(8)));
  down.linear->rotation = {fbs::RotationSegment(0, 128, 32), fbs::RotationSegment(128, 128, 1),
                           fbs::RotationSegment(256, 64, 16)};
  model.add_op({wide, 5}, model.add_value("narrow", 8, fbs::RowKind::Token), std::move(down));
  const Status status = serialize_model(model).status();
  EXPECT_TRUE(status.ok()) << status.message();
}

}  // namespace
}  // namespace linnet
