#!/usr/bin/env python3
"""What is compared on which machine, and how instruction sets are capped."""
import pathlib
import re
import tempfile
import unittest

import peer_bench

import contenders
import measure

RUNTIMES = ["onnxruntime", "openvino", "ctranslate2"]


class Contenders(unittest.TestCase):
    def test_the_machine_is_known_by_its_flags(self):
        for flags, isa in ((["avx512_vnni", "amx_int8", "avx2"], "amx"), (["avx512bw", "avx512_vnni"], "avx512vnni"),
                           (["avx2", "avx512bw"], "avx512"), (["avx2", "avx_vnni"], "avxvnni"), (["sse4_1", "avx2"], "avx2"),
                           (["sse4_1"], "sse41"), ([], "scalar")):
            self.assertEqual(contenders.machine_isa(set(flags)), isa)

    def test_flags_are_read(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "cpuinfo"
            path.write_text("processor\t: 0\nflags\t\t: fpu avx2 sse4_1\nprocessor\t: 1\nflags\t\t: fpu\n")
            self.assertEqual(contenders.processor_flags(path), {"fpu", "avx2", "sse4_1"})
            path.write_text("Features : neon\n")
            self.assertEqual(contenders.processor_flags(path), set())

    def test_no_cap_sets_nothing(self):
        for runtime in ["linnet", *RUNTIMES]:
            self.assertEqual(contenders.cap_environment(runtime, None), {})

    def test_linnet_takes_its_best_one_under_the_cap(self):
        available = ["amx", "avx512vnni", "avx2", "scalar"]
        self.assertEqual(contenders.cap_environment("linnet", "avx512vnni", available), {"LINNET_ISA": "avx512vnni"})
        self.assertEqual(contenders.cap_environment("linnet", "avx512", available), {"LINNET_ISA": "avx2"})
        with self.assertRaisesRegex(ValueError, "no instruction set up to 'sse41'"):
            contenders.cap_environment("linnet", "sse41", ["avx2"])

    def test_every_cap_has_a_name_in_every_peer_that_can_be_capped(self):
        for cap in contenders.ISAS[1:]:
            self.assertIn("ONEDNN_MAX_CPU_ISA", contenders.cap_environment("openvino", cap))
            self.assertLessEqual({"ONEDNN_MAX_CPU_ISA", "MKL_ENABLE_INSTRUCTIONS"},
                                 set(contenders.cap_environment("ctranslate2", cap)))
            self.assertEqual(contenders.cap_environment("onnxruntime", cap), {})

    def test_unknown_names_are_refused(self):
        with self.assertRaisesRegex(ValueError, "'avx10'"):
            contenders.cap_environment("openvino", "avx10")

    def test_names_are_unique_and_every_runtime_has_a_worker(self):
        for isa in contenders.ISAS[2:]:
            for bf16 in (False, True):
                every = contenders.all_contenders(isa, bf16, RUNTIMES)
                self.assertEqual(len({each["name"] for each in every}), len(every))
                for each in every:
                    self.assertTrue((peer_bench.ROOT / f"bench/peer_bench/worker_{each['runtime']}.py").is_file())

    def test_bf16_only_where_it_is_real(self):
        def bf16(real):
            return [each["name"] for each in contenders.all_contenders("avx512vnni", real, RUNTIMES) if "bf16" in each["name"]]
        self.assertEqual(bf16(False), [])
        self.assertEqual(len(bf16(True)), 4)

    def test_shapes_change_no_answers(self):
        by_name = {each["name"]: each for each in contenders.all_contenders("amx", True, RUNTIMES)}
        same = by_name["OpenVINO bf16"]["accuracy_of"]
        self.assertEqual(by_name["OpenVINO bf16, static shapes"]["accuracy_of"], same)
        self.assertNotEqual(by_name["OpenVINO float32"]["accuracy_of"], same)

    def test_only_runtimes_that_were_asked_for(self):
        self.assertEqual({each["runtime"] for each in contenders.all_contenders("avx2", False, ["ctranslate2"])},
                         {"linnet", "ctranslate2"})

    def test_a_cap_that_binds_takes_onnx_runtime_out_of_the_ratio(self):
        for cap, out in ((None, False), ("amx", False), ("avx2", True)):
            every = contenders.all_contenders("amx", True, RUNTIMES)
            measure.out_of_ratio(every, cap, "amx")
            self.assertEqual({each["runtime"] for each in every if each.get("out_of_ratio")},
                             {"onnxruntime"} if out else set())


class Pins(unittest.TestCase):
    def test_every_requirement_is_pinned(self):
        text = (peer_bench.ROOT / "bench/peer_bench/requirements.txt").read_text(encoding="utf-8")
        lines = [line for line in text.splitlines() if line and not line.startswith("#")]
        for line in lines:
            self.assertRegex(line, r"\A[\w-]+==[\d.]+\Z")
        self.assertEqual(lines, sorted(lines, key=lambda line: re.split("==", line)[0]))


if __name__ == "__main__":
    unittest.main()
