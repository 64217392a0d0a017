"""What the functions of linnet return: plain data that prints well."""

from dataclasses import dataclass, field
from typing import NamedTuple, Optional


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


def value_of(metrics: list[Metric], name: str) -> float:
    """The value of a metric by its name; a KeyError without it."""
    for metric in metrics:
        if metric.name == name:
            return metric.value
    raise KeyError(name)


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
        return value_of(self.metrics, name)

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
    folds: int  # 0 when the strength was given; then nothing was tried
    strength: float
    best: Optional[Strength]
    tried: list[Strength] = field(repr=False)
    embed_seconds: float
    fit_seconds: float

    def __str__(self) -> str:
        what = f"{self.output}: {len(self.labels)} labels from {self.texts} texts"
        if self.best is None:
            return f"{what} (strength {self.strength:g}, as given)"
        return (
            f"{what}; held out: accuracy {self.best.accuracy:.4f}, log loss {self.best.log_loss:.4f} "
            f"(strength {self.strength:g}, {self.folds} folds)"
        )


class Penalty(NamedTuple):
    """A penalty of ridge regression (scikit-learn's alpha), scored on texts that it was not fitted on."""

    penalty: float
    r2: float
    squared_error: float


@dataclass(frozen=True)
class RegressionFit:
    """What `fit_regression` made."""

    output: str
    texts: int
    folds: int
    best: Penalty
    tried: list[Penalty] = field(repr=False)
    embed_seconds: float
    fit_seconds: float

    def __str__(self) -> str:
        return (
            f"{self.output}: a number from {self.texts} texts; held out: r2 {self.best.r2:.4f}, squared error "
            f"{self.best.squared_error:.6g} (penalty {self.best.penalty:g}, {self.folds} folds)"
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


@dataclass(frozen=True)
class SensitivityRow:
    """What a model loses when one part of it, or one layer, alone is quantized."""

    layer: int
    """The layer, from 0; -1: in none."""
    name: str
    format: str
    loss: float
    worst: Optional[float]
    """The loss of the worst text; None on a task."""


@dataclass(frozen=True)
class Sensitivity:
    """What `sensitivity` measured. Rows are in the order in which the model runs, whole layers at the end."""

    model: str
    measure: str
    texts: int
    rows: list[SensitivityRow] = field(repr=False)

    def __str__(self) -> str:
        width = max((len(row.name) for row in self.rows), default=4)
        lines = [f"{self.model}: {self.measure}, on {self.texts}", f"{'part':{width}} format {'loss':>10} {'worst':>10}"]
        for row in self.rows:
            worst = "" if row.worst is None else f" {row.worst:10.2e}"
            lines.append(f"{row.name:{width}} {row.format:6} {row.loss:10.2e}{worst}")
        return "\n".join(lines)


@dataclass(frozen=True)
class Tried:
    """A model that `tune` made and measured. `quantize` makes it again from its plan."""

    plan: str
    loss: float
    worst: Optional[float]
    """The loss of the worst text; None on a task."""
    ms: float
    bytes: int

    def __str__(self) -> str:
        worst = "" if self.worst is None else f"worst {self.worst:.2e}, "
        return f"loss {self.loss:.2e}, {worst}{self.ms:.3f} ms, {human_bytes(self.bytes)}"


@dataclass(frozen=True)
class Limits:
    """What the result of `tune` had to hold; None: no limit."""

    loss: Optional[float] = None
    ms: Optional[float] = None
    bytes: Optional[float] = None


@dataclass(frozen=True)
class Tuning:
    """What `tune` found and wrote: `best`. `none` is the float model, `all` the one with everything quantized."""

    output: str
    measure: str
    texts: int
    isa: str
    best: Tried
    none: Tried
    all: Tried
    limits: Limits
    evaluations: int
    from_log: int
    timed_again: int
    out_of_budget: bool
    seconds: float

    @property
    def plan(self) -> str:
        """The plan of the best model."""
        return self.best.plan

    def __str__(self) -> str:
        lines = [f"loss: {self.measure}, on {self.texts}; times on {self.isa}"]
        lines += [f"{name:6} {tried}" for name, tried in (("float", self.none), ("int8", self.all), ("best", self.best))]
        lines.append(f"plan: {self.plan}")
        lines.append(
            f"{self.output}: {human_bytes(self.best.bytes)}, the best of {self.evaluations} models "
            f"({self.from_log} from the log, {self.timed_again} timed again) in {self.seconds:.0f} s"
        )
        if self.out_of_budget:
            lines.append("note: the budget (evaluations, minutes) ended the search")
        return "\n".join(lines)


@dataclass(frozen=True)
class ComparedTime:
    """Times of one batch in milliseconds, and whether no other model is at least as fast and as accurate."""

    shape: str
    min_ms: float
    median_ms: float
    p95_ms: float
    p99_ms: float
    mean_ms: float
    runs: int
    on_front: bool


@dataclass(frozen=True)
class ComparedModel:
    """A model of a comparison. `row["spearman"]` is the value of a metric.

    Of one that could not be opened there is nothing but `model`, `label` and `error`.
    """

    model: str
    label: str
    error: Optional[str] = None
    """Why it could not be compared, or only in part."""
    weights: str = ""
    file_bytes: int = 0
    load_ms: float = float("nan")
    made_by: list[str] = field(default_factory=list)
    times: list[ComparedTime] = field(default_factory=list)
    """Of each shape that the model has positions for."""
    metrics: list[Metric] = field(default_factory=list)
    differences: list[Metric] = field(default_factory=list)
    """Of each metric to that of the first model."""

    def __getitem__(self, name: str) -> float:
        return value_of(self.metrics, name)


@dataclass(frozen=True)
class PeerTime:
    """A time of another runtime in milliseconds; NaN where it was not measured."""

    shape: str
    median_ms: float
    p95_ms: float


@dataclass(frozen=True)
class Peer:
    """Another runtime; NaN where something was not measured."""

    name: str
    file_bytes: int
    load_ms: float
    spearman: float
    times: list[PeerTime]


@dataclass(frozen=True)
class Peers:
    """Other runtimes, measured another time and maybe on another machine."""

    file: str
    processor: str
    isa: str
    commit: str
    texts: str
    date: Optional[str]
    rows: list[Peer]


@dataclass(frozen=True)
class Comparison:
    """What `compare` measured; printed, it is the table of `linnet compare`."""

    cpu: str
    isa: str
    commit: str
    date: str
    threads: int
    shapes: list[str]
    task: Optional[str]
    data: Optional[str]
    metric: str
    """That models are ranked by; empty when none was scored."""
    counted: str
    count: int
    models: list[ComparedModel]
    notes: list[str] = field(repr=False)
    peers: Optional[Peers] = field(repr=False)
    sensitivity: Optional[Sensitivity] = field(repr=False)
    text: str = field(repr=False)

    def __str__(self) -> str:
        return self.text
