#!/usr/bin/env python3
"""Writes tests/data/tokenizer/vocab_cases.jsonl: checkpoint folders without tokenizer.json, and the ids that Hugging
Face transformers 5.23.0 gives there: {"files": {name: text}, "model_max_length", "tokens": {text: id}, "cases"}.
"""

import json
import pathlib
import random
import sys
import tempfile

import transformers
from transformers import AutoTokenizer

PINNED = "5.23.0"
TARGET = pathlib.Path(__file__).resolve().parent.parent / "data/tokenizer/vocab_cases.jsonl"

WORDS = "a b c d e ##a ##b ##c É é ü Ü 你 . , [ ] < > ' un ##able new zed The the ##s extra x1 q".split(" ")
BERT = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
MPNET = ["<s>", "<pad>", "</s>", "[UNK]", "<mask>"]
PARTS = WORDS + BERT + MPNET + [" ", " ", "  ", "abc", "É", "Abc", "newx", "<mask> ", " [MASK]", "zed", "e\u0301", "[cls]", "<S>"]


def flags(content, **changes):
    return {"content": content, "lstrip": False, "rstrip": False, "single_word": False, "normalized": False, **changes}


def vocab(tokens, end="\n"):
    return "".join(t + end for t in tokens)


def folders():
    bert, mpnet = vocab(BERT + WORDS), vocab(MPNET + WORDS)
    yield bert, {"config.json": {"model_type": "bert"}}
    yield bert, {"config.json": {"model_type": "distilbert"}, "tokenizer_config.json": {"do_lower_case": False}}
    yield bert, {"tokenizer_config.json": {"tokenizer_class": "BertTokenizerFast", "strip_accents": True,
                                           "do_lower_case": False, "tokenize_chinese_chars": False,
                                           "model_max_length": 512}}
    yield bert, {"tokenizer_config.json": {"tokenizer_class": "DistilBertTokenizer", "strip_accents": False,
                                           "model_max_length": 1000000000000000019884624838656}}
    yield bert, {"tokenizer_config.json": {
        "tokenizer_class": "BertTokenizer", "added_tokens_decoder": {
            "99": {**flags("newer", normalized=True), "special": False},
            "4": {**flags("[MASK]", lstrip=True), "special": True},
            "7": {**flags("c", single_word=True, rstrip=True), "special": False}}},
        "special_tokens_map.json": {"cls_token": "ignored here"}}
    yield bert, {"tokenizer_config.json": {"tokenizer_class": "BertTokenizer",
                                           "mask_token": {"__type": "AddedToken", **flags("[MASK]", rstrip=True)}},
                 "special_tokens_map.json": {"cls_token": flags("[CLS]", lstrip=True, single_word=True),
                                             "sep_token": "</s>", "additional_special_tokens": ["x1", "[X]"]},
                 "added_tokens.json": {"zed": 40, "</s>": 41, "Newest": 39}}
    yield vocab(["[PAD]", "a", "b", "[UNK]", "a", "[CLS]", "", "  ", "[SEP]", "[MASK]", "c\u3000", "##b"]), {
        "config.json": {"model_type": "bert"}}
    yield vocab(BERT + WORDS, "\r\n"), {"config.json": {"model_type": "bert"}}
    yield vocab(BERT + WORDS).rstrip("\n"), {"config.json": {"model_type": "electra"}}
    yield mpnet, {"config.json": {"model_type": "mpnet"}}
    yield mpnet, {"tokenizer_config.json": {"tokenizer_class": "MPNetTokenizer", "model_max_length": 384,
                                            "mask_token": "<mask>", "extra_special_tokens": ["q"]}}
    yield mpnet, {"tokenizer_config.json": {"tokenizer_class": "MPNetTokenizerFast", "mask_token": {
        "__type": "AddedToken", **flags("<mask>")}}}
    yield mpnet, {"tokenizer_config.json": {"tokenizer_class": "MPNetTokenizer"},
                  "special_tokens_map.json": {"mask_token": "[UNK]", "bos_token": "<bos>"}}


def main():
    if transformers.__version__ != PINNED:
        sys.exit(f"the expectations are those of transformers {PINNED}, this is {transformers.__version__}")
    rng = random.Random(5)
    with open(TARGET, "w", encoding="utf-8") as out, tempfile.TemporaryDirectory() as temporary:
        for number, (vocabulary, files) in enumerate(folders()):
            folder = pathlib.Path(temporary) / str(number)
            folder.mkdir()
            files = {"vocab.txt": vocabulary, **{name: json.dumps(value) for name, value in files.items()}}
            for name, text in files.items():
                (folder / name).write_text(text, encoding="utf-8", newline="")
            tokenizer = AutoTokenizer.from_pretrained(folder)
            texts = ["", " ".join(WORDS)] + ["".join(rng.choice(PARTS) for _ in range(rng.randrange(1, 12))) for _ in range(20)]
            entry = {
                "files": files,
                "model_max_length": tokenizer.model_max_length if tokenizer.model_max_length <= 1000000 else 0,
                "pad_id": tokenizer.pad_token_id,
                "tokens": tokenizer.get_vocab(),
                "cases": [[t, tokenizer(t, add_special_tokens=True)["input_ids"]] for t in texts],
            }
            out.write(json.dumps(entry, ensure_ascii=False, separators=(",", ":")) + "\n")
    print(f"{number + 1} folders")


if __name__ == "__main__":
    main()
