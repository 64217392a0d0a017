// The semantic rules of a model file: every index, shape, type and limit. After this, running the graph needs no
// checks.

#include <cstring>

#include "model/layout.h"
#include "model/view.h"

namespace linnet::internal {

namespace {

using fbs::ElementType;
using fbs::Layout;
using fbs::RowKind;

class GraphVerifier {
 public:
  GraphVerifier(const fbs::Model& graph, uint64_t sections_begin, uint64_t file_bytes)
      : graph_(graph), sections_begin_(sections_begin), file_bytes_(file_bytes) {}

  Status run() {
    LINNET_RETURN_IF_ERROR(features());
    LINNET_RETURN_IF_ERROR(counts());
    LINNET_RETURN_IF_ERROR(tensors());
    LINNET_RETURN_IF_ERROR(ops());
    LINNET_RETURN_IF_ERROR(outputs());
    LINNET_RETURN_IF_ERROR(heads());
    LINNET_RETURN_IF_ERROR(tokenizer());
    return prompts();
  }

 private:
  // Every error says where it was found.
  enum class Place { model, value, tensor, op, output, head, tokenizer };
#define LINNET_CORRUPT(...) corrupt_at(Status::error(Code::corrupt, __VA_ARGS__))
  Status corrupt_at(const Status& status) const {
    static constexpr const char* kNames[] = {"model", "value", "tensor", "op", "output", "head", "tokenizer"};
    const char* place = kNames[static_cast<size_t>(place_)];
    if (place_ == Place::model || place_ == Place::tokenizer) return status.within(place);
    const char* name = "";
    if (place_ == Place::value) name = text_of(graph_.values()->Get(at_)->name());
    if (place_ == Place::tensor) name = text_of(graph_.tensors()->Get(at_)->name());
    // An op has no name of its own; that of the value it writes tells where it is, if that exists.
    if (place_ == Place::op && graph_.ops()->Get(at_)->output() < count_of(graph_.values())) {
      name = text_of(value(graph_.ops()->Get(at_)->output()).name());
    }
    char context[128];
    std::snprintf(context, sizeof context, *name != '\0' ? "%s %u ('%.80s')" : "%s %u", place, at_, name);
    return status.within(context);
  }
#define LINNET_REQUIRE(condition, ...)                    \
  do {                                                    \
    if (!(condition)) return LINNET_CORRUPT(__VA_ARGS__); \
  } while (false)

  Status features() const {
    for (uint32_t i = 0; i < count_of(graph_.required_features()); ++i) {
      return Status::error(Code::unsupported, "the model needs '%s', which this program does not know: use a newer one",
                           graph_.required_features()->Get(i)->c_str());
    }
    return Status();
  }

  Status counts() {
    place_ = Place::model;
    LINNET_REQUIRE(count_of(graph_.tensors()) <= kMaxTensors, "more than %zu tensors", kMaxTensors);
    LINNET_REQUIRE(count_of(graph_.values()) <= kMaxValues, "more than %zu values", kMaxValues);
    LINNET_REQUIRE(count_of(graph_.ops()) >= 1 && count_of(graph_.ops()) <= kMaxOps, "the number of ops is not 1..%zu",
                   kMaxOps);
    LINNET_REQUIRE(graph_.max_tokens() >= 1 && graph_.max_tokens() <= kMaxSequence, "max_tokens is not 1..%u",
                   static_cast<unsigned>(kMaxSequence));
    for (uint32_t i = 0; i < count_of(graph_.values()); ++i) {
      const fbs::Value& value = *graph_.values()->Get(i);
      place_ = Place::value, at_ = i;
      LINNET_REQUIRE(value.width() >= 1 && value.width() <= kMaxWidth, "width %u is not 1..%u", value.width(),
                     static_cast<unsigned>(kMaxWidth));
      LINNET_REQUIRE(value.rows() <= RowKind::MAX, "unknown kind of rows");
    }
    return Status();
  }

  Status tensors() {
    place_ = Place::tensor;
    for (at_ = 0; at_ < count_of(graph_.tensors()); ++at_) {
      const fbs::Tensor& tensor = *graph_.tensors()->Get(at_);
      const uint32_t rank = count_of(tensor.shape());
      LINNET_REQUIRE(tensor.type() <= ElementType::MAX, "unknown element type %u",
                     static_cast<unsigned>(tensor.type()));
      LINNET_REQUIRE(tensor.layout() <= Layout::MAX, "unknown layout %u", static_cast<unsigned>(tensor.layout()));
      LINNET_REQUIRE(rank == 1 || rank == 2, "%u dimensions instead of 1 or 2", rank);
      // flatbuffers does not check this for vectors of numbers wider than their length field.
      LINNET_REQUIRE(reinterpret_cast<uintptr_t>(tensor.shape()->data()) % alignof(uint64_t) == 0,
                     "its shape is not aligned");
      const Checked bytes = stored_bytes(tensor.type(), tensor.layout(), tensor.shape()->data(), rank);
      LINNET_REQUIRE(bytes.valid() && bytes.value64() == tensor.bytes(), "its shape does not match its %llu bytes",
                     static_cast<unsigned long long>(tensor.bytes()));
      LINNET_REQUIRE(tensor.offset() % kSectionAlignment == 0 && tensor.offset() >= sections_begin_ &&
                         range_within(tensor.offset(), tensor.bytes(), file_bytes_),
                     "its section at %llu lies outside the file or is not aligned",
                     static_cast<unsigned long long>(tensor.offset()));
    }
    return Status();
  }

  // Tensor `index` must exist with this type, layout and shape; a dimension of 0 means any.
  Status tensor(int64_t index, const char* what, ElementType type, Layout layout, uint64_t rows,
                uint64_t columns) const {
    LINNET_REQUIRE(index >= 0 && index < count_of(graph_.tensors()), "%s names tensor %lld, which does not exist", what,
                   static_cast<long long>(index));
    const fbs::Tensor& t = *graph_.tensors()->Get(static_cast<uint32_t>(index));
    const uint32_t rank = columns == kVector ? 1 : 2;
    LINNET_REQUIRE(t.type() == type && t.layout() == layout && t.shape()->size() == rank &&
                       (rows == 0 || t.shape()->Get(0) == rows) &&
                       (rank == 1 || columns == 0 || t.shape()->Get(1) == columns),
                   "%s has another type, layout or shape than the op needs", what);
    return Status();
  }
  Status optional_tensor(int64_t index, const char* what, ElementType type, uint64_t rows, uint64_t columns) const {
    return index == -1 ? Status() : tensor(index, what, type, Layout::Rows, rows, columns);
  }
  uint64_t dimension(int64_t index, uint32_t axis) const {
    return graph_.tensors()->Get(static_cast<uint32_t>(index))->shape()->Get(axis);
  }

  Status linear(const fbs::Linear* l, const char* what, uint64_t in_width, uint64_t out_width) const {
    LINNET_REQUIRE(l != nullptr, "%s is missing", what);
    LINNET_REQUIRE(l->in_width() == in_width && l->out_width() == out_width, "%s is %u -> %u instead of %llu -> %llu",
                   what, l->in_width(), l->out_width(), static_cast<unsigned long long>(in_width),
                   static_cast<unsigned long long>(out_width));
    LINNET_REQUIRE(in_width <= kMaxWidth && out_width <= 4 * kMaxWidth, "%s is too wide", what);
    LINNET_REQUIRE(l->weight() < count_of(graph_.tensors()), "%s has no weights", what);
    LINNET_RETURN_IF_ERROR(optional_tensor(l->bias(), "a bias", ElementType::F32, out_width, kVector));
    const uint32_t segments = count_of(l->rotation());
    if (graph_.tensors()->Get(l->weight())->type() == ElementType::F32) {
      LINNET_RETURN_IF_ERROR(tensor(l->weight(), what, ElementType::F32, Layout::Panel16, out_width, in_width));
      LINNET_REQUIRE(l->weight_scale() == -1 && l->column_sum() == -1 && l->input_scale() == -1 && segments == 0,
                     "%s has float weights and quantization parameters", what);
      return Status();
    }
    LINNET_RETURN_IF_ERROR(tensor(l->weight(), what, ElementType::S8, Layout::Cell16x4, out_width, in_width));
    LINNET_RETURN_IF_ERROR(
        tensor(l->weight_scale(), "a weight scale", ElementType::F32, Layout::Rows, out_width, kVector));
    LINNET_RETURN_IF_ERROR(tensor(l->column_sum(), "a column sum", ElementType::S32, Layout::Rows, out_width, kVector));
    LINNET_RETURN_IF_ERROR(optional_tensor(l->input_scale(), "an input scale", ElementType::F32, in_width, kVector));
    uint64_t end = 0;
    for (uint32_t i = 0; i < segments; ++i) {
      const fbs::RotationSegment& s = *l->rotation()->Get(i);
      const bool known = (s.length() == 128 && s.m() == 32) || (s.length() == 64 && s.m() == 16) ||
                         (s.length() > 0 && s.length() % 64 == 0 && s.m() == 1);
      LINNET_REQUIRE(s.begin() == end && known && s.length() <= kMaxWidth, "%s: rotation segment %u is not valid", what,
                     i);
      end += s.length();
    }
    LINNET_REQUIRE(segments == 0 || end == round_up(in_width, 64), "%s: the rotation does not cover the input", what);
    return Status();
  }

  Status table(int64_t index, int64_t scale, const char* what, uint64_t width) const {
    LINNET_REQUIRE(index >= 0 && index < count_of(graph_.tensors()), "the %s table does not exist", what);
    const ElementType type = graph_.tensors()->Get(static_cast<uint32_t>(index))->type();
    LINNET_REQUIRE(type == ElementType::F32 || type == ElementType::S8, "the %s table has an unknown type", what);
    LINNET_RETURN_IF_ERROR(tensor(index, what, type, Layout::Rows, 0, width));
    LINNET_REQUIRE(dimension(index, 0) <= UINT32_MAX / 2, "the %s table has too many rows", what);
    LINNET_REQUIRE((type == ElementType::S8) == (scale != -1), "the %s table and its scales do not match", what);
    return optional_tensor(scale, what, ElementType::F32, dimension(index, 0), kVector);
  }

  const fbs::Value& value(uint32_t index) const { return *graph_.values()->Get(index); }

  // The rules that all ops share; then those of each kind.
  Status ops() {
    bool written[kMaxValues] = {};
    place_ = Place::op;
    for (at_ = 0; at_ < graph_.ops()->size(); ++at_) {
      const fbs::Op& op = *graph_.ops()->Get(at_);
      for (uint32_t i = 0; i < count_of(op.inputs()); ++i) {
        const uint32_t input = op.inputs()->Get(i);
        LINNET_REQUIRE(input < count_of(graph_.values()) && written[input],
                       "input %u is not a value that an earlier op wrote", i);
      }
      LINNET_REQUIRE(op.output() < count_of(graph_.values()) && !written[op.output()],
                     "its output does not exist or was written before");
      LINNET_RETURN_IF_ERROR(op_body(op));
      written[op.output()] = true;
    }
    place_ = Place::value;
    for (at_ = 0; at_ < count_of(graph_.values()); ++at_) LINNET_REQUIRE(written[at_], "no op writes it");
    return Status();
  }

  // `count` inputs at most and one at least; a second one is a residual of the output's shape.
  Status inputs(const fbs::Op& op, uint32_t most) const {
    const uint32_t count = count_of(op.inputs());
    LINNET_REQUIRE(count >= 1 && count <= most, "%u inputs instead of 1%s", count, most > 1 ? " or 2" : "");
    const fbs::Value& out = value(op.output());
    if (count == 2) {
      const fbs::Value& residual = value(op.inputs()->Get(1));
      LINNET_REQUIRE(residual.width() == out.width() && residual.rows() == out.rows(),
                     "the residual has another shape than the output");
    }
    return Status();
  }

  Status op_body(const fbs::Op& op) {
    const fbs::Value& out = value(op.output());
    if (op.body_type() == fbs::OpBody::NONE || op.body_type() > fbs::OpBody::MAX) {
      return corrupt_at(Status::error(Code::unsupported, "an op of a kind that this program does not know"));
    }
    LINNET_REQUIRE(op.body() != nullptr, "its body is missing");
    if (op.body_type() == fbs::OpBody::Embed) {
      LINNET_REQUIRE(count_of(op.inputs()) == 0, "an embedding reads token ids, not values");
      LINNET_REQUIRE(out.rows() == RowKind::Token, "an embedding writes one row a token");
      return embed(*op.body_as_Embed(), out.width());
    }
    const bool two = op.body_type() == fbs::OpBody::Attention || op.body_type() == fbs::OpBody::FeedForward ||
                     op.body_type() == fbs::OpBody::Dense;
    LINNET_RETURN_IF_ERROR(inputs(op, two ? 2 : 1));
    const fbs::Value& in = value(op.inputs()->Get(0));
    if (op.body_type() == fbs::OpBody::Pool) {
      LINNET_REQUIRE(op.body_as_Pool()->mode() <= fbs::PoolMode::MAX, "unknown pooling");
      LINNET_REQUIRE(in.rows() == RowKind::Token && out.rows() == RowKind::Sequence && in.width() == out.width(),
                     "pooling makes one row a sequence of the same width");
      return Status();
    }
    LINNET_REQUIRE(in.rows() == out.rows(), "its input and its output have other kinds of rows");
    switch (op.body_type()) {
      case fbs::OpBody::Norm: return norm(*op.body_as_Norm(), in.width(), out.width());
      case fbs::OpBody::Attention: return attention(*op.body_as_Attention(), in, out.width());
      case fbs::OpBody::FeedForward: return feed_forward(*op.body_as_FeedForward(), in.width(), out.width());
      case fbs::OpBody::Dense:
        LINNET_REQUIRE(op.body_as_Dense()->activation() <= fbs::Activation::MAX, "unknown activation");
        return linear(op.body_as_Dense()->linear(), "its linear layer", in.width(), out.width());
      default: LINNET_REQUIRE(in.width() == out.width(), "it cannot change the width"); return Status();
    }
  }

  Status embed(const fbs::Embed& e, uint32_t width) {
    LINNET_RETURN_IF_ERROR(table(e.word(), e.word_scale(), "word", width));
    const uint64_t words = dimension(e.word(), 0);
    word_rows_ = word_rows_ == 0 || words < word_rows_ ? words : word_rows_;
    if (e.token_type() != -1) {
      LINNET_RETURN_IF_ERROR(table(e.token_type(), e.token_type_scale(), "token type", width));
      const uint64_t types = dimension(e.token_type(), 0);
      token_types_ = types < token_types_ ? types : token_types_;
    }
    if (e.position() == -1) return Status();
    LINNET_RETURN_IF_ERROR(table(e.position(), e.position_scale(), "position", width));
    const uint64_t rows = dimension(e.position(), 0);
    LINNET_REQUIRE(e.position_offset() < rows && graph_.max_tokens() <= rows - e.position_offset(),
                   "max_tokens %u is more than the position table has", graph_.max_tokens());
    LINNET_REQUIRE(e.position_pad_id() >= -1, "position_pad_id is not a token");
    LINNET_REQUIRE(e.position_pad_id() == -1 || e.position_offset() >= 1, "there is no position for padding");
    return Status();
  }

  Status norm(const fbs::Norm& n, uint32_t in, uint32_t out) const {
    LINNET_REQUIRE(in == out, "a norm cannot change the width");
    LINNET_REQUIRE(n.epsilon() >= 0 && n.epsilon() < 1e6f, "epsilon is not a small positive number");
    LINNET_RETURN_IF_ERROR(tensor(n.gamma(), "gamma", ElementType::F32, Layout::Rows, in, kVector));
    return optional_tensor(n.beta(), "beta", ElementType::F32, in, kVector);
  }

  Status attention(const fbs::Attention& a, const fbs::Value& in, uint32_t out) const {
    LINNET_REQUIRE(in.rows() == RowKind::Token, "attention needs one row a token");
    const uint64_t width = uint64_t{a.heads()} * a.head_width();
    LINNET_REQUIRE(a.heads() >= 1 && a.head_width() >= 1 && width <= kMaxWidth, "%u heads of %u are not possible",
                   a.heads(), a.head_width());
    LINNET_RETURN_IF_ERROR(linear(a.qkv(), "the QKV projection", in.width(), 3 * width));
    LINNET_RETURN_IF_ERROR(linear(a.output(), "the output projection", width, out));
    if (a.position_bias() == -1) return Status();
    LINNET_RETURN_IF_ERROR(optional_tensor(a.position_bias(), "the position bias", ElementType::F32, a.heads(), 0));
    LINNET_REQUIRE(dimension(a.position_bias(), 1) % 2 == 1 && dimension(a.position_bias(), 1) <= 2 * kMaxSequence + 1,
                   "the position bias has no centre or is too wide");
    return Status();
  }

  Status feed_forward(const fbs::FeedForward& f, uint32_t in, uint32_t out) const {
    LINNET_REQUIRE(f.activation() <= fbs::Activation::MAX, "unknown activation");
    LINNET_REQUIRE(f.up() != nullptr && f.up()->out_width() >= 1 && f.up()->out_width() <= kMaxWidth,
                   "the first linear layer is missing or too wide");
    LINNET_RETURN_IF_ERROR(linear(f.up(), "the first linear layer", in, f.up()->out_width()));
    return linear(f.down(), "the second linear layer", f.up()->out_width(), out);
  }

  Status outputs() {
    place_ = Place::output;
    LINNET_REQUIRE(count_of(graph_.outputs()) >= 1, "the model offers no output");
    for (at_ = 0; at_ < graph_.outputs()->size(); ++at_) {
      LINNET_REQUIRE(graph_.outputs()->Get(at_) < count_of(graph_.values()), "names a value that does not exist");
    }
    LINNET_REQUIRE(word_rows_ > 0, "the model reads no token ids");
    return Status();
  }

  Status heads() {
    place_ = Place::head;
    for (at_ = 0; at_ < count_of(graph_.heads()); ++at_) {
      const fbs::Head& head = *graph_.heads()->Get(at_);
      LINNET_REQUIRE(head.kind() <= fbs::HeadKind::MAX, "unknown kind");
      LINNET_REQUIRE(head.value() < count_of(graph_.values()), "names a value that does not exist");
      const fbs::Value& scores = value(head.value());
      const bool of_tokens = head.kind() >= fbs::HeadKind::TokenClassification;
      LINNET_REQUIRE((scores.rows() == RowKind::Token) == of_tokens, "its scores have one row per %s",
                     of_tokens ? "sequence" : "token");
      if (head.kind() < fbs::HeadKind::Span) {
        LINNET_REQUIRE(count_of(head.labels()) == scores.width(), "%u labels for %u scores", count_of(head.labels()),
                       scores.width());
        continue;
      }
      LINNET_REQUIRE(count_of(head.labels()) == 0, "a head of this kind has no labels");
      if (head.kind() == fbs::HeadKind::Span) {
        LINNET_REQUIRE(scores.width() == 2, "%u scores for the two ends of an answer", scores.width());
      } else {
        const fbs::Tokenizer* t = graph_.tokenizer();
        LINNET_REQUIRE(t == nullptr || scores.width() >= t->vocabulary_size(), "%u scores for %u tokens",
                       scores.width(), t->vocabulary_size());
      }
    }
    return Status();
  }

  // Every id that the tokenizer can produce must have a row in every word table. The vocabulary section is checked by
  // the tokenizer when it is first used.
  Status tokenizer() {
    const fbs::Tokenizer* t = graph_.tokenizer();
    if (t == nullptr) return Status();
    place_ = Place::tokenizer;
    LINNET_RETURN_IF_ERROR(tensor(t->vocabulary(), "the vocabulary", ElementType::U8, Layout::Bytes, 0, kVector));
    LINNET_REQUIRE(t->vocabulary_size() <= word_rows_ && t->unknown_id() < word_rows_,
                   "%u tokens, but the word table has %llu rows", t->vocabulary_size(),
                   static_cast<unsigned long long>(word_rows_));
    LINNET_REQUIRE(t->max_word_characters() >= 1 && t->max_word_characters() <= 1000,
                   "max_word_characters is not 1..1000");
    for (uint32_t i = 0; i < count_of(t->added_tokens()); ++i) {
      const fbs::AddedToken& added = *t->added_tokens()->Get(i);
      LINNET_REQUIRE(added.id() < word_rows_ && added.content() != nullptr && added.content()->size() > 0,
                     "added token %u has no text or no row in the word table", i);
    }
    uint32_t special = 0;
    for (const auto* ids : {t->prefix_ids(), t->pair_ids(), t->suffix_ids()}) {
      for (uint32_t i = 0; i < count_of(ids); ++i, ++special) {
        LINNET_REQUIRE(ids->Get(i) < word_rows_, "a special token has no row in the word table");
      }
    }
    LINNET_REQUIRE(t->pad_id() == -1 || (t->pad_id() >= 0 && static_cast<uint64_t>(t->pad_id()) < word_rows_),
                   "the padding token has no row in the word table");
    LINNET_REQUIRE(t->mask_id() == -1 || (t->mask_id() >= 0 && static_cast<uint64_t>(t->mask_id()) < word_rows_),
                   "the mask token has no row in the word table");
    LINNET_REQUIRE(special <= graph_.max_tokens(), "max_tokens leaves no room for the special tokens");
    LINNET_REQUIRE(t->second_token_type() < token_types_, "there is no token type %u", t->second_token_type());
    return Status();
  }

  Status prompts() {
    place_ = Place::model;
    if (*text_of(graph_.default_prompt()) == '\0') return Status();
    // The two limits bound the time that looking it up can take.
    LINNET_REQUIRE(count_of(graph_.prompts()) <= kMaxPrompts && graph_.default_prompt()->size() <= kMaxPromptName,
                   "more than %u prompts, or the name of the default one has more than %u bytes", kMaxPrompts,
                   kMaxPromptName);
    bool found = false;
    for (uint32_t i = 0; i < count_of(graph_.prompts()); ++i) {
      found = found || std::strcmp(text_of(graph_.prompts()->Get(i)->name()), text_of(graph_.default_prompt())) == 0;
    }
    LINNET_REQUIRE(found, "the default prompt '%.64s' is not among the prompts", text_of(graph_.default_prompt()));
    return Status();
  }

  static constexpr uint32_t kMaxPrompts = 4096;
  static constexpr uint32_t kMaxPromptName = 1024;
  static constexpr uint64_t kVector = UINT64_MAX;  // `columns` of a tensor with one dimension

  const fbs::Model& graph_;
  const uint64_t sections_begin_;
  const uint64_t file_bytes_;
  uint64_t word_rows_ = 0;             // of the smallest word table
  uint64_t token_types_ = UINT32_MAX;  // rows of the smallest table of token types
  Place place_ = Place::model;
  uint32_t at_ = 0;
};

#undef LINNET_REQUIRE
#undef LINNET_CORRUPT

}  // namespace

Status verify_graph(const fbs::Model& graph, uint64_t sections_begin, uint64_t file_bytes) {
  return GraphVerifier(graph, sections_begin, file_bytes).run();
}

}  // namespace linnet::internal
