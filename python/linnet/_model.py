"""Models: opening one, and what it answers."""

import json
import os
import weakref
from collections.abc import Iterable
from types import TracebackType
from typing import Any, Optional, SupportsIndex

import numpy as np
import numpy.typing as npt

from . import _arguments, _core, _hub
from ._arguments import MOST_BATCH, Path, Texts
from ._errors import InvalidArgumentError, UnsupportedError
from ._progress import Progress, reporting
from .results import Answer, Entity, Filler, Label, Ranked

Rows = npt.NDArray[np.float32]

_open_models: "weakref.WeakSet[Model]" = weakref.WeakSet()


def _after_fork() -> None:
    for model in list(_open_models):
        model._native.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


class Model:
    """An open model; `linnet.load` makes it.

    Any number of threads may use one model at once. Python's lock is not held while it computes, and no answer depends
    on threads, batches or who else asks. It may be closed (`close()`, or by a `with` block), pickled and copied: a copy
    opens the same file with the same settings.
    """

    def __init__(
        self, path: Path, threads: int = 0, isa: Optional[str] = None, backend: Optional[str] = None, strict: bool = False
    ) -> None:
        self._settings = (path, threads, isa, backend, strict)
        self._path = os.fsdecode(_arguments.path_bytes(path))
        self._native = _core.Model(
            os.fsencode(self._path),
            _arguments.count(threads, "threads", 0, 256),
            _arguments.word(isa, "isa"),
            _arguments.word(backend, "backend"),
            bool(strict),
        )
        self._description: dict[str, Any] = json.loads(self._native.describe())
        self._running = self._native.running()
        _open_models.add(self)

    # What it is.

    @property
    def path(self) -> str:
        """The file."""
        return self._path

    @property
    def name(self) -> str:
        """The name that is stored in the file."""
        return str(self._description["name"])

    @property
    def width(self) -> int:
        """Floats in a row of the default output: of an embedding."""
        return int(self._default_output["width"])

    @property
    def max_tokens(self) -> int:
        """Where text is cut, special tokens included."""
        return int(self._description["max_tokens"])

    @property
    def max_positions(self) -> int:
        """The longest sequence that `run` takes."""
        return int(self._description["max_positions"])

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of the outputs, the default one last. `run` knows every value of `describe()["values"]`, too."""
        return tuple(output["name"] for output in self._description["outputs"])

    @property
    def prompts(self) -> dict[str, str]:
        """The prompts by their names."""
        return dict(self._description["prompts"])

    @property
    def default_prompt(self) -> str:
        """The name of the prompt that is put before texts unless another one is asked for; often ""."""
        return str(self._description["default_prompt"])

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that `classify` gives; none without a classifier."""
        for head in self._description["heads"]:
            if head["kind"] == "Classification":
                return tuple(head["labels"])
        return ()

    @property
    def isa(self) -> str:
        """The instruction set that it runs on."""
        return str(self._running["isa"])

    @property
    def threads(self) -> int:
        """Threads of one call."""
        return int(self._running["threads"])

    @property
    def layers(self) -> list[dict[str, Any]]:
        """What each linear layer runs on (`op`, `layer`, `runs_on`), and why not on the backend (`reason`)."""
        return [dict(layer) for layer in self._running["layers"]]

    def describe(self) -> dict[str, Any]:
        """Everything about the file: graph, sizes, tokenizer, prompts, provenance; as `linnet inspect --json`."""
        description: dict[str, Any] = json.loads(self._native.describe())
        return description

    def __repr__(self) -> str:
        state = ", closed" if self.closed else ""
        return f"<linnet.Model '{self._path}': {self._description['weights']}, width {self.width}, {self.isa}{state}>"

    # What it answers.

    def embed(
        self,
        texts: Texts,
        batch_size: int = 32,
        prompt: Optional[str] = None,
        progress: Progress = False,
        *,
        prompt_text: Optional[str] = None,
    ) -> Rows:
        """Embeds texts: float32 [texts, width], a row for each; one text gives one row.

        `prompt` is the name of a prompt of the model that is put before each text, in place of its default one;
        `prompt_text` is such a text itself. Neither the batch size nor the number of threads changes a bit.
        """
        before = self._prompt_text(prompt, prompt_text)
        batch = _arguments.count(batch_size, "batch_size", 1, MOST_BATCH)
        with reporting(progress, "embedding") as report:
            return self._native.embed(_arguments.text_list(texts), batch, before, report)

    def classify(
        self, texts: Texts, top: int = 1, batch_size: int = 32, prompt: Optional[str] = None, progress: Progress = False
    ) -> list[list[Label]]:
        """For each text a list of its `top` most probable labels, the most probable first."""
        before = self._prompt_text(prompt, None)
        most = _arguments.count(top, "top", 1, MOST_BATCH)
        batch = _arguments.count(batch_size, "batch_size", 1, MOST_BATCH)
        with reporting(progress, "classifying") as report:
            rows = self._native.classify(_arguments.text_list(texts), most, batch, before, report)
        return [[Label(label, probability) for label, probability in row] for row in rows]

    def tag(self, texts: Texts, batch_size: int = 32, progress: Progress = False) -> list[list[Entity]]:
        """For each text, of any length, the entities that a token classification head finds in it."""
        batch = _arguments.count(batch_size, "batch_size", 1, MOST_BATCH)
        with reporting(progress, "tagging") as report:
            rows = _core.tag(self._native, _arguments.text_list(texts), batch, report)
        return [[Entity(label, *piece, score) for label, piece, score in row] for row in rows]

    def answer(self, question: str, text: str, top: int = 1, max_answer_tokens: int = 15) -> list[Answer]:
        """The `top` pieces of a text, of any length, that answer a question best, none over another."""
        both = self._one_text(question, "question") + self._one_text(text, "text")
        most = _arguments.count(top, "top", 1, MOST_BATCH)
        longest = _arguments.count(max_answer_tokens, "max_answer_tokens", 1, MOST_BATCH)
        return [Answer(*piece, score) for piece, score in _core.answer(self._native, both, most, longest)]

    def fill_mask(self, text: str, top: int = 5) -> list[list[Filler]]:
        """For each mask of a text ("[MASK]", or what the model calls it) the `top` most probable tokens."""
        given = self._one_text(text, "text")
        most = _arguments.count(top, "top", 1, MOST_BATCH)
        return [[Filler(*each) for each in mask] for mask in _core.fill_mask(self._native, given, most)]

    def rerank(
        self, query: str, texts: Texts, batch_size: int = 32, prompt: Optional[str] = None, progress: Progress = False
    ) -> list[Ranked]:
        """The texts by how well a cross-encoder says that they go with a query, the best first."""
        asked = self._one_text(query, "query")
        before = self._prompt_text(prompt, None)
        batch = _arguments.count(batch_size, "batch_size", 1, MOST_BATCH)
        with reporting(progress, "reranking") as report:
            order = _core.rerank(self._native, asked, _arguments.text_list(texts), batch, before, report)
        return [Ranked(*each) for each in order]

    @staticmethod
    def _one_text(text: str, name: str) -> list[str]:
        if not _arguments.is_one_text(text):
            raise TypeError(f"{name} is one str, not {type(text).__name__}")
        return _arguments.text_list(text, name)

    def tokenize(self, text: str, prompt: Optional[str] = None, truncate: bool = True) -> list[int]:
        """The token ids of one text, special tokens included, cut at `max_tokens` as `embed` does."""
        texts = self._one_text(text, "text")
        return self._native.tokenize(texts, _arguments.word(prompt, "prompt"), bool(truncate))

    def tokens(self, ids: Iterable[SupportsIndex]) -> list[str]:
        """The tokens of ids."""
        return self._native.tokens(_arguments.ids(ids))

    def run(
        self,
        ids: Iterable[Iterable[SupportsIndex]],
        output: Optional[str] = None,
        progress: Progress = False,
    ) -> Rows:
        """Runs sequences of token ids, taken as they are, and returns the rows of a value by its name (None: of the
        default output): one a sequence, or one a token, all sequences in order."""
        sequences = _arguments.id_lists(ids)
        with reporting(progress, "running") as report:
            return self._native.run(sequences, _arguments.word(output, "output"), report)

    # How long it lives.

    def close(self) -> None:
        """Lets go of the file. Calls of other threads that are running end in peace; later ones are an error."""
        self._native.close()

    @property
    def closed(self) -> bool:
        """Whether it is closed."""
        return self._native.closed

    def __enter__(self) -> "Model":
        if self.closed:
            raise InvalidArgumentError("the model is closed")
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()

    def __reduce__(self) -> tuple[Any, ...]:
        return Model, self._settings

    @property
    def _default_output(self) -> dict[str, Any]:
        output: dict[str, Any] = self._description["outputs"][-1]
        return output

    def _prompt_text(self, name: Optional[str], given: Optional[str]) -> str:
        if given is None:
            return self._native.prompt_text(_arguments.word(name, "prompt"))
        if name is not None:
            raise InvalidArgumentError("prompt and prompt_text are both given; a text has one prompt")
        return _arguments.word(given, "prompt_text")


def load(
    path: Path, threads: int = 0, isa: Optional[str] = None, backend: Optional[str] = None, strict: bool = False
) -> Model:
    """Opens a model file.

    path: a .linnet file; or "organization/name" on the Hugging Face Hub (with huggingface_hub installed), whose .linnet
        file is taken or whose checkpoint is converted once.
    threads: of one call; 0: one for each fast core, at most 4.
    isa: an instruction set by its name, as `linnet cpu` lists them; None: LINNET_ISA, else the best.
    backend: "onednn" or "xnnpack", where this build has them; `strict`: an error when it does not take every layer.
    """
    if isinstance(path, str) and _hub.is_hub_id(path):
        return Model(_hub.model_file(_hub.fetch(path)), threads, isa, backend, strict)
    if os.path.isdir(path):
        raise UnsupportedError(f"'{os.fsdecode(path)}' is a folder; convert a checkpoint first: linnet.convert")
    return Model(path, threads, isa, backend, strict)
