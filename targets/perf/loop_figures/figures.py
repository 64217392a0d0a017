"""The figures of one loop, and whether they hold."""
import dataclasses
import re

import disassembly
from model import Unmodelled

K = 384  # the depth for which a whole tile is modelled


@dataclasses.dataclass
class Figures:
    isa: str
    whose: str
    tile: str
    compiler: str
    counts: disassembly.Counts
    models: dict    # core -> {"cycle": multiply-adds a cycle, "bound": by resources alone, "peak": ...}
    whole: dict     # core -> multiply-adds a cycle with all that a tile of depth K needs; Linnet's only


def peak_of(core, model):
    """Multiply-adds a cycle when nothing but independent multiplications runs."""
    mnemonic, operands = core.probe
    count = 8
    probes = [disassembly.Instruction(4 * i, mnemonic, operands.format(i)) for i in range(count)]
    _, bound = model.run(core, probes)
    return sum(map(disassembly.multiply_adds, probes)) / bound


def modelled(loop, counts, cores, model):
    figures = {}
    for core in cores:
        try:
            cycles, bound = model.run(core, loop.body)
        except Unmodelled:
            continue
        figures[core.name] = {"cycle": counts.multiply_adds / cycles, "bound": counts.multiply_adds / bound,
                              "peak": peak_of(core, model)}
    return figures


def whole_tile(kernel, loop, counts, functions, model):
    """Multiply-adds a cycle of a tile of depth K: the loop, what is around it for each 64 k, and the rest once."""
    rows, columns = kernel.rows, kernel.columns
    work = rows * columns * K
    figures = {}
    for core in kernel.cores:
        if core.in_order:
            continue
        cycles = model.run(core, loop.body)[0] * work / counts.multiply_adds
        cycles += model.run(core, loop.around)[0] * (K // 64)
        cycles += model.run(core, loop.outside)[0]
        if kernel.pairs_rows:
            # All rows are interleaved once for each group of 64 columns.
            cycles += pairing_cycles_per_byte(core, functions, model) * rows * K * columns / 64
        figures[core.name] = work / cycles
    return figures


def zips_of_eights(instruction):
    return instruction.mnemonic in ("zip1", "zip2") and ".2d" in instruction.operands


def pairing_cycles_per_byte(core, functions, model):
    found = [disassembly.busiest_loop(function, zips_of_eights) for function in functions.values()]
    found = [loop for loop in found if loop and not any(map(disassembly.multiply_adds, loop.body))]
    if not found:
        raise RuntimeError("the loop that interleaves rows was not found (zip1 and zip2 of .2d)")
    loop = max(found, key=lambda each: sum(map(zips_of_eights, each.body)))
    return model.run(core, loop.body)[0] / (16 * sum(map(zips_of_eights, loop.body)))


def loop_of(functions, pattern, what):
    names = [name for name in functions if re.search(pattern, name)]
    if len(names) != 1:
        raise RuntimeError(f"{what}: {len(names)} functions match '{pattern}' where one was expected")
    loop = disassembly.busiest_loop(functions[names[0]], disassembly.multiply_adds)
    if loop is None:
        raise RuntimeError(f"{what}: no loop with multiplications was found in {names[0]}")
    return loop


def of_kernel(kernel, compiler, functions, model):
    loop = loop_of(functions, kernel.function, f"{kernel.isa}, {compiler}")
    counts = disassembly.count(loop)
    figures = Figures(kernel.isa, "Linnet", kernel.tile, compiler, counts, {}, {})
    if model.program:
        figures.models = modelled(loop, counts, kernel.cores, model)
        figures.whole = whole_tile(kernel, loop, counts, functions, model)
    return figures


def of_peer(peer, kernel, compiler, functions, model):
    loops = [disassembly.busiest_loop(function, disassembly.multiply_adds) for function in functions.values()]
    loops = [loop for loop in loops if loop]
    if not loops:
        raise RuntimeError(f"{peer.file}: no loop with multiplications was found")
    loop = max(loops, key=lambda each: sum(map(disassembly.multiply_adds, each.body)))
    counts = disassembly.count(loop)
    models = modelled(loop, counts, kernel.cores, model) if model.program else {}
    return Figures(peer.isa, peer.library, peer.tile, compiler, counts, models, {})


def broken_counts(kernel, figures):
    """What does not hold of what is in the loop, as sentences."""
    where = f"{kernel.isa} {kernel.tile}, {figures.compiler}"
    broken = []
    if round(figures.counts.per_16, 2) > kernel.most_per_16:
        broken.append(f"{where}: {figures.counts.per_16:.2f} instructions per 16 multiply-adds, "
                      f"{kernel.most_per_16:.2f} at most")
    if figures.counts.stack_accesses:
        broken.append(f"{where}: {figures.counts.stack_accesses} stack accesses in the inner loop: the compiler spills; "
                      "runtime/kernels/neon_steps.h says how to keep it from that")
    return broken


def broken_speed(kernel, figures):
    """The same of how fast it would run."""
    broken = []
    for core, least in kernel.least_share:
        if core not in figures.models:
            raise RuntimeError(f"{kernel.isa}: llvm-mca's {core} does not know an instruction of the loop")
        model = figures.models[core]
        if model["cycle"] < least * model["peak"]:
            broken.append(f"{kernel.isa} {kernel.tile}, {figures.compiler}: {model['cycle']:.2f} multiply-adds a cycle on "
                          f"{core}, {100 * least:.0f}% of {model['peak']:g} at least")
    return broken
