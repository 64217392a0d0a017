"""The result as text, Markdown or JSON."""
import math


def figure(value, digits):
    return "-" if value is None else f"{value:.{digits}f}"


def time_text(milliseconds):
    """Three significant digits at least, and no more than two decimals."""
    return f"{milliseconds:.2f}" if milliseconds < 100 else f"{milliseconds:.1f}"


def megabytes(count):
    return "-" if count is None else f"{count / 1e6:.1f}"


def aligned(rows):
    """Lines of columns: the first one on the left, the others on the right."""
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [row[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]
        lines.append("  ".join(cells).rstrip())
    return lines


def markdown_table(rows):
    marks = ["---"] + ["---:"] * (len(rows[0]) - 1)
    return ["| " + " | ".join(cells) + " |" for cells in (rows[0], marks, *rows[1:])]


def timed(result):
    return [each for each in result["contenders"] if each["times"]]


def accuracy_cells(each, random_weights):
    """Spearman, mean and smallest cosine, answers that change with the batch."""
    accuracy = each["accuracy"]
    if accuracy is None:
        return ["-"] * 4
    return ["-" if random_weights else f"{accuracy['spearman']:.4f}", f"{accuracy['cosine']['mean']:.5f}",
            f"{accuracy['cosine']['min']:.4f}", f"{accuracy['changed']['rows']}/{accuracy['changed']['of']}"]


def labels(result):
    """{name: number}: contenders are numbered, so that a ratio can say in short against whom it is."""
    return {each["name"]: f"[{number}]" for number, each in enumerate(timed(result), 1)}


def what_each_is(result):
    rows = [["", "file MB", "load ms", "memory MB", "peak MB", "Spearman", "cosine mean", "min", "changed"]]
    for name, each in zip(labels(result).items(), timed(result)):
        memory = each.get("memory", {})
        rows.append([f"{name[1]:>4} {name[0]}", megabytes(each["file_bytes"]), figure(each["load_ms"], 1),
                     megabytes(memory.get("resident")), megabytes(memory.get("peak")),
                     *accuracy_cells(each, result["random_weights"])])
    return rows


def times(result, threads):
    rows = [["min / median / p95, ms", *result["cases"]]]
    for (name, label), each in zip(labels(result).items(), timed(result)):
        cells = [f"{label:>4} {name}"]
        for case in result["cases"]:
            taken = each["times"].get(str(threads), {}).get(case)
            cells.append("-" if taken is None else
                         " / ".join(time_text(taken[name]) for name in ("min", "median", "p95")))
        rows.append(cells)
    return rows


def ratio_rows(result, group, threads):
    """One row for each Linnet model: how many times its time the best peer of a group needs."""
    rows, label = [], labels(result)
    for name in dict.fromkeys(entry["linnet"] for entry in result["ratios"]):
        entries = {entry["case"]: entry[group] for entry in result["ratios"]
                   if entry["linnet"] == name and entry["threads"] == threads}
        if any(entries.values()):
            rows.append([f"{label[name]:>4} {name}, {GROUPS[group]}",
                         *(f"{entries[case]['ratio']:.2f}x {label[entries[case]['peer']]:>4}" if entries.get(case) else "-"
                           for case in result["cases"])])
    return rows


GROUPS = {"fastest": "any peer", "accurate": "as accurate or better", "padded": "any that pads"}


def notes(result):
    """What was left out or not timed at length, and why."""
    lines = []
    for each in result["contenders"]:
        if each["left_out"] is not None:
            lines.append(f"{each['name']}: left out: {each['left_out']}")
        elif each.get("dropped_for"):
            quick = ", ".join(f"{case} {time_text(taken)}" for case, taken in each["quick"].items())
            accuracy = f"cosine {each['accuracy']['cosine']['mean']:.5f}" if each["accuracy"] else "no accuracy"
            lines.append(f"{each['name']}: nowhere faster and no more accurate than {each['dropped_for']} "
                         f"(fastest ms: {quick}; {accuracy})")
        for what, why in each["failed"].items():
            if each["left_out"] is None:
                lines.append(f"{each['name']}: {what}: {why}")
    for runtime, why in {each["runtime"]: each["out_of_ratio"] for each in result["contenders"]
                         if each.get("out_of_ratio")}.items():
        lines.append(f"{runtime}: in no ratio: {why}")
    return lines


def heading(report):
    machine = report["machine"]
    isa = f"capped at {report['cap']}" if report["cap"] else "not capped"
    versions = ", ".join(f"{name} {version}" for name, version in report["versions"].items())
    loads = " to ".join(f"{load:.1f}" for load in machine["load_average"])
    return [f"{machine['processor']}, {machine['processors']} processors, {machine['isa']}, {isa}; Linnet on "
            f"{report['linnet_isa']}, commit {report['commit']}",
            f"{versions}",
            f"load average of the machine while it ran: {loads}; texts: {report['texts']}"]


def case_lines(result):
    return [f"{name}: {case['sequences']} sequences, {case['tokens']} tokens, {case['padded_tokens']} when padded"
            for name, case in result["cases"].items() if not case["fixed"]]


def text(report):
    lines = heading(report)
    for result in report["results"]:
        lines += ["", f"== {result['model']}" + (" (random weights: times only)" if result["random_weights"] else "")]
        lines += case_lines(result)
        lines += ["", *aligned(what_each_is(result))]
        for threads in report["threads"]:
            lines += ["", f"-- {threads} thread{'s' * (threads > 1)}", *aligned(times(result, threads))]
            rows = [row for group in GROUPS for row in ratio_rows(result, group, threads)]
            if rows:
                head = [f"times Linnet's {report['ratios_by']} time that the best peer needs", *result["cases"]]
                lines += ["", *aligned([head, *rows])]
        if len(report["threads"]) > 1:
            rows = [[f"{max(report['threads'])} threads against {min(report['threads'])}", *result["cases"]]]
            for name, gains in result["threads_speedup"].items():
                rows.append([name, *(f"{gains[case]:.2f}x" if case in gains else "-" for case in result["cases"])])
            lines += ["", *aligned(rows)]
        if remarks := notes(result):
            lines += ["", *remarks]
    return "\n".join(lines) + "\n"


def representatives(contenders):
    """The setting of each family whose medians are the smallest (by their geometric mean over what all of it ran)."""
    families = {}
    for each in contenders:
        families.setdefault(each["family"], []).append(each)
    chosen = []
    for family in families.values():
        ran = [{(threads, case): taken["median"] for threads, cases in each["times"].items()
                for case, taken in cases.items()} for each in family]
        common = set.intersection(*(set(medians) for medians in ran))
        costs = [sum(math.log(medians[key]) for key in common) for medians in ran]
        chosen.append(family[costs.index(min(costs))])
    return chosen


def markdown(report):
    """One table a model, short enough for a README: one row a family, medians, how many times Linnet's time they are."""
    lines = []
    for result in report["results"]:
        own = next((each for each in timed(result) if each["name"] == "Linnet INT8"), None)
        head = [result["model"], "file MB", "load ms", "memory MB", "Spearman", "cosine mean / min", "changed with batch"]
        columns = [(threads, case) for threads in report["threads"] for case in result["cases"]]
        head += [f"{case}, {threads} thread{'s' * (threads > 1)}" for threads, case in columns]
        rows = [head]
        for each in representatives(timed(result)):
            spearman, mean, least, changed = accuracy_cells(each, result["random_weights"])
            row = [each["name"], megabytes(each["file_bytes"]), figure(each["load_ms"], 1),
                   megabytes(each.get("memory", {}).get("resident")), spearman, f"{mean} / {least}", changed]
            for threads, case in columns:
                taken = each["times"].get(str(threads), {}).get(case)
                base = own["times"].get(str(threads), {}).get(case) if own else None
                cell = "-" if taken is None else time_text(taken["median"])
                if taken and base and each["runtime"] != "linnet":
                    cell += f" ({taken['median'] / base['median']:.2f}x)"
                row.append(cell)
            rows.append(row)
        lines += [*markdown_table(rows), ""]
        lines += [f"{line}." for line in case_lines(result)]
    lines += ["Median ms of one batch; in brackets: how many times the time of Linnet INT8. Of each kind the setting that was "
              "fastest over all columns. " + ". ".join(heading(report))
              + ". `bench/peers` measures this table ([docs/bench.md](docs/bench.md))."]
    return "\n".join(lines) + "\n"
