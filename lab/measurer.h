// What the search of lab/tune.h goes by: the loss, the time and the size of a model.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "lab/loss.h"
#include "lab/progress.h"
#include "lab/search.h"
#include "lab/timing.h"
#include "model/edit.h"
#include "quant/running_model.h"

namespace linnet::lab {

class Measurer {
 public:
  virtual ~Measurer() = default;

  // Everything that its numbers depend on but the model.
  virtual std::string identity() const = 0;
  // `seconds` is left to the caller. `progress` is only asked whether to go on.
  virtual Result<Measurement> measure(EditableModel& model, const Progress& progress) = 0;
  // From now on models are timed in turns with this one, whose time is known, and theirs is told as a multiple of it.
  virtual Status compare_with(EditableModel& model, double ms) = 0;
  // The time alone, measured anew and for longer.
  virtual Result<double> time_again(EditableModel& model) = 0;
};

struct MeasurerOptions {
  LossOptions loss;
  size_t batch = 1, tokens = 128;  // of the batch that is timed
  size_t threads = 1;              // that it is timed with
  TimingOptions timing;
  Clock clock = steady_seconds;
};

class ModelMeasurer final : public Measurer {
 public:
  // Losses are against `source`.
  static Result<std::unique_ptr<ModelMeasurer>> create(EditableModel& source, const MeasurerOptions& options,
                                                       const Progress& progress = {});

  std::string identity() const override;
  Result<Measurement> measure(EditableModel& model, const Progress& progress) override;
  Status compare_with(EditableModel& model, double ms) override;
  Result<double> time_again(EditableModel& model) override;

  const LossMeasure& loss() const { return loss_; }
  const std::string& isa() const { return isa_; }

 private:
  // A model and a session for the batch that is timed.
  struct Timed {
    RunningModel running;
    Session session;
    uint32_t output = 0;
    std::vector<int32_t> ids;
    std::vector<size_t> lengths;
    std::vector<float> rows;

    Status start(EditableModel& model, const MeasurerOptions& options);
    Status run();
  };

  // In turns with the reference where there is one.
  Result<double> time(Timed& timed, const TimingOptions& options);

  MeasurerOptions options_;
  LossMeasure loss_;
  std::string isa_;
  uint64_t data_hash_ = 0;
  std::unique_ptr<Timed> reference_;
  double reference_ms_ = 0;
};

}  // namespace linnet::lab
