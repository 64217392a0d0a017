"""What compares models and searches among them: `sensitivity`, `tune` and `compare`."""

import dataclasses
import json
import math
import os
from collections.abc import Iterable
from typing import Any, Optional, Union

from . import _arguments, _core
from ._arguments import Path, Shape, Texts
from ._errors import InvalidArgumentError
from ._model import Model
from ._progress import Progress, reporting
from .results import (
    ComparedModel,
    ComparedTime,
    Comparison,
    Limits,
    Metric,
    Peer,
    Peers,
    PeerTime,
    Sensitivity,
    SensitivityRow,
    Tried,
    Tuning,
)


def sensitivity(
    model: Union[Model, Path],
    texts: Union[Path, Texts, None] = None,
    *,
    task: Optional[str] = None,
    data: Optional[Path] = None,
    queries: Optional[Path] = None,
    qrels: Optional[Path] = None,
    candidates: Optional[Path] = None,
    depth: int = 100,
    formats: Union[str, Iterable[str], None] = None,
    prompt: Optional[str] = None,
    query_prompt: Optional[str] = None,
    batch_size: int = 32,
    csv: Optional[Path] = None,
    progress: Progress = False,
) -> Sensitivity:
    """Measures what a float model loses when each part of it, and each layer, alone is quantized.

    texts: texts like those that the model will see, as a list or a file with one a line. The loss is 1 - the cosine to
        the float model's embeddings: the mean, and the worst text.
    task, data, queries, qrels, candidates, depth: as `evaluate` takes them, in place of texts. The loss is how much the first metric drops.
    formats: "int8", "int4" (of weights, simulated); None: both. csv: a file that gets the rows, too.
    """
    given, scored = _loss(texts, task, data, queries, qrels, prompt, query_prompt, batch_size, candidates, depth)
    wanted = [] if formats is None else [formats] if isinstance(formats, str) else list(formats)
    names = [_arguments.text(each, "a format") for each in wanted]
    if formats is not None and not names:
        raise InvalidArgumentError("formats is empty")
    path = _file(model, "model")
    with reporting(progress, "measuring") as report:
        found = _core.sensitivity(path, given, scored, names, _arguments.optional_path(csv, "csv"), report)
    return _sensitivity({**json.loads(found), "model": os.fsdecode(path)})


def tune(
    model: Union[Model, Path],
    output: Path,
    texts: Union[Path, Texts, None] = None,
    *,
    task: Optional[str] = None,
    data: Optional[Path] = None,
    queries: Optional[Path] = None,
    qrels: Optional[Path] = None,
    candidates: Optional[Path] = None,
    depth: int = 100,
    max_loss: Union[float, str, None] = None,
    max_ms: Optional[float] = None,
    max_mb: Optional[float] = None,
    forms: Iterable[str] = (),
    calibration: Union[Path, Texts, None] = None,
    shape: Shape = "1x128",
    threads: int = 1,
    seconds: float = 1.0,
    evaluations: int = 200,
    minutes: float = 15.0,
    log: Optional[Path] = None,
    prompt: Optional[str] = None,
    query_prompt: Optional[str] = None,
    batch_size: int = 32,
    progress: Progress = False,
) -> Tuning:
    """Searches the best mixture of float and INT8 within limits, and writes it to `output`.

    texts; task, data, queries, qrels, candidates, depth: what the loss is measured on, as `sensitivity` takes them.
    max_loss: in the unit of the loss, or "1%": as a share (of 1 on texts, of the float model's metric on a task).
    max_ms: of a batch of `shape` ("1x128", or (1, 128): sequences and their tokens) on `threads`. max_mb: of the file,
        in millions of bytes. One limit at least; what has none is made as small as possible: the loss, else the time,
        else the size.
    forms: what linear layers may become beside float and int8: "int8 unrotated", "int8 rotated-64", with `calibration`
        also "int8 nearest".
    calibration: texts, or a file of them: calibrates every model that is tried, as `quantize` does; slow.
    seconds: how long each model is timed, at least. evaluations, minutes: what ends the search.
    log: a CSV file that gets a row for each model that was tried. When it is there already the search goes on from it:
        after an interrupt, with a larger budget, or with other limits.

    A LimitError says what came nearest when nothing that was tried holds the limits. Nothing is written then, nor after
    an interrupt.
    """
    given, scored = _loss(texts, task, data, queries, qrels, prompt, query_prompt, batch_size, candidates, depth)
    most = (
        _arguments.word(max_loss, "max_loss")
        if max_loss is None or isinstance(max_loss, str)
        else repr(_arguments.real(max_loss, "max_loss", 0, 1e300))
    )
    to = _arguments.path_bytes(output, "output")
    arguments = (
        _file(model, "model"),
        to,
        given,
        scored,
        most,
        0.0 if max_ms is None else _arguments.real(max_ms, "max_ms", 1e-6, 1e9),
        0.0 if max_mb is None else _arguments.real(max_mb, "max_mb", 1e-6, 1e9),
        [_arguments.text(each, "a form") for each in ([forms] if isinstance(forms, str) else forms)],
        [] if calibration is None else _arguments.texts_or_file(calibration, "calibration"),
        _arguments.shape(shape, "shape"),
        _arguments.count(threads, "threads", 1, 256),
        _arguments.real(seconds, "seconds", 0.001, 1e6),
        _arguments.count(evaluations, "evaluations", 2, 1_000_000),
        _arguments.real(minutes, "minutes", 0, 1e6),
        _arguments.optional_path(log, "log"),
    )
    with reporting(progress, "measuring the source") as measuring, reporting(progress, "searching") as searching:
        found = json.loads(_core.tune(*arguments, measuring, searching))
    for name in ("best", "none", "all"):
        found[name] = Tried(**found[name])
    return Tuning(**{**found, "output": os.fsdecode(to), "limits": Limits(**found["limits"])})


def compare(
    models: Union[Model, Path, Iterable[Union[Model, Path]]],
    shapes: Union[Shape, Iterable[Shape]] = ("1x16", "1x128", "32x128"),
    threads: int = 1,
    seconds: float = 1.0,
    *,
    task: Optional[str] = None,
    data: Optional[Path] = None,
    queries: Optional[Path] = None,
    qrels: Optional[Path] = None,
    candidates: Optional[Path] = None,
    depth: int = 100,
    html: Optional[Path] = None,
    sensitivity: Union[Sensitivity, Path, None] = None,
    peers: Optional[Path] = None,
    prompt: Optional[str] = None,
    query_prompt: Optional[str] = None,
    batch_size: int = 32,
    progress: Progress = False,
) -> Comparison:
    """Puts models side by side: size, loading, latency in turns and, on a task, accuracy.

    models: files; a Model stands for its file. The others are compared with the first one. What fails for one is told in
        its row (`error`), and the others go on; when none is left, that is an error.
    shapes: what is timed: "32x128", or (32, 128), is 32 sequences of 128 tokens. seconds: the least time for each.
    task, data, queries, qrels, candidates, depth: as `evaluate` takes them.
    html: a file for a page that needs nothing else. sensitivity: what each part loses, for the page: what `sensitivity`
        returned, or a file of `linnet sensitivity --json`. peers: a file of other runtimes' rows (`bench/peers --save`).
    """
    if isinstance(models, (Model, str, bytes, os.PathLike)):
        models = [models]
    if not isinstance(models, Iterable):
        raise TypeError(f"models is a list of models and paths, not {type(models).__name__}")
    paths = [_file(each, f"model {at}") for at, each in enumerate(models)]
    if not paths:
        raise InvalidArgumentError("models is empty")
    file, given = b"", b""
    if isinstance(sensitivity, Sensitivity):
        # The path in it may be of bytes that are no text.
        given = json.dumps(dataclasses.asdict(sensitivity), ensure_ascii=False).encode("utf-8", "replace")
    else:
        file = _arguments.optional_path(sensitivity, "sensitivity")
    arguments = (
        paths,
        _arguments.shapes(shapes, "shapes"),
        _arguments.count(threads, "threads", 1, 256),
        _arguments.real(seconds, "seconds", 0.001, 3600),
        _arguments.task(task, data, queries, qrels, prompt, query_prompt, batch_size, candidates, depth),
        _arguments.optional_path(peers, "peers"),
        file,
        given,
        _arguments.optional_path(html, "html"),
    )
    with reporting(progress, "scoring") as scoring, reporting(progress, "timing") as timing:
        found = _core.compare(*arguments, scoring, timing)
    result = json.loads(found["json"])
    rows = [_compared({**row, "model": os.fsdecode(path)}) for row, path in zip(result["models"], paths)]
    return Comparison(
        **{name: result[name] for name in ("cpu", "isa", "commit", "date", "threads", "shapes", "notes")},
        task=result.get("task"),
        data=None if data is None else os.fsdecode(data),
        metric=result.get("metric", ""),
        counted=found["counted"],
        count=found["count"],
        models=rows,
        peers=_peers(result["peers"]) if "peers" in result else None,
        sensitivity=_sensitivity(result["sensitivity"]) if "sensitivity" in result else None,
        text=found["text"],
    )


def _file(model: Union[Model, Path], name: str) -> bytes:
    if not isinstance(model, Model):
        return _arguments.path_bytes(model, name)
    if model.closed:
        raise InvalidArgumentError("the model is closed")
    return os.fsencode(model.path)


def _loss(texts: Union[Path, Texts, None], task: Optional[str], *rest: Any) -> tuple[list[str], _core.Task]:
    """What a loss is measured on: texts or a task, either of them."""
    if (texts is None) == (task is None):
        raise InvalidArgumentError("the loss is measured on texts or on a task: give one of both")
    scored = _arguments.task(task, *rest)
    return [] if texts is None else _arguments.texts_or_file(texts, "texts"), scored


def _sensitivity(found: dict[str, Any]) -> Sensitivity:
    return Sensitivity(**{**found, "rows": [SensitivityRow(**row) for row in found["rows"]]})


def _number(value: Optional[float]) -> float:
    """JSON has no NaN: it is null there."""
    return math.nan if value is None else value


def _metric(name: str, value: Optional[float], interval: list[Optional[float]]) -> Metric:
    return Metric(name, _number(value), *map(_number, interval))


def _compared(row: dict[str, Any]) -> ComparedModel:
    metrics, intervals, differences = (row.pop(name, {}) for name in ("metrics", "intervals", "differences"))
    times = [ComparedTime(**time) for time in row.pop("times", [])]
    return ComparedModel(
        **row,
        times=times,
        metrics=[_metric(name, value, intervals[name]) for name, value in metrics.items()],
        differences=[_metric(name, each["value"], each["interval"]) for name, each in differences.items()],
    )


def _peers(found: dict[str, Any]) -> Peers:
    rows = []
    for row in found.pop("rows"):
        times = [PeerTime(each["shape"], each["median_ms"], _number(each["p95_ms"])) for each in row["times"]]
        rows.append(Peer(row["name"], row["file_bytes"], _number(row["load_ms"]), _number(row["spearman"]), times))
    return Peers(**found, rows=rows)
