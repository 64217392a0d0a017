"""tag, answer, fill_mask and rerank, with the tiny checkpoints of tests/data/models/heads."""

import json
import math
import pathlib
import threading

import numpy as np
import pytest

import linnet
from linnet.results import Answer, Entity, Filler, Ranked

HEADS = pathlib.Path(__file__).resolve().parents[1] / "data" / "models" / "heads"


@pytest.fixture(scope="module")
def heads(tmp_path_factory):
    folder = tmp_path_factory.mktemp("heads")

    def make(name):
        output = folder / f"{name}.linnet"
        if not output.exists():
            head = "fill-mask" if name.endswith("fill_mask") else ""
            linnet.convert(HEADS / name, output, head=head or None)
        return linnet.load(output)

    return make


TEXT = "Ünïcödé 😀 the dog 犬 runs under THE hoüse and birds"


def test_tag(heads):
    model = heads("electra_tagging")
    found = model.tag([TEXT, "", "the cat"])
    assert len(found) == 3 and found[1] == [] and found[0]
    for entity in found[0]:
        assert isinstance(entity, Entity)
        assert TEXT[entity.begin : entity.end] == entity.text
        assert entity.label in ("ANIMAL", "PLACE") and 0 < entity.score <= 1
    assert model.tag(TEXT) == found[:1]
    assert model.tag([TEXT] * 70, batch_size=3) == found[:1] * 70
    long = TEXT + " runs over the small house" * 2000
    assert len(model.tag(long)[0]) > len(found[0])
    with pytest.raises(linnet.UnsupportedError, match="does not answer"):
        model.answer("who?", TEXT)


def test_answer(heads):
    model = heads("bert_qa")
    best = model.answer("who runs?", TEXT, top=3)
    assert 1 <= len(best) <= 3 and all(isinstance(each, Answer) for each in best)
    assert all(TEXT[each.begin : each.end] == each.text for each in best)
    assert [each.score for each in best] == sorted((each.score for each in best), reverse=True)
    assert model.answer("who runs?", " ") == []
    with pytest.raises(ValueError, match="question is empty"):
        model.answer("", TEXT)
    with pytest.raises(TypeError, match="question is one str"):
        model.answer(["who?"], TEXT)


def test_fill_mask(heads):
    model = heads("mpnet_fill_mask")
    masks = model.fill_mask("the <mask> runs over <mask>", top=2)
    assert [len(mask) for mask in masks] == [2, 2] and isinstance(masks[0][0], Filler)
    assert model.tokens([masks[0][0].id]) == [masks[0][0].token]
    ids = model.tokenize("the <mask> runs over <mask>")
    row = model.run([ids], output="scores")[2].astype(float)
    assert masks[0][0].id == int(np.argmax(row[: len(row)]))
    with pytest.raises(ValueError, match="has no <mask>"):
        model.fill_mask("the cat")


def test_rerank(heads):
    model = heads("mpnet_classification")
    folder = HEADS / "mpnet_classification" / "expected"
    cases = json.loads((folder / "cases.json").read_text(encoding="utf-8"))
    scores = np.load(folder / "scores.npy")
    for (query, text), logit in zip(cases["pairs"], scores[:, 0]):
        if text is None:
            continue
        order = model.rerank(query, [text, "zebra", text])
        by_index = {each.place: each.score for each in order}
        assert isinstance(order[0], Ranked) and set(by_index) == {0, 1, 2}
        assert by_index[0] == by_index[2] == pytest.approx(1 / (1 + math.exp(-logit)), abs=1e-4)
        assert [each.score for each in order] == sorted(by_index.values(), reverse=True)
    assert model.rerank("cat", []) == []


def test_labels_each_by_itself(heads):
    model = heads("distilbert_classification")
    labels = model.classify("the cat", top=2)[0]
    assert {each.label for each in labels} == {"calm", "loud"}
    assert all(0 < each.probability < 1 for each in labels)


def test_threads_share_a_tagger(heads):
    model = heads("bert_tagging")
    wanted = model.tag([TEXT])
    found = []
    workers = [threading.Thread(target=lambda: found.append(model.tag([TEXT] * 20))) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert found == [wanted * 20] * 4
