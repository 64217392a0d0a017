#include "runtime/heads/scores.h"

#include <cmath>

namespace linnet {

// x = n ln 2 + r with |r| <= ln 2 / 2; e^r by its Taylor series, whose 14th term is below 2^-58 there.
double exp_of(double x) {
  if (!(x > -708.0)) return 0.0;
  if (x > 709.0) return HUGE_VAL;
  constexpr double kLn2High = 6.93147180369123816490e-01, kLn2Low = 1.90821492927058770002e-10;
  const double scaled = x * 1.44269504088896338700;
  const int n = static_cast<int>(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
  const double r = (x - n * kLn2High) - n * kLn2Low;
  double sum = 1.0;
  for (int k = 13; k >= 1; --k) sum = 1.0 + sum * (r / k);
  return std::ldexp(sum, n);
}

Softmax::Softmax(const float* row, size_t width) : most(row[0]), sum(0) {
  for (size_t i = 0; i < width; ++i) most = row[i] > most ? row[i] : most;
  for (size_t i = 0; i < width; ++i) sum += exp_of(double{row[i]} - most);
}

Status finish_scores(fbs::HeadKind kind, float* row, size_t width) {
  for (size_t i = 0; i < width; ++i) {
    if (!std::isfinite(row[i])) return Status::error(Code::non_finite, "a score is not a number");
  }
  if (kind == fbs::HeadKind::Regression || width == 0) return Status();
  if (kind == fbs::HeadKind::MultiLabel) {
    for (size_t i = 0; i < width; ++i) row[i] = static_cast<float>(1.0 / (1.0 + exp_of(-double{row[i]})));
    return Status();
  }
  const Softmax softmax(row, width);
  for (size_t i = 0; i < width; ++i) row[i] = softmax.of(row[i]);
  return Status();
}

Status read_scores(Session& session, const fbs::Head& head, const Text* texts, size_t count, const char* prompt,
                   float* out, size_t stride, const Text* seconds, bool one_first) {
  LINNET_RETURN_IF_ERROR(session.read(head.value(), texts, count, prompt, out, stride, seconds, one_first));
  for (size_t i = 0; i < count; ++i) {
    const Status status = finish_scores(head.kind(), out + i * stride, count_of(head.labels()));
    if (!status.ok()) return Status::error(status.code(), "text %zu: %s", i, status.message());
  }
  return Status();
}

const fbs::Head* find_head(const Model& model, fbs::HeadKind first, fbs::HeadKind last) {
  for (uint32_t i = 0; i < count_of(model.graph().heads()); ++i) {
    const fbs::Head* head = model.graph().heads()->Get(i);
    if (head->kind() >= first && head->kind() <= last) return head;
  }
  return nullptr;
}

}  // namespace linnet
