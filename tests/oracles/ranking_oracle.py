#!/usr/bin/env python3
"""Writes the checked-in expectations of the ranking metrics, from trec_eval itself (pytrec_eval-terrier 0.5.11):

    ranking_oracle.py

tests/data/ranking/cases.jsonl   {"found": grades in the order of the ranking, "judged": grades of all judged documents,
                                 "ndcg_cut_10", "recall_10", "recall_100", "recip_rank"} a line; grades of documents that
                                 nobody judged are 0 in "found"
"""
import importlib.metadata
import json
import pathlib
import random

import pytrec_eval

PINNED = "0.5.11"
OUT = pathlib.Path(__file__).resolve().parent.parent / "data/ranking/cases.jsonl"


def case(generator):
    documents = generator.choice([1, 5, 12, 60, 250])
    judged = generator.sample(range(documents), generator.randint(1, documents))
    grades = {f"d{i}": generator.choice([-1, 0, 0, 1, 1, 2, 3]) for i in judged}
    ranking = [f"d{i}" for i in generator.sample(range(documents), generator.randint(1, documents))]
    run = {name: float(len(ranking) - i) for i, name in enumerate(ranking)}
    told = pytrec_eval.RelevanceEvaluator({"q": grades}, {"ndcg_cut.10", "recall.10,100", "recip_rank"})
    result = told.evaluate({"q": run})["q"]
    return {"found": [grades.get(name, 0) for name in ranking], "judged": list(grades.values()), **result}


def main():
    version = importlib.metadata.version("pytrec_eval-terrier")
    assert version == PINNED, f"pytrec_eval-terrier {PINNED} is wanted, not {version}"
    generator = random.Random(1)
    cases = [case(generator) for _ in range(60)]
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text("".join(json.dumps(each, separators=(",", ":")) + "\n" for each in cases))


main()
