// Texts with a label each: what a classifier learns from and is scored on.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "runtime/session.h"

namespace linnet::lab {

struct LabelledText {
  std::string text, label;
  uint64_t line = 0;  // of its file; 0: from no file
};

// By the name of the file: TSV `text<TAB>label`; CSV `text,label`; JSON lines {"text": ..., "label": ...}, where a
// label may be a string or a number. A first line `text`, `label` (or `sentence`, `label`) of TSV and CSV is
// skipped. Labels are compared as text, without white space around them. Errors name the line.
Result<std::vector<LabelledText>> read_labelled(const std::string& path);

// The texts alone; they point into the list.
std::vector<Text> texts_of(const std::vector<LabelledText>& texts);

// The different labels, sorted: whole numbers by their value, then text by its bytes.
std::vector<std::string> labels_of(const std::vector<LabelledText>& texts);

// The index of each text's label among `labels`; a label that is not there is an error.
Result<std::vector<uint32_t>> classes_of(const std::vector<LabelledText>& texts,
                                         const std::vector<std::string>& labels);

// The labels as numbers; one that is no finite number is an error that names the line, or the text by its place.
Result<std::vector<double>> numbers_of(const std::vector<LabelledText>& texts);

}  // namespace linnet::lab
