#!/usr/bin/env python3
"""sensitivity, tune and quantize --plan."""
import csv
import json

import command

TEXTS = "the cat\na dog runs\na dog runs over the small house\nplaying\nthe big house and a cat\n"
PAIRS = "the cat,a cat,4.5\nthe cat,a dog runs,1\na house,the small house,4\n"


class Sensitivity(command.CommandTest):
    def test_json_csv_and_table_agree(self):
        texts, target = self.write("texts.txt", TEXTS), self.folder / "rows.csv"
        result = self.succeed_json("sensitivity", self.float_model, "--in", texts, "--csv", target)
        self.assertEqual((result["model"], result["measure"], result["texts"]), (str(self.float_model), "1 - cosine", 5))
        with open(target, newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(len(rows), 26)
        for ours, row in zip(result["rows"], rows, strict=True):
            self.assertEqual([str(ours["layer"]), ours["name"], ours["format"]], [row["layer"], row["name"], row["format"]])
            self.assertAlmostEqual(ours["loss"], float(row["loss"]), delta=1e-8)
            self.assertGreaterEqual(ours["worst"], ours["loss"])
        table = self.succeed("sensitivity", self.float_model, "--in", texts, "--format", "int8")
        lines = [line for line in table.splitlines() if " int8 " in line]
        self.assertEqual([line.split(" int8 ")[0].strip() for line in lines],
                         [row["name"] for row in result["rows"] if row["format"] == "int8"])
        losses = [row["loss"] for row in result["rows"] if row["format"] == "int8"][:12]
        self.assertIn("#" * 32, lines[losses.index(max(losses))])
        self.assertNotIn("int4", table)

    def test_on_a_task(self):
        data = self.write("pairs.csv", PAIRS)
        result = self.succeed_json("sensitivity", self.float_model, "--task", "sts", "--data", data, "--format", "int8")
        self.assertEqual((result["measure"], result["texts"], len(result["rows"])), ("drop of spearman", 3, 14))
        self.assertIsNone(result["rows"][0]["worst"])
        self.assertIn("drop of spearman", self.succeed("sensitivity", self.float_model, "--task", "sts", "--data", data,
                                                       "--format", "int8"))

    def test_errors(self):
        texts = self.write("texts.txt", TEXTS)
        call = ["sensitivity", self.float_model]
        self.fail_with(2, "exactly one of --in, --task", *call)
        self.fail_with(2, "exactly one of --in, --task", *call, "--in", texts, "--task", "sts", "--data", texts)
        self.fail_with(2, "--task needs --data", *call, "--task", "sts")
        self.fail_with(2, "--data needs --task", *call, "--in", texts, "--data", texts)
        self.fail_with(2, "'int2' is none of int8, int4", *call, "--in", texts, "--format", "int2")
        self.fail_with(2, "does not end in .csv", *call, "--in", texts, "--csv", "rows.txt")
        self.fail_with(1, "there is no folder", *call, "--in", texts, "--csv", self.folder / "no" / "rows.csv")
        self.fail_with(1, "is quantized already", "sensitivity", self.int8_model, "--in", texts)
        self.fail_with(1, "holds no text", *call, "--in", self.write("empty.txt", "\n\n"))
        self.fail_with(1, "bad.txt line 2: byte 1", *call, "--in", self.write("bad.txt", b"good\n\xff\n"))
        self.fail_with(1, "pairs.csv line 1", *call, "--task", "sts", "--data", self.write("pairs.csv", "a,b\n"))
        self.fail_with(1, "absent.linnet", "sensitivity", "absent.linnet", "--in", texts)


class Tune(command.CommandTest):
    def setUp(self):
        super().setUp()
        self.texts = self.write("texts.txt", TEXTS)
        self.best, self.log = self.folder / "best.linnet", self.folder / "log.csv"
        self.call = ["tune", self.float_model, "-o", self.best, "--in", self.texts, "--shape", "1x8", "--seconds", "0.001"]

    def test_the_result_is_the_plan(self):
        small = self.int8_model.stat().st_size
        large = self.float_model.stat().st_size
        limit = (small + large) / 2 / 1e6
        result = self.succeed_json(*self.call, "--max-mb", limit, "--log", self.log)
        best = result["best"]
        self.assertLessEqual(best["bytes"], limit * 1e6)
        self.assertEqual(result["none"]["plan"], "float")
        self.assertEqual(result["none"]["loss"], 0)
        self.assertEqual(result["all"]["plan"], "int8")
        self.assertLess(0, best["loss"])
        self.assertLess(best["loss"], result["all"]["loss"])
        self.assertLess(small, best["bytes"])
        self.succeed("verify", self.best)
        self.assertEqual(self.succeed_json("inspect", self.best)["weights"], "mixed")
        detail = self.succeed_json("inspect", self.best)["provenance"][-1]
        self.assertEqual(detail["step"], "tune")
        self.assertIn(best["plan"], json.dumps(detail["detail"]))
        # The same model from its plan: the same embeddings.
        again = self.folder / "again.linnet"
        self.succeed("quantize", self.float_model, "--plan", best["plan"], "-o", again)
        rows = []
        for model in (self.best, again):
            self.succeed("embed", model, "--in", self.texts, "-o", self.folder / "rows.npy", "--json")
            rows.append((self.folder / "rows.npy").read_bytes())
        self.assertEqual(rows[0], rows[1])

        with open(self.log, newline="") as file:
            logged = list(csv.DictReader(file))
        self.assertEqual(len(logged), result["evaluations"])
        self.assertIn(best["plan"], [row["plan"] for row in logged])
        resumed = self.succeed_json(*self.call, "--max-mb", limit, "--log", self.log)
        self.assertEqual((resumed["from_log"], resumed["best"]), (result["evaluations"], best))
        # With another limit the same rows count.
        other = self.succeed_json(*self.call, "--max-loss", "100%", "--log", self.log, "--evaluations", "20")
        self.assertGreaterEqual(other["from_log"], 2)
        self.assertEqual(other["limits"], {"loss": 1})

    def test_forms_are_searched_too(self):
        forms = "int8 unrotated,int8 rotated-64"
        self.succeed(*self.call, "--max-loss", "100%", "--forms", forms, "--log", self.log)
        with open(self.log, newline="") as file:
            tried = " ".join(row["plan"] for row in csv.DictReader(file))
        for form in forms.split(","):
            self.assertIn(form, tried)
        for expected, given in {
            "'int9'": "int9",
            "the form 'int8' is there already": "int8 unrotated,int8",
            "the form 'int8 unrotated' is there already": "int8 unrotated,int8 unrotated",
            "where nothing is calibrated": "int8 nearest",
        }.items():
            self.fail_with(1, expected, *self.call, "--max-mb", 1, "--forms", given)

    def test_text_says_what_was_found(self):
        text = self.succeed(*self.call, "--max-loss", "0", "--evaluations", "5")
        self.assertRegex(text, r"\nplan: float\n")
        self.assertRegex(text, r"\nfloat +0.00e\+00 ")
        self.assertIn("the best of 5 models (0 from the log, 4 timed again)", text)
        self.assertIn("note: the budget", text)

    def test_calibrated_models_are_other_models(self):
        limited = [*self.call, "--max-loss", "100%", "--evaluations", "2", "--log", self.log]
        plain = self.succeed_json(*limited)
        self.fail_with(1, "log.csv line 2: a row that was measured with other data", *limited, "--calibrate", self.texts)
        self.log.unlink()
        calibrated = self.succeed_json(*limited, "--calibrate", self.texts)
        self.assertNotEqual(calibrated["all"]["loss"], plain["all"]["loss"])

    def test_on_a_task_the_limit_is_a_share_of_the_metric(self):
        data = self.write("pairs.csv", PAIRS)
        call = ["tune", self.float_model, "-o", self.best, "--task", "sts", "--data", data, "--shape", "1x8", "--seconds",
                "0.001", "--max-loss", "10%", "--evaluations", "3"]
        spearman = self.succeed_json("eval", self.float_model, "--task", "sts", "--data", data)["spearman"]
        result = self.succeed_json(*call)
        self.assertAlmostEqual(result["limits"]["loss"], 0.1 * abs(spearman), places=12)
        self.assertEqual(result["measure"], "drop of spearman")

    def test_nothing_is_written_when_nothing_holds_the_limits(self):
        self.best.write_text("old")
        self.fail_with(1, "holds loss <= 0, <= 1e-06 MB; the nearest: loss", *self.call, "--max-loss", "0", "--max-mb", "1e-6",
                       "--evaluations", "6")
        self.assertEqual(self.best.read_text(), "old")

    def test_errors(self):
        limited = [*self.call, "--max-loss", "1%", "--evaluations", "3"]
        self.fail_with(1, "nothing limits the search", *self.call)
        self.fail_with(2, "--max-loss: '1%%' is not a loss", *self.call, "--max-loss", "1%%")
        self.fail_with(2, "--max-loss: '-1' is not a loss", *self.call, "--max-loss", "-1")
        self.fail_with(2, "--max-loss: '%' is not a loss", *self.call, "--max-loss", "%")
        self.fail_with(2, "--max-ms: '0'", *self.call, "--max-ms", "0")
        self.fail_with(2, "--evaluations: '1'", *self.call, "--max-ms", "1", "--evaluations", "1")
        for shape in ("16", "x16", "1x", "0x4", "1x99999999999999999999", "1x2x3"):
            self.fail_with(2, f"--shape: '{shape}'", "tune", self.float_model, "-o", self.best, "--in", self.texts, "--max-ms",
                           "1", "--shape", shape)
        self.fail_with(2, "exactly one of --in, --task", "tune", self.float_model, "-o", self.best, "--max-ms", "1")
        self.fail_with(2, "--output is required", "tune", self.float_model, "--in", self.texts, "--max-ms", "1")
        self.fail_with(1, "is quantized already", "tune", self.int8_model, "-o", self.best, "--in", self.texts, "--max-ms", "1")
        self.fail_with(1, "positions", "tune", self.float_model, "-o", self.best, "--in", self.texts, "--max-ms", "1",
                       "--shape", "1x4000")
        self.fail_with(1, "log.csv line 1: not the log of a search", *limited, "--log", self.write("log.csv", "text\n"))
        self.log.unlink()
        self.succeed(*limited, "--log", self.log)
        other = self.write("other.txt", TEXTS + "cat\n")
        self.fail_with(1, "log.csv line 2: a row that was measured with other data", "tune", self.float_model, "-o", self.best,
                       "--in", other, "--shape", "1x8", "--seconds", "0.001", "--max-loss", "1%", "--log", self.log)
        self.assertEqual(len(self.log.read_text().splitlines()), 6, "three models, two of them timed again")


class Plan(command.CommandTest):
    def test_a_plan_is_followed_and_checked(self):
        target = self.folder / "mixed.linnet"
        call = ["quantize", self.float_model, "-o", target, "--plan"]
        report = self.succeed_json(*call, "float; feed-forward 1 up=int8")
        self.assertEqual([layer["name"].rsplit(".", 1)[1] for layer in report["layers"]], ["up"])
        self.succeed(*call, "int8")
        self.assertEqual(target.read_bytes(), self.int8_model.read_bytes())
        self.fail_with(1, "the plan names 'attention 7 qkv'", *call, "int8; attention 7 qkv=float")
        self.fail_with(1, "'int3' is not float, or int8", *call, "int3")
        self.assertEqual(target.read_bytes(), self.int8_model.read_bytes())


if __name__ == "__main__":
    command.main()
