#!/usr/bin/env python3
"""Writes what Hugging Face tokenizers 0.23.3 says about where tokens come from, and how it encodes pairs of texts:

    offsets_oracle.py

tests/data/tokenizer/offsets.jsonl   groups of {"change": as in cases.jsonl, "cases": [[text, [begin, end, ...]], ...]}:
                                     of each token of the text the characters it comes from; [0, 0] for special tokens;
                                     null where the text has combining characters that outlive normalization: Hugging Face
                                     puts them in canonical order and then says of each the place where another one was;
                                     and where it lets two added tokens share white space
tests/data/tokenizer/pairs.jsonl     {"post_processor", "max", "cases": [[first, second, ids, begin of second], ...]}

Texts and settings are those of cases.jsonl, which tokenizer_oracle.py writes.
"""

import json
import pathlib
import sys
import unicodedata

import tokenizers
from tokenizers import Tokenizer, normalizers

from tokenizer_oracle import DATA, PINNED, changed

EACH = 8  # cases of a group


def pair_groups(file, texts):
    ids = file["model"]["vocab"]
    sep, cls = ["[SEP]", ids["[SEP]"]], ["[CLS]", ids["[CLS]"]]
    processors = {"template": file["post_processor"],
                  "bert": {"type": "BertProcessing", "sep": sep, "cls": cls},
                  "roberta": {"type": "RobertaProcessing", "sep": sep, "cls": cls, "trim_offsets": True,
                              "add_prefix_space": False}}
    take = iter(texts)
    for name, processor in processors.items():
        tokenizer = Tokenizer.from_str(json.dumps(changed(file, {"post_processor": processor})))
        for most in (4, 5, 7, 8, 15, 40):
            tokenizer.enable_truncation(most, strategy="longest_first")
            cases = []
            for _ in range(10):
                first, second = next(take), next(take)
                encoded = tokenizer.encode(first, second)
                behind = [i for i, s in enumerate(encoded.sequence_ids) if s == 0]
                between = 2 if name == "roberta" else 1
                begin = (behind[-1] + 1 if behind else 1) + between
                types = [int(i >= begin and name != "roberta") for i in range(len(encoded.ids))]
                assert encoded.type_ids == types, (first, second, encoded.type_ids, begin)
                cases.append([first, second, encoded.ids, begin])
            yield {"post_processor": processor, "max": most, "cases": cases}


def is_reordered(text, change):
    strip = normalizers.BertNormalizer(False, False, True, False).normalize_str
    kept = change.get("normalizer", {}) or {}
    if kept.get("strip_accents") is False or (kept.get("strip_accents") is None and kept.get("lowercase") is False):
        return False  # then nothing is decomposed
    decomposed = unicodedata.normalize("NFD", text)
    return any(unicodedata.combining(c) and strip(c) for c in decomposed)


def main():
    if tokenizers.__version__ != PINNED:
        sys.exit(f"the expectations are those of tokenizers {PINNED}, this is {tokenizers.__version__}")
    file = json.loads((DATA / "small/tokenizer.json").read_text(encoding="utf-8"))
    groups = [json.loads(line) for line in (DATA / "cases.jsonl").read_text(encoding="utf-8").split("\n") if line]
    with open(DATA / "offsets.jsonl", "w", encoding="utf-8") as out:
        for group in groups:
            if group["max"] or group["prefix"]:
                continue
            # Of these Hugging Face counts the white space beside them as a part; here it is not.
            if any(t["normalized"] and (t["lstrip"] or t["rstrip"]) for t in group["change"].get("added_tokens", ())):
                continue
            tokenizer = Tokenizer.from_str(json.dumps(changed(file, group["change"])))
            texts = [text for text, _ in group["cases"]]
            cases = []
            for text in texts[:EACH] if group["change"] else texts[:200]:
                encoded = tokenizer.encode(text)
                flat = [x for special, span in zip(encoded.special_tokens_mask, encoded.offsets)
                        for x in ((0, 0) if special else span)]
                spans = [span for span in encoded.offsets if span != (0, 0)]
                shared = any(a[1] > b[0] for a, b in zip(spans, spans[1:]))
                cases.append([text, None if shared or is_reordered(text, group["change"]) else flat])
            out.write(json.dumps({"change": group["change"], "cases": cases}, ensure_ascii=False,
                                 separators=(",", ":")) + "\n")
    texts = [text for text, _ in groups[0]["cases"]]
    with open(DATA / "pairs.jsonl", "w", encoding="utf-8") as out:
        for entry in pair_groups(file, texts):
            out.write(json.dumps(entry, ensure_ascii=False, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
