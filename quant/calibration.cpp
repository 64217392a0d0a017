#include "quant/calibration.h"

#include <algorithm>

#include "quant/running_model.h"

namespace linnet {

namespace {

struct Collector {
  uint32_t op, part;
  size_t width;
  std::vector<float> rows;

  static void observe(void* self, uint32_t op, uint32_t part, const float* x, size_t stride, size_t rows) {
    Collector& collector = *static_cast<Collector*>(self);
    if (op != collector.op || part != collector.part) return;
    for (size_t r = 0; r < rows; ++r) {
      collector.rows.insert(collector.rows.end(), x + r * stride, x + r * stride + collector.width);
    }
  }
};

}  // namespace

Result<CalibrationSet> tokenize_calibration(EditableModel& model, const std::vector<std::string>& texts,
                                            size_t max_tokens) {
  Result<RunningModel> running = RunningModel::start(model);
  if (!running.ok()) return running.status();
  const Result<const char*> prompt = running->model().find_prompt(nullptr);
  if (!prompt.ok()) return prompt.status();
  CalibrationSet set;
  std::vector<int32_t> ids(running->model().max_tokens());
  for (size_t i = 0; i < texts.size() && (max_tokens == 0 || set.ids.size() < max_tokens); ++i) {
    const Result<size_t> length = running->session().tokenize({texts[i].data(), texts[i].size()}, *prompt,
                                                              running->model().max_tokens(), ids.data(), ids.size());
    if (!length.ok()) return length.status().within(("calibration text " + std::to_string(i + 1)).c_str());
    set.ids.insert(set.ids.end(), ids.begin(), ids.begin() + static_cast<ptrdiff_t>(*length));
    set.lengths.push_back(*length);
  }
  if (set.lengths.empty()) return Status::error(Code::invalid_argument, "there are no calibration texts");
  return set;
}

Result<std::vector<float>> observe_linear_input(EditableModel& model, const CalibrationSet& set, uint32_t op,
                                                uint32_t part, size_t width) {
  Result<RunningModel> running = RunningModel::start(model);
  if (!running.ok()) return running.status();
  const uint32_t value = running->model().graph().ops()->Get(op)->output();
  const bool token_rows = running->model().value(value).rows() == fbs::RowKind::Token;
  const size_t out_width = running->model().value(value).width();
  std::vector<float> out((token_rows ? set.ids.size() : set.lengths.size()) * out_width);
  Collector collector = {op, part, width, {}};
  collector.rows.reserve(set.ids.size() * width);
  running->session().set_observer({Collector::observe, &collector});
  const Tap tap = {value, out.data(), out_width};
  LINNET_RETURN_IF_ERROR(running->session().run(set.ids.data(), set.lengths.data(), set.lengths.size(), &tap, 1));
  return std::move(collector.rows);
}

}  // namespace linnet
