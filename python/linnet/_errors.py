"""What goes wrong, as exceptions: one class for each of Linnet's codes, and each is also the built-in exception that a
Python program would expect."""

from typing import ClassVar


class Error(RuntimeError):
    """What every error of Linnet is. `code` is its stable name, such as "not_found"."""

    code: ClassVar[str] = "internal"


class InvalidArgumentError(Error, ValueError):
    """Something was passed that cannot work."""

    code = "invalid_argument"


class NotFoundError(Error, FileNotFoundError):
    """A file, a name or an output that does not exist."""

    code = "not_found"


class FileError(Error, OSError):
    """The system refused to read, write or map a file."""

    code = "io"


class CorruptError(Error, ValueError):
    """A file that is damaged, truncated or not what it claims to be."""

    code = "corrupt"


class UnsupportedError(Error, NotImplementedError):
    """Well formed, but this version or this machine cannot do it."""

    code = "unsupported"


class LimitError(Error, ValueError):
    """Larger than a stated limit."""

    code = "limit"


class OutOfMemoryError(Error, MemoryError):
    """There is not enough memory."""

    code = "out_of_memory"


class NonFiniteError(Error, ArithmeticError):
    """A NaN or an infinity came up where only finite numbers make sense."""

    code = "non_finite"


class InternalError(Error):
    """A broken promise of Linnet itself; please report it."""

    code = "internal"


# By code; the C++ half raises these.
CLASSES: dict[str, type[Error]] = {
    each.code: each
    for each in (
        InvalidArgumentError,
        NotFoundError,
        FileError,
        CorruptError,
        UnsupportedError,
        LimitError,
        OutOfMemoryError,
        NonFiniteError,
        InternalError,
    )
}
