// Small encoders with random weights, built in memory: for tests that need a model but no checkpoint.
#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "model/edit.h"
#include "runtime/session.h"

namespace linnet::testing_support {

struct RandomModelOptions {
  uint32_t vocabulary = 97;
  uint32_t positions = 160;
  uint32_t width = 36;
  uint32_t heads = 3;
  uint32_t head_width = 12;
  uint32_t hidden = 50;  // of the feed-forward blocks
  uint32_t layers = 2;
  fbs::Activation activation = fbs::Activation::Gelu;
  bool position_bias = false;       // as MPNet's
  bool project_embeddings = false;  // as ELECTRA's: embeddings of half the width
  fbs::PoolMode pooling = fbs::PoolMode::Mean;
  uint32_t seed = 1;
  float outliers = 0;  // when > 0: a few channels of each norm are this many times larger (and their weights smaller)
};

// Small models of every family, and one whose layers are wide enough for whole tiles.
struct Family {
  const char* name;
  RandomModelOptions options;
};
std::vector<Family> families();

// A float encoder: the outputs are "hidden" and "sentence_embedding".
EditableModel random_model(const RandomModelOptions& options);

// A model as a file would be, in memory of its own, opened.
class OpenModel {
 public:
  // Fails the current test when the model does not open.
  explicit OpenModel(EditableModel model);
  const Model& model() const { return model_; }
  const std::vector<uint8_t>& bytes() const { return bytes_; }

 private:
  std::vector<uint8_t> bytes_;
  std::unique_ptr<uint8_t[]> aligned_;
  Model model_;
};

// Sequences of random ids with random lengths of 1..max_length.
struct RandomBatch {
  std::vector<std::vector<int32_t>> sequences;
  RandomBatch(size_t count, size_t max_length, uint32_t vocabulary, uint32_t seed);
};

// The rows of the named output for each sequence, run together in one call: one vector a sequence.
std::vector<std::vector<float>> run_together(Session& session, const Model& model,
                                             const std::vector<std::vector<int32_t>>& sequences, const char* output);

}  // namespace linnet::testing_support
