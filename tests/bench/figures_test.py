#!/usr/bin/env python3
"""Statistics of times and embeddings, and the comparison with the best peer."""
import math
import random
import struct
import unittest

import peer_bench
from peer_bench import contender, times

import figures
import ratios


class Figures(unittest.TestCase):
    def test_percentiles_interpolate(self):
        self.assertEqual(figures.percentile([3, 1, 2], 50), 2)
        self.assertEqual(figures.percentile([4, 1, 2, 3], 50), 2.5)
        self.assertEqual(figures.percentile([7], 95), 7)
        self.assertAlmostEqual(figures.percentile(range(101), 95), 95)
        with self.assertRaises(ValueError):
            figures.percentile([], 50)

    def test_summary(self):
        self.assertEqual(figures.summary([2.0, 1.0, 3.0]), {"min": 1.0, "median": 2.0, "p95": 2.9, "runs": 3})

    def test_cosine(self):
        self.assertAlmostEqual(figures.cosine([1, 0], [1, 1]), math.sqrt(0.5))
        self.assertAlmostEqual(figures.cosine([1, 2], [-2, -4]), -1)

    def test_a_broken_row_is_near_nothing(self):
        for row in ([0, 0], [math.nan, 1], [math.inf, 1]):
            self.assertEqual(figures.cosine(row, [1, 1]), 0)

    def test_ranks_share_ties(self):
        self.assertEqual(figures.ranks([10, 20, 10, 5]), [2.5, 4, 2.5, 1])

    def test_spearman(self):
        self.assertAlmostEqual(figures.spearman([1, 2, 3, 4], [1, 8, 27, 64]), 1)
        self.assertAlmostEqual(figures.spearman([1, 2, 3, 4], [4, 3, 2, 1]), -1)
        # scipy.stats.spearmanr([1, 2, 2, 4, 5], [5, 3, 4, 4, 1])
        self.assertAlmostEqual(figures.spearman([1, 2, 2, 4, 5], [5, 3, 4, 4, 1]), -0.7631578947368421)
        self.assertEqual(figures.spearman([1, 1, 1], [1, 2, 3]), 0)

    def test_spearman_of_noise_is_small(self):
        random.seed(1)
        self.assertLess(abs(figures.spearman(*([random.random() for _ in range(2000)] for _ in range(2)))), 0.1)

    def test_closeness(self):
        near = figures.closeness([[1, 0], [1, 1]], [[2, 0], [1, 0]])
        self.assertAlmostEqual(near["mean"], (1 + math.sqrt(0.5)) / 2)
        self.assertAlmostEqual(near["min"], math.sqrt(0.5))
        with self.assertRaises(ValueError):
            figures.closeness([[1]], [])

    def test_changed_rows_are_counted_by_their_bits(self):
        alone = struct.pack("<6f", 1, 2, 3, 4, 0.0, 6)
        self.assertEqual(figures.changed(alone, alone, 8), 0)
        self.assertEqual(figures.changed(alone, struct.pack("<6f", 1, 2, 3, 4.000001, -0.0, 6), 8), 2)
        for other, row in ((alone[:8], 8), (alone, 7)):
            with self.assertRaises(ValueError):
                figures.changed(alone, other, row)


class Choice(unittest.TestCase):
    def dropped(self, *contenders):
        return {name: instead for name, instead in ratios.choose(contenders).items() if instead}

    def test_slower_everywhere_and_no_more_accurate_goes(self):
        self.assertEqual(self.dropped(contender("fast", family="f", quick={"a": 1, "b": 2}),
                                      contender("slow", family="f", quick={"a": 2, "b": 3})), {"slow": "fast"})

    def test_faster_somewhere_stays(self):
        self.assertEqual(self.dropped(contender("x", family="f", quick={"a": 1, "b": 3}),
                                      contender("y", family="f", quick={"a": 2, "b": 2})), {})

    def test_more_accurate_stays(self):
        self.assertEqual(self.dropped(contender("fast", family="f", mean=0.99, quick={"a": 1}),
                                      contender("good", family="f", mean=0.999, quick={"a": 2})), {})

    def test_other_families_do_not_matter(self):
        self.assertEqual(self.dropped(contender("x", family="f", quick={"a": 1}),
                                      contender("y", family="g", quick={"a": 2})), {})

    def test_of_equals_one_stays(self):
        self.assertEqual(len(self.dropped(*(contender(name, family="f", quick={"a": 1, "b": 1}) for name in "xyz"))), 2)

    def test_a_setting_that_ran_fewer_cases_drops_none_that_ran_more(self):
        self.assertEqual(self.dropped(contender("half", family="f", quick={"a": 1}),
                                      contender("whole", family="f", quick={"a": 2, "b": 2})), {})


class Ratios(unittest.TestCase):
    def setUp(self):
        self.own = contender("Linnet INT8", runtime="linnet", pads=False, mean=0.9995, one=times(a=2, b=10))
        self.rough = contender("rough", mean=0.98, one=times(a=3, b=11))
        self.good = contender("good", mean=0.9999, one=times(a=6, b=12))
        self.ragged = contender("ragged", mean=0.98, pads=False, one=times(a=5, b=8))

    def compare(self, *peers, figure="median"):
        entries = ratios.compare([self.own, *peers], ["a", "b"], [1], figure)
        self.assertEqual([entry["case"] for entry in entries], ["a", "b"])
        return entries

    def test_fastest_accurate_and_padded(self):
        a, b = self.compare(self.rough, self.good, self.ragged)
        self.assertEqual((a["fastest"]["peer"], a["fastest"]["ratio"]), ("rough", 1.5))
        self.assertEqual((a["accurate"]["peer"], a["accurate"]["ratio"]), ("good", 3))
        self.assertEqual((b["fastest"]["peer"], b["fastest"]["ratio"]), ("ragged", 0.8))
        self.assertEqual((b["padded"]["peer"], b["padded"]["ratio"]), ("rough", 1.1))
        self.assertTrue(a["fastest"]["linnet_as_accurate"])
        self.assertFalse(a["accurate"]["linnet_as_accurate"])

    def test_the_minimum_may_decide(self):
        self.rough["times"]["1"]["a"]["min"] = 5
        entry = self.compare(self.rough, self.good, figure="min")[0]
        self.assertEqual((entry["fastest"]["peer"], entry["fastest"]["ratio"]), ("good", 3))

    def test_a_peer_that_no_cap_binds_is_in_no_ratio(self):
        self.rough["out_of_ratio"] = "it runs on amx"
        self.assertEqual(self.compare(self.rough, self.good)[0]["fastest"]["peer"], "good")

    def test_no_peer_no_ratio(self):
        a, _ = self.compare(self.rough)
        self.assertIsNone(a["accurate"])
        self.assertEqual(self.compare()[0]["fastest"], None)

    def test_equal_accuracy_counts(self):
        self.good["accuracy"] = self.own["accuracy"]
        self.assertEqual(self.compare(self.good)[0]["accurate"]["peer"], "good")

    def test_unknown_accuracy_is_never_better(self):
        self.good["accuracy"] = None
        a, _ = self.compare(self.good)
        self.assertIsNone(a["accurate"])
        self.assertFalse(a["fastest"]["linnet_as_accurate"])

    def test_a_case_that_a_peer_did_not_run(self):
        del self.rough["times"]["1"]["a"]
        self.assertEqual(self.compare(self.rough, self.good)[0]["fastest"]["peer"], "good")

    def test_speedup_of_threads(self):
        both = contender("x", one=times(a=4, b=5), two=times(a=2))
        self.assertEqual(ratios.speedup_of_threads([both], ["a", "b"], [1, 2]), {"x": {"a": 2}})


if __name__ == "__main__":
    del peer_bench
    unittest.main()
