#!/usr/bin/env python3
"""The tables, and what the command says about itself."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

import peer_bench
from peer_bench import contender, times

import ratios
import report

COMMAND = peer_bench.ROOT / "bench/peers"


def measured():
    """What a run saves, small."""
    contenders = [
        contender("Linnet INT8", runtime="linnet", mean=0.9995, pads=False, one=times(a=2, b=150), two=times(a=1, b=80)),
        contender("Peer INT8", mean=0.98, one=times(a=3, b=300), two=times(a=2, b=120)),
        contender("Peer INT8, fused", mean=0.98, family="Peer INT8", one=times(a=2.5, b=250), two=times(a=2, b=120)),
        contender("Peer float", mean=0.99999, one=times(a=8)),
        contender("Peer INT8, odd", mean=0.98, quick={"a": 4}) | {"dropped_for": "Peer INT8"},
        contender("Other", mean=None) | {"left_out": "Other: no such architecture"},
    ]
    contenders[3]["failed"] = {"b": "died of SIGSEGV"}
    result = {"model": "minilm", "random_weights": False, "contenders": contenders,
              "cases": {"a": {"sequences": 1, "tokens": 16, "padded_tokens": 16, "fixed": True},
                        "b": {"sequences": 32, "tokens": 460, "padded_tokens": 900, "fixed": False}}}
    compared = [each for each in contenders if each["times"]]
    result["ratios"] = ratios.compare(compared, result["cases"], [1, 2])
    result["threads_speedup"] = ratios.speedup_of_threads(compared, result["cases"], [1, 2])
    return {"machine": {"processor": "A Processor", "processors": 2, "isa": "amx", "load_average": [0.1, 1.2]}, "cap": None,
            "linnet_isa": "avx512vnni", "commit": "abc1234", "threads": [1, 2], "seconds": 2, "texts": "STS-B, 9 pairs",
            "versions": {"openvino": "1.2"}, "results": [result], "ratios_by": "median"}


def collapse(text):
    return [" ".join(line.split()) for line in text.splitlines()]


class Text(unittest.TestCase):
    def setUp(self):
        self.lines = collapse(report.text(measured()))

    def test_the_machine_and_what_ran(self):
        self.assertIn("A Processor, 2 processors, amx, not capped; Linnet on avx512vnni, commit abc1234", self.lines)
        self.assertIn("b: 32 sequences, 460 tokens, 900 when padded", self.lines)

    def test_what_each_is(self):
        self.assertIn("[1] Linnet INT8 23.5 1.2 30.0 31.0 0.8000 0.99950 0.9000 0/256", self.lines)

    def test_times(self):
        self.assertIn("[1] Linnet INT8 1.00 / 2.00 / 4.00 75.00 / 150.0 / 300.0", self.lines)
        self.assertIn("[4] Peer float 4.00 / 8.00 / 16.00 -", self.lines)

    def test_ratios_name_the_peer_by_its_number(self):
        self.assertIn("[1] Linnet INT8, any peer 1.25x [3] 1.67x [3]", self.lines)
        self.assertIn("[1] Linnet INT8, as accurate or better 4.00x [4] -", self.lines)

    def test_threads(self):
        self.assertIn("Peer INT8 1.50x 2.50x", self.lines)

    def test_what_was_left_out_is_said(self):
        self.assertIn("Other: left out: Other: no such architecture", self.lines)
        self.assertIn("Peer INT8, odd: nowhere faster and no more accurate than Peer INT8 (fastest ms: a 4.00; cosine 0.98000)",
                      self.lines)
        self.assertIn("Peer float: b: died of SIGSEGV", self.lines)

    def test_columns_are_aligned(self):
        lines = report.aligned([["", "a"], ["long name", "1"], ["x", "100"]])
        self.assertEqual(lines, ["             a", "long name    1", "x          100"])

    def test_random_weights_have_no_score(self):
        whole = measured()
        whole["results"][0]["random_weights"] = True
        self.assertNotIn("0.8000", report.text(whole))


class Markdown(unittest.TestCase):
    def test_one_row_a_family_with_its_fastest_setting(self):
        lines = report.markdown(measured()).splitlines()
        self.assertEqual(lines[1].count("---"), lines[0].count("|") - 1)
        names = [line.split("|")[1].strip() for line in lines if line.startswith("| ")][2:]
        self.assertEqual(names, ["Linnet INT8", "Peer INT8, fused", "Peer float"])
        fused = next(line for line in lines if "fused" in line)
        self.assertIn("| 2.50 (1.25x) | 250.0 (1.67x) | 2.00 (2.00x) | 120.0 (1.50x) |", fused)


class Command(unittest.TestCase):
    def run_command(self, *arguments):
        done = subprocess.run([sys.executable, COMMAND, *arguments], capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout, done.stderr

    def test_help_has_examples(self):
        code, output, _ = self.run_command("--help")
        self.assertEqual(code, 0)
        self.assertIn("Examples:\n  bench/peers ", output)

    def test_wrong_calls(self):
        for arguments, expected in ((["--cases", "1y3"], "is no case"), (["--threads", "0"], "no list of numbers"),
                                    (["--seconds", "no"], "no number above 0"), (["--isa", "neon"], "invalid choice"),
                                    (["--runtimes", "tflite"], "none of onnxruntime"), (["--frob"], "--frob"),
                                    (["--json", "--markdown"], "not allowed with")):
            code, output, errors = self.run_command(*arguments)
            self.assertEqual((code, output), (2, ""), arguments)
            self.assertIn(expected, errors)

    def test_a_saved_run_prints_in_every_form(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "saved.json"
            path.write_text(json.dumps(measured()), encoding="utf-8")
            self.assertEqual(self.run_command("--from", path), (0, report.text(measured()), ""))
            self.assertEqual(self.run_command("--from", path, "--markdown"), (0, report.markdown(measured()), ""))
            code, output, _ = self.run_command("--from", path, "--json", "--by", "min")
            self.assertEqual((code, json.loads(output)["ratios_by"]), (0, "min"))

    def test_a_file_of_something_else_is_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "other.json"
            for text in ("{}", "no json"):
                path.write_text(text, encoding="utf-8")
                code, output, errors = self.run_command("--from", path)
                self.assertEqual((code, output), (1, ""))
                self.assertRegex(errors, r"\Abench/peers: [^\n]+\n\Z")
        self.assertEqual(self.run_command("--from", "absent.json")[0], 1)


if __name__ == "__main__":
    unittest.main()
