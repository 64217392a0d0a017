#!/usr/bin/env python3
"""classify, tag, answer, fill-mask, rerank and eval with the tiny checkpoints of tests/data/models/heads, against the scores
that PyTorch gives for the same texts (tests/oracles/make_tiny_heads.py)."""
import json
import math

import command

HEADS = command.CHECKPOINTS.parent / "heads"


def softmax(row):
    most = max(row)
    powers = [math.exp(x - most) for x in row]
    return [p / sum(powers) for p in powers]


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


class Checkpoint:
    def __init__(self, name):
        self.folder = HEADS / name
        self.cases = json.loads((self.folder / "expected/cases.json").read_text(encoding="utf-8"))
        (_, width), floats = command.read_npy(self.folder / "expected/scores.npy")
        self.rows = [floats[i:i + width] for i in range(0, len(floats), width)]
        vocabulary = json.loads((self.folder / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
        self.tokens = {i: token for token, i in vocabulary.items()}

    def rows_of(self, index):
        """The rows of all tokens of a case."""
        begin = sum(len(ids) for ids in self.cases["ids"][:index])
        return self.rows[begin:begin + len(self.cases["ids"][index])]


class Heads(command.CommandTest):
    def convert(self, name, *arguments):
        model = self.folder / f"{name}.linnet"
        self.succeed("convert", HEADS / name, *arguments, "-o", model)
        self.succeed("verify", model)
        return model, Checkpoint(name)

    def classify(self, name):
        model, checkpoint = self.convert(name)
        single = [i for i, (_, second) in enumerate(checkpoint.cases["pairs"]) if second is None]
        texts = self.write("texts.txt", "".join(checkpoint.cases["pairs"][i][0] + "\n" for i in single))
        lines = self.succeed("classify", model, "--in", texts, "--json").splitlines()
        return [(json.loads(line), checkpoint.rows[i]) for line, i in zip(lines, single, strict=True)]

    def test_classify_by_one_right_label(self):
        names = ["negative", "neutral", "positive"]
        for labels, row in self.classify("bert_classification"):
            self.assertEqual(len(labels), 1)
            self.assertEqual(labels[0]["label"], names[row.index(max(row))])
            self.assertAlmostEqual(labels[0]["probability"], max(softmax(row)), delta=1e-4)

    def test_classify_by_labels_each_by_itself(self):
        for labels, row in self.classify("distilbert_classification"):
            found = {each["label"]: each["probability"] for each in labels}
            self.assertEqual(set(found), {"calm", "loud"})
            self.assertAlmostEqual(found["calm"], sigmoid(row[0]), delta=1e-4)
            self.assertAlmostEqual(found["loud"], sigmoid(row[1]), delta=1e-4)

    def test_classify_by_a_number(self):
        for labels, row in self.classify("electra_classification"):
            self.assertEqual(list(labels[0]), ["label", "score"])
            self.assertAlmostEqual(labels[0]["score"], row[0], delta=1e-4)

    def test_rerank(self):
        model, checkpoint = self.convert("mpnet_classification")
        for i, (query, text) in enumerate(checkpoint.cases["pairs"]):
            if text is None:
                continue
            texts = self.write("texts.txt", f"{text}\nzebra\n{text}\n")
            found = self.succeed_json("rerank", model, "--query", query, "--in", texts)
            scores = {each["line"]: each["score"] for each in found}
            self.assertAlmostEqual(scores[1], sigmoid(checkpoint.rows[i][0]), delta=1e-4)
            self.assertEqual(scores[1], scores[3])
            self.assertEqual([each["score"] for each in found], sorted(scores.values(), reverse=True))
            self.assertLess([each["line"] for each in found].index(1), [each["line"] for each in found].index(3))
        lines = self.succeed("rerank", model, "--query", "cat", "--in", texts, "--top", "2").splitlines()
        self.assertEqual(len(lines), 2)

    def test_tag(self):
        model, checkpoint = self.convert("electra_tagging")
        labels = ["O", "B-ANIMAL", "I-ANIMAL", "B-PLACE", "I-PLACE"]
        for i, (text, second) in enumerate(checkpoint.cases["pairs"]):
            if second is not None:
                continue
            words = []  # [label, letters] by the first token of each word
            ids = checkpoint.cases["ids"][i]
            for row, token in list(zip(checkpoint.rows_of(i), ids))[1:-1]:
                spelled = checkpoint.tokens[token]
                if spelled.startswith("##"):
                    words[-1][1] += spelled[2:]
                else:
                    words.append([labels[row.index(max(row))], spelled])
            wanted = []
            open_ = False
            for label, letters in words:
                if label != "O":
                    if open_ and label[0] == "I" and wanted[-1][0] == label[2:]:
                        wanted[-1][1] += letters
                    else:
                        wanted.append([label[2:], letters])
                open_ = label != "O"
            found = json.loads(self.succeed("tag", model, "--in", self.write("t.txt", text + "\n"), "--json"))
            self.assertEqual([[each["label"], each["text"].replace(" ", "")] for each in found], wanted)
            for each in found:
                self.assertEqual(text[each["begin"]:each["end"]], each["text"])

    def test_offsets_count_characters(self):
        model, _ = self.convert("electra_tagging")
        text = "Ünïcödé 😀 the dog 犬 runs under THE hoüse and birds"
        found = json.loads(self.succeed("tag", model, "--in", self.write("t.txt", text + "\n"), "--json"))
        self.assertTrue(found)
        for each in found:
            self.assertEqual(text[each["begin"]:each["end"]], each["text"])
        rows = [line.split("\t") for line in self.succeed("tag", model, "--in", self.write("t.txt", text)).splitlines()]
        self.assertEqual([(int(r[1]), int(r[2]), r[3], r[5]) for r in rows],
                         [(e["begin"], e["end"], e["label"], e["text"]) for e in found])

    def test_answer(self):
        model, checkpoint = self.convert("bert_qa")
        compared = 0
        for i, (question, text) in enumerate(checkpoint.cases["pairs"]):
            ids, begin = checkpoint.cases["ids"][i], checkpoint.cases["second_begin"][i]
            if not question or text is None or len(ids) >= checkpoint.cases["max_tokens"]:
                continue  # cut by longest_first; answer keeps the whole text
            rows = checkpoint.rows_of(i)[begin:-1]
            tokens = [checkpoint.tokens[t] for t in ids[begin:-1]]
            first, last = max(((a, b) for a in range(len(rows)) for b in range(a, min(len(rows), a + 15))),
                              key=lambda ab: rows[ab[0]][0] + rows[ab[1]][1])
            score = softmax([r[0] for r in rows])[first] * softmax([r[1] for r in rows])[last]
            while tokens[first].startswith("##"):
                first -= 1
            while last + 1 < len(tokens) and tokens[last + 1].startswith("##"):
                last += 1
            found = self.succeed_json("answer", model, "--question", question, "--in", self.write("t.txt", text))
            spelled = "".join(t.removeprefix("##") for t in tokens[first:last + 1])
            self.assertEqual(found[0]["text"].lower().replace(" ", ""), spelled)
            self.assertEqual(text[found[0]["begin"]:found[0]["end"]], found[0]["text"])
            self.assertAlmostEqual(found[0]["score"], score, delta=1e-4)
            compared += 1
        self.assertGreaterEqual(compared, 2)

    def test_fill_mask(self):
        model, _ = self.convert("distilbert_fill_mask", "--head", "fill-mask")
        texts = self.write("t.txt", "the [MASK] runs over [MASK].\n[MASK]\n")
        lines = [json.loads(line) for line in self.succeed("fill-mask", model, "--in", texts, "--top", "3", "--json").splitlines()]
        self.assertEqual([[len(mask) for mask in line] for line in lines], [[3, 3], [3]])
        for mask in lines[0] + lines[1]:
            probabilities = [each["probability"] for each in mask]
            self.assertEqual(probabilities, sorted(probabilities, reverse=True))
        table = [line.split("\t") for line in self.succeed("fill-mask", model, "--in", texts, "--top", "1").splitlines()]
        self.assertEqual([row[:3] for row in table], [["1", "1", lines[0][0][0]["token"]], ["1", "2", lines[0][1][0]["token"]],
                                                       ["2", "1", lines[1][0][0]["token"]]])
        self.fail_with(1, "line 1: the text has no [MASK]", "fill-mask", model, "--in", self.write("u.txt", "the cat\n"))

    def test_eval_tagging_and_qa(self):
        tagger, _ = self.convert("bert_tagging")
        data = self.write("d.conll", "the\tO\ncat\tB-ANIMAL\n\nwater\tB-SEA\n")
        result = self.succeed_json("eval", tagger, "--task", "tagging", "--data", data)
        self.assertEqual(result["sentences"], 2)
        self.assertIn("SEA", result["notes"][0])
        self.assertTrue(0 <= result["f1"] <= 1)
        reader, _ = self.convert("bert_qa")
        squad = {"data": [{"paragraphs": [{"context": "the cat runs", "qas": [
            {"question": "who?", "answers": [{"text": "cat"}]}]}]}]}
        result = self.succeed_json("eval", reader, "--task", "qa", "--data", self.write("s.json", json.dumps(squad)))
        self.assertEqual(result["questions"], 1)
        self.assertIn(result["exact_match"], (0, 1))

    def test_labels_by_their_place(self):
        model, checkpoint = self.convert("bert_classification")
        row = checkpoint.rows[0]
        data = self.write("d.tsv", f"{checkpoint.cases['pairs'][0][0]}\t{row.index(max(row))}\n")
        result = self.succeed_json("eval", model, "--task", "classification", "--data", data)
        self.assertEqual(result["accuracy"], 1)
        self.assertIn("places", result["notes"][0])

    def test_what_a_model_cannot_do_is_an_error(self):
        model, _ = self.convert("bert_qa")
        empty = self.write("empty.txt", "x\n")
        self.fail_with(1, "the model has no tagger", "tag", model, "--in", empty)
        self.fail_with(1, "is no cross-encoder", "rerank", model, "--query", "x", "--in", empty)
        self.fail_with(1, "--head fill-mask", "fill-mask", model, "--in", empty)
        self.fail_with(1, "the model has no classifier", "classify", model, "--in", empty)
        self.fail_with(1, "one row per token", "embed", model, "--in", empty)
        self.fail_with(1, "the question is empty", "answer", model, "--question", "", "--in", empty)
        self.fail_with(1, "holds no words", "answer", model, "--question", "x", "--in", self.write("blank.txt", " \n"))
        self.fail_with(2, "--head", "convert", HEADS / "bert_qa", "--head", "poetry", "-o", self.folder / "x.linnet")
        tagger, _ = self.convert("bert_tagging")
        self.fail_with(1, "line 1: byte 1 (0xff) is not valid UTF-8", "tag", tagger, "--in", self.write("bad.txt", b"\xff\n"))


if __name__ == "__main__":
    command.main()
