// How well a tagger finds the entities that people marked.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "lab/evaluation.h"
#include "lab/progress.h"
#include "lab/tagged_data.h"
#include "runtime/heads/tagging.h"

namespace linnet::lab {

// An entity of labelled words: words [first, last].
struct Chunk {
  std::string type;
  size_t first = 0, last = 0;
  bool operator==(const Chunk&) const = default;
};

// The entities of a sequence of labels as seqeval's default mode reads it: B, I, E, S and O with a type behind "-"; an
// entity also begins where the type changes.
std::vector<Chunk> chunks_of(const std::vector<std::string>& labels);

struct ChunkCounts {
  double right = 0, found = 0, wanted = 0;
};
ChunkCounts count_chunks(const std::vector<std::string>& found, const std::vector<std::string>& wanted);

// Metrics over all entities of all sentences: f1, precision, recall, as seqeval counts them. The words of a sentence
// are put together with spaces; a word gets the label of its first token, and "O" where it has none. Types of the data
// that the model does not know are counted as not found, and a note names them.
Result<Evaluation> evaluate_tagging(const Tagger& tagger, const std::vector<TaggedSentence>& sentences, size_t batch,
                                    const Progress& progress = {});

}  // namespace linnet::lab
