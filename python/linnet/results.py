"""What the functions of linnet return: plain data that prints well."""

from dataclasses import dataclass, field
from typing import NamedTuple


def human_bytes(count: int) -> str:
    """23500000 as "23.5 MB": powers of 1,000."""
    amount = float(count)
    for unit in ("bytes", "kB", "MB"):
        if amount < 1000:
            return f"{count} bytes" if unit == "bytes" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"


class Label(NamedTuple):
    """A label and how probable a classifier thinks it is; or a number and its name, where the model gives numbers."""

    label: str
    probability: float


class Entity(NamedTuple):
    """An entity: `text` is characters [begin, end) of what was tagged."""

    label: str
    text: str
    begin: int
    end: int
    score: float


class Answer(NamedTuple):
    """An answer: `text` is characters [begin, end) of what was asked about."""

    text: str
    begin: int
    end: int
    score: float


class Filler(NamedTuple):
    """A token that may stand in place of a mask."""

    token: str
    id: int
    probability: float


class Ranked(NamedTuple):
    """The place of a text in the list that was given, and its score."""

    place: int
    score: float


@dataclass(frozen=True)
class Conversion:
    """What `convert` made."""

    output: str
    bytes: int
    architecture: str
    notes: list[str]

    def __str__(self) -> str:
        notes = "".join(f"note: {note}\n" for note in self.notes)
        return f"{notes}{self.output}: {self.architecture}, {human_bytes(self.bytes)}"


class LayerNoise(NamedTuple):
    """The signal-to-noise ratio of a quantized layer in dB."""

    name: str
    snr_db: float


@dataclass(frozen=True)
class Quantization:
    """What `quantize` made."""

    output: str
    bytes: int
    input_bytes: int
    calibration_texts: int
    layers: list[LayerNoise] = field(repr=False)
    notes: list[str]

    def __str__(self) -> str:
        worst = min(self.layers, key=lambda layer: layer.snr_db, default=None)
        lines = [f"note: {note}" for note in self.notes]
        lines.append(f"{self.output}: {human_bytes(self.bytes)}, was {human_bytes(self.input_bytes)}")
        if worst is not None:
            lines.append(f"{len(self.layers)} layers, signal to noise at least {worst.snr_db:.1f} dB ({worst.name})")
        return "\n".join(lines)


@dataclass(frozen=True)
class Metric:
    """A metric, and the 95% interval that another sample of the same size would move it in."""

    name: str
    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.name:14} {self.value:.4f}   95% {self.low:.4f} to {self.high:.4f}"


@dataclass(frozen=True)
class Evaluation:
    """What `evaluate` found. `result["spearman"]` is the value of a metric."""

    task: str
    model: str
    weights: str
    file_bytes: int
    isa: str
    counted: str
    count: int
    metrics: list[Metric]
    notes: list[str]
    seconds: float

    def __getitem__(self, name: str) -> float:
        for metric in self.metrics:
            if metric.name == name:
                return metric.value
        raise KeyError(name)

    def __str__(self) -> str:
        lines = [f"{self.model}: {human_bytes(self.file_bytes)}, {self.weights}, on {self.isa}"]
        lines += [str(metric) for metric in self.metrics]
        lines.append(f"{self.counted:14} {self.count} ({self.seconds:.1f} s)")
        lines += [f"note: {note}" for note in self.notes]
        return "\n".join(lines)


class Strength(NamedTuple):
    """A strength of the penalty (scikit-learn's C), scored on texts that it was not fitted on."""

    strength: float
    accuracy: float
    log_loss: float


@dataclass(frozen=True)
class Fit:
    """What `fit` made."""

    output: str
    texts: int
    labels: list[str]
    folds: int
    best: Strength
    tried: list[Strength] = field(repr=False)
    embed_seconds: float
    fit_seconds: float

    def __str__(self) -> str:
        return (
            f"{self.output}: {len(self.labels)} labels from {self.texts} texts; held out: accuracy "
            f"{self.best.accuracy:.4f}, log loss {self.best.log_loss:.4f} (strength {self.best.strength:g}, "
            f"{self.folds} folds)"
        )


@dataclass(frozen=True)
class BenchRow:
    """Times of one batch in milliseconds."""

    batch: int
    tokens: float
    threads: int
    runs: int
    min_ms: float
    mean_ms: float
    median_ms: float
    p95_ms: float
    p99_ms: float
    sequences_per_second: float
    tokens_per_second: float
    macs: float
    share_of_peak: float
    session_bytes: int


@dataclass(frozen=True)
class Bench:
    """What `bench` measured."""

    model: str
    weights: str
    file_bytes: int
    isa: str
    rows: list[BenchRow]

    def __str__(self) -> str:
        lines = [
            f"{self.model}: {human_bytes(self.file_bytes)}, {self.weights}, on {self.isa}",
            f"{'batch':>6} {'tokens':>7} {'threads':>8} {'median ms':>10} {'p95 ms':>10} {'sequences/s':>12}",
        ]
        for row in self.rows:
            lines.append(
                f"{row.batch:6} {row.tokens:7.4g} {row.threads:8} {row.median_ms:10.3f} {row.p95_ms:10.3f} "
                f"{row.sequences_per_second:12.1f}"
            )
        return "\n".join(lines)
