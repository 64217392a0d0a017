"""Model.embed: the numbers, the shapes, and everything that is no text."""

import numpy as np
import pytest

import linnet

TEXTS = ["the cat runs over the small house.", "", "Wörter und 猫 und 🐦", "a dog", "the bird sings" * 30]


def test_it_gives_the_embeddings_of_the_checkpoint(model, expected):
    rows = model.embed(expected["texts"], prompt=expected["prompt"])
    assert rows.dtype == np.float32 and rows.shape == (len(expected["texts"]), model.width)
    np.testing.assert_allclose(rows, expected["texts_rows"], atol=2e-6)


def test_int8_gives_the_very_bytes_that_are_kept(int8_path, expected):
    with linnet.load(int8_path) as model:
        assert model.embed(expected["texts"], prompt=expected["prompt"]).tobytes() == expected["int8_texts_rows"].tobytes()


@pytest.mark.parametrize("batch_size", [1, 2, 3, 1000, np.int64(4)])
def test_batches_and_threads_change_no_bit(model, float_path, batch_size):
    alone = np.concatenate([model.embed(text) for text in TEXTS])
    assert model.embed(TEXTS, batch_size=batch_size).tobytes() == alone.tobytes()
    with linnet.load(float_path, threads=3) as other:
        assert other.threads == 3
        assert other.embed(TEXTS, batch_size=batch_size).tobytes() == alone.tobytes()


@pytest.mark.parametrize(
    "texts",
    [
        tuple(TEXTS),
        (text for text in TEXTS),
        dict.fromkeys(TEXTS).keys(),
        np.array(TEXTS),
        np.array(TEXTS, dtype=object),
        [np.str_(text) for text in TEXTS],
    ],
    ids=["tuple", "generator", "keys", "array of str", "array of object", "list of str_"],
)
def test_any_iterable_of_texts(model, texts):
    assert model.embed(texts).tobytes() == model.embed(TEXTS).tobytes()


def test_one_text_is_one_row(model):
    row = model.embed("a dog")
    assert row.shape == (1, model.width)
    assert model.embed(np.array("a dog")).tobytes() == row.tobytes()


@pytest.mark.parametrize("nothing", [[], (), np.array([], dtype=str), iter([])])
def test_no_texts_are_no_rows(model, nothing):
    rows = model.embed(nothing)
    assert rows.shape == (0, model.width) and rows.dtype == np.float32
    assert rows.sum() == 0 and rows.copy().shape == rows.shape


def test_the_result_is_not_copied_and_owns_its_memory(float_path):
    model = linnet.load(float_path)
    rows = model.embed(TEXTS)
    assert not rows.flags.owndata and rows.base is not None  # it lies where the C++ half has put it
    assert rows.flags.writeable and rows.flags.c_contiguous
    before = rows.copy()
    model.close()
    del model
    np.testing.assert_array_equal(rows, before)
    rows[0, 0] = 7  # nobody else's
    assert rows[0, 0] == 7


def test_prompts(prompted):
    assert prompted.prompts == {"query": "the big ", "passage": ""}
    plain = prompted.embed(["cat"])
    asked = prompted.embed(["cat"], prompt="query")
    assert asked.tobytes() == prompted.embed(["the big cat"]).tobytes() != plain.tobytes()
    assert asked.tobytes() == prompted.embed(["cat"], prompt_text="the big ").tobytes()
    with pytest.raises(linnet.NotFoundError, match="no prompt named 'other'.*query"):
        prompted.embed(["cat"], prompt="other")
    with pytest.raises(ValueError, match="both given"):
        prompted.embed(["cat"], prompt="query", prompt_text="the ")
    with pytest.raises(TypeError, match="prompt is a str or None, not int"):
        prompted.embed(["cat"], prompt=3)


@pytest.mark.parametrize(
    ("texts", "error", "message"),
    [
        (None, TypeError, "texts is a str or a list of str, not NoneType"),
        (3, TypeError, "not int"),
        (b"a dog", TypeError, "texts is bytes; decode them"),
        ({"a": "dog"}, TypeError, "not dict"),
        (["a", None], TypeError, "text 1 is not a str: its type is NoneType"),
        (["a", b"b"], TypeError, "text 1 is not a str: its type is bytes"),
        ([["a"]], TypeError, "text 0 is not a str: its type is list"),
        (np.array([1.5]), TypeError, "text 0 is not a str: its type is float"),
        (np.array(7), TypeError, "text 0 is not a str: its type is int"),
        (np.array([b"a"]), TypeError, "its type is bytes"),
        (np.array([["a", "b"]]), ValueError, "texts has 2 dimensions"),
        (["a", "\ud83d"], linnet.InvalidArgumentError, "text 1 holds a lone surrogate"),
        (["a", "b\udfff" * 1000], ValueError, "text 1 holds a lone surrogate"),
    ],
)
def test_what_is_no_text_is_an_error_that_names_it(model, texts, error, message):
    with pytest.raises(error, match=message):
        model.embed(texts)
    assert model.embed("still works").shape == (1, model.width)


@pytest.mark.parametrize(
    ("batch_size", "error"),
    [(0, ValueError), (-1, ValueError), (65537, ValueError), (2**80, ValueError), (1.5, TypeError), ("8", TypeError),
     (None, TypeError), (True, TypeError)],
)
def test_batch_sizes_that_cannot_be(model, batch_size, error):
    with pytest.raises(error, match="batch_size is"):
        model.embed(["a"], batch_size=batch_size)


def test_odd_characters(model):
    odd = ["\0", "a\0b", "\r\n\t", "\U0010ffff", "\ufeff", "e\u0301" * 100, "x" * 100_000]
    rows = model.embed(odd)
    assert np.isfinite(rows).all()
    assert model.embed(["a\0b"]).tobytes() != model.embed(["a"]).tobytes()  # a NUL ends nothing


def test_progress_by_a_callable(model):
    calls = []
    model.embed(["a"] * 10, batch_size=4, progress=lambda done, total: calls.append((done, total)))
    assert calls == [(4, 10), (8, 10), (10, 10)]


def test_what_the_callable_raises_ends_the_work(model):
    def stop(done, total):
        raise KeyError(f"at {done}")

    with pytest.raises(KeyError, match="at 4"):
        model.embed(["a"] * 10, batch_size=4, progress=stop)
    with pytest.raises(TypeError, match="progress is a bool or a callable"):
        model.embed(["a"], progress="yes")
    assert model.embed(["a"]).shape == (1, model.width)


def test_a_bar_needs_tqdm(model, monkeypatch, capsys):
    import sys
    import types

    class Bar:
        def __init__(self, **options):
            self.n, self.total = 0, options["total"]
            bars.append(self)

        def __enter__(self):
            return self

        def __exit__(self, *error):
            self.closed = True

        def update(self, more):
            self.n += more

    bars = []
    monkeypatch.setitem(sys.modules, "tqdm", types.ModuleType("tqdm"))
    monkeypatch.setitem(sys.modules, "tqdm.auto", types.SimpleNamespace(tqdm=Bar))
    model.embed(["a"] * 5, batch_size=2, progress=True)
    assert [(bar.n, bar.total, bar.closed) for bar in bars] == [(5, 5, True)]
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    with pytest.raises(ImportError, match="pip install tqdm"):
        model.embed(["a"], progress=True)
