"""Statistics of measured times and of embeddings, with nothing but the standard library."""
import math
import operator


def percentile(values, percent):
    """The percentile by linear interpolation between the two nearest values, as lab/statistics computes it."""
    ordered = sorted(values)
    if not ordered:
        raise ValueError("a percentile of no values")
    position = (len(ordered) - 1) * percent / 100
    low = math.floor(position)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (position - low)


def summary(milliseconds):
    """What is kept of the times of one contender in one case."""
    return {"min": min(milliseconds), "median": percentile(milliseconds, 50), "p95": percentile(milliseconds, 95),
            "runs": len(milliseconds)}


def cosine(a, b):
    """The cosine of two rows; 0 when one of them is zero, NaN or infinite, so that a broken answer is never near."""
    dot = sum(map(operator.mul, a, b))
    norms = sum(map(operator.mul, a, a)) * sum(map(operator.mul, b, b))
    if not (math.isfinite(dot) and math.isfinite(norms) and norms > 0):
        return 0.0
    return dot / math.sqrt(norms)


def ranks(values):
    """Ranks from 1; equal values share the mean of theirs."""
    order = sorted(range(len(values)), key=values.__getitem__)
    result = [0.0] * len(values)
    begin = 0
    while begin < len(order):
        end = begin
        while end < len(order) and values[order[end]] == values[order[begin]]:
            end += 1
        for at in range(begin, end):
            result[order[at]] = (begin + 1 + end) / 2
        begin = end
    return result


def pearson(a, b):
    mean_a, mean_b = math.fsum(a) / len(a), math.fsum(b) / len(b)
    over = math.fsum((x - mean_a) * (y - mean_b) for x, y in zip(a, b))
    squares = math.fsum((x - mean_a) ** 2 for x in a) * math.fsum((y - mean_b) ** 2 for y in b)
    return over / math.sqrt(squares) if squares > 0 else 0.0


def spearman(a, b):
    return pearson(ranks(a), ranks(b))


def closeness(rows, reference):
    """Mean and minimum of the cosines of rows to the rows of the reference."""
    if len(rows) != len(reference) or not rows:
        raise ValueError(f"{len(rows)} rows to compare with {len(reference)}")
    cosines = [cosine(row, exact) for row, exact in zip(rows, reference)]
    return {"mean": math.fsum(cosines) / len(cosines), "min": min(cosines)}


def changed(alone, batched, row_bytes):
    """How many rows of two byte strings differ in any bit."""
    if len(alone) != len(batched) or len(alone) % row_bytes:
        raise ValueError(f"rows of {row_bytes} bytes cannot be compared in {len(alone)} and {len(batched)} bytes")
    return sum(alone[at:at + row_bytes] != batched[at:at + row_bytes] for at in range(0, len(alone), row_bytes))
