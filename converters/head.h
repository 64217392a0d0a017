// The head of a checkpoint: what Hugging Face's classes put on an encoder for a task.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "converters/convert.h"
#include "converters/encoder.h"
#include "converters/family.h"
#include "converters/json_file.h"
#include "converters/tensor_source.h"
#include "model/edit.h"

namespace linnet::internal {

enum class HeadTask : uint8_t {
  none,
  classification,  // labels of a text, or numbers: ...ForSequenceClassification
  tagging,         // labels of tokens: ...ForTokenClassification
  qa,              // where an answer begins and ends: ...ForQuestionAnswering
  fill_mask,       // tokens in place of a mask: ...ForMaskedLM
};

// The head to convert: what `asked` (ConvertOptions::head) says; if it is empty, what config.json's `architectures`
// say, but none for a language model: whoever converts one mostly wants its embeddings, and the head is as large as the
// embedding table.
Result<HeadTask> choose_head(const std::string& asked, const JsonFile& config);

// Appends the ops of a head to `model` behind the value "hidden", its scores as the value "scores" and an fbs::Head.
// Labels come from config.json's id2label; without them they are called LABEL_0 and so on, as in transformers.
Status add_head(HeadTask task, const Family& family, const EncoderConfig& config, const JsonFile& file,
                const BuiltEncoder& encoder, TensorSource& tensors, EditableModel* model);

}  // namespace linnet::internal
