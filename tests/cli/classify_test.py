#!/usr/bin/env python3
"""fit, classify, and eval of classification and retrieval."""
import json

import command

CATS = ["the cat runs", "a cat", "cat and cat", "big cat plays", "the small cat"]
DOGS = ["the dog runs", "a dog", "dog and dog", "big dog plays", "the small dog"]


class Classifier(command.CommandTest):
    def setUp(self):
        super().setUp()
        self.data = self.write("train.tsv", "".join(f"{text}\tmeow\n" for text in CATS * 4) +
                               "".join(f"{text}\twoof\n" for text in DOGS * 4))
        self.fitted = self.folder / "fitted.linnet"

    def fit(self, *arguments):
        return self.succeed_json("fit", self.float_model, "--data", self.data, "-o", self.fitted, *arguments)

    def test_fit_classify_and_eval_agree(self):
        report = self.fit("--folds", "4")
        self.assertEqual((report["texts"], report["labels"], report["folds"]), (40, ["meow", "woof"], 4))
        chosen = max(report["tried"], key=lambda tried: tried["accuracy"])
        self.assertEqual(chosen["strength"], report["strength"])
        self.succeed("verify", self.fitted)

        texts = self.write("texts.txt", "".join(line + "\n" for line in CATS + DOGS))
        rows = [line.split("\t") for line in self.succeed("classify", self.fitted, "--in", texts).splitlines()]
        self.assertEqual(len(rows), 10)
        right = sum(label == wanted for (label, _), wanted in zip(rows, ["meow"] * 5 + ["woof"] * 5))
        self.assertEqual(right, 10)
        for batch in ("1", "3", "64"):
            lines = self.succeed("classify", self.fitted, "--in", texts, "--top", "9", "--json", "--batch", batch)
            for (label, probability), line in zip(rows, lines.splitlines(), strict=True):
                both = json.loads(line)
                self.assertEqual((both[0]["label"], len(both)), (label, 2))
                self.assertAlmostEqual(both[0]["probability"], float(probability), delta=5.1e-5)
                self.assertAlmostEqual(sum(each["probability"] for each in both), 1, delta=1e-6)
        result = self.succeed_json("eval", self.fitted, "--task", "classification", "--data", self.data)
        self.assertEqual((result["texts"], result["accuracy"], result["macro_f1"], result["matthews"]), (40, 1, 1, 1))
        self.assertEqual(result["intervals"]["accuracy"], [1, 1])
        self.assertIn("accuracy", self.succeed("eval", self.fitted, "--task", "classification", "--data", self.data))

    def test_a_given_strength_is_not_validated(self):
        report = self.fit("--strength", "2.5")
        self.assertEqual((report["strength"], report["folds"], report["tried"]), (2.5, 0, []))
        self.assertNotIn("accuracy", report)
        score = self.succeed_json("eval", self.fitted, "--task", "classification", "--data", self.data)
        self.assertEqual(score["accuracy"], 1)
        told = self.succeed("fit", self.float_model, "--data", self.data, "-o", self.fitted, "--strength", "2.5")
        self.assertNotIn("chosen", told)
        call = ["fit", self.float_model, "--data", self.data, "-o", self.fitted]
        self.fail_with(2, "--strength: '0'", *call, "--strength", "0")
        self.fail_with(1, "--strength is for --method logistic", *call, "--strength", "1", "--method", "ridge")

    def test_the_model_stays_what_it_was(self):
        self.fit()
        texts = self.write("texts.txt", "the cat\nno dog\n")
        before, after = self.folder / "before.npy", self.folder / "after.npy"
        self.succeed("embed", self.float_model, "--in", texts, "-o", before, "--json")
        self.succeed("embed", self.fitted, "--in", texts, "-o", after, "--json")
        self.assertEqual(before.read_bytes(), after.read_bytes())
        model = self.succeed_json("inspect", self.fitted)
        self.assertEqual(model["heads"], [{"kind": "Classification", "value": "scores", "labels": ["meow", "woof"]}])
        self.assertEqual(model["outputs"][0]["name"], "scores")
        self.assertEqual(model["provenance"][-1]["step"], "fit")
        self.assertIn("Classification by 'scores': meow, woof", self.succeed("inspect", self.fitted))
        again = self.folder / "again.linnet"
        self.succeed("fit", self.float_model, "--data", self.data, "-o", again, "--threads", "3", "--json")
        self.assertEqual(again.read_bytes(), self.fitted.read_bytes())

    def test_a_quantized_model_keeps_its_classifier(self):
        self.fit()
        small = self.folder / "small.linnet"
        layers = self.succeed_json("quantize", self.fitted, "-o", small)["layers"]
        self.assertEqual(len(layers), 8, "the head stays float")
        result = self.succeed_json("eval", small, "--task", "classification", "--data", self.data)
        self.assertGreaterEqual(result["accuracy"], 0.9)

    def test_ridge_gives_numbers(self):
        numbers = self.write("numbers.csv", "".join(f"{text},{number}\n" for text, number in
                                                    [(text, -1.5) for text in CATS] * 4 + [(text, 2) for text in DOGS] * 4))
        report = self.succeed_json("fit", self.float_model, "--data", numbers, "--method", "ridge", "-o", self.fitted)
        self.assertEqual((report["texts"], report["folds"], len(report["tried"])), (40, 5, 13))
        chosen = min(report["tried"], key=lambda tried: tried["squared_error"])
        self.assertEqual((chosen["penalty"], chosen["r2"]), (report["penalty"], report["r2"]))
        self.succeed("verify", self.fitted)
        self.assertEqual(self.succeed_json("inspect", self.fitted)["heads"],
                         [{"kind": "Regression", "value": "scores", "labels": ["score"]}])
        [told] = json.loads(self.succeed("classify", self.fitted, "--json", stdin=b"a dog\n"))
        self.assertEqual(told["label"], "score")
        self.assertAlmostEqual(told["score"], 2, delta=0.2)
        result = self.succeed_json("eval", self.fitted, "--task", "regression", "--data", numbers)
        self.assertGreaterEqual(result["r2"], report["r2"], "of texts that it was fitted on")
        self.assertGreater(result["pearson"], 0.9)
        self.assertIn("chosen", self.succeed("fit", self.float_model, "--data", numbers, "--method", "ridge", "-o",
                                             self.fitted))
        words = self.write("words.tsv", "a\t1\nb\ttwo\n")
        self.fail_with(1, "words.tsv: line 2: the label 'two' is not a number", "fit", self.float_model, "--data", words,
                       "--method", "ridge", "-o", self.folder / "x.linnet")
        self.fail_with(1, "line 2: the label 'two'", "eval", self.fitted, "--task", "regression", "--data", words)
        self.fail_with(1, "gives no single label", "eval", self.fitted, "--task", "classification", "--data", numbers)
        self.fit()
        self.fail_with(1, "gives no numbers", "eval", self.fitted, "--task", "regression", "--data", numbers)

    def test_errors_name_what_is_wrong_and_keep_the_old_file(self):
        self.fitted.write_text("old")
        for expected, data in {
            "all 2 texts have the label 'x'": "a\tx\nb\tx\n",
            "the label 'y' has one text only": "a\tx\nb\tx\nc\ty\n",
            "bad.tsv line 2: not 2 fields": "a\tx\nb\n",
            "holds no labelled text": "",
        }.items():
            self.fail_with(1, expected, "fit", self.float_model, "--data", self.write("bad.tsv", data), "-o", self.fitted)
        self.assertEqual(self.fitted.read_text(), "old")
        self.fit()
        other = self.write("other.tsv", "a\tmeow\nb\tmoo\n")
        self.fail_with(1, "no label 'moo'", "eval", self.fitted, "--task", "classification", "--data", other)
        self.fail_with(1, "has a head already", "fit", self.fitted, "--data", self.data, "-o", self.folder / "x.linnet")
        self.fail_with(1, "has no classifier", "classify", self.float_model, "--in", other)
        self.fail_with(1, "has no classifier", "eval", self.float_model, "--task", "classification", "--data", other)
        self.fail_with(1, "line 2", "classify", self.fitted, stdin=b"good\n\xff\n")
        self.assertEqual(self.succeed("classify", self.fitted, stdin=b""), "")


class Retrieval(command.CommandTest):
    def test_scores_with_notes(self):
        documents = self.write("d.xml", "".join(f"<doc><docno>{i}</docno><text>{text}</text></doc>\n"
                                                for i, text in enumerate(CATS + DOGS)))
        queries = self.write("q.xml", "<top><num>3</num><title>a cat</title></top><top><num>9</num><title>a dog</title></top>")
        judgements = self.write("qrels.txt", "1 0 1 1\n2 0 6 1\n")
        call = ["eval", self.int8_model, "--task", "retrieval", "--data", documents]
        result = self.succeed_json(*call, "--queries", queries, "--qrels", judgements)
        # The very text of the query is among the documents, and nothing is nearer than that.
        self.assertEqual([result[name] for name in ("queries", "ndcg_at_10", "recall_at_10", "mrr_at_10")], [2, 1, 1, 1])
        self.assertIn("taken in order", result["notes"][0])
        self.assertIn("note: ", self.succeed(*call, "--queries", queries, "--qrels", judgements))
        self.fail_with(1, "retrieval needs", *call, "--queries", queries)
        self.fail_with(1, "for retrieval and rerank", "eval", self.int8_model, "--task", "sts", "--data", documents, "--qrels",
                       judgements)
        broken = self.write("broken.txt", "1 0 77 1\n")
        self.fail_with(1, "broken.txt line 1: there is no ", *call, "--queries", queries, "--qrels", broken)

    def test_reranks_what_a_search_has_found(self):
        documents = self.write("d.xml", "".join(f"<doc><docno>{i}</docno><text>{text}</text></doc>\n"
                                                for i, text in enumerate(CATS + DOGS)))
        queries = self.write("q.jsonl", '{"_id": "q", "text": "a cat"}\n{"_id": "r", "text": "a dog"}\n')
        judgements = self.write("qrels.txt", "q 0 1 1\nr 0 6 1\n")
        # The document that is wanted is the last one that was found.
        run = self.write("found.run", "q Q0 7 1 9.5 x\nq Q0 6 2 9 x\nq Q0 1 3 2 x\nr Q0 6 1 1 x\nr Q0 2 2 3 x\n")
        call = ["eval", self.int8_model, "--task", "rerank", "--data", documents, "--queries", queries, "--qrels", judgements]
        result = self.succeed_json(*call, "--candidates", run)
        self.assertEqual([result[name] for name in ("queries", "ndcg_at_10", "recall_at_10", "mrr_at_10")], [2, 1, 1, 1])
        self.assertEqual(result["notes"], ["in the order of the candidates: ndcg_at_10 0.5655, recall_at_10 1.0000, "
                                           "mrr_at_10 0.4167"])
        # Of two candidates each, the wanted one of the first query is not among them.
        result = self.succeed_json(*call, "--candidates", run, "--depth", 2)
        self.assertEqual(result["recall_at_10"], 0.5)
        self.fail_with(1, "rerank needs", *call)
        self.fail_with(1, "--candidates is for rerank", "eval", self.int8_model, "--task", "sts", "--data", documents,
                       "--candidates", run)
        for expected, line in {
            "bad.run line 1: there is no query 's'": "s Q0 1 1 1 x\n",
            "bad.run line 1: there is no document '77'": "q Q0 77 1 1 x\n",
            "bad.run line 2: document '1' is there twice for query 'q'": "q Q0 1 1 1 x\nq Q0 1 2 0 x\n",
            "bad.run line 1: not the 6 fields of a run": "q Q0 1 1 1\n",
            "bad.run line 2: the score 'high' is not a number": "q Q0 1 1 1 x\nq Q0 2 2 high x\n",
            "has no line of a judged query": "",
        }.items():
            self.fail_with(1, expected, *call, "--candidates", self.write("bad.run", line))


if __name__ == "__main__":
    command.main()
