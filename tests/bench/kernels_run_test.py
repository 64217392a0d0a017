"""The programs behind bench/kernels run: kernels_run_test.py KERNEL_COMPARE KERNEL_BENCHMARKS ("" where there are none)."""
import json
import subprocess
import sys

compare, benchmarks = sys.argv[1:]

run = subprocess.run([compare, "--layers", "minilm_out", "--rows", "1,16", "--seconds", "0.002"], capture_output=True,
                     check=True)
results = json.loads(run.stdout)["results"]
assert [(each["types"], each["rows"]) for each in results] == [
    ("int8", 1), ("int8", 16), ("float32", 1), ("float32", 16)], results
for each in results:
    assert each["products"][0]["name"].startswith("gemm_f32_"), each
    assert not each["failed"], each
    for product in each["products"]:
        assert 0 < product["min_us"] <= product["median_us"] < 1e7, product
assert subprocess.run([compare, "--layers", "none"], capture_output=True).returncode == 2

if not benchmarks:
    print("skipped: Google Benchmark was not there when this was built")
    sys.exit(77)
names = subprocess.run([benchmarks, "--benchmark_list_tests"], capture_output=True, check=True, text=True).stdout.split()
assert len(names) == len(set(names)) > 100
ops = ["gemm_f32_s8s8", "gemm_f32_f32f32", "quantize_rows", "quantize_heads", "norm", "embed", "attention_f32_s8",
       "attention_f32_f32", "pool", "l2_normalize", "find_non_finite"]
for op in ops:
    assert any(name.startswith(op) for name in names), op
# The smallest shape of each kernel.
smallest = "(gemm.*minilm_out/1|/384/1|/32/16)$"
run = subprocess.run([benchmarks, f"--benchmark_filter={smallest}", "--benchmark_min_time=0.0001",
                      "--benchmark_format=json"], capture_output=True, check=True)
for each in json.loads(run.stdout)["benchmarks"]:
    assert not each.get("error_occurred"), each
