"""The figures as Markdown and as JSON."""
import dataclasses

import compilers
from kernels import KERNELS

DOCUMENT = compilers.ROOT / "docs/arm.md"
BEGIN, END = "<!-- measured: written by targets/perf/measure -->", "<!-- end -->"


def rate(figures, core):
    if core.name not in figures.models:
        return "–"
    model = figures.models[core.name]
    text = f"{model['cycle']:.2f}"
    return f"{text} (bound {model['bound']:.2f})" if core.in_order else f"{text} ({100 * model['cycle'] / model['peak']:.0f}%)"


def peak(measured, core):
    return next((one.models[core.name]["peak"] for one in measured if core.name in one.models), None)


def of_kernel(kernel, measured):
    rows = [one for one in measured if one.isa == kernel.isa]
    if not rows:
        return []
    heads = ["loop", "compiled by", "instructions per 16", "stack", "moves"]
    for core in kernel.cores:
        most = peak(rows, core)
        heads.append(f"{core.name}, of {most:g}" if most else core.name)
    heads += [f"whole tile, {core.name}" for core in kernel.cores if not core.in_order]
    lines = [f"### {kernel.isa}", "", "| " + " | ".join(heads) + " |",
             "| --- | --- |" + " ---: |" * (len(heads) - 2)]
    for one in rows:
        cells = [f"{one.whose} {one.tile}", one.compiler, f"{one.counts.per_16:.2f}", str(one.counts.stack_accesses),
                 str(one.counts.moves), *(rate(one, core) for core in kernel.cores)]
        cells += [f"{one.whole[core.name]:.1f}" if core.name in one.whole else "–"
                  for core in kernel.cores if not core.in_order]
        lines.append("| " + " | ".join(cells) + " |")
    return [*lines, ""]


def of_cores(measured):
    lines = ["| model | stands for | peak: what of | multiply-adds a cycle |", "| --- | --- | --- | ---: |"]
    for kernel in KERNELS:
        for core in kernel.cores:
            most = peak([one for one in measured if one.isa == kernel.isa], core)
            if most:
                lines.append(f"| {core.name} | {core.stands_for} | `{core.probe[0]}` | {most:g} |")
    return [*dict.fromkeys(lines), ""]


def markdown(measured, model, versions):
    lines = []
    for kernel in KERNELS:
        lines += of_kernel(kernel, measured)
    if model.program:
        lines += of_cores(measured)
    told = [f"llvm-mca {model.version}" if model.program else "Not modelled"]
    told += [f"{library} {version}" for library, version in sorted(versions.items())]
    return "\n".join(lines + ["; ".join(told) + ". `targets/perf/measure` measures these tables."])


def as_json(measured, model):
    return {"llvm_mca": model.version or None,
            "loops": [dict(dataclasses.asdict(one), instructions_per_16=one.counts.per_16) for one in measured]}


def write(text):
    document = DOCUMENT.read_text(encoding="utf-8")
    before, rest = document.split(BEGIN)
    _, after = rest.split(END)
    DOCUMENT.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")
