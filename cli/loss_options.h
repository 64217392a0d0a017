// How commands are told what a loss is measured on: texts, or a task.
#pragma once

#include <string>

#include "cli/common.h"
#include "lab/loss.h"

namespace linnet::cli {

struct LossArguments {
  std::string texts;  // a file of lines, or
  lab::TaskOptions task;
};

// --in, or --task and what belongs to it.
void add_loss(Command& command, LossArguments* arguments);

// With the texts read.
Result<lab::LossOptions> read_loss(const LossArguments& arguments);

}  // namespace linnet::cli
