"""What functions accept, brought into the one form that the C++ half takes. Errors name the argument."""

import operator
import os
from collections.abc import Iterable, Mapping
from typing import Any, SupportsFloat, SupportsIndex, Union

from ._errors import InvalidArgumentError

# str or os.PathLike; bytes as the system has them.
Path = Union[str, bytes, "os.PathLike[str]", "os.PathLike[bytes]"]
# One text, or any number of them: a list, a generator, a NumPy array or a pandas Series of str.
Texts = Union[str, Iterable[str]]

_MOST_IDS = 2**31 - 1


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
