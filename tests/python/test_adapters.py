"""The adapters, against the packages that they adapt to where these are installed."""

import pickle
import sys

import numpy as np
import pytest

import linnet
from conftest import CHECKPOINT
from linnet.sentence_transformers import SentenceEncoder

TEXTS = ["the cat runs over the small house", "a dog", "the bird sings"]


@pytest.fixture(scope="module")
def encoder(prompted):
    return SentenceEncoder(prompted)


def test_encode_has_the_shapes_of_sentence_transformers(encoder, prompted):
    rows = encoder.encode(TEXTS)
    assert rows.tobytes() == prompted.embed(TEXTS).tobytes()
    assert encoder.encode(inputs=TEXTS, pool=None).tobytes() == rows.tobytes()
    assert encoder.encode(TEXTS[0]).shape == (prompted.width,)
    assert encoder.encode([]).shape == (0, prompted.width)
    assert encoder.encode(TEXTS, prompt_name="query").tobytes() == prompted.embed(TEXTS, prompt="query").tobytes()
    # As there, `prompt` counts where both are given.
    assert encoder.encode(TEXTS, "query", "a ").tobytes() == prompted.embed(TEXTS, prompt_text="a ").tobytes()
    assert encoder.encode_query(TEXTS).tobytes() == prompted.embed(TEXTS, prompt="query").tobytes()
    assert encoder.encode_document(TEXTS).tobytes() == prompted.embed(TEXTS, prompt="passage").tobytes()
    unit = encoder.encode(TEXTS, normalize_embeddings=True)
    np.testing.assert_allclose(np.linalg.norm(unit, axis=1), 1, rtol=1e-6)
    assert unit.dtype == np.float32
    assert encoder.encode(TEXTS, truncate_dim=4).tobytes() == np.ascontiguousarray(rows[:, :4]).tobytes()
    assert encoder.get_sentence_embedding_dimension() == prompted.width
    assert encoder.max_seq_length == prompted.max_tokens and encoder.prompts == prompted.prompts
    np.testing.assert_allclose(encoder.similarity(rows, rows).diagonal(), 1, rtol=1e-6)


def test_what_encode_cannot_do_is_an_error(encoder):
    for options in ({"output_value": "token_embeddings"}, {"output_value": None}, {"precision": "int8"},
                    {"device": "cuda"}, {"pool": object()}, {"nonsense": 1}):
        with pytest.raises(linnet.UnsupportedError):
            encoder.encode(TEXTS, **options)
    for nothing in ((), (None,)):
        with pytest.raises(TypeError, match="encode needs sentences"):
            encoder.encode(*nothing)
    with pytest.raises(ValueError):
        encoder.encode(TEXTS, truncate_dim=0)
    with pytest.raises(FileNotFoundError, match="no prompt named 'nonsense'"):
        encoder.encode(TEXTS, prompt_name="nonsense")


def test_tensors_need_torch(encoder, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ImportError, match="pip install torch"):
        encoder.encode(TEXTS, convert_to_tensor=True)


def test_tensors(encoder):
    torch = pytest.importorskip("torch")
    rows = torch.from_numpy(encoder.encode(TEXTS))
    assert torch.equal(encoder.encode(TEXTS, convert_to_tensor=True), rows)
    assert encoder.encode(TEXTS[0], convert_to_tensor=True).shape == rows[0].shape
    several = encoder.encode(TEXTS, convert_to_numpy=False)
    assert isinstance(several, list) and torch.equal(torch.stack(several), rows)


def test_encode_gives_what_sentence_transformers_gives(encoder):
    sentence_transformers = pytest.importorskip("sentence_transformers")
    theirs = sentence_transformers.SentenceTransformer(str(CHECKPOINT), device="cpu")
    for options in ({}, {"prompt_name": "query"}, {"prompt": "a small "}, {"normalize_embeddings": True},
                    {"prompt": "the ", "prompt_name": "query"}, {"batch_size": 1}):
        for sentences in (TEXTS, TEXTS[0], TEXTS[:1], tuple(TEXTS), np.array(TEXTS)):
            wanted = theirs.encode(sentences, **options)
            given = encoder.encode(sentences, **options)
            assert given.shape == wanted.shape and given.dtype == wanted.dtype
            np.testing.assert_allclose(given, wanted, atol=1e-5)
    tensor = theirs.encode(TEXTS, convert_to_tensor=True)
    assert encoder.encode(TEXTS, convert_to_tensor=True).shape == tensor.shape
    assert theirs.get_embedding_dimension() == encoder.get_embedding_dimension()


def test_langchain(prompted):
    embeddings = pytest.importorskip("langchain_core.embeddings")
    from langchain_core.vectorstores import InMemoryVectorStore

    from linnet.langchain import LinnetEmbeddings

    ours = LinnetEmbeddings(prompted.path, query_prompt="query")
    assert isinstance(ours, embeddings.Embeddings)
    assert ours.embed_documents(TEXTS) == prompted.embed(TEXTS).tolist()
    assert ours.embed_query("cat") == prompted.embed("cat", prompt="query")[0].tolist()
    assert ours.embed_documents([]) == []
    store = InMemoryVectorStore.from_texts(TEXTS, LinnetEmbeddings(prompted))
    assert store.similarity_search("a dog", k=1)[0].page_content == "a dog"


def test_sklearn(prompted, labelled):
    base = pytest.importorskip("sklearn.base")
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import make_pipeline

    from linnet.sklearn import LinnetVectorizer

    texts, labels = (list(column) for column in zip(*labelled, strict=True))
    vectorizer = LinnetVectorizer(prompted.path, batch_size=4)
    rows = vectorizer.transform(texts)
    assert rows.tobytes() == prompted.embed(texts).tobytes() == vectorizer.fit_transform(texts).tobytes()
    assert vectorizer.get_feature_names_out()[0] == "linnetvectorizer0"
    assert len(vectorizer.get_feature_names_out()) == prompted.width
    copied = base.clone(vectorizer)
    assert copied.get_params() == vectorizer.get_params() and not hasattr(copied, "_opened")
    assert copied.set_params(prompt="query").transform(texts).tobytes() == prompted.embed(texts, prompt="query").tobytes()
    again = pickle.loads(pickle.dumps(vectorizer))
    assert len(pickle.dumps(vectorizer)) < 2000 and again.transform(texts).tobytes() == rows.tobytes()
    by_model = base.clone(LinnetVectorizer(prompted))
    assert by_model.transform(texts).tobytes() == rows.tobytes()
    pipeline = make_pipeline(vectorizer, LogisticRegression(C=100)).fit(texts, labels)
    assert pipeline.score(texts, labels) == 1
    assert (pickle.loads(pickle.dumps(pipeline)).predict(texts) == labels).all()
    search = GridSearchCV(pipeline, {"linnetvectorizer__prompt": [None, "query"]}, cv=2, n_jobs=1).fit(texts, labels)
    assert search.best_score_ >= 0.5
    with pytest.raises(ValueError, match="not one str"):
        vectorizer.transform("one text")
