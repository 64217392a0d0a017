// What turns texts into rows of floats, as seen by whatever measures it: a session, or a stand-in in a test.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "lab/progress.h"
#include "runtime/session.h"

namespace linnet::lab {

struct Embedder {
  size_t width = 0;
  // Writes one row of `width` floats per text, without gaps.
  std::function<Status(const std::vector<Text>& texts, float* rows)> embed;
};

// All texts, `batch` at a time: a row for each, in their order. Progress counts texts, from `done` on, of `total` (0:
// of these).
Result<std::vector<float>> embed_texts(const Embedder& embedder, std::span<const Text> texts, size_t batch,
                                       const Progress& progress = {}, uint64_t done = 0, uint64_t total = 0);

// The text of the prompt of that name; of the model's default prompt (often empty) for "".
Result<std::string> prompt_text(const Model& model, const std::string& name);

// The default output of a model, which must have one row per text. `prompt` is the text put before each (prompt_text).
// Model and session must outlive the result.
Result<Embedder> session_embedder(const Model& model, Session& session, const std::string& prompt);

// The scores of a head (fbs::Head) in place of the output.
Result<Embedder> session_scorer(const Model& model, Session& session, const fbs::Head& head, const std::string& prompt);

}  // namespace linnet::lab
