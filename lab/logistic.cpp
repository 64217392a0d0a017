#include "lab/logistic.h"

#include <algorithm>
#include <cmath>

#include "lab/lbfgs.h"

namespace linnet::lab {

namespace {

constexpr size_t kBlock = 256;  // rows of one task: partial sums are added in their order, whatever the threads

float dot(const float* a, const float* b, size_t count) {
  // Sixteen sums: the compiler may not reorder one.
  float sums[16] = {};
  size_t i = 0;
  for (; i + 16 <= count; i += 16) {
    for (size_t l = 0; l < 16; ++l) sums[l] += a[i + l] * b[i + l];
  }
  for (; i < count; ++i) sums[i % 16] += a[i] * b[i];
  float sum = 0;
  for (const float part : sums) sum += part;
  return sum;
}

// The class with the largest score, the first of equals.
uint32_t best_of(const std::vector<double>& scores) {
  return static_cast<uint32_t>(std::max_element(scores.begin(), scores.end()) - scores.begin());
}

// Turns scores into probabilities; returns -log of the wanted one.
double softmax(std::vector<double>& scores, size_t wanted) {
  const double most = *std::max_element(scores.begin(), scores.end());
  double sum = 0;
  const double of_wanted = scores[wanted] - most;
  for (double& score : scores) sum += score = std::exp(score - most);
  for (double& score : scores) score /= sum;
  return std::log(sum) - of_wanted;
}

class Objective {
 public:
  Objective(const LabelledRows& data, double strength, const ParallelFor& parallel)
      : data_(data),
        parallel_(parallel),
        rows_(data.classes.size()),
        penalty_((data.class_count == 2 ? 2 : 1) / (strength * static_cast<double>(rows_))),
        blocks_((rows_ + kBlock - 1) / kBlock),
        losses_(blocks_),
        gradients_(blocks_, std::vector<double>(data.class_count)),
        weights_(blocks_, std::vector<float>(data.class_count * data.width)) {}

  // x: weights [classes, width], then biases.
  double operator()(std::span<const double> x, std::span<double> gradient) {
    const size_t count = data_.class_count * data_.width;
    point_.assign(x.begin(), x.begin() + static_cast<ptrdiff_t>(count));
    const std::span<const double> bias = x.subspan(count);
    parallel_(blocks_, [&](size_t block, size_t) { run_block(block, bias); });

    double loss = 0, squares = 0;
    std::fill(gradient.begin(), gradient.end(), 0.0);
    for (size_t block = 0; block < blocks_; ++block) {
      loss += losses_[block];
      for (size_t i = 0; i < count; ++i) gradient[i] += static_cast<double>(weights_[block][i]);
      for (size_t c = 0; c < data_.class_count; ++c) gradient[count + c] += gradients_[block][c];
    }
    const double each = 1 / static_cast<double>(rows_);
    for (double& element : gradient) element *= each;
    for (size_t i = 0; i < count; ++i) {
      gradient[i] += penalty_ * x[i];
      squares += x[i] * x[i];
    }
    return loss * each + penalty_ * squares / 2;
  }

 private:
  void run_block(size_t block, std::span<const double> bias) {
    const size_t width = data_.width, classes = data_.class_count;
    std::vector<double> scores(classes);
    std::vector<float>& weights = weights_[block];
    std::fill(weights.begin(), weights.end(), 0.0f);
    std::fill(gradients_[block].begin(), gradients_[block].end(), 0.0);
    double loss = 0;
    for (size_t r = block * kBlock; r < std::min(rows_, (block + 1) * kBlock); ++r) {
      const float* row = data_.rows.data() + r * width;
      for (size_t c = 0; c < classes; ++c)
        scores[c] = bias[c] + static_cast<double>(dot(point_.data() + c * width, row, width));
      loss += softmax(scores, data_.classes[r]);
      scores[data_.classes[r]] -= 1;
      for (size_t c = 0; c < classes; ++c) {
        const float factor = static_cast<float>(scores[c]);
        float* out = weights.data() + c * width;
        for (size_t i = 0; i < width; ++i) out[i] += factor * row[i];
        gradients_[block][c] += scores[c];
      }
    }
    losses_[block] = loss;
  }

  const LabelledRows& data_;
  const ParallelFor& parallel_;
  size_t rows_;
  double penalty_;
  size_t blocks_;
  std::vector<float> point_;
  std::vector<double> losses_;
  std::vector<std::vector<double>> gradients_;  // of the biases, one a block
  std::vector<std::vector<float>> weights_;     // of the weights
};

// Each row's fold: the rows of a class go to the folds in turns.
std::vector<size_t> stratified(const LabelledRows& data, size_t folds) {
  std::vector<size_t> next(data.class_count, 0), fold(data.classes.size());
  for (size_t i = 0; i < fold.size(); ++i) fold[i] = next[data.classes[i]]++ % folds;
  return fold;
}

struct Part {
  std::vector<float> rows;
  std::vector<uint32_t> classes;

  void add(const LabelledRows& data, size_t row) {
    rows.insert(rows.end(), data.rows.begin() + static_cast<ptrdiff_t>(row * data.width),
                data.rows.begin() + static_cast<ptrdiff_t>((row + 1) * data.width));
    classes.push_back(data.classes[row]);
  }
  LabelledRows view(const LabelledRows& data) const { return {rows, data.width, classes, data.class_count}; }
};

}  // namespace

void LinearClassifier::score(const float* row, std::vector<double>* scores) const {
  scores->resize(classes);
  for (size_t c = 0; c < classes; ++c) {
    (*scores)[c] = static_cast<double>(bias[c] + dot(weight.data() + c * width, row, width));
  }
}

uint32_t LinearClassifier::classify(const float* row) const {
  std::vector<double> scores;
  score(row, &scores);
  return best_of(scores);
}

LinearClassifier fit_logistic(const LabelledRows& data, double strength, const ParallelFor& parallel,
                              const LinearClassifier* start) {
  const size_t count = data.class_count * data.width;
  std::vector<double> x(count + data.class_count, 0.0);
  if (start != nullptr && start->weight.size() == count && start->bias.size() == data.class_count) {
    std::copy(start->weight.begin(), start->weight.end(), x.begin());
    std::copy(start->bias.begin(), start->bias.end(), x.begin() + static_cast<ptrdiff_t>(count));
  }
  Objective objective(data, strength, parallel);
  // Weights are floats in the end, and sums over rows are in float: a gradient of 1e-5 is as flat as it gets.
  minimize_lbfgs(&x, std::ref(objective), {.gradient_tolerance = 1e-5});
  LinearClassifier result{data.width, data.class_count, {}, {}};
  result.weight.assign(x.begin(), x.begin() + static_cast<ptrdiff_t>(count));
  result.bias.assign(x.begin() + static_cast<ptrdiff_t>(count), x.end());
  return result;
}

Result<CrossValidation> cross_validate(const LabelledRows& data, size_t folds, const ParallelFor& parallel,
                                       const Progress& progress) {
  constexpr size_t kStrengths = 13, kPatience = 3;
  std::vector<size_t> counts(data.class_count, 0);
  for (const uint32_t c : data.classes) ++counts[c];
  const size_t fewest = counts.empty() ? 0 : *std::min_element(counts.begin(), counts.end());
  if (data.class_count < 2 || fewest < 2) {
    return Status::error(Code::invalid_argument, "a classifier needs two classes at least, and two texts of each");
  }
  CrossValidation result;
  result.folds = std::min(folds, fewest);
  const std::vector<size_t> fold = stratified(data, result.folds);
  std::vector<Part> kept(result.folds), held_out(result.folds);
  for (size_t i = 0; i < fold.size(); ++i) {
    for (size_t f = 0; f < result.folds; ++f) (f == fold[i] ? held_out : kept)[f].add(data, i);
  }
  std::vector<LinearClassifier> fitted(result.folds);  // the next strength starts where the last one ended
  for (size_t i = 0; i < kStrengths; ++i) {
    StrengthScore score{std::pow(10.0, -2 + static_cast<double>(i) / 2)};
    for (size_t f = 0; f < result.folds; ++f) {
      if (progress && !progress(i * result.folds + f, kStrengths * result.folds)) {
        return Status::error(Code::io, "interrupted");
      }
      fitted[f] = fit_logistic(kept[f].view(data), score.strength, parallel, &fitted[f]);
      std::vector<double> scores;
      for (size_t r = 0; r < held_out[f].classes.size(); ++r) {
        const float* row = held_out[f].rows.data() + r * data.width;
        fitted[f].score(row, &scores);
        score.accuracy += best_of(scores) == held_out[f].classes[r] ? 1 : 0;
        score.log_loss += softmax(scores, held_out[f].classes[r]);
      }
    }
    score.log_loss /= static_cast<double>(data.classes.size());
    score.accuracy /= static_cast<double>(data.classes.size());
    result.tried.push_back(score);
    if (score.accuracy > result.tried[result.best].accuracy) result.best = i;
    if (i >= result.best + kPatience) break;
  }
  return result;
}

}  // namespace linnet::lab
