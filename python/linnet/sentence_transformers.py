"""A stand-in for sentence_transformers.SentenceTransformer where it encodes.

    >>> from linnet.sentence_transformers import SentenceEncoder
    >>> encoder = SentenceEncoder("minilm-int8.linnet")
    >>> embeddings = encoder.encode(["A bird sings.", "The cat sleeps."])

It needs neither sentence-transformers nor torch, unless tensors are asked for. Arguments that it cannot honour are
errors, never ignored.
"""

from collections.abc import Iterable
from typing import Any, Optional, Union

import numpy as np

from . import _arguments
from ._arguments import Path, Texts
from ._errors import UnsupportedError
from ._model import Model, Rows, load

__all__ = ["SentenceEncoder"]


class SentenceEncoder:
    """Encodes sentences as SentenceTransformer does: the same arguments, the same shapes."""

    def __init__(self, model: Union[Model, Path], threads: int = 0) -> None:
        self.model = model if isinstance(model, Model) else load(model, threads=threads)

    def encode(
        self,
        sentences: Optional[Texts] = None,
        prompt_name: Optional[str] = None,
        prompt: Optional[str] = None,
        batch_size: int = 32,
        show_progress_bar: Optional[bool] = None,
        output_value: Optional[str] = "sentence_embedding",
        precision: str = "float32",
        convert_to_numpy: bool = True,
        convert_to_tensor: bool = False,
        device: Union[str, list[str], None] = None,
        normalize_embeddings: bool = False,
        truncate_dim: Optional[int] = None,
        pool: object = None,
        chunk_size: Optional[int] = None,
        *,
        inputs: Optional[Texts] = None,
        **unknown: Any,
    ) -> Any:
        """One sentence gives [width], several [sentences, width]: a NumPy array; a torch tensor with convert_to_tensor;
        a list of tensors when neither is asked for.

        prompt: a text before each sentence; prompt_name: one of the model's by its name, when there is no `prompt`.
        inputs: another name of `sentences`. chunk_size is for pools, which there are none of here.
        """
        self._refuse(output_value, precision, device, pool, unknown)
        if sentences is None:
            if inputs is None:
                raise TypeError("encode needs sentences: a str or a list of str")
            sentences = inputs
        if prompt is not None:
            prompt_name = None
        rows = self.model.embed(
            sentences,
            batch_size=batch_size,
            prompt=prompt_name,
            prompt_text=prompt,
            progress=bool(show_progress_bar),
        )
        if truncate_dim is not None:
            width = _arguments.count(truncate_dim, "truncate_dim", 1, self.model.width)
            rows = np.ascontiguousarray(rows[:, :width])
        if normalize_embeddings:
            norms = np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
            rows = np.asarray(rows / norms, dtype=np.float32)
        one = _arguments.is_one_text(sentences)
        if convert_to_tensor or not convert_to_numpy:
            return self._tensors(rows, one, convert_to_tensor)
        return rows[0] if one else rows

    def encode_query(self, sentences: Texts, prompt_name: Optional[str] = None, **options: Any) -> Any:
        """The same with the model's prompt "query", if it has one."""
        return self.encode(sentences, prompt_name=self._first_prompt(prompt_name, "query"), **options)

    def encode_document(self, sentences: Texts, prompt_name: Optional[str] = None, **options: Any) -> Any:
        """The same with the model's prompt "document", "passage" or "corpus", the first that it has."""
        name = self._first_prompt(prompt_name, "document", "passage", "corpus")
        return self.encode(sentences, prompt_name=name, **options)

    def similarity(self, a: Any, b: Any) -> Rows:
        """Cosines between the rows of a and of b: [rows of a, rows of b]."""
        rows = [np.atleast_2d(np.asarray(each, dtype=np.float32)) for each in (a, b)]
        first, second = (each / np.maximum(np.linalg.norm(each, axis=1, keepdims=True), 1e-12) for each in rows)
        return np.asarray(first @ second.T, dtype=np.float32)

    def get_embedding_dimension(self) -> int:
        return self.model.width

    # As it was called before sentence-transformers 6.
    get_sentence_embedding_dimension = get_embedding_dimension

    @property
    def max_seq_length(self) -> int:
        return self.model.max_tokens

    @property
    def prompts(self) -> dict[str, str]:
        return self.model.prompts

    @property
    def default_prompt_name(self) -> Optional[str]:
        return self.model.default_prompt or None

    def __repr__(self) -> str:
        return f"SentenceEncoder({self.model!r})"

    def _first_prompt(self, asked: Optional[str], *names: str) -> Optional[str]:
        if asked is not None:
            return asked
        return next((name for name in names if name in self.model.prompts), None)

    @staticmethod
    def _refuse(
        output_value: Optional[str], precision: str, device: object, pool: object, unknown: Iterable[str]
    ) -> None:
        if output_value != "sentence_embedding":
            raise UnsupportedError(
                f"output_value={output_value!r}: only 'sentence_embedding'; rows of tokens: Model.tokenize and Model.run"
            )
        if precision != "float32":
            raise UnsupportedError(f"precision={precision!r}: embeddings are float32 only")
        if device not in (None, "cpu"):
            raise UnsupportedError(f"device={device!r}: Linnet runs on the CPU")
        if pool is not None:
            raise UnsupportedError("pools of processes: one process uses all cores here (threads)")
        for name in unknown:
            raise UnsupportedError(f"encode has no argument {name!r} here")

    @staticmethod
    def _tensors(rows: Rows, one: bool, together: bool) -> Any:
        try:
            import torch
        except ImportError:
            raise ImportError("tensors need torch, which is not installed: pip install torch") from None
        tensor = torch.from_numpy(rows)
        if one:
            return tensor[0]
        return tensor if together else list(tensor)
