"""What functions accept, brought into the one form that the C++ half takes. Errors name the argument."""

import operator
import os
from collections.abc import Iterable, Mapping
from typing import Any, Optional, SupportsFloat, SupportsIndex, Union

from . import _core
from ._errors import InvalidArgumentError

# str or os.PathLike; bytes as the system has them.
Path = Union[str, bytes, "os.PathLike[str]", "os.PathLike[bytes]"]
# One text, or any number of them: a list, a generator, a NumPy array or a pandas Series of str.
Texts = Union[str, Iterable[str]]

# A batch of sequences: "32x128" (sequences x tokens) or (32, 128).
Shape = Union[str, tuple[SupportsIndex, SupportsIndex]]

MOST_BATCH = 65536
_MOST_IDS = 2**31 - 1


def optional_path(path: Optional[Path], name: str) -> bytes:
    """A path, or b"" for None."""
    return b"" if path is None else path_bytes(path, name)


def path_bytes(path: Path, name: str = "path") -> bytes:
    if not isinstance(path, (str, bytes, os.PathLike)):
        raise TypeError(f"{name} is a path (str or os.PathLike), not {type(path).__name__}")
    encoded = os.fsencode(path)
    if b"\0" in encoded or not encoded:
        raise InvalidArgumentError(f"{name} is no path: it is empty or holds a NUL")
    return encoded


def is_one_text(texts: object) -> bool:
    """Whether `texts` is a single text: a str, or an array of no dimensions that holds one."""
    return isinstance(texts, str) or getattr(texts, "ndim", None) == 0


def text_list(texts: Texts, name: str = "texts") -> list[str]:
    """The texts as a list; the C++ half looks at what is in it."""
    if isinstance(texts, str):
        return [texts]
    if isinstance(texts, (bytes, bytearray, memoryview)):
        raise TypeError(f"{name} is bytes; decode them first: {name}.decode('utf-8')")
    if isinstance(texts, Mapping) or not isinstance(texts, Iterable):
        raise TypeError(f"{name} is a str or a list of str, not {type(texts).__name__}")
    if hasattr(texts, "tolist"):  # NumPy, pandas
        dimensions = getattr(texts, "ndim", 1)
        if dimensions > 1:
            raise InvalidArgumentError(f"{name} has {dimensions} dimensions; texts are a list of one")
        values = texts.tolist()
        return values if isinstance(values, list) else [values]
    return list(texts)


def texts_or_file(given: Union[Path, Texts], name: str) -> list[str]:
    """Texts as a list, or the lines of a file that are not empty; at least one."""
    if isinstance(given, (str, bytes, os.PathLike)):
        return _core.read_texts(path_bytes(given, name))
    texts = [text(each, f"text {at}") for at, each in enumerate(text_list(given, name))]
    if not texts:
        raise InvalidArgumentError(f"{name} holds no text")
    return texts


def task(
    name: Optional[str],
    data: Optional[Path],
    queries: Optional[Path],
    qrels: Optional[Path],
    prompt: Optional[str],
    query_prompt: Optional[str],
    batch_size: SupportsIndex,
    candidates: Optional[Path],
    depth: SupportsIndex,
) -> _core.Task:
    """A task and its data; without both it has a prompt and a batch alone, which are then those of texts."""
    if name is None and any(each is not None for each in (data, queries, qrels, query_prompt, candidates)):
        raise InvalidArgumentError("data, queries, qrels, query_prompt and candidates belong to a task, and there is none")
    if name is not None and data is None:
        raise InvalidArgumentError(f"the task {name!r} needs data")
    return _core.Task(
        word(name, "task"),
        optional_path(data, "data"),
        optional_path(queries, "queries"),
        optional_path(qrels, "qrels"),
        word(prompt, "prompt"),
        word(query_prompt, "query_prompt"),
        count(batch_size, "batch_size", 1, MOST_BATCH),
        optional_path(candidates, "candidates"),
        count(depth, "depth", 1, 1_000_000),
    )


def shape(value: Shape, name: str) -> str:
    """A shape as the C++ half reads it."""
    if isinstance(value, str):
        return word(value, name)
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        raise TypeError(f"{name} is a shape like '32x128' or (32, 128), not {type(value).__name__}")
    batch, tokens = (count(each, name, 1, MOST_BATCH) for each in value)
    return f"{batch}x{tokens}"


def shapes(values: Union[Shape, Iterable[Shape]], name: str) -> str:
    """One shape or several, at least one."""
    if not isinstance(values, Iterable):
        raise TypeError(f"{name} is a list of shapes like '32x128' or (32, 128), not {type(values).__name__}")
    given: list[Any] = [values] if isinstance(values, str) else list(values)
    if not given:
        raise InvalidArgumentError(f"{name} is empty")
    if not isinstance(given[0], (str, tuple, list)):  # one pair of numbers
        given = [given]
    return ",".join(shape(each, name) for each in given)


def id_lists(sequences: Iterable[Iterable[SupportsIndex]]) -> list[list[int]]:
    """Sequences of token ids; one sequence by itself is an error, since it may be meant as many."""
    if isinstance(sequences, (str, bytes, Mapping)) or not isinstance(sequences, Iterable):
        raise TypeError(f"ids is a list of sequences of token ids, not {type(sequences).__name__}")
    result = []
    for number, sequence in enumerate(sequences):
        if isinstance(sequence, (str, bytes)) or not isinstance(sequence, Iterable) or getattr(sequence, "ndim", 1) != 1:
            raise TypeError(f"sequence {number} is {type(sequence).__name__}, not a list of token ids")
        result.append([_id(each, number) for each in sequence])
    return result


def _id(value: SupportsIndex, number: int) -> int:
    try:
        index = operator.index(value)
    except TypeError:
        raise TypeError(f"sequence {number} holds {value!r}, which is not a whole number") from None
    if not 0 <= index <= _MOST_IDS:
        raise InvalidArgumentError(f"sequence {number} holds {index}, which is not a token id")
    return index


def ids(values: Iterable[SupportsIndex]) -> list[int]:
    """One sequence of token ids."""
    return id_lists([values])[0]


def count(value: SupportsIndex, name: str, least: int, most: int) -> int:
    if isinstance(value, bool):
        raise TypeError(f"{name} is a whole number, not bool")
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} is a whole number, not {type(value).__name__}") from None
    if not least <= number <= most:
        raise InvalidArgumentError(f"{name} is {number}; it may be {least} to {most}")
    return number


def counts(values: Union[SupportsIndex, Iterable[SupportsIndex]], name: str, least: int, most: int) -> list[int]:
    """One number or several, at least one."""
    if isinstance(values, str) or not isinstance(values, Iterable):
        return [count(values, name, least, most)]
    result = [count(value, name, least, most) for value in values]
    if not result:
        raise InvalidArgumentError(f"{name} is empty")
    return result


def real(value: SupportsFloat, name: str, least: float, most: float) -> float:
    if isinstance(value, (bool, str, bytes)) or not hasattr(value, "__float__"):
        raise TypeError(f"{name} is a number, not {type(value).__name__}")
    number = float(value)
    if not least <= number <= most:
        raise InvalidArgumentError(f"{name} is {number:g}; it may be {least:g} to {most:g}")
    return number


def text(value: object, name: str) -> str:
    """A str that UTF-8 has bytes for."""
    if not isinstance(value, str):
        raise TypeError(f"{name} is not a str: its type is {type(value).__name__}")
    return clean(value, name)


def word(value: Any, name: str) -> str:
    """A name, or "" for None."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise TypeError(f"{name} is a str or None, not {type(value).__name__}")
    if "\0" in value:
        raise InvalidArgumentError(f"{name} holds a NUL")
    return clean(value, name)


def clean(value: str, name: str) -> str:
    """The same str; an error when UTF-8 has no bytes for it."""
    try:
        value.encode()
    except UnicodeEncodeError:
        raise InvalidArgumentError(f"{name} holds a lone surrogate, which is no character") from None
    return value
