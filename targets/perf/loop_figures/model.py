"""llvm-mca: how many cycles a core's model takes for a loop."""
import json
import re
import shutil
import subprocess

GOOD_VERSION = 18  # from here on N1, V1 and N2 have models of their own
VERSIONS = (21, 20, 19, 18, 17, 16, 15, 14)
ITERATIONS = 400


class Unmodelled(RuntimeError):
    """The core's model does not know an instruction."""


class Model:
    """llvm-mca of one LLVM; `program` may be None, then nothing can be asked."""

    def __init__(self, program, objdump, version):
        self.program, self.objdump, self.version = program, objdump, version

    @classmethod
    def newest(cls):
        for version in VERSIONS:
            program = shutil.which(f"llvm-mca-{version}")
            if program:
                return cls(program, shutil.which(f"llvm-objdump-{version}"), version)
        return cls(None, None, 0)

    @classmethod
    def for_objects_only(cls):
        """Nothing can be asked; GNU's disassembler would do where LLVM's is not."""
        return cls(None, cls.newest().objdump, 0)

    def run(self, core, instructions):
        """(cycles, cycles by resources alone) of one round through the instructions."""
        if not instructions:
            return 0.0, 0.0
        command = [self.program, f"-mtriple={core.triple(instructions)}", f"-mcpu={core.model}", "-json",
                   f"-iterations={ITERATIONS}"]
        if core.attributes:
            command.append(f"-mattr={core.attributes}")
        done = subprocess.run(command, input=as_assembly(instructions), capture_output=True, text=True)
        if done.returncode != 0 or not done.stdout:
            unknown = "unsupported instruction" in done.stderr or "scheduling class" in done.stderr
            raise (Unmodelled if unknown else RuntimeError)(f"llvm-mca {self.version} for {core.model}: {done.stderr.strip()[:600]}")
        summary = json.loads(done.stdout)["CodeRegions"][0]["SummaryView"]
        return summary["TotalCycles"] / summary["Iterations"], summary["BlockRThroughput"]


def as_assembly(instructions):
    """The text that llvm-mca reads. Where a branch goes does not matter to it."""
    lines = [".Lhere:"]
    for instruction in instructions:
        operands = instruction.operands
        if instruction.target is not None:
            operands = re.sub(r"#?(?:0x)?[0-9a-f]+(?: <[^>]*>)?$", ".Lhere", operands)
        else:
            operands = re.sub(r"(?:0x)?[0-9a-f]+ <[^>]*>$", ".Lhere", operands)
        lines.append(f"\t{instruction.mnemonic}\t{operands}")
    return "\n".join(lines) + "\n"
