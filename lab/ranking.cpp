#include "lab/ranking.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <unordered_map>
#include <vector>

namespace linnet::lab {

namespace {

double discounted_gain(std::span<const int> grades, size_t k) {
  double sum = 0;
  for (size_t i = 0; i < std::min(k, grades.size()); ++i) {
    if (grades[i] > 0) sum += grades[i] / std::log2(static_cast<double>(i) + 2);
  }
  return sum;
}

}  // namespace

double ndcg(std::span<const int> found, std::span<const int> judged, size_t k) {
  std::vector<int> best(judged.begin(), judged.end());
  std::sort(best.begin(), best.end(), std::greater<>());
  const double ideal = discounted_gain(best, k);
  return ideal > 0 ? discounted_gain(found, k) / ideal : 0;
}

double recall(std::span<const int> found, std::span<const int> judged, size_t k) {
  const auto relevant = [](int grade) { return grade > 0; };
  const auto there_are = std::count_if(judged.begin(), judged.end(), relevant);
  if (there_are == 0) return 0;
  const auto first = found.first(std::min(k, found.size()));
  return static_cast<double>(std::count_if(first.begin(), first.end(), relevant)) / static_cast<double>(there_are);
}

double reciprocal_rank(std::span<const int> found, size_t k) {
  for (size_t i = 0; i < std::min(k, found.size()); ++i) {
    if (found[i] > 0) return 1 / static_cast<double>(i + 1);
  }
  return 0;
}

void RankingScores::add(std::span<const uint32_t> ranking, std::span<const Judgement> judgements) {
  std::vector<int> judged, found;
  std::unordered_map<uint32_t, int> grades;
  for (const Judgement& judgement : judgements) {
    judged.push_back(judgement.grade);
    grades[judgement.document] = judgement.grade;
  }
  for (const uint32_t document : ranking) {
    const auto grade = grades.find(document);
    found.push_back(grade != grades.end() ? grade->second : 0);
  }
  ndcg_10_.push_back(ndcg(found, judged, 10));
  recall_10_.push_back(recall(found, judged, 10));
  recall_100_.push_back(recall(found, judged, 100));
  mrr_10_.push_back(reciprocal_rank(found, 10));
}

std::vector<Metric> RankingScores::metrics(bool to_100) const {
  std::vector<Metric> result = {mean_metric("ndcg_at_10", ndcg_10_), mean_metric("recall_at_10", recall_10_)};
  if (to_100) result.push_back(mean_metric("recall_at_100", recall_100_));
  result.push_back(mean_metric("mrr_at_10", mrr_10_));
  return result;
}

}  // namespace linnet::lab
