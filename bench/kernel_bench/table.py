"""What kernel_compare measured, as rows of a table and as ratios."""
import math

LIBRARIES = ["oneDNN", "XNNPACK"]


def product_of(result, library):
    """The product of a library ("" is Linnet), or None."""
    for product in result["products"]:
        owner = next((each for each in LIBRARIES if product["name"].startswith(each.lower() + "_")), "")
        if owner == library:
            return product
    return None


def ratio(result, library):
    """How many times as fast as the library Linnet is, or None."""
    theirs = product_of(result, library)
    return None if theirs is None else product_of(result, "")["macs_per_second"] / theirs["macs_per_second"]


def gmacs(product):
    speed = product["macs_per_second"] * 1e-9
    return f"{speed:.0f}" if speed >= 100 else f"{speed:.1f}"


def libraries_of(measured):
    return [library for library in LIBRARIES if any(product_of(result, library) for result in measured["results"])]


def rows(measured, types):
    """The header and one row for each layer and number of rows: 10^9 multiply-adds a second."""
    libraries = libraries_of(measured)
    # The clock changes while this runs; the share is of the highest peak that was seen.
    results = [result for result in measured["results"] if result["types"] == types]
    peak = max((result["peak_macs_per_second"] for result in results), default=0)
    table = [[f"{types}, GMAC/s", "in x out", "rows", "Linnet", "of peak"]]
    for library in libraries:
        table[0] += [library, "ratio"]
    for result in results:
        ours = product_of(result, "")
        row = [result["layer"], f"{result['in']} x {result['out']}", str(result["rows"]), gmacs(ours),
               f"{ours['macs_per_second'] / peak:.0%}"]
        for library in libraries:
            theirs = product_of(result, library)
            row += ["-", "-"] if theirs is None else [gmacs(theirs), f"{ratio(result, library):.2f}"]
        table.append(row)
    return table


def summary(measured):
    """One line for each library and type: the geometric mean of the ratios, and where Linnet is slower."""
    lines = []
    for types in ("int8", "float32"):
        for library in libraries_of(measured):
            ratios = [(ratio(result, library), result) for result in measured["results"]
                      if result["types"] == types and product_of(result, library)]
            if not ratios:
                continue
            mean = math.exp(sum(math.log(value) for value, _ in ratios) / len(ratios))
            worst, where = min(ratios, key=lambda each: each[0])
            slower = sum(value < 1 for value, _ in ratios)
            lines.append(f"{types}: Linnet is {mean:.2f} times as fast as {library} (geometric mean of {len(ratios)} "
                         f"shapes), slower in {slower}, at worst {worst:.2f} times ({where['layer']}, "
                         f"{where['rows']} rows)")
    return lines


def notes(measured):
    lines = []
    for library, version in measured["versions"].items():
        lines.append(f"{library} {version}" if version else f"{library} was not found when this was built: no rows of it")
    failed = {f"{name}: {why}" for result in measured["results"] for name, why in result["failed"].items()}
    return lines + sorted(failed)
