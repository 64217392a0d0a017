#include "lab/logistic.h"

#include <algorithm>
#include <cmath>
#include <numeric>

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

// Adds logarithms of numbers from 1 to 2 up, taking one of thirty-two numbers' product.
class SumOfLogs {
 public:
  void add(double number) {
    product_ *= number;
    if (++count_ % 32 == 0) flush();
  }
  double sum() {
    flush();
    return sum_;
  }

 private:
  void flush() {
    sum_ += std::log(product_);
    product_ = 1;
  }

  double product_ = 1, sum_ = 0;
  size_t count_ = 0;
};

// What is minimized, as a function of x: weights [outputs, width], then an offset for each output. Scores are
// weights (row - mean) + offset: rows that have much in common, as embeddings do, would otherwise tie the weights to
// the offsets. Two classes need one output, the difference between their scores.
class Objective {
 public:
  Objective(const LabelledRows& data, const ParallelFor& parallel)
      : data_(data),
        parallel_(parallel),
        rows_(data.classes.size()),
        outputs_(data.class_count == 2 ? 1 : data.class_count),
        mean_(data.width),
        bias_(outputs_),
        blocks_((rows_ + kBlock - 1) / kBlock) {
    for (Block& block : blocks_) {
      block.offsets.resize(outputs_);
      block.weights.resize(outputs_ * data.width);
    }
    for (size_t r = 0; r < rows_; ++r) {
      for (size_t i = 0; i < data.width; ++i) mean_[i] += static_cast<double>(data.rows[r * data.width + i]);
    }
    for (double& element : mean_) element /= static_cast<double>(rows_);
  }

  double operator()(std::span<const double> x, std::span<double> gradient) {
    const size_t width = data_.width, count = outputs_ * width;
    point_.assign(x.begin(), x.begin() + static_cast<ptrdiff_t>(count));
    for (size_t k = 0; k < outputs_; ++k) bias_[k] = x[count + k] - at_mean(x, k);
    parallel_(blocks_.size(), [&](size_t block, size_t) { run_block(block); });

    double loss = 0, squares = 0;
    std::fill(gradient.begin(), gradient.end(), 0.0);
    for (const Block& block : blocks_) {
      loss += block.loss;
      for (size_t i = 0; i < count; ++i) gradient[i] += static_cast<double>(block.weights[i]);
      for (size_t k = 0; k < outputs_; ++k) gradient[count + k] += block.offsets[k];
    }
    for (size_t k = 0; k < outputs_; ++k) {
      for (size_t i = 0; i < width; ++i) gradient[k * width + i] -= gradient[count + k] * mean_[i];
    }
    const double each = 1 / static_cast<double>(rows_);
    for (double& element : gradient) element *= each;
    for (size_t i = 0; i < count; ++i) {
      gradient[i] += penalty_ * x[i];
      squares += x[i] * x[i];
    }
    return loss * each + penalty_ * squares / 2;
  }

  // Minimizes from *x, which becomes the lowest point; empty: from zeros.
  void minimize(double strength, std::vector<double>* x) {
    penalty_ = 1 / (strength * static_cast<double>(rows_));
    x->resize(outputs_ * (data_.width + 1));
    // Weights are floats in the end, and sums over rows are in float: a gradient of 1e-5 is as flat as it gets.
    minimize_lbfgs(x, std::ref(*this), {.gradient_tolerance = 1e-5, .noise = 1e-8});
  }

  LinearClassifier classifier_at(std::span<const double> x) const {
    LinearClassifier result{data_.width, data_.class_count, {}, {}};
    const auto add = [&](size_t k, double share) {
      const std::span<const double> weight = x.subspan(k * data_.width, data_.width);
      for (const double element : weight) result.weight.push_back(static_cast<float>(share * element));
      result.bias.push_back(static_cast<float>(share * (x[outputs_ * data_.width + k] - at_mean(x, k))));
    };
    if (outputs_ == 1) {
      add(0, -0.5);
      add(0, 0.5);
    } else {
      for (size_t k = 0; k < outputs_; ++k) add(k, 1);
    }
    return result;
  }

 private:
  struct Block {
    double loss = 0;
    std::vector<double> offsets;  // the gradient's part
    std::vector<float> weights;   // likewise
  };

  // What the weights of output k give for the mean row.
  double at_mean(std::span<const double> x, size_t k) const {
    return std::inner_product(mean_.begin(), mean_.end(), x.begin() + static_cast<ptrdiff_t>(k * data_.width), 0.0);
  }

  // Turns scores into the loss's derivatives; returns the loss but for what goes into *logs.
  double differentiate(std::vector<double>& scores, uint32_t wanted, SumOfLogs* logs) const {
    if (outputs_ == 1) {
      // log(1 + exp(x)) = max(x, 0) + log(1 + exp(-|x|)), and the logistic function by the same exponential.
      const double score = scores[0], e = std::exp(-std::abs(score));
      scores[0] = (score >= 0 ? 1 : e) / (1 + e) - wanted;
      logs->add(1 + e);
      return std::max(wanted == 1 ? -score : score, 0.0);
    }
    const double loss = softmax(scores, wanted);
    scores[wanted] -= 1;
    return loss;
  }

  void run_block(size_t index) {
    const size_t width = data_.width;
    Block& block = blocks_[index];
    std::fill(block.weights.begin(), block.weights.end(), 0.0f);
    std::fill(block.offsets.begin(), block.offsets.end(), 0.0);
    block.loss = 0;
    std::vector<double> scores(outputs_);
    SumOfLogs logs;
    for (size_t r = index * kBlock; r < std::min(rows_, (index + 1) * kBlock); ++r) {
      const float* row = data_.rows.data() + r * width;
      for (size_t k = 0; k < outputs_; ++k)
        scores[k] = bias_[k] + static_cast<double>(dot(point_.data() + k * width, row, width));
      block.loss += differentiate(scores, data_.classes[r], &logs);
      for (size_t k = 0; k < outputs_; ++k) {
        const float factor = static_cast<float>(scores[k]);
        float* out = block.weights.data() + k * width;
        for (size_t i = 0; i < width; ++i) out[i] += factor * row[i];
        block.offsets[k] += scores[k];
      }
    }
    block.loss += logs.sum();
  }

  const LabelledRows data_;  // a view
  const ParallelFor& parallel_;
  size_t rows_, outputs_;
  double penalty_ = 0;
  std::vector<double> mean_;  // of the rows
  std::vector<float> point_;  // the weights
  std::vector<double> bias_;
  std::vector<Block> blocks_;
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

LinearClassifier fit_logistic(const LabelledRows& data, double strength, const ParallelFor& parallel) {
  Objective objective(data, parallel);
  std::vector<double> x;
  objective.minimize(strength, &x);
  return objective.classifier_at(x);
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
  std::vector<Objective> objectives;
  objectives.reserve(result.folds);
  for (const Part& part : kept) objectives.emplace_back(part.view(data), parallel);
  std::vector<std::vector<double>> points(result.folds);  // the next strength starts where the last one ended
  for (size_t i = 0; i < kStrengths; ++i) {
    StrengthScore score{std::pow(10.0, -2 + static_cast<double>(i) / 2)};
    for (size_t f = 0; f < result.folds; ++f) {
      if (progress && !progress(i * result.folds + f, kStrengths * result.folds)) {
        return Status::error(Code::io, "interrupted");
      }
      objectives[f].minimize(score.strength, &points[f]);
      const LinearClassifier fitted = objectives[f].classifier_at(points[f]);
      std::vector<double> scores;
      for (size_t r = 0; r < held_out[f].classes.size(); ++r) {
        const float* row = held_out[f].rows.data() + r * data.width;
        fitted.score(row, &scores);
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
