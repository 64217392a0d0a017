#!/usr/bin/env python3
"""Writes the tiny checkpoints of tests/data/models/heads, one for each family and head, and what PyTorch computes.

    python tests/oracles/make_tiny_heads.py [--out tests/data/models/heads]

Each folder is a checkpoint as transformers saves it (seeded random weights in float16), plus `expected/`:

    cases.json   {"pairs": [[first, second or null], ...], "ids": [[...]], "second_begin": [...], "max_tokens": n}:
                 texts, and how the folder's tokenizer encodes them, cut by "longest_first"
    scores.npy   float32 [texts or tokens of all texts, labels]: the logits

The forward pass runs in double precision over the stored weights. Needs what make_tiny_models.py needs.
"""

import argparse
import os
import shutil

import numpy as np
import torch
import transformers as t
from tokenizers import Tokenizer

import make_tiny_models as tiny

PAIRS = [["the cat runs", None], ["A dog, a bird; and WATER!", "is it small?"], ["", "water"], ["birds " * 9, "the dog"],
         ["is", "playing under blue houses 24 times, " * 4], ["the big house " * 5, "it runs over the water " * 5],
         ["zebra xylophone quickly unplayed", None]]
MAX_TOKENS = 30
TAGS = ["O", "B-ANIMAL", "I-ANIMAL", "B-PLACE", "I-PLACE"]


def configuration(family, **more):
    sizes = dict(vocab_size=len(tiny.vocabulary(tiny.MPNET_SPECIAL if family == "mpnet" else tiny.BERT_SPECIAL)),
                 max_position_embeddings=34, attn_implementation="eager")
    if family == "distilbert":
        return t.DistilBertConfig(dim=16, n_layers=1, n_heads=2, hidden_dim=24, **sizes, **more)
    sizes.update(hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=24)
    if family == "electra":
        return t.ElectraConfig(embedding_size=12, **sizes, **more)
    return {"bert": t.BertConfig, "mpnet": t.MPNetConfig}[family](**sizes, **more)


def labels(names):
    return dict(id2label=dict(enumerate(names)), label2id={name: i for i, name in enumerate(names)})


CLASS = {"bert": "Bert", "distilbert": "DistilBert", "electra": "Electra", "mpnet": "MPNet"}
# The kinds of scores of a sequence are tried in one family each; the others name their labels.
TASKS = {
    "classification": ("ForSequenceClassification", {
        "bert": labels(["negative", "neutral", "positive"]),
        "distilbert": dict(problem_type="multi_label_classification", **labels(["calm", "loud"])),
        "electra": dict(problem_type="regression", num_labels=1),
        "mpnet": dict(num_labels=1, **labels(["relevant"]))}),
    "tagging": ("ForTokenClassification", {family: labels(TAGS) for family in CLASS}),
    "qa": ("ForQuestionAnswering", {family: {} for family in CLASS}),
    "fill_mask": ("ForMaskedLM", {family: {} for family in CLASS}),
}


def make(out, family, task, seed):
    folder = os.path.join(out, f"{family}_{task}")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(os.path.join(folder, "expected"))
    suffix, settings = TASKS[task]
    model = getattr(t, CLASS[family] + suffix)(configuration(family, **settings[family]))
    tiny.randomize(model, torch.Generator().manual_seed(seed))
    with torch.no_grad():  # what is stored is what is run
        for p in model.parameters():
            p.copy_(p.to(torch.float16).to(torch.float32))
    config = {**model.config.to_diff_dict(), "model_type": model.config.model_type,
              "architectures": [type(model).__name__]}
    tiny.write_json(folder, "config.json", config)
    tied = set(getattr(model, "_tied_weights_keys", None) or {})
    tiny.save_weights(folder, {k: v for k, v in model.state_dict().items() if k not in tied}, torch.float16, 1)
    mpnet = family == "mpnet"
    roles = ("<s>", "</s>", "<unk>", "<pad>") if mpnet else ("[CLS]", "[SEP]", "[UNK]", "[PAD]")
    tiny.write_tokenizer(folder, tiny.MPNET_SPECIAL if mpnet else tiny.BERT_SPECIAL, roles, MAX_TOKENS)
    tokenizer = Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
    tokenizer.enable_truncation(MAX_TOKENS, strategy="longest_first")
    model = model.double().eval()
    ids, begins, scores = [], [], []
    for first, second in PAIRS:
        encoded = tokenizer.encode(first) if second is None else tokenizer.encode(first, second)
        # Where the second text begins: sequence ids are None, 0.., None.., 1..
        of_second = [i for i, s in enumerate(encoded.sequence_ids) if s == 1]
        begin = of_second[0] if of_second else len(encoded.ids)
        inputs = {"input_ids": torch.tensor([encoded.ids]), "attention_mask": torch.ones((1, len(encoded.ids)),
                                                                                      dtype=torch.long)}
        if family in ("bert", "electra"):
            inputs["token_type_ids"] = torch.tensor([encoded.type_ids])
            assert encoded.type_ids == [int(i >= begin) for i in range(len(encoded.ids))]
        with torch.no_grad():
            result = model(**inputs)
        rows = torch.stack([result.start_logits[0], result.end_logits[0]], 1) if task == "qa" else result.logits[0]
        ids.append(encoded.ids)
        begins.append(begin)
        scores.append(rows.reshape(-1, rows.shape[-1]))
    np.save(os.path.join(folder, "expected/scores.npy"), torch.cat(scores).numpy().astype(np.float32))
    tiny.write_json(folder, "expected/cases.json",
                    {"pairs": PAIRS, "ids": ids, "second_begin": begins, "max_tokens": MAX_TOKENS})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", default=os.path.join(os.path.dirname(__file__), "../data/models/heads"))
    out = parser.parse_args().out
    torch.manual_seed(0)
    for i, family in enumerate(CLASS):
        for k, task in enumerate(TASKS):
            make(out, family, task, 100 + 10 * i + k)


if __name__ == "__main__":
    main()
