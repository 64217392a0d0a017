#!/usr/bin/env python3
"""The texts and shapes of the comparison."""
import pathlib
import tempfile
import unittest

import peer_bench

import workload

SENTENCES = [[2, 10, 11, 3], [2, 20, 3], [2, 30, 31, 32, 3], [2, 40, 3]]


class Cases(unittest.TestCase):
    def test_names(self):
        self.assertEqual(workload.check_case("32x128"), (32, 128))
        self.assertEqual(workload.check_case("sts32"), (32, None))
        for name in ("", "x", "1x", "0x16", "1x0", "sts0", "sts", "1x16x2", "1x99999", "-1x16"):
            with self.assertRaisesRegex(workload.WorkloadError, "is no case", msg=name):
                workload.check_case(name)

    def test_fixed_shapes_are_running_text_between_the_special_tokens(self):
        self.assertEqual(workload.build_case("1x6", SENTENCES), [[2, 10, 11, 20, 30, 3]])
        rows = workload.build_case("3x5", SENTENCES)
        self.assertEqual(rows, [[2, 10, 11, 20, 3], [2, 30, 31, 32, 3], [2, 40, 10, 11, 3]])

    def test_long_shapes_repeat_the_text(self):
        (row,) = workload.build_case("1x20", SENTENCES)
        self.assertEqual((len(row), row[:4], row[8:10], row[-1]), (20, [2, 10, 11, 20], [10, 11], 3))

    def test_real_sentences_are_spread_over_the_data(self):
        self.assertEqual(workload.build_case("sts2", SENTENCES), [SENTENCES[0], SENTENCES[2]])
        with self.assertRaisesRegex(workload.WorkloadError, "needs 5 sentences, there are 4"):
            workload.build_case("sts5", SENTENCES)

    def test_no_room(self):
        with self.assertRaisesRegex(workload.WorkloadError, "no room"):
            workload.build_case("1x1", SENTENCES)

    def test_description(self):
        self.assertEqual(workload.describe_case({"sequences": SENTENCES, "fixed": False}),
                         {"sequences": 4, "tokens": 15, "padded_tokens": 20, "fixed": False})


class Texts(unittest.TestCase):
    def test_reading(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "test.csv").write_text('a,b,1\n"c\nd",b,2.5\ne,f,3\ng,h,4\n', encoding="utf-8")
            (folder / "train.csv").write_text("x,y,1\nb,y,1\n", encoding="utf-8")
            test, calibration = workload.read_texts(folder)
            self.assertEqual(test[:2], [("a", "b", 1), ("c d", "b", 2.5)])
            self.assertEqual(calibration, ["x"])  # b is in the test
            test, _ = workload.read_texts(folder, pairs=2)
            self.assertEqual([first for first, _, _ in test], ["a", "e"])

    def test_a_missing_file_is_named(self):
        with self.assertRaisesRegex(workload.WorkloadError, "test.csv: No such file"):
            workload.read_texts(pathlib.Path("absent"))

    def test_the_excerpt_can_be_used(self):
        test, calibration = workload.read_texts(peer_bench.ROOT / "tests/data/stsb")
        self.assertEqual(len(test), 48)
        self.assertGreater(len(calibration), 50)

    def test_every_text_is_embedded_once(self):
        test = [("a b", "c", 1.0), ("c", "a b", 2.0), ("d", "c", 3.0)]
        built = workload.build(test, ["e"], lambda texts: [[2, *map(ord, text.split()), 3] for text in texts], ["sts3"])
        self.assertEqual(built["sequences"], [[2, 97, 98, 3], [2, 99, 3], [2, 100, 3]])
        self.assertEqual(built["pairs"], [[0, 1, 1.0], [1, 0, 2.0], [2, 1, 3.0]])
        self.assertEqual(built["calibration"], [[2, 101, 3]])
        self.assertEqual(built["cases"]["sts3"]["sequences"], [[2, 97, 98, 3], [2, 99, 3], [2, 100, 3]])
        self.assertFalse(built["cases"]["sts3"]["fixed"])


if __name__ == "__main__":
    unittest.main()
