"""Which instructions of a kernel a program has executed under qemu: its log has every block of code that it reached."""
import re
import tempfile

# The multiplications that tell the instruction sets of 64-bit ARM apart, as bits of the instruction: value, mask.
ARM64 = {
    "smmla": (0x4E80A400, 0xFFE0FC00),
    "sdot": (0x0E809400, 0xBF20FC00),
    "sdot, by element": (0x0F80E000, 0xBFC0F400),
    "smull of bytes": (0x0E20C000, 0xBFE0FC00),
    "smlal of bytes": (0x0E208000, 0xBFE0FC00),
    "sadalp": (0x0E206800, 0xBF3FFC00),
}
# Of 32-bit ARM, as the log writes them.
ARMV7 = {"vmull.s8": "vmull.s8", "vmlal.s8": "vmlal.s8", "vpadal.s16": "vpadal.s16"}

# What a table must have executed (one of each), and what it must not.
PROOF = {
    "linux-arm64": {
        "i8mm": ([{"smmla"}], set()),
        "dotprod": ([{"sdot", "sdot, by element"}], {"smmla"}),
        "neon": ([{"smull of bytes", "smlal of bytes"}, {"sadalp"}], {"smmla", "sdot", "sdot, by element"}),
        "scalar": ([], {"smmla", "sdot", "sdot, by element", "sadalp"}),
    },
    "linux-armv7": {
        "armv7neon": ([{"vmull.s8", "vmlal.s8"}, {"vpadal.s16"}], set()),
        "scalar": ([], {"vpadal.s16"}),
    },
}


def reached(log, target):
    """How many places of each instruction the log of -d in_asm has."""
    if target == "linux-armv7":
        return {name: len(set(re.findall(rf"^(0x[0-9a-f]+): .*\b{re.escape(word)}\b", log, re.MULTILINE)))
                for name, word in ARMV7.items()}
    words = {(place, int(word, 16)) for place, word in
             re.findall(r"^(0x[0-9a-f]+): +([0-9a-f]{8})\b", log, re.MULTILINE)}
    return {name: sum(word & mask == value for _, word in words) for name, (value, mask) in ARM64.items()}


def proof(target, cpu, isa, arguments):
    """Runs embed_rows with this instruction set; what is wrong with what it executed, and what that was."""
    family = target.name.replace("-musl-static", "")
    with tempfile.NamedTemporaryFile(suffix=".log") as log:
        done = target.run(cpu, "-d", "in_asm", "-D", log.name, target.embed_rows, *arguments, isa=isa)
        if done.returncode != 0:
            return done.stderr.decode().strip() or f"ended with {done.returncode}", ""
        counts = reached(open(log.name, errors="replace").read(), family)
    needed, banned = PROOF[family][isa]
    wrong = [f"reached no {' or '.join(sorted(names))}" for names in needed if not any(counts[name] for name in names)]
    wrong += [f"reached {counts[name]} of {name}" for name in sorted(banned) if counts[name]]
    return "; ".join(wrong), ", ".join(f"{count} {name}" for name, count in counts.items() if count)
