#include "lab/report/compare.h"

#include "cli/common.h"
#include "cli/progress.h"
#include "lab/report/text.h"

namespace linnet::cli {

namespace {

struct Options {
  lab::CompareOptions compare;
  std::string shapes = "1x16,1x128,32x128";
  double seconds = 1;
  std::string sensitivity;
  bool json = false;
};

Status run(const Options& options) {
  lab::CompareOptions compare = options.compare;
  const Result<std::vector<lab::Shape>> shapes = lab::parse_shapes(options.shapes);
  if (!shapes.ok()) return shapes.status().within("--shapes");
  compare.shapes = *shapes;
  compare.timing = lab::timing_of(options.seconds);
  if (!options.sensitivity.empty()) {
    Result<lab::Sensitivity> sensitivity = lab::read_sensitivity(options.sensitivity);
    if (!sensitivity.ok()) return sensitivity.status();
    compare.sensitivity = std::move(*sensitivity);
  }

  Result<lab::Comparison> comparison = Status();
  {
    Progress scoring("scoring"), timing("timing");
    comparison = lab::compare_models(compare, std::ref(scoring), std::ref(timing));
  }
  if (!comparison.ok()) return comparison.status();
  if (options.json) {
    print(lab::comparison_json(*comparison));
  } else {
    print("%s", lab::comparison_text(*comparison).c_str());
  }
  for (const lab::ComparedModel& model : comparison->models) {
    if (model.error.empty()) continue;
    const bool named = model.error.find(model.path) != std::string::npos;
    const Status failed = Status::error(Code::invalid_argument, "%s", model.error.c_str());
    return named ? failed : failed.within(model.path.c_str());
  }
  return Status();
}

}  // namespace

void add_compare(CommandLine& line) {
  Command& command = line.add(
      "compare", "Put models side by side: size, latency in turns, accuracy, as a table and a page",
      {"linnet compare minilm.linnet minilm-int8.linnet",
       "linnet compare minilm.linnet minilm-int8.linnet --task sts --data stsb/dev.csv --html report.html",
       "linnet compare *.linnet --shapes 1x16,32x128 --threads 2 --task sts --data stsb/dev.csv --peers peers.json"});
  auto options = std::make_shared<Options>();
  command.add_arguments("MODEL", &options->compare.models,
                        "Model files (*.linnet); the others are compared with the first one");
  command.add_text("--shapes", "BxT,BxT,...", &options->shapes, "What is timed: sequences x tokens of each");
  command.add_number("--threads", &options->compare.threads, 1, 256, "Threads of what is timed");
  command.add_real("--seconds", &options->seconds, 0.001, 3600, "The least time each model is timed at each shape");
  const TaskArguments task = add_task(command, &options->compare.task);
  task.task->needs = task.data;
  task.data->needs = task.task;
  add_batch(command, &options->compare.task.batch);
  add_prompt(command, &options->compare.task.prompt);
  command.add_text("--peers", "FILE.json", &options->compare.peers,
                   "Rows of other runtimes: what bench/peers has saved");
  command.add_text("--sensitivity", "FILE.json", &options->sensitivity,
                   "What each layer loses when it is compressed: what linnet sensitivity prints as JSON");
  command.add_text("--html", "OUT.html", &options->compare.html, "Write a page, one file that needs nothing else")
      .check = has_extension({".html", ".htm"}, false);
  add_json(command, &options->json);
  command.action = [=] { return run(*options); };
}

}  // namespace linnet::cli
