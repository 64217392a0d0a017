// In place of convert.cpp and quantize.cpp where the command is built for a device (LINNET_CONVERTERS=OFF): both names
// are still known, so that calling one says what to do.
#include "cli/common.h"

namespace linnet::cli {

namespace {

void add_absent(CLI::App& root, const char* name, Action* action) {
  CLI::App* command = root.add_subcommand(name, "Not in this build, which is for devices: run it on a workstation");
  command->allow_extras();
  command->callback([=] {
    *action = [=] {
      return Status::error(Code::unsupported,
                           "this build has no converters: run 'linnet %s' on a workstation (scripts/build release) and "
                           "copy the model here; the same file runs everywhere",
                           name);
    };
  });
}

}  // namespace

void add_convert(CLI::App& root, Action* action) { add_absent(root, "convert", action); }
void add_quantize(CLI::App& root, Action* action) { add_absent(root, "quantize", action); }

}  // namespace linnet::cli
