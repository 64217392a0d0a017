"""Embeddings for LangChain; needs langchain-core.

    >>> from linnet.langchain import LinnetEmbeddings
    >>> embeddings = LinnetEmbeddings("minilm-int8.linnet")
    >>> vector = embeddings.embed_query("Which birds sing?")
"""

from typing import Optional, Union

from langchain_core.embeddings import Embeddings

from ._arguments import Path
from ._model import Model, load

__all__ = ["LinnetEmbeddings"]


class LinnetEmbeddings(Embeddings):
    """query_prompt, document_prompt: prompts of the model by their names; None: its default one."""

    def __init__(
        self,
        model: Union[Model, Path],
        *,
        batch_size: int = 32,
        query_prompt: Optional[str] = None,
        document_prompt: Optional[str] = None,
        threads: int = 0,
    ) -> None:
        self.model = model if isinstance(model, Model) else load(model, threads=threads)
        self.batch_size = batch_size
        self.query_prompt = query_prompt
        self.document_prompt = document_prompt

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """A list of floats for each text."""
        rows: list[list[float]] = self.model.embed(texts, self.batch_size, self.document_prompt).tolist()
        return rows

    def embed_query(self, text: str) -> list[float]:
        """The floats of one text."""
        rows: list[list[float]] = self.model.embed([text], self.batch_size, self.query_prompt).tolist()
        return rows[0]
