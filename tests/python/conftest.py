"""Tiny models, made once, with the installed package itself."""

import json
import pathlib
import shutil

import numpy as np
import pytest

import linnet

DATA = pathlib.Path(__file__).resolve().parents[1] / "data"
CHECKPOINT = DATA / "models" / "hf" / "tiny_bert"
CATS = ["the cat runs", "a cat", "cat and cat", "big cat plays", "the small cat"]
DOGS = ["the dog runs", "a dog", "dog and dog", "big dog plays", "the small dog"]


@pytest.fixture(scope="session")
def float_path():
    return DATA / "models" / "v1" / "tiny_bert.linnet"


@pytest.fixture(scope="session")
def int8_path():
    return DATA / "models" / "v1" / "tiny_bert_int8.linnet"


@pytest.fixture(scope="session")
def expected():
    """What PyTorch and Hugging Face say about the float model: texts, their ids and embeddings."""
    folder = DATA / "models" / "v1" / "expected"
    cases = json.loads((folder / "cases.json").read_text())
    arrays = {path.stem: np.load(path) for path in folder.glob("*.npy")}
    return {**cases, **{f"{name}_rows": rows for name, rows in arrays.items()}}


@pytest.fixture(scope="session")
def model(float_path):
    return linnet.load(float_path)


@pytest.fixture(scope="session")
def prompted(tmp_path_factory):
    """The checkpoint as it is converted now; it has prompts."""
    path = tmp_path_factory.mktemp("prompted") / "tiny.linnet"
    linnet.convert(CHECKPOINT, path)
    return linnet.load(path)


@pytest.fixture(scope="session")
def labelled():
    return 4 * ([(text, "meow") for text in CATS] + [(text, "woof") for text in DOGS])


@pytest.fixture(scope="session")
def classifier(tmp_path_factory, float_path, labelled):
    path = tmp_path_factory.mktemp("fitted") / "animals.linnet"
    linnet.fit(float_path, labelled, path, folds=4)
    return linnet.load(path)


@pytest.fixture
def checkpoint(tmp_path):
    """A copy of the checkpoint, to be damaged."""
    shutil.copytree(CHECKPOINT, tmp_path / "checkpoint")
    return tmp_path / "checkpoint"
