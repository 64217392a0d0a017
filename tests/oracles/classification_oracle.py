#!/usr/bin/env python3
"""Writes the checked-in expectations of classification and regression, from scikit-learn 1.7.2:

    classification_oracle.py

tests/data/classification/metrics.jsonl    {"count", "predicted", "wanted", "accuracy", "macro_f1", "matthews"} a line
tests/data/classification/logistic.jsonl   {"rows": [[...]], "classes", "strength", "probabilities"} a line: logistic
                                           regression fitted on the rows, and what it says of them
tests/data/classification/ridge.jsonl      {"rows": [[...]], "numbers", "penalty", "predictions", "r2",
                                           "mean_absolute_error"} a line: ridge regression, the same
"""
import importlib.metadata
import json
import pathlib

import numpy
from sklearn import metrics
from sklearn.linear_model import LogisticRegression, Ridge

PINNED = "1.7.2"
OUT = pathlib.Path(__file__).resolve().parent.parent / "data/classification"


def metric_case(generator, n, count, noise):
    wanted = generator.integers(0, count, n)
    predicted = numpy.where(generator.random(n) < noise, generator.integers(0, count, n), wanted)
    return {"count": count, "predicted": predicted.tolist(), "wanted": wanted.tolist(),
            "accuracy": metrics.accuracy_score(wanted, predicted),
            "macro_f1": metrics.f1_score(wanted, predicted, average="macro", zero_division=0),
            "matthews": metrics.matthews_corrcoef(wanted, predicted)}


def logistic_case(generator, n, width, count, strength):
    centres = generator.normal(size=(count, width))
    classes = numpy.concatenate([numpy.arange(count), generator.integers(0, count, n - count)])
    rows = (centres[classes] + 1.5 * generator.normal(size=(n, width))).round(2).astype(numpy.float32)
    model = LogisticRegression(C=strength, tol=1e-10, max_iter=100000).fit(rows.astype(numpy.float64), classes)
    return {"rows": rows.astype(numpy.float64).round(2).tolist(), "classes": classes.tolist(), "strength": strength,
            "probabilities": model.predict_proba(rows.astype(numpy.float64)).round(9).tolist()}


def ridge_case(generator, n, width, penalty):
    rows = generator.normal(size=(n, width)).round(2)
    numbers = (rows @ generator.normal(size=width) + generator.normal(size=n) + 3).round(3)
    model = Ridge(alpha=penalty, solver="cholesky").fit(rows, numbers)
    predictions = model.predict(rows)
    return {"rows": rows.tolist(), "numbers": numbers.tolist(), "penalty": penalty,
            "predictions": predictions.round(9).tolist(), "r2": metrics.r2_score(numbers, predictions),
            "mean_absolute_error": metrics.mean_absolute_error(numbers, predictions)}


def write(name, cases):
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / name).write_text("".join(json.dumps(case, separators=(",", ":")) + "\n" for case in cases))


def main():
    version = importlib.metadata.version("scikit-learn")
    assert version == PINNED, f"scikit-learn {PINNED} is wanted, not {version}"
    generator = numpy.random.default_rng(1)
    write("metrics.jsonl", [metric_case(generator, n, count, noise) for n, count, noise in
                            [(1, 2, 0), (10, 2, 0.5), (100, 2, 1), (50, 3, 0.3), (200, 7, 0.6), (20, 15, 0.5), (30, 2, 0)]])
    write("logistic.jsonl", [logistic_case(generator, *shape) for shape in
                             [(40, 5, 2, 1.0), (60, 19, 2, 0.1), (50, 6, 3, 10.0), (80, 33, 5, 1.0)]])
    write("ridge.jsonl", [ridge_case(generator, *shape) for shape in
                          [(40, 5, 1.0), (20, 33, 0.1), (300, 7, 100.0), (2, 3, 0.001)]])


main()
