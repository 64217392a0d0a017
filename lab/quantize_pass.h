// Mixed precision as a pass: each part of a model float or INT8.
#pragma once

#include <string>
#include <vector>

#include "lab/pass.h"
#include "quant/quantize.h"

namespace linnet::lab {

class QuantizePass final : public Pass {
 public:
  // `choices` are what a linear layer may become, as quant/plan.h writes it, the first one "float"; other parts take
  // those that fit them. With calibration texts every model is calibrated anew.
  QuantizePass(const fbs::ModelT& model, std::vector<std::string> calibration,
               const std::vector<std::string>& choices = {"float", "int8"});

  std::string identity() const override;
  const std::vector<Choice>& choices() const override { return choices_; }
  Result<EditableModel> apply(const EditableModel& model, const Settings& settings,
                              const Progress& progress) const override;
  // Of a plan: what `linnet quantize --plan` takes. The rest is what most parts are.
  std::string text(const Settings& settings) const override;
  Result<Settings> parse(const std::string& text) const override;

 private:
  QuantizePlan plan_of(const Settings& settings) const;

  std::vector<ModelPart> parts_;
  std::vector<Choice> choices_;  // one a part
  std::vector<std::string> calibration_;
};

}  // namespace linnet::lab
