"""The table of bench/kernels, from numbers that are made up."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bench/kernel_bench"))

import table  # noqa: E402


def result(rows, ours, onednn=None, types="int8", peak=1e12):
    products = [{"name": "gemm_f32_s8s8_32x32_amx", "macs_per_second": ours}]
    if onednn:
        products.append({"name": "onednn_f32_u8s8", "macs_per_second": onednn})
    return {"layer": "minilm_qkv", "in": 384, "out": 1152, "rows": rows, "types": types, "peak_macs_per_second": peak,
            "products": products, "failed": {} if onednn else {"onednn_f32_u8s8": "oneDNN: not today"}}


def measured(*results):
    return {"isa": "amx", "seconds": 1, "versions": {"oneDNN": "2.6.3", "XNNPACK": ""}, "results": list(results)}


class TableTest(unittest.TestCase):
    def test_one_row_for_each_result(self):
        rows = table.rows(measured(result(1, 40e9, 20e9), result(16, 500e9, 1000e9), result(1, 9e9, 9e9, "float32")),
                          "int8")
        self.assertEqual(rows[0], ["int8, GMAC/s", "in x out", "rows", "Linnet", "of peak", "oneDNN", "ratio"])
        self.assertEqual(rows[1], ["minilm_qkv", "384 x 1152", "1", "40.0", "4%", "20.0", "2.00"])
        self.assertEqual(rows[2], ["minilm_qkv", "384 x 1152", "16", "500", "50%", "1000", "0.50"])
        self.assertEqual(len(rows), 3)

    def test_the_share_is_of_the_highest_peak(self):
        rows = table.rows(measured(result(1, 40e9, 20e9, peak=50e9), result(16, 40e9, 20e9, peak=80e9)), "int8")
        self.assertEqual([row[4] for row in rows[1:]], ["50%", "50%"])

    def test_a_product_that_is_missing_is_a_dash(self):
        rows = table.rows(measured(result(1, 40e9), result(16, 40e9, 20e9)), "int8")
        self.assertEqual(rows[1][5:], ["-", "-"])
        self.assertEqual(len(table.rows(measured(result(1, 40e9)), "int8")[0]), 5)

    def test_the_summary_names_the_worst_shape(self):
        (line,) = table.summary(measured(result(1, 40e9, 20e9), result(16, 20e9, 40e9)))
        self.assertIn("1.00 times as fast as oneDNN", line)
        self.assertIn("slower in 1, at worst 0.50 times (minilm_qkv, 16 rows)", line)

    def test_the_notes_say_what_is_missing(self):
        notes = table.notes(measured(result(1, 40e9)))
        self.assertIn("oneDNN 2.6.3", notes)
        self.assertTrue(any(note.startswith("XNNPACK was not found") for note in notes))
        self.assertIn("onednn_f32_u8s8: oneDNN: not today", notes)


if __name__ == "__main__":
    unittest.main()
