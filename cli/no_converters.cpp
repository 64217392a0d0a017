// In place of convert.cpp and quantize.cpp where the command is built for a device (LINNET_CONVERTERS=OFF): both names
// are still known, so that calling one says what to do.
#include "cli/common.h"

namespace linnet::cli {

namespace {

void add_absent(CommandLine& line, const char* name) {
  Command& command = line.add(name, "Not in this build, which is for devices: run it on a workstation", {});
  command.take_anything();
  command.action = [=] {
    return Status::error(Code::unsupported,
                         "this build has no converters: run 'linnet %s' on a workstation (scripts/build release) and "
                         "copy the model here; the same file runs everywhere",
                         name);
  };
}

}  // namespace

void add_convert(CommandLine& line) { add_absent(line, "convert"); }
void add_quantize(CommandLine& line) { add_absent(line, "quantize"); }

}  // namespace linnet::cli
