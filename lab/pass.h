// A compression pass as the search of lab/search.h sees it: what it can do to which piece of a model.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/status.h"
#include "lab/progress.h"
#include "model/edit.h"

namespace linnet::lab {

// One piece of a model, and what may be done to it.
struct Choice {
  std::string name;  // "attention 3 qkv"; no other choice of any pass has it
  // Choices of one kind cost the same time and the same bytes in each setting: "attention qkv 384x1152".
  std::string kind;
  // The first one leaves the piece as it is, the last one compresses it most; at least two.
  std::vector<std::string> settings;
};

// A setting for each choice, by its name; the first one where a choice is not named.
using Settings = std::map<std::string, std::string>;

// Made for one model, which it keeps no copy of.
class Pass {
 public:
  virtual ~Pass() = default;

  // Everything that its results depend on but the model and the settings, calibration texts included.
  virtual std::string identity() const = 0;
  virtual const std::vector<Choice>& choices() const = 0;
  // The model with these settings; with the first of each it is the model itself. `progress` is only asked whether to
  // go on.
  virtual Result<EditableModel> apply(const EditableModel& model, const Settings& settings,
                                      const Progress& progress) const = 0;

  // Settings for people and for logs, in one line without commas and quotes; equal settings have equal texts.
  virtual std::string text(const Settings& settings) const = 0;
  // A text that text() does not give for any settings is an error.
  virtual Result<Settings> parse(const std::string& text) const = 0;
};

}  // namespace linnet::lab
