// In place of convert.cpp, quantize.cpp, fit.cpp, sensitivity.cpp and tune.cpp where the command is built for a device
// (LINNET_CONVERTERS=OFF): their names are still known, so that calling one says what to do.
#include "cli/common.h"

namespace linnet::cli {

namespace {

void add_absent(CommandLine& line, const char* name) {
  Command& command = line.add(name, "Not in this build, which is for devices: run it on a workstation", {});
  command.take_anything();
  command.action = [=] {
    return Status::error(Code::unsupported,
                         "this build makes no models: run 'linnet %s' on a workstation (scripts/build release) and "
                         "copy the model here; the same file runs everywhere",
                         name);
  };
}

}  // namespace

void add_convert(CommandLine& line) { add_absent(line, "convert"); }
void add_quantize(CommandLine& line) { add_absent(line, "quantize"); }
void add_fit(CommandLine& line) { add_absent(line, "fit"); }
void add_sensitivity(CommandLine& line) { add_absent(line, "sensitivity"); }
void add_tune(CommandLine& line) { add_absent(line, "tune"); }

}  // namespace linnet::cli
