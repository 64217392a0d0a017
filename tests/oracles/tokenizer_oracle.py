#!/usr/bin/env python3
"""Writes the checked-in expectations of the tokenizer tests from Hugging Face tokenizers 0.23.3:

    tokenizer_oracle.py FOLDER_OF_AN_UNCASED_BERT_TOKENIZER

tests/data/tokenizer/small/tokenizer.json   a small vocabulary: all single characters of the given one, its first words
tests/data/tokenizer/cases.jsonl            groups of {"change": fields of tokenizer.json to replace, "max", "prefix",
                                            "cases": [[text, ids], ...]}; ids are those of prefix + text
tests/data/tokenizer/unicode.txt            a CRC-32 for each 4,096 scalar values of what each step makes of them
"""

import itertools
import json
import pathlib
import random
import sys
import zlib

import tokenizers
from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers

from tokenizer_nasty import nasty_lines

PINNED = "0.23.3"
DATA = pathlib.Path(__file__).resolve().parent.parent / "data/tokenizer"
FLAGS = ("single_word", "lstrip", "rstrip", "normalized")
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def small_tokenizer(folder):
    file = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    full = sorted(file["model"]["vocab"], key=file["model"]["vocab"].get)
    single = [t for t in full if len(t.removeprefix("##")) == 1]
    words = [t for t in full if len(t) > 1 and t not in single and not t.startswith("[")]
    chosen = SPECIAL + single + words[:700] + [t for t in words[700:] if t.startswith("##")][:300]
    # What the words of the nasty text and the cased settings need.
    chosen += ["The", "THE", "É", "é", "##é", "Ü", "naïve", "facade", "\u0301", "##\u0307", "ᄒ", "##ᅡ", "##ᆫ", "a" * 30]
    vocabulary = {t: i for i, t in enumerate(dict.fromkeys(chosen))}
    for token in file["added_tokens"]:
        token["id"] = vocabulary[token["content"]]
    for entry in file["post_processor"]["special_tokens"].values():
        entry["ids"] = [vocabulary[t] for t in entry["tokens"]]
    file["model"]["vocab"] = vocabulary
    file["truncation"] = file["padding"] = None
    return file


def changed(file, change):
    result = dict(file)
    for key, value in change.items():
        result[key] = {**file[key], **value} if key == "model" else value
    return result


def normalizer(clean=True, chinese=True, strip=None, lower=True):
    return {"normalizer": {"type": "BertNormalizer", "clean_text": clean, "handle_chinese_chars": chinese,
                           "strip_accents": strip, "lowercase": lower}}


def group(file, texts, change=None, max_tokens=0, prefix=""):
    change = change or {}
    tokenizer = Tokenizer.from_str(json.dumps(changed(file, change)))
    if max_tokens:
        tokenizer.enable_truncation(max_tokens)
    cases = [[text, tokenizer.encode(prefix + text).ids] for text in texts]
    return {"change": change, "max": max_tokens, "prefix": prefix, "cases": cases}


def added(file, tokens):
    """Added tokens behind the usual ones; (content, set of flags, special)."""
    vocabulary = file["model"]["vocab"]
    result = list(file["added_tokens"])
    next_id = len(vocabulary)
    for content, flags, special in tokens:
        token_id = vocabulary.get(content)
        if token_id is None:
            token_id, next_id = next_id, next_id + 1
        result.append({"id": token_id, "content": content, "special": special, **{f: f in flags for f in FLAGS}})
    return {"added_tokens": result}


CONTENTS = ["ab", "abc", "bcd", "b c", " d", "e ", "É", "A\u0301B", "你", "[X]", "x1", "##x", "the", "\u00a0q", "r\u2003"]
PARTS = CONTENTS + ["a", "B", "ABC", "é", "e\u0301", " ", "  ", "\t", "\n", "_", "-", ".", "\0", "d", "THE", "[x]", "X1",
                    "[CLS]", "\u0301", "\U0001d165", "\u302e", "好", "\u3000", "\ufffd", "1"]


def added_token_groups(file):
    rng = random.Random(11)

    def lines(count):
        return ["".join(rng.choice(PARTS) for _ in range(rng.randrange(1, 12))) for _ in range(count)]

    for bits in itertools.product((False, True), repeat=len(FLAGS)):
        flags = {f for f, bit in zip(FLAGS, bits) if bit}
        tokens = [(c, flags, rng.random() < 0.5) for c in CONTENTS]
        if "normalized" in flags:
            tokens = [t for t in tokens if t[0] not in ("A\u0301B",)]  # "ab" when normalized
        yield group(file, lines(30), added(file, tokens))
    for seed in range(16):
        tokens = []
        for content in rng.sample(CONTENTS, 8):
            flags = {f for f in FLAGS if rng.random() < 0.4}
            if content == "A\u0301B":
                flags -= {"normalized"}
            tokens.append((content, flags, rng.random() < 0.5))
        change = added(file, tokens)
        if seed % 4 == 3:
            change |= normalizer(clean=False, strip=False, lower=seed % 8 == 3)
        yield group(file, lines(30), change)
    spaces = [("  ", set(), False), ("\n", {"normalized"}, False), ("\u3000\u3000", set(), True)]
    yield group(file, lines(30), added(file, spaces) | normalizer(clean=False))


def groups(file):
    short = [t for t in nasty_lines(4000, seed=3) if len(t) <= 60]
    long = [t for t in nasty_lines(4000, seed=3) if 60 < len(t) <= 500]
    take = iter(short)

    def lines(count):
        return list(itertools.islice(take, count))

    yield group(file, lines(500) + long[:40])
    for clean, chinese, strip, lower in itertools.product((True, False), (True, False), (None, True, False), (True, False)):
        yield group(file, lines(40), normalizer(clean, chinese, strip, lower))
    yield group(file, lines(30), {"normalizer": None})
    for most, prefix in ((1, "##"), (5, "##"), (100, ""), (100, "@@")):
        yield group(file, lines(30), {"model": {"max_input_chars_per_word": most, "continuing_subword_prefix": prefix}})
    for max_tokens in (2, 3, 4, 5, 8, 16):
        yield group(file, lines(30) + long[40:50], max_tokens=max_tokens)
    for prefix in ("query: ", "a", "[MA", "e", "un", "\u0301"):
        yield group(file, lines(20) + ["SK] b", "\u0301", "able", "", "##a"], prefix=prefix)
    ids = file["model"]["vocab"]
    roberta = {"type": "RobertaProcessing", "sep": ["[SEP]", ids["[SEP]"]], "cls": ["[CLS]", ids["[CLS]"]],
               "trim_offsets": True, "add_prefix_space": False}
    bert = {"type": "BertProcessing", "sep": ["[SEP]", ids["[SEP]"]], "cls": ["[CLS]", ids["[CLS]"]]}
    yield group(file, lines(10), {"post_processor": roberta})
    yield group(file, lines(10), {"post_processor": bert}, max_tokens=4)
    yield group(file, lines(10), {"post_processor": None}, max_tokens=3)
    special = {"id": "X", "ids": [3, 4, 5], "tokens": ["a", "b", "c"]}
    around = {"type": "TemplateProcessing", "special_tokens": {"X": special}, "pair": [],
              "single": [{"SpecialToken": {"id": "X", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 1}},
                         {"SpecialToken": {"id": "X", "type_id": 0}}, {"SpecialToken": {"id": "X", "type_id": 2}}]}
    around["pair"] = around["single"] + [{"Sequence": {"id": "B", "type_id": 1}}]
    yield group(file, lines(10), {"post_processor": around}, max_tokens=11)
    yield from added_token_groups(file)


def unicode_lines():
    def bert(*options):
        return normalizers.BertNormalizer(*options).normalize_str

    single = Tokenizer(models.WordPiece({"[UNK]": 0}, unk_token="[UNK]"))
    single.add_tokens([AddedToken("ZZ", normalized=False, single_word=True)])
    split = pre_tokenizers.BertPreTokenizer().pre_tokenize_str
    steps = {
        "clean": bert(True, False, False, False), "chinese": bert(False, True, False, False),
        "strip": bert(False, False, True, False), "lower": bert(False, False, False, True),
        "all": bert(True, True, True, True), "pieces": lambda c: str(len(split("a" + c + "b"))),
        "word": lambda c: str(int(1 not in single.encode("ZZ" + c).ids)),
    }
    yield "first " + " ".join(steps)
    for first in range(0, 0x110000, 4096):
        scalars = [chr(c) for c in range(first, first + 4096) if not 0xD800 <= c < 0xE000]
        sums = [zlib.crc32("".join(step(c) + "\n" for c in scalars).encode("utf-8")) for step in steps.values()]
        yield f"{first:06x} " + " ".join(f"{s:08x}" for s in sums)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    if tokenizers.__version__ != PINNED:
        sys.exit(f"the expectations are those of tokenizers {PINNED}, this is {tokenizers.__version__}")
    file = small_tokenizer(pathlib.Path(sys.argv[1]))
    (DATA / "small").mkdir(parents=True, exist_ok=True)
    with open(DATA / "small/tokenizer.json", "w", encoding="utf-8") as f:
        json.dump(file, f, ensure_ascii=False, separators=(",", ":"))
        f.write("\n")
    count = 0
    with open(DATA / "cases.jsonl", "w", encoding="utf-8") as f:
        for entry in groups(file):
            count += len(entry["cases"])
            f.write(json.dumps(entry, ensure_ascii=False, separators=(",", ":")) + "\n")
    (DATA / "unicode.txt").write_text("\n".join(unicode_lines()) + "\n")
    print(f"{len(file['model']['vocab'])} tokens, {count} cases")


if __name__ == "__main__":
    main()
