"""Linnet: a small runtime for compressed transformer encoders, and the tools that compress them.

    >>> import linnet
    >>> model = linnet.load("minilm-int8.linnet")
    >>> embeddings = model.embed(["A bird sings.", "The cat sleeps."])

docs/python.md has a page of examples.
"""

from ._core import VERSION as __version__
from ._errors import (
    CorruptError,
    Error,
    FileError,
    InternalError,
    InvalidArgumentError,
    LimitError,
    NonFiniteError,
    NotFoundError,
    OutOfMemoryError,
    UnsupportedError,
)
from ._model import Model, load
from ._search import compare, sensitivity, tune
from ._tools import bench, convert, evaluate, fit, fit_regression, inspect, quantize

# The name of the command. Not in __all__, so that `from linnet import *` leaves Python's eval alone.
eval = evaluate

__all__ = [
    "CorruptError",
    "Error",
    "FileError",
    "InternalError",
    "InvalidArgumentError",
    "LimitError",
    "Model",
    "NonFiniteError",
    "NotFoundError",
    "OutOfMemoryError",
    "UnsupportedError",
    "__version__",
    "bench",
    "compare",
    "convert",
    "evaluate",
    "fit",
    "fit_regression",
    "inspect",
    "load",
    "quantize",
    "sensitivity",
    "tune",
]

# Where programs find them, in messages and pickles.
for _name in __all__:
    if not _name.startswith("_"):
        globals()[_name].__module__ = __name__
