"""sensitivity, tune, compare, and quantize by a plan."""

import csv
import json
import locale
import math
import os
import pathlib
import signal
import threading
import time

import pytest

import linnet
from conftest import CATS, DATA, DOGS
from linnet import results

TEXTS = CATS + DOGS
QUICK = {"shape": "1x8", "seconds": 0.001}  # of tune
SHAPES = ["1x4", (3, 9)]
PAIRS = DATA / "stsb" / "test.csv"


@pytest.fixture(scope="module")
def parts(float_path):
    return linnet.sensitivity(float_path, TEXTS, formats="int8")


def test_sensitivity_on_texts(tmp_path, float_path, model, parts):
    file = tmp_path / "texts.txt"
    file.write_text("\n".join(TEXTS))
    calls = []
    both = linnet.sensitivity(model, file, csv=tmp_path / "rows.csv", batch_size=3,
                              progress=lambda done, total: calls.append((done, total)))
    assert (both.model, both.measure, both.texts) == (str(float_path), "1 - cosine", 10)
    assert {total for _, total in calls} == {0, len(both.rows)}
    assert [row for row in both.rows if row.format == "int8"] == parts.rows
    assert {row.format for row in both.rows} == {"int8", "int4"}
    assert all(row.worst >= row.loss for row in both.rows)
    assert any(row.name == "attention 0 qkv" and row.layer == 0 for row in parts.rows)
    assert parts.rows[-1].name == "layer 1" and str(parts).count("\n") == 1 + len(parts.rows)
    with open(tmp_path / "rows.csv", newline="") as written:
        rows = list(csv.DictReader(written))
    assert [(int(row["layer"]), row["name"], row["format"]) for row in rows] == [
        (row.layer, row.name, row.format) for row in both.rows]


def test_sensitivity_on_a_task(float_path):
    found = linnet.sensitivity(float_path, task="sts", data=PAIRS, formats=["int8"])
    assert (found.measure, found.texts) == ("drop of spearman", 48)
    assert all(row.worst is None for row in found.rows) and "drop of spearman" in str(found)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({}, ValueError, "on texts or on a task"),
        ({"texts": TEXTS, "task": "sts", "data": PAIRS}, ValueError, "on texts or on a task"),
        ({"texts": TEXTS, "data": PAIRS}, ValueError, "belong to a task"),
        ({"texts": TEXTS, "query_prompt": "query"}, ValueError, "belong to a task"),
        ({"task": "sts"}, ValueError, "the task 'sts' needs data"),
        ({"task": "nonsense", "data": PAIRS}, ValueError, "unknown task 'nonsense'"),
        ({"task": "retrieval", "data": PAIRS}, ValueError, "retrieval needs"),
        ({"task": "sts", "data": "missing.csv"}, FileNotFoundError, "missing.csv"),
        ({"task": 3, "data": PAIRS}, TypeError, "task is a str"),
        ({"texts": []}, ValueError, "texts holds no text"),
        ({"texts": [3]}, TypeError, "text 0 is not a str"),
        ({"texts": ["\ud800"]}, ValueError, "text 0 holds a lone surrogate"),
        ({"texts": "missing.txt"}, FileNotFoundError, "missing.txt"),
        ({"texts": TEXTS, "prompt": "nonsense"}, linnet.NotFoundError, "nonsense"),
        ({"texts": TEXTS, "batch_size": 0}, ValueError, "batch_size is 0"),
    ],
)
def test_what_no_loss_can_be_measured_on(tmp_path, float_path, arguments, error, message):
    with pytest.raises(error, match=message):
        linnet.sensitivity(float_path, **arguments)
    with pytest.raises(error, match=message):
        linnet.tune(float_path, tmp_path / "out.linnet", max_loss=1, **QUICK, **arguments)
    assert os.listdir(tmp_path) == []


def test_sensitivity_says_what_is_wrong(tmp_path, float_path, int8_path):
    for formats, error in (("int2", "unknown format 'int2'"), (["int8", "int8"], "'int8' is given twice"), ([], "formats is empty")):
        with pytest.raises(linnet.InvalidArgumentError, match=error):
            linnet.sensitivity(float_path, TEXTS, formats=formats)
    with pytest.raises(TypeError, match="a format is not a str"):
        linnet.sensitivity(float_path, TEXTS, formats=[3])
    with pytest.raises(linnet.InvalidArgumentError, match="is quantized already"):
        linnet.sensitivity(int8_path, TEXTS)
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        linnet.sensitivity(float_path, TEXTS, csv=tmp_path / "no" / "rows.csv")
    with pytest.raises(FileNotFoundError, match="missing.linnet"):
        linnet.sensitivity("missing.linnet", TEXTS)
    closed = linnet.load(float_path)
    closed.close()
    with pytest.raises(linnet.InvalidArgumentError, match="the model is closed"):
        linnet.sensitivity(closed, TEXTS)


def test_quantize_by_a_plan(tmp_path, float_path, int8_path, expected):
    made = linnet.quantize(float_path, tmp_path / "mixed.linnet", plan="float; feed-forward 1 up=int8")
    assert [layer.name.rsplit(".", 1)[1] for layer in made.layers] == ["up"]
    assert linnet.inspect(made.output)["weights"] == "mixed"
    whole = linnet.quantize(float_path, tmp_path / "int8.linnet", plan="int8")
    with linnet.load(whole.output) as model, linnet.load(int8_path) as kept:
        assert model.embed(expected["texts"]).tobytes() == kept.embed(expected["texts"]).tobytes()
    for plan, error, message in (
        ("int8; attention 7 qkv=float", ValueError, "the plan names 'attention 7 qkv'"),
        ("int3", ValueError, "'int3' is not float, or int8"),
        (3, TypeError, "plan is a str"),
    ):
        with pytest.raises(error, match=message):
            linnet.quantize(float_path, tmp_path / "no.linnet", plan=plan)
    assert not (tmp_path / "no.linnet").exists()


def test_tune_finds_writes_and_goes_on_from_its_log(tmp_path, float_path, int8_path):
    output, log = tmp_path / "best.linnet", tmp_path / "log.csv"
    limit = (os.path.getsize(float_path) + os.path.getsize(int8_path)) / 2 / 1e6
    calls = []
    tuned = linnet.tune(float_path, output, TEXTS, max_mb=limit, log=log, **QUICK,
                        progress=lambda done, total: calls.append((done, total)))
    assert tuned.output == str(output) and tuned.best.bytes <= limit * 1e6
    assert (tuned.measure, tuned.texts, tuned.from_log) == ("1 - cosine", 10, 0)
    assert (tuned.none.plan, tuned.none.loss, tuned.all.plan) == ("float", 0, "int8")
    assert 0 < tuned.best.loss < tuned.all.loss and tuned.best.worst >= tuned.best.loss
    assert tuned.plan == tuned.best.plan and tuned.limits == results.Limits(bytes=limit * 1e6)
    assert calls[-1] == (tuned.evaluations, 200) and not tuned.out_of_budget
    assert f"plan: {tuned.plan}\n" in str(tuned) and str(output) in str(tuned)
    # The same model from its plan.
    linnet.quantize(float_path, tmp_path / "again.linnet", plan=tuned.plan)
    with linnet.load(output) as best, linnet.load(tmp_path / "again.linnet") as again:
        assert best.embed(TEXTS).tobytes() == again.embed(TEXTS).tobytes()
        step = best.describe()["provenance"][-1]
        assert step["step"] == "tune" and step["detail"]["plan"] == tuned.plan
    assert len(log.read_text().splitlines()) == 1 + tuned.evaluations
    resumed = linnet.tune(float_path, output, TEXTS, max_mb=limit, log=log, **QUICK)
    assert resumed.from_log == tuned.evaluations and resumed.best == tuned.best
    # Everything that the rows are of is in them.
    with pytest.raises(linnet.CorruptError, match="log.csv line 2: a row that was measured with other data"):
        linnet.tune(float_path, output, TEXTS[1:], max_mb=limit, log=log, **QUICK)


def test_tune_searches_forms(tmp_path, float_path):
    log = tmp_path / "log.csv"
    linnet.tune(float_path, tmp_path / "best.linnet", TEXTS, max_loss="100%", forms=["int8 unrotated"], log=log, **QUICK)
    assert "int8 unrotated" in log.read_text()
    with pytest.raises(ValueError, match="'int9'"):
        linnet.tune(float_path, tmp_path / "x.linnet", TEXTS, max_mb=1, forms="int9", **QUICK)


def test_tune_by_shares_of_a_metric_with_pairs_as_shapes(tmp_path, float_path):
    output = tmp_path / "best.linnet"
    score = linnet.evaluate(float_path, "sts", PAIRS)
    tuned = linnet.tune(float_path, output, task="sts", data=PAIRS, max_loss="10%", shape=(1, 8), seconds=0.001, evaluations=3)
    assert tuned.measure == "drop of spearman" and tuned.best.worst is None
    assert tuned.limits.loss == pytest.approx(0.1 * abs(score["spearman"]), abs=1e-12)
    assert tuned.evaluations == 3 and tuned.out_of_budget and "note: the budget" in str(tuned)
    same = linnet.tune(float_path, output, TEXTS, max_loss=0.5, evaluations=2, **QUICK)
    assert same.limits.loss == 0.5
    other = linnet.tune(float_path, output, TEXTS, max_loss=0.5, evaluations=2, calibration=TEXTS, **QUICK)
    assert other.all.loss != same.all.loss


def test_tune_keeps_the_old_file_when_nothing_holds_the_limits(tmp_path, float_path, int8_path):
    output = tmp_path / "out.linnet"
    output.write_text("old")
    call = {"model": float_path, "output": output, "texts": TEXTS, **QUICK}
    with pytest.raises(linnet.LimitError, match="holds loss <= 0, <= 1e-06 MB; the nearest: loss"):
        linnet.tune(max_loss=0, max_mb=1e-6, evaluations=4, **call)
    for change, error, message in (
        ({}, ValueError, "nothing limits the search"),
        ({"max_loss": -1}, ValueError, "max_loss is -1"),
        ({"max_loss": math.nan}, ValueError, "max_loss is nan"),
        ({"max_loss": "1%%"}, ValueError, "'1%%' is not a loss"),
        ({"max_loss": [1]}, TypeError, "max_loss is a number"),
        ({"max_ms": 0}, ValueError, "max_ms is 0"),
        ({"max_mb": "1"}, TypeError, "max_mb is a number"),
        ({"max_mb": 1, "evaluations": 1}, ValueError, "evaluations is 1"),
        ({"max_mb": 1, "minutes": -1}, ValueError, "minutes is -1"),
        ({"max_mb": 1, "threads": 0}, ValueError, "threads is 0"),
        ({"max_mb": 1, "seconds": 0}, ValueError, "seconds is 0"),
        ({"max_mb": 1, "shape": "8"}, ValueError, "'8' is not a shape"),
        ({"max_mb": 1, "shape": (1, 0)}, ValueError, "shape is 0"),
        ({"max_mb": 1, "shape": 8}, TypeError, "shape is a shape like"),
        ({"max_mb": 1, "shape": "1x4000"}, linnet.LimitError, "positions"),
        ({"max_mb": 1, "calibration": []}, ValueError, "calibration holds no text"),
        ({"max_mb": 1, "model": int8_path}, ValueError, "is quantized already"),
        ({"max_mb": 1, "output": tmp_path / "no" / "out.linnet"}, FileNotFoundError, "there is no folder"),
        ({"max_mb": 1, "log": tmp_path / "no" / "log.csv"}, FileNotFoundError, "there is no folder"),
        ({"max_mb": 1, "log": output}, linnet.CorruptError, "not the log of a search"),
        ({"max_mb": 1, "progress": 3}, TypeError, "progress is a bool or a callable"),
    ):
        with pytest.raises(error, match=message):
            linnet.tune(**{**call, **change})
    assert output.read_text() == "old" and os.listdir(tmp_path) == ["out.linnet"]


def test_compare(tmp_path, model, float_path, int8_path, parts):
    page = tmp_path / "page.html"
    page.write_text("old")
    calls = []
    found = linnet.compare([model, int8_path], SHAPES, seconds=0.01, task="sts", data=PAIRS, html=page, sensitivity=parts,
                           progress=lambda done, total: calls.append(done))
    assert (found.shapes, found.threads, found.task, found.data) == (["1x4", "3x9"], 1, "sts", str(PAIRS))
    assert (found.metric, found.counted, found.count, found.isa) == ("spearman", "pairs", 48, model.isa)
    assert calls and found.cpu and found.commit and found.notes and found.peers is None
    first, second = found.models
    assert [row.model for row in found.models] == [str(float_path), str(int8_path)]
    assert (first.label, first.weights, first.error) == ("tiny_bert", "float32", None)
    assert second.file_bytes == os.path.getsize(int8_path) and any("quantize" in step for step in second.made_by)
    for row in found.models:
        assert row.load_ms > 0 and [each.shape for each in row.times] == found.shapes
        assert all(0 < each.min_ms <= each.median_ms <= each.p99_ms and each.runs >= 10 for each in row.times)
        assert row.metrics == linnet.evaluate(row.model, "sts", PAIRS).metrics
    assert first.differences == [] and [each.name for each in second.differences] == ["spearman", "pearson"]
    assert second.differences[0].value == pytest.approx(second["spearman"] - first["spearman"])
    assert found.sensitivity == parts
    text = page.read_text()
    assert text.startswith("<!doctype html>") and text.endswith("</html>\n") and "attention 0 qkv" in text
    assert str(found) == found.text and "1x4 ms" in found.text and "Pareto front" in found.text
    assert sorted(os.listdir(tmp_path)) == ["page.html"]


def test_compare_without_a_task_and_with_what_others_wrote(tmp_path, int8_path, parts):
    rows = tmp_path / "rows.json"
    rows.write_text(json.dumps({"model": "m", "measure": "1 - cosine", "texts": 3, "rows": [
        {"layer": 0, "name": "attention 0 qkv", "format": "int8", "loss": 0.125, "worst": None}]}))
    peers = tmp_path / "peers.json"
    peers.write_text(json.dumps({
        "machine": {"processor": "Elsewhere", "isa": "amx"}, "cap": None, "commit": "abc", "texts": "STS-B",
        "results": [{"random_weights": False, "contenders": [
            {"name": "Other", "runtime": "openvino", "file_bytes": 7000, "load_ms": 3, "accuracy": {},
             "times": {"1": {"1x4": {"median": 4, "p95": 5}}}}]}]}))
    found = linnet.compare(int8_path, "1x4,1x45", seconds=0.001, sensitivity=rows, peers=peers)
    (row,) = found.models
    assert [each.shape for each in row.times] == ["1x4"], "there are too few positions for the other one"
    assert (found.task, found.data, found.metric, found.counted, found.count) == (None, None, "", "", 0)
    assert row.metrics == [] and not row.times[0].on_front
    with pytest.raises(KeyError):
        row["spearman"]
    assert found.sensitivity.rows == [results.SensitivityRow(0, "attention 0 qkv", "int8", 0.125, None)]
    (peer,) = found.peers.rows
    assert (found.peers.processor, found.peers.date, peer.name) == ("Elsewhere", None, "Other")
    assert peer.times == [results.PeerTime("1x4", 4, 5)] and math.isnan(peer.spearman)
    # One pair is one shape.
    assert linnet.compare([int8_path], (1, 4), seconds=0.001).shapes == ["1x4"]


def test_compare_tells_what_fails_and_goes_on(tmp_path, float_path):
    broken = tmp_path / "broken.linnet"
    broken.write_bytes(b"no model at all" * 100)
    found = linnet.compare([broken, float_path, "missing.linnet"], "1x4", seconds=0.001)
    assert [row.error is None for row in found.models] == [False, True, False]
    row = found.models[0]
    assert row.times == [] and row.metrics == [] and math.isnan(row.load_ms) and "broken.linnet" in found.text
    # A task that the model cannot do: it is timed.
    labels = tmp_path / "labels.tsv"
    labels.write_text("a cat\tx\na dog\ty\n")
    (row,) = linnet.compare(float_path, "1x4", seconds=0.001, task="classification", data=labels).models
    assert "has no classifier" in row.error and len(row.times) == 1 and row.metrics == []


def test_compare_keeps_the_old_page_when_something_is_wrong(tmp_path, float_path, parts):
    page, text = tmp_path / "page.html", tmp_path / "text.json"
    page.write_text("old")
    text.write_text("no json")
    import dataclasses

    for change, error, message in (
        ({"models": "missing.linnet"}, ValueError, "no model is left to compare: .*missing.linnet"),
        ({"models": []}, ValueError, "models is empty"),
        ({"models": 3}, TypeError, "models is a list"),
        ({"models": [3]}, TypeError, "model 0 is a path"),
        ({"shapes": "1x"}, ValueError, "'1x' is not a shape"),
        ({"shapes": ["1x4", (1, 4)]}, ValueError, "'1x4' is given twice"),
        ({"shapes": []}, ValueError, "shapes is empty"),
        ({"shapes": 3}, TypeError, "shapes is a list"),
        ({"shapes": [3]}, TypeError, "shapes is a shape like"),
        ({"threads": 0}, ValueError, "threads is 0"),
        ({"seconds": 0}, ValueError, "seconds is 0"),
        ({"task": "sts"}, ValueError, "needs data"),
        ({"task": "sts", "data": "missing.csv"}, FileNotFoundError, "missing.csv"),
        ({"sensitivity": "missing.json"}, FileNotFoundError, "missing.json"),
        ({"sensitivity": text}, linnet.CorruptError, "text.json: not JSON"),
        ({"sensitivity": dataclasses.replace(parts, rows=[])}, linnet.CorruptError, "sensitivity: there are no 'rows'"),
        ({"sensitivity": 3}, TypeError, "sensitivity is a path"),
        ({"peers": text}, linnet.CorruptError, "text.json: not JSON"),
        ({"html": tmp_path / "no" / "page.html"}, FileNotFoundError, "there is no folder"),
    ):
        with pytest.raises(error, match=message):
            linnet.compare(**{"models": float_path, "shapes": "1x4", "seconds": 0.001, "html": page, **change})
    assert page.read_text() == "old" and sorted(os.listdir(tmp_path)) == ["page.html", "text.json"]


def long_calls(folder, float_path):
    """What takes many seconds, and writes the file `out` at its end."""
    output, texts = folder / "out", 200 * TEXTS
    return {
        "sensitivity": lambda **options: linnet.sensitivity(float_path, texts, csv=output, batch_size=1, **options),
        "tune": lambda **options: linnet.tune(float_path, output, texts, max_loss=0, seconds=0.2, shape="1x8",
                                              batch_size=1, **options),
        "compare": lambda **options: linnet.compare(float_path, "1x8", seconds=5, html=output, **options),
    }


@pytest.mark.parametrize("name", ["sensitivity", "tune", "compare"])
@pytest.mark.parametrize("with_callable", [False, True])
def test_ctrl_c_ends_long_work_and_writes_nothing(tmp_path, float_path, name, with_callable):
    (tmp_path / "out").write_text("old")
    call = long_calls(tmp_path, float_path)[name]
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    begin = time.monotonic()
    timer.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            call(progress=(lambda done, total: None) if with_callable else False)
            time.sleep(1)
    finally:
        signal.signal(signal.SIGINT, before)
    assert time.monotonic() - begin < 10
    assert (tmp_path / "out").read_text() == "old" and os.listdir(tmp_path) == ["out"]


@pytest.mark.parametrize("name", ["sensitivity", "tune", "compare"])
def test_what_progress_raises_ends_the_work(tmp_path, float_path, name):
    def stop(done, total):
        raise StopIteration(name)

    with pytest.raises(StopIteration, match=name):
        long_calls(tmp_path, float_path)[name](progress=stop)
    assert os.listdir(tmp_path) == []


def test_what_was_measured_before_an_interrupt_is_in_the_log(tmp_path, float_path):
    log = tmp_path / "log.csv"

    def stop(done, total):
        if total == 200 and done == 3:
            raise KeyboardInterrupt

    call = {"model": float_path, "output": tmp_path / "out.linnet", "texts": TEXTS, "max_loss": "100%", "log": log, **QUICK}
    with pytest.raises(KeyboardInterrupt):
        linnet.tune(progress=stop, **call)
    assert len(log.read_text().splitlines()) == 1 + 3 and os.listdir(tmp_path) == ["log.csv"]
    assert linnet.tune(evaluations=4, **call).from_log == 3


def test_python_runs_on_meanwhile(float_path):
    done = threading.Event()
    worker = threading.Thread(target=lambda: (linnet.compare(float_path, "1x8", seconds=0.5), done.set()))
    begin = time.monotonic()
    worker.start()
    ticks = 0
    while not done.is_set():
        time.sleep(0.001)
        ticks += 1
    worker.join()
    assert ticks > 20 * (time.monotonic() - begin)


def test_numbers_are_written_alike_in_every_locale(tmp_path, float_path, parts):
    before = locale.setlocale(locale.LC_ALL)
    for name in ("de_DE.UTF-8", "fr_FR.UTF-8", "pl_PL.UTF-8"):
        try:
            locale.setlocale(locale.LC_ALL, name)
            break
        except locale.Error:
            continue
    else:
        pytest.skip("no locale here writes a comma in numbers")
    log, page, points = tmp_path / "log.csv", tmp_path / "page.html", set()
    try:
        call = {"model": float_path, "output": tmp_path / "out.linnet", "texts": TEXTS, "log": log, **QUICK}
        linnet.tune(max_loss="0.5%", evaluations=3, **call,
                    progress=lambda done, total: points.add(locale.localeconv()["decimal_point"]))
        assert linnet.tune(max_loss=0.005, evaluations=3, **call).from_log == 3
        linnet.sensitivity(float_path, TEXTS, formats="int8", csv=tmp_path / "rows.csv")
        found = linnet.compare(float_path, "1x4", seconds=0.001, html=page, sensitivity=parts)
        assert points == {","}, "of the program"
        assert locale.localeconv()["decimal_point"] == ","
    finally:
        locale.setlocale(locale.LC_ALL, before)
    assert {row.count(",") for row in log.read_text().splitlines()} == {7}
    assert {row.count(",") for row in (tmp_path / "rows.csv").read_text().splitlines()} == {4}
    assert f"{found.models[0].file_bytes / 1e3:.1f} kB" in page.read_text()
