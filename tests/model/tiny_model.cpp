#include "tests/model/tiny_model.h"

#include <string>

#include "model/layout.h"

namespace linnet::testing {

namespace {

constexpr uint32_t kWidth = 8;

// Small numbers that differ: enough to see that data comes back in its place.
template <typename T>
std::vector<T> numbers(size_t count, int start = 0) {
  std::vector<T> values(count);
  for (size_t i = 0; i < count; ++i) values[i] = static_cast<T>((static_cast<int>(i * 7) + start) % 101 - 50);
  return values;
}

std::unique_ptr<fbs::LinearT> float_linear(EditableModel& model, uint32_t in, uint32_t out) {
  auto linear = std::make_unique<fbs::LinearT>();
  linear->in_width = in;
  linear->out_width = out;
  linear->weight = model.add_panel16("weight", out, in, numbers<float>(size_t{in} * out));
  linear->bias = static_cast<int32_t>(model.add_rows("bias", {out}, numbers<float>(out)));
  return linear;
}

std::unique_ptr<fbs::LinearT> int8_linear(EditableModel& model, uint32_t in, uint32_t out) {
  auto linear = std::make_unique<fbs::LinearT>();
  linear->in_width = in;
  linear->out_width = out;
  linear->weight = model.add_cell16x4("weight", out, in, numbers<int8_t>(round_up(in, 64) * out));
  linear->bias = static_cast<int32_t>(model.add_rows("bias", {out}, numbers<float>(out)));
  linear->weight_scale = static_cast<int32_t>(model.add_rows("scale", {out}, std::vector<float>(out, 0.01f)));
  linear->column_sum = static_cast<int32_t>(model.add_rows("sums", {out}, numbers<int32_t>(out)));
  linear->input_scale = static_cast<int32_t>(model.add_rows("input_scale", {in}, std::vector<float>(in, 1.0f)));
  linear->rotation = {fbs::RotationSegment(0, 64, 16)};
  return linear;
}

void add_norm(EditableModel& model, uint32_t input, uint32_t output) {
  fbs::NormT norm;
  norm.gamma = model.add_rows("gamma", {kWidth}, std::vector<float>(kWidth, 1.0f));
  norm.beta = static_cast<int32_t>(model.add_rows("beta", {kWidth}, numbers<float>(kWidth)));
  norm.epsilon = 1e-12f;
  model.add_op({input}, output, std::move(norm));
}

void store(std::vector<uint8_t>& bytes, size_t at, size_t count, uint64_t value) {
  for (size_t i = 0; i < count; ++i) bytes[at + i] = static_cast<uint8_t>(value >> (8 * i));
}

uint64_t load(const std::vector<uint8_t>& bytes, size_t at, size_t count) {
  uint64_t value = 0;
  for (size_t i = 0; i < count; ++i) value |= uint64_t{bytes[at + i]} << (8 * i);
  return value;
}

}  // namespace

EditableModel tiny_model() {
  EditableModel model;
  fbs::ModelT& graph = model.graph;
  graph.architecture = "tiny";
  graph.name = "tiny model";
  graph.producer = "test";
  graph.max_tokens = 4;
  const uint32_t sum = model.add_value("embeddings.sum", kWidth, fbs::RowKind::Token);
  const uint32_t embeddings = model.add_value("embeddings", kWidth, fbs::RowKind::Token);
  const uint32_t attended = model.add_value("attention", kWidth, fbs::RowKind::Token);
  const uint32_t normed = model.add_value("attention.norm", kWidth, fbs::RowKind::Token);
  const uint32_t fed = model.add_value("feed_forward", kWidth, fbs::RowKind::Token);
  const uint32_t hidden = model.add_value("hidden", kWidth, fbs::RowKind::Token);
  const uint32_t pooled = model.add_value("pooled", kWidth, fbs::RowKind::Sequence);
  const uint32_t embedding = model.add_value("sentence_embedding", kWidth, fbs::RowKind::Sequence);

  fbs::EmbedT embed;
  embed.word = model.add_rows("words", {6, kWidth}, numbers<int8_t>(6 * kWidth));
  embed.word_scale = static_cast<int32_t>(model.add_rows("word scales", {6}, std::vector<float>(6, 0.1f)));
  embed.position = static_cast<int32_t>(model.add_rows("positions", {5, kWidth}, numbers<float>(5 * kWidth)));
  embed.position_offset = 1;
  embed.position_pad_id = 0;
  embed.token_type = static_cast<int32_t>(model.add_rows("token types", {1, kWidth}, numbers<float>(kWidth)));
  model.add_op({}, sum, std::move(embed));
  add_norm(model, sum, embeddings);

  fbs::AttentionT attention;
  attention.heads = 2;
  attention.head_width = 4;
  attention.qkv = int8_linear(model, kWidth, 3 * kWidth);
  attention.output = int8_linear(model, kWidth, kWidth);
  attention.position_bias = static_cast<int32_t>(model.add_rows("position bias", {2, 7}, numbers<float>(14)));
  attention.int8_core = true;
  model.add_op({embeddings, embeddings}, attended, std::move(attention));
  add_norm(model, attended, normed);

  fbs::FeedForwardT feed_forward;
  feed_forward.up = float_linear(model, kWidth, 20);
  feed_forward.down = float_linear(model, 20, kWidth);
  feed_forward.activation = fbs::Activation::Gelu;
  model.add_op({normed}, fed, std::move(feed_forward));

  fbs::DenseT dense;
  dense.linear = float_linear(model, kWidth, kWidth);
  dense.activation = fbs::Activation::Tanh;
  model.add_op({fed, normed}, hidden, std::move(dense));
  fbs::PoolT pool;
  pool.mode = fbs::PoolMode::Mean;
  model.add_op({hidden}, pooled, std::move(pool));
  model.add_op({pooled}, embedding, fbs::L2NormalizeT());
  graph.outputs = {hidden, embedding};

  auto tokenizer = std::make_unique<fbs::TokenizerT>();
  const std::string vocabulary = "not read by the verifier";
  tokenizer->vocabulary =
      model.add_bytes("vocabulary", {reinterpret_cast<const uint8_t*>(vocabulary.data()), vocabulary.size()});
  tokenizer->vocabulary_size = 6;
  tokenizer->unknown_id = 1;
  tokenizer->continuing_prefix = "##";
  tokenizer->prefix_ids = {2};
  tokenizer->suffix_ids = {3};
  tokenizer->pad_id = 0;
  auto added = std::make_unique<fbs::AddedTokenT>();
  added->content = "[MASK]";
  added->id = 4;
  added->special = true;
  tokenizer->added_tokens.push_back(std::move(added));
  graph.tokenizer = std::move(tokenizer);
  auto prompt = std::make_unique<fbs::PromptT>();
  prompt->name = "query";
  prompt->text = "query: ";
  graph.prompts.push_back(std::move(prompt));
  graph.default_prompt = "query";
  model.add_provenance("test", "{}");
  return model;
}

std::vector<uint8_t> serialize_unchecked(EditableModel& model, bool keep_offsets) {
  std::vector<uint8_t> graph;
  const auto build = [&] {
    flatbuffers::FlatBufferBuilder builder;
    builder.ForceDefaults(true);
    builder.Finish(fbs::Model::Pack(builder, &model.graph), fbs::ModelIdentifier());
    graph.assign(builder.GetBufferPointer(), builder.GetBufferPointer() + builder.GetSize());
  };
  build();
  const auto aligned = [](size_t size) { return (size + 63) / 64 * 64; };
  size_t end = aligned(64 + graph.size());
  for (size_t i = 0; i < model.sections.size() && i < model.graph.tensors.size(); ++i) {
    if (!keep_offsets) model.graph.tensors[i]->offset = end;
    end += aligned(model.sections[i].size());
  }
  build();
  std::vector<uint8_t> file(aligned(64 + graph.size()), 0);
  const uint8_t magic[8] = {0x89, 'L', 'N', 'N', 'T', '\r', '\n', 0x1a};
  std::memcpy(file.data(), magic, 8);
  store(file, 8, 4, 1);
  store(file, 12, 4, 64);
  store(file, 16, 8, graph.size());
  std::memcpy(file.data() + 64, graph.data(), graph.size());
  const size_t sections = file.size();
  for (const std::vector<uint8_t>& section : model.sections) {
    file.insert(file.end(), section.begin(), section.end());
    file.resize(aligned(file.size()), 0);
  }
  store(file, 40, 8, hash_bytes(file.data() + sections, file.size() - sections));
  repair_header(file);
  return file;
}

void repair_header(std::vector<uint8_t>& file) {
  if (file.size() < kHeaderBytes) return;
  store(file, 24, 8, file.size());
  const uint64_t graph_bytes = load(file, 16, 8);
  if (graph_bytes <= file.size() - kHeaderBytes)
    store(file, 32, 8, hash_bytes(file.data() + kHeaderBytes, graph_bytes));
}

uint64_t read_everything(const ModelView& view) {
  uint64_t sum = 0;
  for (uint32_t i = 0; i < count_of(view.graph()->tensors()); ++i) {
    for (uint64_t j = 0; j < view.tensor(i)->bytes(); ++j) sum += view.section(i)[j];
  }
  fbs::ModelT unpacked;
  view.graph()->UnPackTo(&unpacked);
  for (const auto& value : unpacked.values) sum += value->name.size();
  for (const auto& entry : unpacked.provenance) sum += entry->detail.size();
  sum += unpacked.ops.size();
  return sum;
}

}  // namespace linnet::testing
