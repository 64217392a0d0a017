#!/usr/bin/env python3
"""compare, and bench of several models."""
import json
import shutil

import command

QUICK = ["--seconds", "0.01", "--shapes", "1x4,3x9"]
SHAPES = ["1x4", "3x9"]


class Compare(command.CommandTest):
    def setUp(self):
        super().setUp()
        self.pairs = self.write("sts.csv", "".join(f"the cat {a},the dog {b},{(7 * a + b) % 5}\n"
                                                   for a in range(6) for b in range(5)))
        self.task = ["--task", "sts", "--data", self.pairs]

    def test_models_side_by_side(self):
        result = self.succeed_json("compare", self.float_model, self.int8_model, *QUICK, *self.task)
        self.assertEqual((result["shapes"], result["threads"], result["task"], result["metric"], result["pairs"]),
                         (SHAPES, 1, "sts", "spearman", 30))
        self.assertEqual(result["isa"], self.succeed_json("cpu")["selected"])
        self.assertRegex(result["commit"], r"\A([0-9a-f]{7,40}|unknown)\Z")
        self.assertRegex(result["date"], r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\Z")
        both = result["models"]
        self.assertEqual([model["label"] for model in both], ["float", "int8"])
        self.assertEqual([model["weights"] for model in both], ["float32", "int8"])
        for model, path in zip(both, (self.float_model, self.int8_model), strict=True):
            self.assertEqual(model["file_bytes"], path.stat().st_size)
            self.assertGreater(model["load_ms"], 0)
            self.assertEqual([each["shape"] for each in model["times"]], SHAPES)
            for each in model["times"]:
                self.assertGreaterEqual(each["runs"], 10)
                self.assertLessEqual(each["median_ms"], each["p95_ms"])
            score = self.succeed_json("eval", path, *self.task)
            self.assertEqual(model["metrics"], {name: score[name] for name in ("spearman", "pearson")})
            self.assertEqual(model["intervals"], score["intervals"])
        self.assertNotIn("differences", both[0])
        gained = both[1]["differences"]["spearman"]
        self.assertAlmostEqual(gained["value"], both[1]["metrics"]["spearman"] - both[0]["metrics"]["spearman"])
        low, high = gained["interval"]
        self.assertLessEqual(low, high)
        self.assertTrue(any("quantize: scheme int8" in step for step in both[1]["made_by"]), both[1]["made_by"])
        # The front, from the very numbers that are shown.
        for shape in range(2):
            points = [(model["times"][shape]["median_ms"], -model["metrics"]["spearman"]) for model in both]
            for i, point in enumerate(points):
                beaten = any(other != point and other[0] <= point[0] and other[1] <= point[1] for other in points)
                self.assertEqual(both[i]["times"][shape]["on_front"], not beaten)

    def test_a_model_against_itself_differs_by_nothing(self):
        twin = self.folder / "twin.linnet"
        shutil.copy(self.int8_model, twin)
        result = self.succeed_json("compare", self.int8_model, twin, *QUICK, *self.task)
        self.assertEqual(result["models"][1]["differences"]["spearman"], {"value": 0, "interval": [0, 0]})

    def test_text_and_page(self):
        page = self.write("report.html", "old")
        text = self.succeed("compare", self.float_model, self.int8_model, *QUICK, *self.task, "--html", page)
        for expected in ("1x4 ms", "3x9 ms", "spearman", "to [1]", "*: on the Pareto front", "[2] int8", "30 pairs"):
            self.assertIn(expected, text)
        content = page.read_text()
        self.assertTrue(content.startswith("<!doctype html>"))
        self.assertTrue(content.endswith("</html>\n"))
        self.assertIn("<bdi>int8</bdi>", content)
        self.assertEqual(self.names(), ["report.html", "sts.csv"])

    def test_without_a_task_there_are_times_and_sizes(self):
        result = self.succeed_json("compare", self.int8_model, *QUICK)
        self.assertNotIn("task", result)
        self.assertNotIn("metrics", result["models"][0])
        self.assertFalse(result["models"][0]["times"][0]["on_front"])
        self.assertNotIn("Pareto", self.succeed("compare", self.int8_model, *QUICK))

    def test_what_fails_is_told_and_the_others_go_on(self):
        page = self.folder / "report.html"
        broken = self.write("broken.linnet", b"no model at all" * 100)
        call = ["compare", self.float_model, broken, "absent.linnet", self.int8_model, *QUICK, "--html", page]
        output = json.loads(self.fail_with(1, "broken.linnet", *call, "--json"))
        self.assertEqual(["error" in model for model in output["models"]], [False, True, True, False])
        self.assertEqual(["times" in model for model in output["models"]], [True, False, False, True])
        self.assertIn("failed: cannot open", page.read_text())
        # A task that the models cannot do: they are timed, and it is an error.
        labels = self.write("labels.tsv", "a cat\tx\na dog\ty\n")
        text = self.fail_with(1, "has no classifier", "compare", self.int8_model, *QUICK, "--task", "classification",
                              "--data", labels)
        self.assertIn("failed: the model has no classifier", text)
        self.assertIn("1x4 ms", text)

    def test_errors_of_the_whole_come_first_and_keep_the_old_page(self):
        page = self.write("report.html", "old")
        text = self.write("text.json", "no json")
        for expected, options in {
            "no model is left to compare": [],
            "--shapes: '1x' is not a shape": ["--shapes", "1x"],
            "cannot read 'absent.csv'": ["--task", "sts", "--data", "absent.csv"],
            "text.json: not JSON": ["--peers", text],
            "cannot read 'absent.json'": ["--sensitivity", "absent.json"],
            "there is no folder": ["--html", self.folder / "no" / "x.html"],
        }.items():
            html = [] if "--html" in options else ["--html", page]
            self.assertEqual(self.fail_with(1, expected, "compare", "absent.linnet", *html, *options), "")
        self.assertEqual(page.read_text(), "old")

    def test_a_shape_beyond_the_positions_has_no_time(self):
        result = self.succeed_json("compare", self.int8_model, "--seconds", "0.01", "--shapes", "1x4,1x45")
        self.assertEqual([each["shape"] for each in result["models"][0]["times"]], ["1x4"])

    def test_names_of_files_stay_text(self):
        evil = self.folder / "<img src=x onerror=alert(1)> & 'b'.linnet"
        shutil.copy(self.int8_model, evil)
        page = self.folder / "report.html"
        self.succeed("compare", evil, *QUICK, "--html", page)
        self.assertNotIn("<img", page.read_text())
        self.assertIn("&lt;img src=x onerror=alert(1)&gt; &amp; &#39;b&#39;", page.read_text())

    def test_peers_and_sensitivity_are_shown(self):
        sensitivity = self.write("s.json", json.dumps({"model": "m", "measure": "1 - cosine", "texts": 3, "rows": [
            {"layer": 0, "name": "attention 0 qkv", "format": "int8", "loss": 0.125, "worst": 0.25}]}))
        peers = self.write("p.json", json.dumps({
            "machine": {"processor": "Elsewhere", "isa": "amx"}, "cap": None, "commit": "abc", "texts": "STS-B",
            "results": [{"random_weights": False, "contenders": [
                {"name": "Other", "runtime": "openvino", "file_bytes": 7000, "load_ms": 3, "accuracy": {"spearman": 0.5},
                 "times": {"1": {"1x4": {"median": 4, "p95": 5}}}}]}]}))
        options = [*QUICK, "--sensitivity", sensitivity, "--peers", peers]
        result = self.succeed_json("compare", self.int8_model, *options)
        self.assertEqual(result["peers"]["rows"][0]["times"], [{"shape": "1x4", "median_ms": 4, "p95_ms": 5}])
        self.assertEqual(result["sensitivity"]["rows"][0]["worst"], 0.25)
        text = self.succeed("compare", self.int8_model, *options)
        for expected in ("Other", "measured elsewhere", "attention 0 qkv", "0.125"):
            self.assertIn(expected, text)
        self.fail_with(1, "no other runtime was timed with 2 threads", "compare", self.int8_model, *options, "--threads",
                       "2")


class Bench(command.CommandTest):
    def test_several_models_have_the_same_rows(self):
        options = ["--tokens", "4,9", "--batch", "2", "--seconds", "0.01"]
        result = self.succeed_json("bench", self.float_model, self.int8_model, *options)
        self.assertEqual([model["weights"] for model in result["models"]], ["float32", "int8"])
        for model in result["models"]:
            self.assertEqual([row["tokens"] for row in model["rows"]], [4, 9])
        self.assertNotIn("rows", result)
        one = self.succeed_json("bench", self.int8_model, *options)
        self.assertEqual(one["rows"][0]["macs"], result["models"][1]["rows"][0]["macs"])
        text = self.succeed("bench", self.float_model, self.int8_model, *options)
        self.assertRegex(text, r"\[1\] .*float32\n\[2\] .*int8\n")
        self.assertEqual(len([line for line in text.splitlines() if line.startswith("    [")]), 4)
        self.fail_with(1, "absent.linnet", "bench", self.int8_model, "absent.linnet")
        self.fail_with(1, "one row of one model", "bench", self.int8_model, self.float_model, "--tokens", "4", "--batch",
                       "1", "--trace", self.folder / "t.json")

    def test_what_a_row_costs(self):
        result = self.succeed_json("bench", self.int8_model, "--tokens", "4,8", "--batch", "1", "--seconds", "0.01")
        self.assertGreater(result["peak_resident_bytes"], 1000000)
        self.assertTrue(result["cpu"])
        self.assertIn("commit", result)
        four, eight = result["rows"]
        for row in (four, eight):
            self.assertAlmostEqual(row["macs_per_second"], row["macs"] / row["mean_ms"] * 1e3, delta=1)
            self.assertAlmostEqual(row["tokens_per_second"], row["tokens"] / row["mean_ms"] * 1e3, delta=1e-3)
            self.assertTrue(0 < row["share_of_peak"] < 2, row)
            self.assertLess(row["weight_bytes"], self.int8_model.stat().st_size)
        self.assertEqual(eight["activation_bytes"] > four["activation_bytes"], True)
        self.assertGreater(eight["weight_bytes"], four["weight_bytes"])


if __name__ == "__main__":
    command.main()
