"""What makes and measures model files: the commands of `linnet` as functions."""

import os
from collections.abc import Callable, Iterable
from contextlib import contextmanager
from functools import partial
from typing import Any, Iterator, Optional, SupportsFloat, SupportsIndex, Union

from . import _arguments, _core, _hub
from ._arguments import MOST_BATCH, Path, Texts
from ._errors import InvalidArgumentError
from ._model import Model, load
from ._progress import Progress, reporting
from .results import (
    Bench,
    BenchRow,
    Conversion,
    Evaluation,
    Fit,
    LayerNoise,
    Metric,
    Penalty,
    Quantization,
    RegressionFit,
    Strength,
)

# A file of labelled texts (.tsv, .csv, .jsonl), or pairs of a text and its label.
Labelled = Union[Path, Iterable[tuple[str, Union[str, int]]]]


@contextmanager
def _opened(model: Union[Model, Path], threads: int = 0) -> Iterator[Model]:
    """The model; opened for as long as this lasts when it is a path."""
    if isinstance(model, Model):
        yield model
    else:
        with load(model, threads=threads) as opened:
            yield opened


def inspect(model: Union[Model, Path]) -> dict[str, Any]:
    """Everything about a model file: graph, sizes, tokenizer, prompts, provenance; as `linnet inspect --json`."""
    with _opened(model) as opened:
        return opened.describe()


def convert(
    checkpoint: Path,
    output: Path,
    pooling: Optional[str] = None,
    name: Optional[str] = None,
    max_tokens: Optional[int] = None,
    progress: Progress = False,
    *,
    head: Optional[str] = None,
) -> Conversion:
    """Turns a checkpoint into a float model file.

    checkpoint: a folder of Hugging Face or sentence-transformers, or "organization/name" on the Hub.
    pooling: "mean", "cls", "max" or "mean_sqrt_len", whatever the checkpoint says.
    name: what the file says it is called. max_tokens: where text is cut.
    head: "classification", "tagging", "qa", "fill-mask" or "none"; None: the one that the checkpoint is made for.
    """
    to = _arguments.path_bytes(output, "output")
    tokens = 0 if max_tokens is None else _arguments.count(max_tokens, "max_tokens", 1, 65536)
    folder = _hub.fetch(checkpoint) if isinstance(checkpoint, str) and _hub.is_hub_id(checkpoint) else checkpoint
    with reporting(progress, "writing") as report:
        made = _core.convert(
            _arguments.path_bytes(folder, "checkpoint"),
            to,
            _arguments.word(pooling, "pooling"),
            _arguments.word(head, "head"),
            _arguments.word(name, "name"),
            tokens,
            report,
        )
    return Conversion(output=os.fsdecode(to), **made)


def quantize(
    model: Path,
    output: Path,
    calibration: Union[Path, Texts, None] = None,
    progress: Progress = False,
    *,
    plan: Optional[str] = None,
) -> Quantization:
    """Turns a float model file into an INT8 one.

    calibration: some hundreds of texts like those that the model will see, as a list or a file with one a line: more
        accurate, and slower. Without, the file is the same bytes on every machine.
    plan: which parts to quantize, and how: "int8; attention 0 core=float", as `tune` finds it; None: all.
    """
    texts = [] if calibration is None else _arguments.texts_or_file(calibration, "calibration")
    parts = _arguments.word(plan, "plan")
    to = _arguments.path_bytes(output, "output")
    with reporting(progress, "quantizing") as report:
        made = _core.quantize(_arguments.path_bytes(model, "model"), to, texts, parts, report)
    layers = [LayerNoise(*layer) for layer in made.pop("layers")]
    return Quantization(output=os.fsdecode(to), calibration_texts=len(texts), layers=layers, **made)


def fit(
    model: Union[Model, Path],
    data: Labelled,
    output: Path,
    folds: int = 5,
    batch_size: int = 32,
    prompt: Optional[str] = None,
    progress: Progress = False,
    threads: int = 0,
    *,
    strength: Optional[float] = None,
) -> Fit:
    """Trains a classifier on the model's embeddings and writes the model with it: `Model.classify` uses it.

    data: a file of labelled texts (.tsv, .csv, .jsonl), or pairs of a text and its label.
    folds: parts of the cross-validation that chooses the penalty. `threads` counts when `model` is a path.
    strength: of the penalty, what scikit-learn calls C, instead of cross-validation.
    """
    given = 0.0 if strength is None else _arguments.real(strength, "strength", 1e-9, 1e9)
    fitter = partial(_core.fit, strength=given)
    made = _fitted(fitter, model, _labelled(data), output, folds, batch_size, prompt, progress, threads)
    tried = [Strength(*each) for each in made.pop("tried")]
    best = made.pop("best")
    return Fit(best=tried[best] if tried else None, tried=tried, **made)


def fit_regression(
    model: Union[Model, Path],
    data: Union[Path, Iterable[tuple[str, SupportsFloat]]],
    output: Path,
    folds: int = 5,
    batch_size: int = 32,
    prompt: Optional[str] = None,
    progress: Progress = False,
    threads: int = 0,
) -> RegressionFit:
    """Trains ridge regression on the model's embeddings and writes the model with a head that gives a number.

    data: a file of texts with a number each (.tsv, .csv, .jsonl), or pairs of a text and a number. The rest as for `fit`.
    """
    made = _fitted(_core.fit_regression, model, _numbered(data), output, folds, batch_size, prompt, progress, threads)
    tried = [Penalty(*each) for each in made.pop("tried")]
    return RegressionFit(best=tried[made.pop("best")], tried=tried, **made)


def _fitted(
    fitter: Callable[..., dict[str, Any]],
    model: Union[Model, Path],
    pairs: list[tuple[str, str]],
    output: Path,
    folds: int,
    batch_size: int,
    prompt: Optional[str],
    progress: Progress,
    threads: int,
) -> dict[str, Any]:
    to = _arguments.path_bytes(output, "output")
    parts = _arguments.count(folds, "folds", 2, 100)
    batch = _arguments.count(batch_size, "batch_size", 1, MOST_BATCH)
    with _opened(model, threads) as opened:
        before = opened._prompt_text(prompt, None)
        with reporting(progress, "embedding") as embedding, reporting(progress, "fitting") as fitting:
            made = fitter(opened._native, pairs, to, folds=parts, batch=batch, prompt=before,
                          embedding_progress=embedding, fitting_progress=fitting)
    return {"output": os.fsdecode(to), **made}


def evaluate(
    model: Union[Model, Path],
    task: str,
    data: Path,
    queries: Optional[Path] = None,
    qrels: Optional[Path] = None,
    prompt: Optional[str] = None,
    query_prompt: Optional[str] = None,
    batch_size: int = 32,
    progress: Progress = False,
    threads: int = 0,
    *,
    candidates: Optional[Path] = None,
    depth: int = 100,
) -> Evaluation:
    """Scores a model on labelled data; every metric has a 95% interval.

    task: "sts" (data: CSV lines sentence1,sentence2,score), "classification" and "regression" (data as `fit` and
        `fit_regression` read it), "tagging" (CoNLL), "qa" (SQuAD), "retrieval" (data: documents, with `queries` and
        `qrels`) or "rerank" (the same, with `candidates`, a TREC run, of which `depth` of each query count).
        docs/cli.md says more.
    prompt, query_prompt: by their names in the model. `threads` counts when `model` is a path.
    """
    scored = _arguments.task(task, data, queries, qrels, prompt, query_prompt, batch_size, candidates, depth)
    with _opened(model, threads) as opened, reporting(progress, "evaluating") as report:
        found = _core.evaluate(opened._native, scored, report)
        path = opened.path
    metrics = [Metric(*metric) for metric in found.pop("metrics")]
    return Evaluation(task=task, model=path, metrics=metrics, **found)


def bench(
    model: Union[Model, Path],
    tokens: Union[SupportsIndex, Iterable[SupportsIndex]] = (16, 128),
    batch: Union[SupportsIndex, Iterable[SupportsIndex]] = (1, 32),
    threads: Union[SupportsIndex, Iterable[SupportsIndex]] = (1,),
    seconds: float = 1.0,
    texts: Optional[Texts] = None,
    progress: Progress = False,
) -> Bench:
    """Times a model; loading it and tokenizing are not in the times.

    tokens: lengths of sequences of random ids. texts: time these in ragged batches instead.
    seconds: the least time that each row is measured for.
    """
    lengths = _arguments.counts(tokens, "tokens", 1, 65536)
    batches = _arguments.counts(batch, "batch", 1, MOST_BATCH)
    numbers = _arguments.counts(threads, "threads", 1, 256)
    least = _arguments.real(seconds, "seconds", 0.001, 3600)
    with _opened(model) as opened, reporting(progress, "timing") as report:
        lines = [] if texts is None else [opened.tokenize(text) for text in _arguments.text_list(texts)]
        if texts is not None and not lines:
            raise InvalidArgumentError("texts is empty")
        found = _core.bench(opened._native, batches, lengths, numbers, lines, least, report)
        path = opened.path
    rows = [BenchRow(**row) for row in found.pop("rows")]
    return Bench(model=path, rows=rows, **found)


def _labelled(data: Labelled) -> list[tuple[str, str]]:
    def label(value: Any, name: str) -> str:
        if isinstance(value, bool) or not isinstance(value, (str, int)):
            raise TypeError(f"{name} is {type(value).__name__}, neither str nor int")
        return _arguments.text(str(value), name)

    return _pairs(data, label)


def _numbered(data: Union[Path, Iterable[tuple[str, SupportsFloat]]]) -> list[tuple[str, str]]:
    return _pairs(data, lambda value, name: repr(_arguments.real(value, name, -1.7e308, 1.7e308)))


def _pairs(data: Any, label: Callable[[Any, str], str]) -> list[tuple[str, str]]:
    """Texts and what `label` makes of their labels: label(value, its name for messages)."""
    if isinstance(data, (str, bytes, os.PathLike)):
        return _core.read_labelled(_arguments.path_bytes(data, "data"))
    if not isinstance(data, Iterable):
        raise TypeError(f"data is a path or pairs of text and label, not {type(data).__name__}")
    pairs = []
    for at, pair in enumerate(data):
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise TypeError(f"item {at} of data is not a pair of a text and its label")
        pairs.append((_arguments.text(pair[0], f"text {at}"), label(pair[1], f"the label of text {at}")))
    if not pairs:
        raise InvalidArgumentError("data holds no labelled text")
    return pairs
