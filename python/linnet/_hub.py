"""Names of the Hugging Face Hub where a path is wanted, through huggingface_hub when that is installed."""

import os
import re
from pathlib import Path

from . import _core
from ._arguments import path_bytes
from ._errors import InvalidArgumentError, NotFoundError

_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
_WANTED = ["*.json", "*.safetensors", "vocab.txt", "*.linnet"]
_UNWANTED = ["onnx/*", "openvino/*"]


def is_hub_id(path: object) -> bool:
    """Whether it looks like "organization/name" and there is no such file."""
    return (
        isinstance(path, str)
        and _ID.fullmatch(path) is not None
        and not path.endswith(".linnet")
        and not os.path.exists(path)
    )


def fetch(hub_id: str) -> Path:
    """The folder of a repository, fetched or found in huggingface_hub's cache."""
    try:
        from huggingface_hub import snapshot_download
    except ImportError:
        raise NotFoundError(
            f"there is no file '{hub_id}'; to fetch it from the Hugging Face Hub: pip install huggingface_hub"
        ) from None
    return Path(snapshot_download(repo_id=hub_id, allow_patterns=_WANTED, ignore_patterns=_UNWANTED))


def model_file(folder: Path) -> Path:
    """The model in a folder: its only .linnet file, or else the checkpoint, converted once into the user's cache."""
    models = sorted(folder.glob("*.linnet"))
    if len(models) == 1:
        return models[0]
    if models:
        names = ", ".join(model.name for model in models)
        raise InvalidArgumentError(f"{folder} holds several models; load one of them by its path: {names}")
    if not (folder / "config.json").exists():
        raise NotFoundError(f"{folder} holds neither a .linnet file nor a checkpoint (config.json)")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "linnet"
    # .../models--org--name/snapshots/<commit>: the commit tells versions apart.
    converted = cache / f"{folder.parent.parent.name}-{folder.name}.linnet"
    if not converted.exists():
        cache.mkdir(parents=True, exist_ok=True)
        _core.convert(path_bytes(folder), path_bytes(converted), "", "", "", 0, None)
    return converted
