"""Which emulator stands for which target, and which of its CPUs stand for which boards."""
import os
import pathlib
import re
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent

# A CPU and the instruction sets of LINNET_ISA that it has beside scalar. cortex-a76 and neoverse-n1 are "max" without
# i8mm, cortex-a53 and cortex-a72 without dotprod as well.
ARM64 = {
    "cortex-a53": {"neon"},
    "cortex-a72": {"neon"},
    "cortex-a76": {"neon", "dotprod"},
    "neoverse-n1": {"neon", "dotprod"},
    "max": {"neon", "dotprod", "i8mm"},
}
# The last one, which does most, lacks instructions that the other two have (fused multiply-add, division).
ARMV7 = {"cortex-a7": {"armv7neon"}, "cortex-a15": {"armv7neon"}, "cortex-a9": {"armv7neon"}}
RISCV64 = {"rv64": set()}


class Target:
    """A target that qemu runs. `few`: the CPUs of a short test, which together have every instruction set and lack
    every one."""

    def __init__(self, name, program, cpus, few, libraries=None):
        self.name, self.program, self.cpus, self.few = name, program, cpus, few
        self.static = libraries is None
        self.prefix = [program] + (["-L", libraries] if libraries else [])
        self.build = ROOT / "build" / name
        # Over the runtime alone, so that the short tests need not compile the whole command for each target.
        self.embed_rows = self.build / "bin/embed_rows"

    def known_cpus(self):
        """The CPUs that this machine's emulator knows; Debian's and Ubuntu's differ."""
        told = subprocess.run([self.program, "-cpu", "help"], capture_output=True, text=True).stdout
        return [cpu for cpu in self.cpus if re.search(rf"(?<![\w-]){cpu}(?![\w-])", told)]

    def best_cpu(self):
        return list(self.cpus)[-1]

    def run(self, cpu, *arguments, isa=None, **options):
        environment = {**os.environ, "QEMU_CPU": cpu, "LINNET_ISA": isa or ""}
        return subprocess.run([*self.prefix, *map(str, arguments)], env=environment, capture_output=True, **options)

    def missing(self):
        """Why nothing of this target can be run here; empty when it can."""
        if shutil.which(self.program) is None:
            return f"{self.program} is not installed (scripts/setup {self.name})"
        built = self.embed_rows.exists()
        return "" if built else f"build/{self.name}/bin/embed_rows is not built (scripts/build {self.name})"


TARGETS = {target.name: target for target in (
    Target("linux-arm64", "qemu-aarch64", ARM64, ["cortex-a53", "cortex-a76", "max"], "/usr/aarch64-linux-gnu"),
    Target("linux-armv7", "qemu-arm", ARMV7, ["cortex-a9"], "/usr/arm-linux-gnueabihf"),
    Target("linux-arm64-musl-static", "qemu-aarch64", ARM64, ["cortex-a53", "cortex-a76", "max"]),
    Target("linux-armv7-musl-static", "qemu-arm", ARMV7, ["cortex-a9"]),
    Target("linux-riscv64", "qemu-riscv64", RISCV64, ["rv64"], "/usr/riscv64-linux-gnu"),
)}
