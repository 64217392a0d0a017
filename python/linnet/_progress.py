"""Telling how far long work is."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Callable, Optional, Union

# False: silent. True: a bar (tqdm). A callable is called with (done, total) now and then; what it raises ends the work.
Progress = Union[bool, None, Callable[[int, int], object]]
Callback = Callable[[int, int], object]


@contextmanager
def reporting(progress: Progress, what: str) -> Iterator[Optional[Callback]]:
    """What to tell about work that is called `what`: None, or a callable(done, total)."""
    if progress is None or progress is False:
        yield None
    elif progress is not True:
        if not callable(progress):
            raise TypeError(f"progress is a bool or a callable(done, total), not {type(progress).__name__}")
        yield progress
    else:
        try:
            from tqdm.auto import tqdm
        except ImportError:
            raise ImportError(
                "progress=True draws a bar with tqdm, which is not installed: pip install tqdm, or give a "
                "callable(done, total)"
            ) from None
        with tqdm(desc=what, total=0, leave=False) as bar:

            def draw(done: int, total: int) -> None:
                bar.total = total
                bar.update(done - bar.n)

            yield draw
