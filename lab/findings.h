// What heads find in texts (runtime/heads/), in vectors: by the model's first head of the kind.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "runtime/heads/answering.h"
#include "runtime/heads/filling.h"
#include "runtime/heads/reranking.h"
#include "runtime/heads/tagging.h"
#include "runtime/session.h"

namespace linnet::lab {

// The texts as the runtime takes them; they point into the list.
std::vector<Text> views_of(std::span<const std::string> texts);

// The words of each text.
Result<std::vector<std::vector<TaggedWord>>> tag_words(const Tagger& tagger, std::span<const Text> texts);

// The entities of each text. Their labels live as long as the model.
Result<std::vector<std::vector<Entity>>> find_entities(const Tagger& tagger, std::span<const Text> texts);

// The best answers, at most `top`.
Result<std::vector<Answer>> find_answers(const Model& model, Session& session, const Text& question, const Text& text,
                                         const AnswerOptions& options, size_t top);

// For each mask its most probable tokens, at most `top`. What they point to lives as long as the model.
Result<std::vector<std::vector<Filler>>> fill_masks(const Model& model, Session& session, const Text& text, size_t top);

// The places of texts by their scores, the best first; equal scores in the order of the texts.
std::vector<uint32_t> ranking_of(std::span<const float> scores);

}  // namespace linnet::lab
