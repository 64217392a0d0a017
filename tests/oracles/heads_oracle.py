#!/usr/bin/env python3
"""Writes the expectations of tests/lab for tagging and question answering:

    heads_oracle.py

tests/data/heads/tagging.jsonl  {"wanted": [[label, ...], ...], "found": ..., "f1", "precision", "recall"}: by seqeval 1.2.2
tests/data/heads/entities.jsonl {"labels": [...], "probabilities": [...], "entities": [[type, first, last, score], ...]}: words
                                joined by transformers' TokenClassificationPipeline.group_entities
tests/data/heads/squad.jsonl    {"found", "answers", "normalized", "f1", "exact_match"}: by the functions of SQuAD's
                                evaluate-v1.1.py, which stand below
"""

import collections
import json
import pathlib
import random
import re
import string

import numpy as np
from seqeval.metrics import f1_score, precision_score, recall_score
from transformers.pipelines.token_classification import TokenClassificationPipeline

DATA = pathlib.Path(__file__).resolve().parent.parent / "data/heads"


def normalize_answer(s):
    def remove_articles(text):
        return re.sub(r"\b(a|an|the)\b", " ", text)

    def remove_punctuation(text):
        return "".join(c for c in text if c not in set(string.punctuation))

    return " ".join(remove_articles(remove_punctuation(s.lower())).split())


def squad_f1(prediction, answer):
    found, wanted = normalize_answer(prediction).split(), normalize_answer(answer).split()
    same = sum((collections.Counter(found) & collections.Counter(wanted)).values())
    if same == 0:
        return 0
    precision, recall = same / len(found), same / len(wanted)
    return 2 * precision * recall / (precision + recall)


def tagging_cases(rng):
    marks = {"iob": ["O", "O", "B-PER", "I-PER", "B-LOC", "I-LOC"],
             "iobes": ["O", "B-X", "I-X", "E-X", "S-X", "B-Y", "I-Y", "E-Y", "S-Y"],
             "odd": ["O", "B", "I", "I-A-B", "B-A-B", "I-PER"]}
    for name, labels in marks.items():
        for _ in range(12):
            wanted = [[rng.choice(labels) for _ in range(rng.randrange(1, 12))] for _ in range(rng.randrange(1, 6))]
            found = [[label if rng.random() < 0.7 else rng.choice(labels) for label in one] for one in wanted]
            yield {"wanted": wanted, "found": found, "f1": float(f1_score(wanted, found)),
                   "precision": float(precision_score(wanted, found)), "recall": float(recall_score(wanted, found))}


def entity_cases(rng):
    pipeline = TokenClassificationPipeline.__new__(TokenClassificationPipeline)
    pipeline.tokenizer = type("T", (), {"convert_tokens_to_string": staticmethod(lambda words: " ".join(words))})()
    for _ in range(30):
        labels = [rng.choice(["O", "B-PER", "I-PER", "B-LOC", "I-LOC", "MISC"]) for _ in range(rng.randrange(1, 15))]
        scores = [round(rng.uniform(0.2, 1), 4) for _ in labels]
        words = [{"entity": label, "score": np.float64(score), "word": "w", "start": i, "end": i + 1}
                 for i, (label, score) in enumerate(zip(labels, scores))]
        groups = pipeline.group_entities(words)
        yield {"labels": labels, "probabilities": scores,
               "entities": [[g["entity_group"], g["start"], g["end"] - 1, float(g["score"])] for g in groups
                            if g["entity_group"] != "O"]}


TEXTS = ["The Eiffel Tower", "eiffel tower.", "an apple a day", "A", "the", "  ", "", "Zürich, the city", "ZÜRICH city",
         "U.S.A.", "usa", "a—b the—cat", "1,000 men", "1000 men men", "O'Neill the 3rd", "“quoted” text", "theatre an-",
         "New\tYork\nCity", "new york", "York New new", "naïve İstanbul", "a\u00a0b the"]


def squad_cases(rng):
    for _ in range(80):
        found = rng.choice(TEXTS)
        answers = [rng.choice(TEXTS) for _ in range(rng.randrange(1, 4))]
        yield {"found": found, "answers": answers, "normalized": normalize_answer(found),
               "f1": max(squad_f1(found, a) for a in answers),
               "exact_match": max(float(normalize_answer(found) == normalize_answer(a)) for a in answers)}


def main():
    DATA.mkdir(parents=True, exist_ok=True)
    for name, cases in (("tagging", tagging_cases), ("entities", entity_cases), ("squad", squad_cases)):
        with open(DATA / f"{name}.jsonl", "w", encoding="utf-8") as out:
            for case in cases(random.Random("heads " + name)):
                out.write(json.dumps(case, ensure_ascii=False, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
