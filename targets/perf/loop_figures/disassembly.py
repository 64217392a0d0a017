"""Object files as instructions, the loops in them, and what is in a loop."""
import dataclasses
import re
import shutil
import subprocess


@dataclasses.dataclass(frozen=True)
class Instruction:
    address: int
    mnemonic: str
    operands: str = ""
    target: int | None = None  # of a branch


@dataclasses.dataclass(frozen=True)
class Loop:
    body: tuple      # from its first instruction to the branch back
    before: tuple    # what stands before it in its function
    around: tuple    # the rest of the next loop around it, or nothing
    outside: tuple   # the rest of the function


@dataclasses.dataclass(frozen=True)
class Counts:
    instructions: int
    multiply_adds: int
    stack_accesses: int
    moves: int

    @property
    def per_16(self):
        return 16 * self.instructions / self.multiply_adds


LINE = re.compile(r"^\s*([0-9a-f]+):\s+(\S+)\s*(.*?)\s*$")
HEAD = re.compile(r"^([0-9a-f]+) <(.*)>:$")
BRANCH = re.compile(r"^(?:b|b\.\w\w|b(?:eq|ne|hs|cs|lo|cc|mi|pl|vs|vc|hi|ls|ge|lt|gt|le)|cbn?z|tbn?z)(?:\.[nw])?$")
TARGET = re.compile(r"(?:^|[\s,])(?:#)?(?:0x)?([0-9a-f]+)(?: <[^>]*>)?$")


def parse(listing):
    """What an objdump (LLVM's or GNU's, without bytes) prints -> {function: [Instruction]}."""
    functions, current = {}, None
    for line in listing.splitlines():
        if head := HEAD.match(line):
            # Local labels of assembly files are parts of their function.
            if current is None or not head[2].startswith((".L", "L")):
                current = functions.setdefault(head[2], [])
        elif current is not None and (match := LINE.match(line)):
            mnemonic = match[2].lower()
            operands = re.sub(r"\s*(?://|@|;).*", "", match[3])
            target = TARGET.search(operands) if BRANCH.match(mnemonic) else None
            current.append(Instruction(int(match[1], 16), mnemonic, operands, int(target[1], 16) if target else None))
    return functions


def objdump(architecture, llvm):
    """The command of a disassembler for the architecture, or None. LLVM's: it writes what llvm-mca reads."""
    gnu = shutil.which({"aarch64": "aarch64-linux-gnu-objdump", "arm": "arm-linux-gnueabihf-objdump"}[architecture])
    program = llvm or gnu
    if not program:
        return None
    # GNU's knows every extension by itself.
    extensions = ["--mattr=+dotprod,+i8mm"] if llvm and architecture == "aarch64" else []
    return [program, "-d", "--no-show-raw-insn", *extensions]


def disassemble(command, path):
    return parse(subprocess.run([*command, str(path)], check=True, capture_output=True, text=True).stdout)


def loops(function):
    """Every (first, last) position between a backward branch's target and the branch."""
    at = {instruction.address: i for i, instruction in enumerate(function)}
    return [(at[instruction.target], i) for i, instruction in enumerate(function)
            if instruction.target in at and at[instruction.target] <= i]


def busiest_loop(function, worth):
    """The innermost loop with the most of what `worth` counts in an instruction, or None."""
    found = loops(function)
    innermost = [(first, last) for first, last in found
                 if not any((f, l) != (first, last) and first <= f and l <= last for f, l in found)]
    weighed = [(sum(map(worth, function[first:last + 1])), first - last, first, last) for first, last in innermost]
    if not weighed or max(weighed)[0] == 0:
        return None
    _, _, first, last = max(weighed)
    outer = [(l - f, f, l) for f, l in found if f <= first and last <= l and (f, l) != (first, last)]
    _, begin, end = min(outer, default=(0, first, last))
    return Loop(tuple(function[first:last + 1]), tuple(function[:first]),
                tuple(function[begin:first] + function[last + 1:end + 1]), tuple(function[:begin] + function[end + 1:]))


# Lanes of a register, by its arrangement.
LANES = {"16b": 16, "8h": 8, "4s": 4, "2d": 2, "8b": 8, "4h": 4, "2s": 2}


def multiply_adds(instruction):
    """How many products the instruction makes, whether it adds them to something or not."""
    mnemonic, operands = instruction.mnemonic, instruction.operands
    lanes = re.match(r"v\d+\.(\d+[bhsd])|[qd]\d+", operands)
    if not lanes:
        return 0
    lanes = LANES[lanes[1]] if lanes[1] else (4 if operands[0] == "q" else 2)
    if mnemonic in ("sdot", "udot", "usdot"):
        return 4 * lanes
    if mnemonic in ("smmla", "ummla", "usmmla"):
        return 8 * lanes
    if mnemonic in ("smull", "smull2", "smlal", "smlal2", "umull", "umull2", "umlal", "umlal2", "fmla", "fmul"):
        return lanes
    if match := re.match(r"v(?:mull|mlal)\.[su](8|16|32)$", mnemonic):
        return 64 // int(match[1])
    if re.match(r"v(?:fma|mla|mul)\.f32$", mnemonic):
        return lanes
    return 0


FRAME = re.compile(r"\b(?:sp|wsp)\b")


def stack_registers(before):
    """Registers that hold an address of the stack when a loop begins, by the last thing written to each."""
    held = {"sp"}
    for instruction in before:
        written = re.match(r"([xr]\d+|lr)\b", instruction.operands)
        if not written or instruction.mnemonic.startswith(("st", "cmp", "cmn", "tst", "cb", "tb", "b", "vst", "push")):
            continue
        if instruction.mnemonic.split(".")[0] in ("mov", "add", "sub", "adds", "subs", "addw", "subw") and \
                FRAME.search(instruction.operands[written.end():]):
            held.add(written[1])
        else:
            held.discard(written[1])
    return held


def is_stack_access(instruction, held):
    if re.match(r"(?:v)?(?:push|pop)$", instruction.mnemonic):
        return True
    base = re.search(r"\[(\w+)", instruction.operands)
    if not base and re.match(r"v?(?:ldm|stm)", instruction.mnemonic):
        base = re.match(r"(\w+)", instruction.operands)
    return bool(base) and base[1] in held


def is_move(instruction):
    """From register to register."""
    registers = re.findall(r"(?<![\w#])(?:[xwrvqdsb]\d+|lr)(?:\.\d+[bhsd])?(?:\.\w+)?\b(?:\[\d+\])?", instruction.operands)
    mnemonic = instruction.mnemonic.split(".")[0]
    if mnemonic in ("mov", "fmov", "vmov"):
        return len(registers) >= 2
    return mnemonic in ("orr", "vorr") and len(registers) == 3 and registers[1] == registers[2]


def count(loop):
    held = stack_registers(loop.before)
    return Counts(len(loop.body), sum(map(multiply_adds, loop.body)),
                  sum(is_stack_access(each, held) for each in loop.body), sum(map(is_move, loop.body)))
