#include "quant/quantize.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/checked.h"
#include "quant/calibration.h"
#include "quant/equalization.h"
#include "quant/int8.h"
#include "quant/rotation.h"
#include "runtime/kernels/kernels.h"

namespace linnet {

namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// An array aligned as kernels want it, zeros at first.
template <typename T>
class AlignedRows {
 public:
  explicit AlignedRows(size_t count) : storage_(count * sizeof(T) + 64, 0) {}
  T* data() {
    const uintptr_t address = reinterpret_cast<uintptr_t>(storage_.data());
    return reinterpret_cast<T*>(round_up(address, 64));
  }

 private:
  std::vector<uint8_t> storage_;
};

double decibels(double signal, double noise) {
  return noise > 0 ? 10 * std::log10(signal / noise) : std::numeric_limits<double>::infinity();
}

// The quantized input of a layer as its kernels see it: rows of [columns], dequantized.
Result<Matrix> quantized_input(const std::vector<float>& x, size_t in, const std::vector<float>& input_scale,
                               const std::vector<fbs::RotationSegment>& segments) {
  const size_t rows = x.size() / in, columns = round_up(in, 64);
  // The scalar kernels: their quantized rows are plain signed numbers.
  const Result<const kernels::KernelTable*> table = kernels::select_table("scalar");
  if (!table.ok()) return table.status();
  std::vector<float> padded_scale(columns, 0.0f);
  std::copy(input_scale.begin(), input_scale.end(), padded_scale.begin());
  AlignedRows<float> row(columns);
  AlignedRows<int8_t> q(columns);
  Matrix result(static_cast<Eigen::Index>(rows), static_cast<Eigen::Index>(columns));
  for (size_t r = 0; r < rows; ++r) {
    std::copy(x.begin() + static_cast<ptrdiff_t>(r * in), x.begin() + static_cast<ptrdiff_t>((r + 1) * in), row.data());
    float scale = 0;
    kernels::QuantizeRowsArgs args = {};
    args.x = row.data();
    args.x_stride = columns;
    args.rows = 1;
    args.width = in;
    args.input_scale = input_scale.empty() ? nullptr : padded_scale.data();
    args.segments = reinterpret_cast<const kernels::RotationSegment*>(segments.data());
    args.segment_count = segments.size();
    args.q = q.data();
    args.q_stride = columns;
    args.scale = &scale;
    if ((*table)->quantize_rows(args) != kernels::kNoRow) {
      return Status::error(Code::non_finite, "calibration row %zu holds a NaN or an infinity", r);
    }
    for (size_t i = 0; i < columns; ++i) {
      result(static_cast<Eigen::Index>(r), static_cast<Eigen::Index>(i)) = static_cast<double>(q.data()[i]) * scale;
    }
  }
  return result;
}

// Signal to noise of the outputs of a layer on at most 512 of its calibration rows.
double output_snr(const std::vector<float>& x, const std::vector<float>& w, size_t in, size_t out,
                  const Matrix& quantized, const Int8Matrix& rounded) {
  const Eigen::Index columns = quantized.cols(), n = static_cast<Eigen::Index>(out), k = static_cast<Eigen::Index>(in);
  const Eigen::Index step = std::max<Eigen::Index>(1, quantized.rows() / 512);
  const Matrix weights =
      Eigen::Map<const Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>(w.data(), n, k)
          .cast<double>();
  Matrix rounded_weights(n, columns);
  for (Eigen::Index r = 0; r < n; ++r) {
    for (Eigen::Index i = 0; i < columns; ++i) {
      rounded_weights(r, i) =
          static_cast<double>(rounded.q[static_cast<size_t>(r * columns + i)]) * rounded.scale[static_cast<size_t>(r)];
    }
  }
  double signal = 0, noise = 0;
  for (Eigen::Index r = 0; r < quantized.rows(); r += step) {
    const Eigen::VectorXd row =
        Eigen::Map<const Eigen::VectorXf>(x.data() + static_cast<size_t>(r) * in, k).cast<double>();
    const Eigen::VectorXd exact = weights * row;
    const Eigen::VectorXd approximate = rounded_weights * quantized.row(r).transpose();
    signal += exact.squaredNorm();
    noise += (exact - approximate).squaredNorm();
  }
  return decibels(signal, noise);
}

class Quantizer {
 public:
  Quantizer(const EditableModel& model, const QuantizeOptions& options, QuantizeReport* report)
      : options_(options), report_(report), model_(model) {}

  Result<EditableModel> run() {
    LINNET_RETURN_IF_ERROR(check_is_float(model_.graph));
    const bool calibrated = !options_.calibration.empty();
    if (calibrated) {
      Result<CalibrationSet> set = tokenize_calibration(model_, options_.calibration, options_.max_calibration_tokens);
      if (!set.ok()) return set.status();
      set_ = std::move(*set);
      report_->notes.push_back("calibrated on " + std::to_string(set_.lengths.size()) + " texts, " +
                               std::to_string(set_.ids.size()) + " tokens");
    }
    const std::vector<ModelPart> parts = quantizable_parts(model_.graph);
    LINNET_RETURN_IF_ERROR(check_plan(options_.plan, parts));
    const auto is_int8 = [&](const ModelPart& part) { return options_.plan.of(part).int8; };
    const size_t total = static_cast<size_t>(std::count_if(parts.begin(), parts.end(), [&](const ModelPart& part) {
      return part.kind == PartKind::linear && is_int8(part);
    }));
    // Later layers are calibrated on what the quantized earlier ones give, so the order is that of execution.
    size_t done = 0;
    for (const ModelPart& part : parts) {
      if (!is_int8(part)) continue;
      if (part.kind == PartKind::core) model_.graph.ops[part.op]->body.AsAttention()->int8_core = true;
      if (part.kind != PartKind::linear) continue;
      LINNET_RETURN_IF_ERROR(progress(done++, total));
      LINNET_RETURN_IF_ERROR(quantize_linear(part, calibrated));
      fbs::FeedForwardT* f = model_.graph.ops[part.op]->body.AsFeedForward();
      if (f != nullptr && part.part == 0) fix_activation(f);
    }
    LINNET_RETURN_IF_ERROR(progress(total, total));
    for (const ModelPart& part : parts) {
      if (part.kind == PartKind::table && is_int8(part)) quantize_table(part);
    }
    if (std::none_of(parts.begin(), parts.end(), is_int8)) return std::move(model_);
    model_.remove_unused_tensors();
    model_.add_provenance("quantize", provenance(calibrated));
    return std::move(model_);
  }

 private:
  Status progress(size_t done, size_t total) const {
    if (!options_.progress || options_.progress(done, total)) return Status();
    return Status::error(Code::io, "interrupted");
  }

  // The activation ends the first product, so that its fixed-point form goes with that one being INT8; set before the
  // second is calibrated, which then sees it.
  static void fix_activation(fbs::FeedForwardT* f) {
    if (f->activation == fbs::Activation::Gelu) f->activation = fbs::Activation::GeluFixed;
  }

  Status quantize_linear(const ModelPart& part, bool calibrated) {
    const PartChoice& choice = options_.plan.of(part);
    fbs::LinearT& l = linear_of(model_.graph, part);
    const size_t in = l.in_width, out = l.out_width, columns = round_up(in, 64);
    const std::vector<float> w = model_.read_f32(l.weight);
    const std::vector<fbs::RotationSegment> segments = rotation_segments(in, choice.rotation);
    std::vector<float> x, factor;
    if (calibrated) {
      Result<std::vector<float>> observed = observe_linear_input(model_, set_, part.op, part.part, in);
      if (!observed.ok()) return observed.status();
      x = std::move(*observed);
      factor = equalization_factors(x, w, in, out);
    }
    // W diag(s) H / m, whose product with H (x / s) is W x.
    std::vector<double> transformed(out * columns, 0.0);
    for (size_t n = 0; n < out; ++n) {
      const std::span<double> row(transformed.data() + n * columns, columns);
      for (size_t j = 0; j < in; ++j) {
        row[j] = factor.empty() ? w[n * in + j] : static_cast<double>(w[n * in + j]) / factor[j];
      }
      rotate_back(row, segments);
    }
    Int8Matrix rounded;
    if (calibrated) {
      const Result<Matrix> quantized = quantized_input(x, in, factor, segments);
      if (!quantized.ok()) return quantized.status().within(part.in_file.c_str());
      if (choice.gptq) {
        Matrix hessian = Matrix::Zero(quantized->cols(), quantized->cols());
        hessian.selfadjointView<Eigen::Lower>().rankUpdate(quantized->transpose(),
                                                           1.0 / static_cast<double>(quantized->rows()));
        hessian.triangularView<Eigen::StrictlyUpper>() = hessian.transpose();
        rounded = gptq(transformed, out, columns, {hessian.data(), columns * columns});
      } else {
        rounded = round_to_nearest(transformed, out, columns);
      }
      report_->layers.push_back({part.in_file, output_snr(x, w, in, out, *quantized, rounded)});
    } else {
      rounded = round_to_nearest(transformed, out, columns);
      double signal = 0, noise = 0;
      for (size_t i = 0; i < transformed.size(); ++i) {
        const double error = transformed[i] - static_cast<double>(rounded.q[i]) * rounded.scale[i / columns];
        signal += transformed[i] * transformed[i];
        noise += error * error;
      }
      report_->layers.push_back({part.in_file, decibels(signal, noise)});
    }
    store(l, rounded, factor, segments);
    return Status();
  }

  void store(fbs::LinearT& l, const Int8Matrix& rounded, const std::vector<float>& factor,
             const std::vector<fbs::RotationSegment>& segments) {
    const std::string name = model_.graph.tensors[l.weight]->name;
    const size_t in = l.in_width, out = l.out_width, columns = round_up(in, 64);
    std::vector<int32_t> column_sum(out, 0);
    for (size_t i = 0; i < rounded.q.size(); ++i) column_sum[i / columns] += rounded.q[i];
    l.weight = model_.add_cell16x4(name, out, in, rounded.q);
    l.weight_scale =
        static_cast<int32_t>(model_.add_rows(name + ".scale", {out}, std::span<const float>(rounded.scale)));
    l.column_sum =
        static_cast<int32_t>(model_.add_rows(name + ".column_sum", {out}, std::span<const int32_t>(column_sum)));
    if (!factor.empty()) {
      l.input_scale =
          static_cast<int32_t>(model_.add_rows(name + ".input_scale", {in}, std::span<const float>(factor)));
    }
    l.rotation = segments;
  }

  // The table becomes another tensor; returns that of its scales.
  int32_t round_table(uint32_t* table) {
    const std::string name = model_.graph.tensors[*table]->name;
    const std::vector<uint64_t> shape = model_.graph.tensors[*table]->shape;
    const std::vector<float> values = model_.read_f32(*table);
    const Int8Matrix rounded = round_to_nearest(std::vector<double>(values.begin(), values.end()), shape[0], shape[1]);
    *table = model_.add_rows(name, shape, std::span<const int8_t>(rounded.q));
    return static_cast<int32_t>(model_.add_rows(name + ".scale", {shape[0]}, std::span<const float>(rounded.scale)));
  }

  void quantize_table(const ModelPart& part) {
    fbs::EmbedT& embed = *model_.graph.ops[part.op]->body.AsEmbed();
    if (part.part == 0) {
      embed.word_scale = round_table(&embed.word);
      return;
    }
    int32_t* table = part.part == 1 ? &embed.position : &embed.token_type;
    int32_t* scale = part.part == 1 ? &embed.position_scale : &embed.token_type_scale;
    uint32_t index = static_cast<uint32_t>(*table);
    *scale = round_table(&index);
    *table = static_cast<int32_t>(index);
  }

  std::string provenance(bool calibrated) const {
    nlohmann::ordered_json json;
    json["scheme"] = "int8";
    json["weights"] = calibrated && options_.plan.rest.gptq ? "gptq" : "round to nearest";
    json["rotated"] = options_.plan.rest.rotation != 0;
    json["equalized"] = calibrated;
    if (calibrated) {
      json["calibration_texts"] = set_.lengths.size();
      json["calibration_tokens"] = set_.ids.size();
    }
    const std::string plan = plan_text(options_.plan);
    if (plan != plan_text({})) json["plan"] = plan;
    return json.dump();
  }

  const QuantizeOptions& options_;
  QuantizeReport* report_;
  EditableModel model_;
  CalibrationSet set_;
};

}  // namespace

Status check_is_float(const fbs::ModelT& graph) {
  for (const auto& tensor : graph.tensors) {
    if (tensor->type == fbs::ElementType::S8) {
      return Status::error(Code::invalid_argument,
                           "the model is quantized already (tensor '%s' is int8); quantize the float model",
                           tensor->name.c_str());
    }
  }
  for (const auto& op : graph.ops) {
    const fbs::AttentionT* attention = op->body.AsAttention();
    if (attention != nullptr && attention->int8_core) {
      return Status::error(Code::invalid_argument,
                           "the model is quantized already ('%s' works in int8); quantize the float model",
                           graph.values[op->output]->name.c_str());
    }
  }
  return Status();
}

Result<EditableModel> quantize_int8(const EditableModel& model, const QuantizeOptions& options,
                                    QuantizeReport* report) {
  QuantizeReport unused;
  return Quantizer(model, options, report != nullptr ? report : &unused).run();
}

}  // namespace linnet
