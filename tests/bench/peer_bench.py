"""Finds the modules of bench/peers, and makes contenders out of a few numbers."""
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench/peer_bench"))


def accuracy(mean, least=0.9, spearman=0.8, changed=0):
    return {"spearman": spearman, "cosine": {"mean": mean, "min": least}, "changed": {"rows": changed, "of": 256}}


def times(**medians):
    """times(a=2) is one case 'a' that took 1, 2 and 4 ms."""
    return {case: {"min": median / 2, "median": median, "p95": median * 2, "runs": 9} for case, median in medians.items()}


def contender(name, runtime="openvino", mean=0.999, pads=True, family=None, quick=None, **by_threads):
    """contender("x", one=times(a=2)) was timed with 1 thread, `two` with 2."""
    counts = {"one": "1", "two": "2"}
    return {"name": name, "runtime": runtime, "family": family or name, "precision": "int8", "pads": pads,
            "accuracy": None if mean is None else accuracy(mean), "quick": quick or {}, "failed": {}, "left_out": None,
            "times": {counts[count]: cases for count, cases in by_threads.items()}, "file_bytes": 23_500_000,
            "load_ms": 1.25, "memory": {"resident": 30_000_000, "peak": 31_000_000}}
