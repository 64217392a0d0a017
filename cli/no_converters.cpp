// In place of what a device does not carry (LINNET_CONVERTERS=OFF): convert.cpp, quantize.cpp, fit.cpp,
// sensitivity.cpp, tune.cpp, eval.cpp and compare.cpp. Their names are still known, so that calling one says what to
// do.
#include "cli/common.h"

namespace linnet::cli {

namespace {

void add_absent(CommandLine& line, const char* name, const char* what = "models",
                const char* then = " and copy the model here; the same file runs everywhere") {
  Command& command = line.add(name, "Not in this build, which is for devices: run it on a workstation", {});
  command.take_anything();
  command.action = [=] {
    return Status::error(Code::unsupported,
                         "this build makes no %s: run 'linnet %s' on a workstation (scripts/build release)%s", what,
                         name, then);
  };
}

}  // namespace

void add_convert(CommandLine& line) { add_absent(line, "convert"); }
void add_quantize(CommandLine& line) { add_absent(line, "quantize"); }
void add_fit(CommandLine& line) { add_absent(line, "fit"); }
void add_sensitivity(CommandLine& line) { add_absent(line, "sensitivity"); }
void add_tune(CommandLine& line) { add_absent(line, "tune"); }
void add_eval(CommandLine& line) {
  add_absent(line, "eval", "evaluations", ": every machine gives the same bits, so what it says there holds here");
}
void add_compare(CommandLine& line) {
  add_absent(line, "compare", "comparisons", "; 'linnet bench' times several models in turns here");
}

}  // namespace linnet::cli
