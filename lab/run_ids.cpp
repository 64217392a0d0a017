#include "lab/run_ids.h"

#include <algorithm>

namespace linnet::lab {

namespace {
constexpr size_t kGroupTokens = 4096;  // of one call, so that the rows of many sequences are not held at once
constexpr size_t kDefaultPass = 1024;  // as SessionOptions has it
}  // namespace

size_t pass_tokens(const Model& model, size_t longest) {
  return std::max({kDefaultPass, model.max_tokens(), std::min(longest, model.max_positions())});
}

Status run_sequences(const Model& model, Session& session, const Sequences& sequences, uint32_t value, RowWriter& rows,
                     const Progress& progress) {
  const size_t width = model.value(value).width();
  const bool per_token = model.value(value).rows() == fbs::RowKind::Token;
  std::vector<int32_t> ids;
  std::vector<size_t> lengths;
  std::vector<float> out;
  for (size_t begin = 0; begin < sequences.size();) {
    ids.clear();
    lengths.clear();
    while (begin + lengths.size() < sequences.size() && (lengths.empty() || ids.size() < kGroupTokens)) {
      const std::vector<int32_t>& next = sequences[begin + lengths.size()];
      ids.insert(ids.end(), next.begin(), next.end());
      lengths.push_back(next.size());
    }
    const size_t count = per_token ? ids.size() : lengths.size();
    out.resize(count * width);
    const Tap tap{value, out.data(), width};
    const Status status = session.run(ids.data(), lengths.data(), lengths.size(), &tap, 1);
    if (!status.ok()) {
      // The session counts from the first sequence of this call.
      if (begin == 0) return status;
      return status.within(("after " + std::to_string(begin) + " sequences").c_str());
    }
    LINNET_RETURN_IF_ERROR(rows.write(out.data(), count));
    begin += lengths.size();
    if (progress && !progress(begin, sequences.size())) return Status::error(Code::io, "interrupted");
  }
  return rows.commit();
}

}  // namespace linnet::lab
