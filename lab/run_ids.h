// Running sequences of token ids and writing out any value of the network.
#pragma once

#include <cstdint>
#include <vector>

#include "base/status.h"
#include "lab/progress.h"
#include "lab/rows.h"
#include "runtime/session.h"

namespace linnet::lab {

using Sequences = std::vector<std::vector<int32_t>>;

// What SessionOptions::max_pass_tokens must be for sequences of up to `longest` tokens; too long ones are left for the
// session to refuse.
size_t pass_tokens(const Model& model, size_t longest);

// Writes the rows of `value`: one per sequence, or one per token, all sequences in order. The session must have been
// created for the longest sequence. The writer is committed at the end. Progress is in sequences.
Status run_sequences(const Model& model, Session& session, const Sequences& sequences, uint32_t value, RowWriter& rows,
                     const Progress& progress = {});

}  // namespace linnet::lab
