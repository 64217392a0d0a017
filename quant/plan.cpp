#include "quant/plan.h"

#include <algorithm>

namespace linnet {

namespace {

constexpr uint64_t kSmallTable = 16;  // rows

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// The pieces between separators, without spaces around them.
std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> pieces;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(separator, begin), text.size());
    pieces.push_back(trimmed(text.substr(begin, end - begin)));
    begin = end + 1;
  }
  return pieces;
}

class PartList {
 public:
  explicit PartList(const fbs::ModelT& graph) : graph_(graph) {}

  std::vector<ModelPart> run() {
    for (op_ = 0; op_ < graph_.ops.size(); ++op_) {
      const fbs::OpT& op = *graph_.ops[op_];
      if (const fbs::EmbedT* e = op.body.AsEmbed()) {
        embedding(*e);
      } else if (op.body.AsAttention() != nullptr) {
        ++layer_;
        layer_has_attention_ = true;
        const std::string name = "attention " + std::to_string(attentions_++);
        linear(name + " qkv", 0, ".qkv", layer_);
        parts_.push_back({name + " core", PartKind::core, layer_, op_, 0, ""});
        linear(name + " output", 1, ".output", layer_);
      } else if (op.body.AsFeedForward() != nullptr) {
        if (!layer_has_attention_) ++layer_;
        layer_has_attention_ = false;
        const std::string name = "feed-forward " + std::to_string(feed_forwards_++);
        linear(name + " up", 0, ".up", layer_);
        linear(name + " down", 1, ".down", layer_);
      } else if (op.body.AsDense() != nullptr) {
        const std::string name = "dense " + std::to_string(denses_++);
        const auto is_last_of = [&](const auto& head) {
          return head->value == op.output && head->kind != fbs::HeadKind::MaskedToken;
        };
        if (std::none_of(graph_.heads.begin(), graph_.heads.end(), is_last_of)) linear(name, 0, ".linear", -1);
      }
    }
    return std::move(parts_);
  }

 private:
  void linear(const std::string& name, uint32_t part, const char* suffix, int layer) {
    parts_.push_back({name, PartKind::linear, layer, op_, part, graph_.values[graph_.ops[op_]->output]->name + suffix});
  }

  void embedding(const fbs::EmbedT& e) {
    const std::string name = "embedding " + std::to_string(embeddings_++);
    parts_.push_back({name + " word", PartKind::table, -1, op_, 0, ""});
    const auto optional = [&](int32_t table, const char* suffix, uint32_t part) {
      if (table < 0 || graph_.tensors[static_cast<size_t>(table)]->shape[0] <= kSmallTable) return;
      parts_.push_back({name + suffix, PartKind::table, -1, op_, part, ""});
    };
    optional(e.position, " position", 1);
    optional(e.token_type, " token type", 2);
  }

  const fbs::ModelT& graph_;
  std::vector<ModelPart> parts_;
  uint32_t op_ = 0, embeddings_ = 0, attentions_ = 0, feed_forwards_ = 0, denses_ = 0;
  int layer_ = -1;
  bool layer_has_attention_ = false;
};

}  // namespace

std::vector<ModelPart> quantizable_parts(const fbs::ModelT& graph) { return PartList(graph).run(); }

fbs::LinearT& linear_of(fbs::ModelT& graph, const ModelPart& part) {
  fbs::OpBodyUnion& body = graph.ops[part.op]->body;
  if (fbs::AttentionT* a = body.AsAttention()) return part.part == 0 ? *a->qkv : *a->output;
  if (fbs::FeedForwardT* f = body.AsFeedForward()) return part.part == 0 ? *f->up : *f->down;
  return *body.AsDense()->linear;
}

std::string choice_text(const PartChoice& choice) {
  if (!choice.int8) return "float";
  std::string text = "int8";
  if (choice.rotation == 0) text += " unrotated";
  if (choice.rotation == 64) text += " rotated-64";
  if (!choice.gptq) text += " nearest";
  return text;
}

Result<PartChoice> parse_choice(std::string_view text) {
  PartChoice choice;
  const std::vector<std::string_view> words = split(trimmed(text), ' ');
  choice.int8 = words[0] == "int8";
  bool known = choice.int8 || (words[0] == "float" && words.size() == 1);
  for (size_t i = 1; i < words.size(); ++i) {
    if (words[i] == "unrotated") {
      choice.rotation = 0;
    } else if (words[i] == "rotated-64") {
      choice.rotation = 64;
    } else if (words[i] == "nearest") {
      choice.gptq = false;
    } else {
      known = false;
    }
  }
  if (known) return choice;
  return Status::error(Code::invalid_argument,
                       "'%s' is not float, or int8 with unrotated or rotated-64 and nearest behind it",
                       std::string(text.substr(0, 200)).c_str());
}

const PartChoice& QuantizePlan::of(const ModelPart& part) const {
  const auto found = parts.find(part.name);
  return found != parts.end() ? found->second : rest;
}

std::string plan_text(const QuantizePlan& plan) {
  std::string text = choice_text(plan.rest);
  for (const auto& [name, choice] : plan.parts) {
    if (choice_text(choice) == choice_text(plan.rest)) continue;
    text += "; ";
    text += name;
    text += '=';
    text += choice_text(choice);
  }
  return text;
}

Result<QuantizePlan> parse_plan(std::string_view text) {
  QuantizePlan plan;
  const std::vector<std::string_view> pieces = split(text, ';');
  for (size_t i = 0; i < pieces.size(); ++i) {
    const size_t equals = pieces[i].find('=');
    const bool is_rest = equals == std::string_view::npos;
    if (is_rest && i > 0) {
      return Status::error(Code::invalid_argument, "'%s' does not say what a part shall be: PART=float or PART=int8",
                           std::string(pieces[i].substr(0, 200)).c_str());
    }
    const Result<PartChoice> choice = parse_choice(is_rest ? pieces[i] : pieces[i].substr(equals + 1));
    if (!choice.ok()) return choice.status();
    if (is_rest) {
      plan.rest = *choice;
      continue;
    }
    const std::string name(trimmed(pieces[i].substr(0, equals)));
    if (!plan.parts.emplace(name, *choice).second) {
      return Status::error(Code::invalid_argument, "the plan names '%s' twice", name.c_str());
    }
  }
  return plan;
}

Status check_plan(const QuantizePlan& plan, const std::vector<ModelPart>& parts) {
  for (const auto& [name, choice] : plan.parts) {
    const auto part =
        std::find_if(parts.begin(), parts.end(), [&, &wanted = name](const ModelPart& p) { return p.name == wanted; });
    if (part == parts.end()) {
      return Status::error(Code::invalid_argument,
                           "the plan names '%s', which the model has not, or which always stays float; a part is "
                           "called '%s', for example (linnet sensitivity lists all)",
                           name.c_str(), parts.empty() ? "" : parts.front().name.c_str());
    }
    if (part->kind != PartKind::linear && choice.int8 && !(choice == PartChoice())) {
      return Status::error(Code::invalid_argument, "'%s' is no linear layer: it is int8 or float, nothing else",
                           name.c_str());
    }
  }
  return Status();
}

}  // namespace linnet
