"""Texts to features for scikit-learn; needs scikit-learn.

    >>> from linnet.sklearn import LinnetVectorizer
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> classifier = make_pipeline(LinnetVectorizer("minilm-int8.linnet"), LogisticRegression())
"""

from typing import Any, Optional, Union

from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin

from ._arguments import Path, Texts
from ._model import Model, Rows, load

__all__ = ["LinnetVectorizer"]


class LinnetVectorizer(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Embeds texts. There is nothing to learn, so it may transform without fit(). Pickles hold the model's path."""

    def __init__(
        self, model: Union[Model, Path], *, batch_size: int = 32, prompt: Optional[str] = None, threads: int = 0
    ) -> None:
        self.model = model
        self.batch_size = batch_size
        self.prompt = prompt
        self.threads = threads

    def fit(self, X: Texts, y: Any = None) -> "LinnetVectorizer":
        """Opens the model."""
        self._open()
        return self

    def transform(self, X: Texts) -> Rows:
        """float32 [texts, width]."""
        if isinstance(X, str):
            raise ValueError("texts are a list of str here, not one str")
        return self._open().embed(X, self.batch_size, self.prompt)

    @property
    def _n_features_out(self) -> int:
        return self._open().width

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def _open(self) -> Model:
        if isinstance(self.model, Model):
            return self.model
        wanted = (self.model, self.threads)
        if getattr(self, "_opened_as", None) != wanted:  # set_params may have changed them
            self._opened = load(self.model, threads=self.threads)
            self._opened_as = wanted
        return self._opened

    def __getstate__(self) -> dict[str, Any]:
        state = dict(super().__getstate__())
        state.pop("_opened", None)
        state.pop("_opened_as", None)
        return state

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        tags.requires_fit = False
        return tags
