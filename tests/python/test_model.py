"""linnet.load, and everything of a model but embed."""

import copy
import os
import pickle

import numpy as np
import pytest

import linnet
from linnet.results import Label


def test_what_a_model_says_about_itself(model, float_path):
    assert model.path == str(float_path)
    assert model.width == model.embed("a").shape[1]
    assert model.outputs[-1] and model.max_tokens <= model.max_positions
    assert model.labels == () and model.threads >= 1
    description = model.describe()
    assert description == linnet.inspect(float_path) == linnet.inspect(model)
    assert description["file_bytes"] == os.path.getsize(float_path) and description["weights"] == "float32"
    assert {layer["runs_on"] for layer in model.layers} and all(layer["reason"] is None for layer in model.layers)
    assert repr(model) == f"<linnet.Model '{float_path}': float32, width {model.width}, {model.isa}>"


def test_tokenize(model, expected):
    for text, ids in zip(expected["texts"], expected["text_ids"], strict=True):
        assert model.tokenize(text, expected["prompt"]) == ids
    long = "the cat " * 1000
    assert len(model.tokenize(long)) == model.max_tokens
    whole = model.tokenize(long, truncate=False)
    assert len(whole) > 1000 and whole[:3] == model.tokenize(long)[:3]
    assert model.tokens(model.tokenize("the cat"))[1:-1] == ["the", "cat"]
    assert model.tokens([2**31 - 1]) == [""]
    for bad, error in ((["the"], TypeError), (None, TypeError), (b"the", TypeError), ("\ud800", ValueError)):
        with pytest.raises(error):
            model.tokenize(bad)


def test_run_gives_any_value(model, expected):
    hidden = model.run(expected["sequences"], output="hidden")
    assert hidden.shape == (sum(map(len, expected["sequences"])), model.describe()["values"][0]["width"])
    np.testing.assert_allclose(hidden, expected["hidden_rows"], atol=1e-5)
    np.testing.assert_allclose(model.run(expected["sequences"]), expected["pooled_rows"], atol=1e-5)
    arrays = [np.array(sequence) for sequence in expected["sequences"]]
    assert model.run(arrays, "hidden").tobytes() == hidden.tobytes()
    assert model.run([]).shape == (0, model.width)
    assert model.run([model.tokenize("a dog")]).tobytes() == model.embed("a dog").tobytes()
    many = model.run([[2, 3]] * 5000)  # more than one session of the pool takes
    assert (many == many[0]).all() and len(many) == 5000
    calls = []
    model.run([[2, 3]] * 5000, progress=lambda done, total: calls.append((done, total)))
    assert calls[-1] == (5000, 5000) and len(calls) > 1


@pytest.mark.parametrize(
    ("ids", "error", "message"),
    [
        ([2, 3], TypeError, "sequence 0 is int"),
        ([[2], []], linnet.InvalidArgumentError, "sequence 1 is empty"),
        ([[2, -1]], ValueError, "sequence 0 holds -1"),
        ([[2**40]], ValueError, "is not a token id"),
        ([[10**6]], ValueError, "has the id 1000000"),
        ([[2.5]], TypeError, "2.5, which is not a whole number"),
        (["ab"], TypeError, "sequence 0 is str"),
        (None, TypeError, "not NoneType"),
        ([None], TypeError, "sequence 0 is NoneType"),
        ([[2] * 100_000], linnet.LimitError, "has 100000 tokens"),
    ],
)
def test_ids_that_cannot_be(model, ids, error, message):
    with pytest.raises(error, match=message):
        model.run(ids)


def test_unknown_values_are_named(model):
    with pytest.raises(linnet.NotFoundError, match="nonsense"):
        model.run([[2]], output="nonsense")


def test_classify(classifier, labelled):
    assert classifier.labels == ("meow", "woof")
    texts = [text for text, _ in labelled]
    best = classifier.classify(texts)
    assert [labels[0].label for labels in best] == [label for _, label in labelled]
    both = classifier.classify(texts, top=5)
    for labels, one in zip(both, best, strict=True):
        assert labels[0] == one[0] and isinstance(labels[0], Label)
        assert labels[0].probability >= labels[1].probability
        assert sum(label.probability for label in labels) == pytest.approx(1)
    # The same as softmax by hand.
    scores = classifier.run([classifier.tokenize(texts[0])], output="scores")[0].astype(float)
    by_hand = np.exp(scores) / np.exp(scores).sum()
    assert max(by_hand) == pytest.approx(best[0][0].probability)
    assert classifier.classify([]) == [] and len(classifier.classify("one cat")) == 1
    assert classifier.embed(texts).shape == (len(texts), classifier.width)
    with pytest.raises(ValueError, match="top is 0"):
        classifier.classify(texts, top=0)


def test_without_a_classifier_there_is_nothing_to_classify(model):
    with pytest.raises(linnet.UnsupportedError, match="has no classifier"):
        model.classify(["a"])


def test_a_closed_model_is_an_error_and_no_crash(float_path):
    with linnet.load(float_path) as model:
        rows = model.embed("a")
    assert model.closed and "closed" in repr(model) and model.width == rows.shape[1]
    for call in (
        lambda: model.embed("a"),
        lambda: model.tokenize("a"),
        lambda: model.run([[2]]),
        lambda: model.classify("a"),
        model.describe,
        model.__enter__,
        lambda: linnet.bench(model),
        lambda: linnet.evaluate(model, "sts", "x.csv"),
    ):
        with pytest.raises(ValueError, match="the model is closed"):
            call()
    model.close()


def test_copies_open_the_same_file(float_path):
    model = linnet.load(float_path, threads=2, isa="scalar")
    for other in (copy.copy(model), copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert (other.path, other.threads, other.isa) == (model.path, 2, "scalar")
        model_rows = model.embed("a dog")
        assert other is not model and other.embed("a dog").tobytes() == model_rows.tobytes()


def test_settings(float_path, model):
    with linnet.load(os.fsencode(float_path), isa="scalar") as plain:
        assert plain.isa == "scalar"
        assert plain.embed("a dog").tobytes() == model.embed("a dog").tobytes()
    with pytest.raises(linnet.Error, match="nonsense") as caught:
        linnet.load(float_path, isa="nonsense")
    assert caught.value.code in ("invalid_argument", "unsupported")
    with pytest.raises(linnet.Error, match="onednn"):
        linnet.load(float_path, backend="onednn")
    for wrong, error in ((-1, ValueError), (257, ValueError), ("2", TypeError), (None, TypeError)):
        with pytest.raises(error, match="threads is"):
            linnet.load(float_path, threads=wrong)
    with pytest.raises(TypeError, match="isa is a str or None"):
        linnet.load(float_path, isa=3)


def test_files_that_are_no_models(tmp_path, float_path):
    missing = tmp_path / "missing.linnet"
    with pytest.raises(linnet.NotFoundError, match="missing.linnet") as caught:
        linnet.load(missing)
    assert caught.value.code == "not_found" and isinstance(caught.value, FileNotFoundError)
    assert isinstance(caught.value, linnet.Error) and isinstance(caught.value, RuntimeError)
    damaged = tmp_path / "damaged.linnet"
    data = bytearray(float_path.read_bytes())
    for cut in (0, 10, 64, len(data) // 2):
        damaged.write_bytes(data[:cut])
        with pytest.raises(linnet.Error, match="damaged.linnet"):
            linnet.load(damaged)
    with pytest.raises(linnet.UnsupportedError, match="is a folder; convert"):
        linnet.load(tmp_path)
    for wrong in (None, 3, ["a"]):
        with pytest.raises(TypeError):
            linnet.load(wrong)
    for wrong in ("", "a\0b"):
        with pytest.raises(ValueError, match="no path"):
            linnet.load(wrong)
    with pytest.raises(FileNotFoundError):
        linnet.load(b"\xff.linnet")


def test_every_error_is_an_error_of_linnet_and_of_python():
    classes = {
        linnet.InvalidArgumentError: ValueError,
        linnet.NotFoundError: FileNotFoundError,
        linnet.FileError: OSError,
        linnet.CorruptError: ValueError,
        linnet.UnsupportedError: NotImplementedError,
        linnet.LimitError: ValueError,
        linnet.OutOfMemoryError: MemoryError,
        linnet.NonFiniteError: ArithmeticError,
        linnet.InternalError: RuntimeError,
    }
    for kind, builtin in classes.items():
        error = kind("what happened")
        assert isinstance(error, linnet.Error) and isinstance(error, builtin) and str(error) == "what happened"
        again = pickle.loads(pickle.dumps(error))
        assert type(again) is kind and str(again) == "what happened" and again.code == kind.code
    assert len({kind.code for kind in classes}) == len(classes)
