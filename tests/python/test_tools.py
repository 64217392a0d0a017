"""convert, quantize, fit, evaluate, bench and inspect; and names of the Hub."""

import json
import os
import pathlib
import sys
import types

import numpy as np
import pytest

import linnet
from conftest import CATS, CHECKPOINT, DATA, DOGS
from linnet import results


def test_convert(tmp_path, float_path, model, expected):
    calls = []
    made = linnet.convert(CHECKPOINT, tmp_path / "out.linnet", name="mine", max_tokens=8,
                          progress=lambda done, total: calls.append(done))
    assert made.output == str(tmp_path / "out.linnet") and made.bytes == os.path.getsize(made.output)
    assert made.architecture == "bert" and made.output in str(made) and calls
    with linnet.load(made.output) as converted:
        assert (converted.name, converted.max_tokens) == ("mine", 8)
        assert converted.embed(["a dog"]).tobytes() == model.embed(["a dog"]).tobytes()
        linnet.convert(str(CHECKPOINT), tmp_path / "max.linnet", pooling="max")
        with linnet.load(tmp_path / "max.linnet") as other:
            assert other.embed(["a dog"]).tobytes() != converted.embed(["a dog"]).tobytes()


def test_convert_says_what_is_wrong_and_keeps_the_old_file(tmp_path, checkpoint):
    output = tmp_path / "out.linnet"
    output.write_text("old")
    with pytest.raises(linnet.NotFoundError, match="config.json"):
        linnet.convert(tmp_path, output)
    with pytest.raises(linnet.UnsupportedError, match="nonsense"):
        linnet.convert(checkpoint, output, pooling="nonsense")
    (checkpoint / "config.json").write_text("{")
    with pytest.raises(linnet.CorruptError, match="config.json"):
        linnet.convert(checkpoint, output)
    with pytest.raises(linnet.NotFoundError, match="there is no folder"):
        linnet.convert(checkpoint, tmp_path / "no" / "out.linnet")
    for wrong in (0, -1, 65537):
        with pytest.raises(ValueError, match="max_tokens is"):
            linnet.convert(checkpoint, output, max_tokens=wrong)
    with pytest.raises(TypeError, match="output is a path"):
        linnet.convert(checkpoint, None)
    assert output.read_text() == "old"


def test_quantize_gives_the_bytes_that_the_command_gives(tmp_path, float_path, int8_path, expected):
    made = linnet.quantize(float_path, tmp_path / "int8.linnet")
    assert made.bytes < made.input_bytes == os.path.getsize(float_path)
    assert made.calibration_texts == 0 and all(layer.snr_db > 10 for layer in made.layers)
    assert "signal to noise" in str(made)
    with linnet.load(made.output) as model, linnet.load(int8_path) as kept:
        assert model.describe()["weights"] == "int8"
        assert model.embed(expected["texts"]).tobytes() == kept.embed(expected["texts"]).tobytes()


def test_calibration_by_a_list_and_by_a_file(tmp_path, float_path):
    file = tmp_path / "texts.txt"
    file.write_text("\n".join(CATS + DOGS))
    by_list = linnet.quantize(float_path, tmp_path / "a.linnet", calibration=CATS + DOGS)
    by_file = linnet.quantize(float_path, tmp_path / "b.linnet", calibration=file)
    assert by_list.calibration_texts == by_file.calibration_texts == 10
    assert pathlib.Path(by_list.output).read_bytes() == pathlib.Path(by_file.output).read_bytes()
    for wrong, error in (([], ValueError), ([3], TypeError), (["\ud800"], ValueError), (7, TypeError)):
        with pytest.raises(error):
            linnet.quantize(float_path, tmp_path / "c.linnet", calibration=wrong)
    with pytest.raises(linnet.InvalidArgumentError):
        linnet.quantize(by_list.output, tmp_path / "c.linnet")
    assert not (tmp_path / "c.linnet").exists()


def test_fit(tmp_path, float_path, model, labelled):
    output = tmp_path / "fitted.linnet"
    made = linnet.fit(model, labelled, output, folds=2)
    assert made.labels == ["meow", "woof"] and made.texts == 40 and made.folds == 2
    assert made.best in made.tried and "2 labels from 40 texts" in str(made)
    file = tmp_path / "data.tsv"
    file.write_text("".join(f"{text}\t{label}\n" for text, label in labelled))
    again = linnet.fit(float_path, file, tmp_path / "again.linnet", folds=2, batch_size=5, threads=2)
    assert pathlib.Path(again.output).read_bytes() == output.read_bytes()
    numbers = linnet.fit(float_path, [(text, int(label == "meow")) for text, label in labelled],
                         tmp_path / "numbers.linnet", folds=2)
    assert numbers.labels == ["0", "1"]
    given = linnet.fit(float_path, file, tmp_path / "given.linnet", strength=made.strength)
    assert (given.strength, given.best, given.tried, given.folds) == (made.strength, None, [], 0)
    assert "as given" in str(given) and linnet.evaluate(given.output, "classification", file)["accuracy"] >= 0.9
    for wrong, error in ((0, ValueError), (float("nan"), ValueError), ("1", TypeError)):
        with pytest.raises(error, match="strength"):
            linnet.fit(float_path, file, tmp_path / "wrong.linnet", strength=wrong)
    score = linnet.evaluate(output, "classification", file)
    assert score["accuracy"] >= 0.9


def test_fit_regression(tmp_path, float_path, model, labelled):
    numbers = [(text, 2.5 if label == "meow" else -1) for text, label in labelled]
    made = linnet.fit_regression(float_path, numbers, tmp_path / "ridge.linnet", folds=4)
    assert (made.texts, made.folds, len(made.tried)) == (40, 4, 13)
    assert made.best in made.tried and made.best.r2 == max(each.r2 for each in made.tried)
    assert "a number from 40 texts" in str(made)
    file = tmp_path / "numbers.tsv"
    file.write_text("".join(f"{text}\t{number}\n" for text, number in numbers))
    again = linnet.fit_regression(float_path, file, tmp_path / "again.linnet", folds=4, threads=2)
    assert pathlib.Path(again.output).read_bytes() == pathlib.Path(made.output).read_bytes()
    assert linnet.evaluate(made.output, "regression", file)["r2"] >= made.best.r2
    with linnet.load(made.output) as fitted:
        assert fitted.classify([CATS[0]])[0][0].probability == pytest.approx(2.5, abs=0.5)
    for data, error, message in [
        ([("a", "x")], TypeError, "the label of text 0 is a number, not str"),
        ([("a", float("nan"))], ValueError, "the label of text 0 is nan"),
        ([("a", 1), ("b", 1)], ValueError, "different numbers"),
    ]:
        with pytest.raises(error, match=message):
            linnet.fit_regression(model, data, tmp_path / "x.linnet")
    file.write_text("a\t1\nb\ttwo\n")
    with pytest.raises(linnet.CorruptError, match="the label 'two' is not a number"):
        linnet.fit_regression(model, file, tmp_path / "x.linnet")


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        ([], ValueError, "no labelled text"),
        (None, TypeError, "not NoneType"),
        (["ab"], TypeError, "item 0 of data is not a pair"),
        ([("a",)], TypeError, "item 0"),
        ([("a", 1.5)], TypeError, "the label of text 0 is float"),
        ([("a", True)], TypeError, "is bool"),
        ([(b"a", "x")], TypeError, "text 0 is not a str"),
        ([("\ud800", "x")], ValueError, "text 0 holds a lone surrogate"),
        ([("a", "x"), ("b", "x")], linnet.InvalidArgumentError, "all 2 texts have the label 'x'"),
        ("missing.tsv", linnet.NotFoundError, "missing.tsv"),
    ],
)
def test_data_that_nothing_can_be_learnt_from(tmp_path, float_path, data, error, message):
    with pytest.raises(error, match=message):
        linnet.fit(float_path, data, tmp_path / "out.linnet")
    assert not (tmp_path / "out.linnet").exists()


def test_evaluate_sts(model, float_path):
    data = DATA / "stsb" / "test.csv"
    calls = []
    score = linnet.evaluate(model, "sts", data, progress=lambda done, total: calls.append(done))
    assert calls and score.count == 48 and score.counted == "pairs" and score.task == "sts"
    assert [metric.name for metric in score.metrics] == ["spearman", "pearson"]
    metric = score.metrics[0]
    assert metric.low <= metric.value <= metric.high and score["spearman"] == metric.value
    assert "spearman" in str(score) and str(float_path) in str(score)
    with pytest.raises(KeyError):
        score["nonsense"]
    again = linnet.eval(float_path, "sts", data, batch_size=3, threads=2)
    assert again.metrics == score.metrics
    # The same by hand.
    import csv

    rows = [row for row in csv.reader(open(data, encoding="utf-8")) if row[2] != "score"]
    first, second = (model.embed([row[i] for row in rows]).astype(float) for i in (0, 1))
    cosines = (first * second).sum(1) / np.linalg.norm(first, axis=1) / np.linalg.norm(second, axis=1)
    assert score["pearson"] == pytest.approx(np.corrcoef(cosines, [float(row[2]) for row in rows])[0, 1], abs=1e-6)


def test_evaluate_retrieval_and_errors(tmp_path, model):
    documents, queries, qrels = tmp_path / "d.jsonl", tmp_path / "q.jsonl", tmp_path / "qrels.tsv"
    documents.write_text("".join(json.dumps({"_id": f"d{i}", "text": text}) + "\n" for i, text in enumerate(CATS)))
    queries.write_text(json.dumps({"_id": "q", "text": CATS[3]}) + "\n")
    qrels.write_text("q\td3\t1\n")
    score = linnet.evaluate(model, "retrieval", documents, queries=queries, qrels=qrels)
    assert score["ndcg_at_10"] == score["mrr_at_10"] == 1
    run = tmp_path / "found.run"
    run.write_text("q Q0 d1 1 9 x\nq Q0 d3 2 8 x\n")
    score = linnet.evaluate(model, "rerank", documents, queries=queries, qrels=qrels, candidates=run)
    assert score["ndcg_at_10"] == 1 and "mrr_at_10 0.5000" in score.notes[0]
    score = linnet.evaluate(model, "rerank", documents, queries=queries, qrels=qrels, candidates=run, depth=1)
    assert score["ndcg_at_10"] == 0
    with pytest.raises(ValueError, match="rerank needs"):
        linnet.evaluate(model, "rerank", documents, queries=queries, qrels=qrels)
    with pytest.raises(ValueError, match="retrieval needs"):
        linnet.evaluate(model, "retrieval", documents)
    with pytest.raises(ValueError, match="unknown task 'nonsense'"):
        linnet.evaluate(model, "nonsense", documents)
    with pytest.raises(FileNotFoundError):
        linnet.evaluate(model, "sts", tmp_path / "missing.csv")
    with pytest.raises(linnet.UnsupportedError, match="no classifier"):
        (tmp_path / "a.tsv").write_text("a\tx\n")
        linnet.evaluate(model, "classification", tmp_path / "a.tsv")


def test_bench(model, float_path):
    timed = linnet.bench(model, tokens=[4, 8], batch=2, threads=[1, 2], seconds=0.01)
    assert [(row.batch, row.tokens, row.threads) for row in timed.rows] == [(2, 4, 1), (2, 8, 1), (2, 4, 2), (2, 8, 2)]
    assert all(0 < row.min_ms <= row.median_ms <= row.p99_ms and row.runs >= 10 for row in timed.rows)
    assert timed.isa == model.isa and len(str(timed).split("\n")) == 6
    with linnet.load(float_path, isa="scalar") as plain:
        assert linnet.bench(plain, tokens=4, batch=1, seconds=0.001).isa == "scalar"
    ragged = linnet.bench(float_path, texts=["the cat", "a small dog sleeps"], batch=2, seconds=0.01)
    (row,) = ragged.rows
    assert row.tokens == (len(model.tokenize("the cat")) + len(model.tokenize("a small dog sleeps"))) / 2
    with pytest.raises(linnet.LimitError, match="more than the model's"):
        linnet.bench(model, tokens=60_000)
    for options, error in (({"seconds": 0}, ValueError), ({"seconds": float("nan")}, ValueError), ({"tokens": []}, ValueError),
                           ({"texts": []}, ValueError), ({"batch": "1"}, TypeError), ({"seconds": "1"}, TypeError)):
        with pytest.raises(error):
            linnet.bench(model, **options)


def test_results_print_well():
    assert [results.human_bytes(n) for n in (17, 1500, 23_500_000, 5 * 10**12)] == ["17 bytes", "1.5 kB", "23.5 MB", "5000.0 GB"]


@pytest.fixture
def hub(monkeypatch, tmp_path):
    """A stand-in for huggingface_hub, which has the folders of a dictionary."""
    folders, calls = {}, []

    def snapshot_download(repo_id, *, allow_patterns, ignore_patterns):
        calls.append(repo_id)
        return str(folders[repo_id])

    module = types.ModuleType("huggingface_hub")
    module.snapshot_download = snapshot_download
    monkeypatch.setitem(sys.modules, "huggingface_hub", module)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return types.SimpleNamespace(folders=folders, calls=calls)


def test_a_model_on_the_hub(hub, tmp_path, float_path, model):
    folder = tmp_path / "models--me--tiny" / "snapshots" / "abc"
    folder.mkdir(parents=True)
    (folder / "tiny.linnet").write_bytes(float_path.read_bytes())
    hub.folders["me/tiny"] = folder
    with linnet.load("me/tiny") as fetched:
        assert fetched.embed("a dog").tobytes() == model.embed("a dog").tobytes()
    (folder / "other.linnet").write_bytes(b"")
    with pytest.raises(ValueError, match="several models.*other.linnet, tiny.linnet"):
        linnet.load("me/tiny")
    assert hub.calls == ["me/tiny", "me/tiny"]


def test_a_checkpoint_on_the_hub_is_converted_once(hub, tmp_path, checkpoint, model):
    folder = tmp_path / "models--me--bert" / "snapshots" / "abc"
    folder.parent.mkdir(parents=True)
    checkpoint.rename(folder)
    hub.folders["me/bert"] = folder
    for _ in range(2):
        with linnet.load("me/bert") as fetched:
            assert fetched.embed("a dog").tobytes() == model.embed("a dog").tobytes()
            made = os.stat(fetched.path).st_mtime_ns
    assert os.stat(tmp_path / "cache" / "linnet" / "models--me--bert-abc.linnet").st_mtime_ns == made
    assert linnet.convert("me/bert", tmp_path / "out.linnet").architecture == "bert"
    (folder / "config.json").unlink()
    (tmp_path / "cache" / "linnet" / "models--me--bert-abc.linnet").unlink()
    with pytest.raises(FileNotFoundError, match="neither a .linnet file nor a checkpoint"):
        linnet.load("me/bert")


def test_what_is_there_is_not_asked_of_the_hub(hub, tmp_path, float_path, monkeypatch):
    (tmp_path / "me").mkdir()
    (tmp_path / "me" / "tiny").write_bytes(float_path.read_bytes())
    linnet.load("me/tiny").close()
    for path in ("me/tiny.linnet", "a/b/c", "./a/b", "name"):
        with pytest.raises(FileNotFoundError):
            linnet.load(path)
    assert hub.calls == []
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(linnet.NotFoundError, match="there is no file 'me/other'.*pip install huggingface_hub"):
        linnet.load("me/other")
