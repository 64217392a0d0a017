#!/usr/bin/env python3
"""Compares tokenizer_dump with Hugging Face tokenizers, id by id, on real text and on nasty text.

    tokenizer_compare.py DUMP_BINARY TOKENIZER_FOLDER [--nasty N]

reads the data sets under $LINNET_DATA (without it only the nasty lines) and all Unicode scalar values, each alone and
inside a word. Exits with 1 on the first kind of text that differs, and prints the first differences.
"""

import argparse
import csv
import json
import os
import pathlib
import random
import struct
import subprocess
import sys
import tempfile

from tokenizers import Tokenizer, normalizers

from tokenizer_nasty import nasty_lines
from tokenizer_oracle import FLAGS, added, changed, normalizer as normalizer_change


def dump(binary, folder, texts, *options, quiet=False):
    payload = b"".join(struct.pack("<I", len(b)) + b for b in (t.encode("utf-8") for t in texts))
    done = subprocess.run([binary, str(folder), *options], input=payload, stdout=subprocess.PIPE, check=True,
                          stderr=subprocess.DEVNULL if quiet else None)
    lines = done.stdout.decode().split("\n")[:-1]
    assert len(lines) == len(texts), (len(lines), len(texts))
    return lines


def reference(folder, max_tokens):
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    if max_tokens:
        tokenizer.enable_truncation(max_tokens)
    return tokenizer


def data_sets(root):
    texts = []
    for name in ("train", "dev", "test"):
        with open(root / f"stsb/{name}.csv", encoding="utf-8", newline="") as f:
            for row in csv.reader(f):
                texts += row[:2]
    yield "STS-B", texts
    texts = []
    for name in ("train", "dev", "test"):
        with open(root / f"sst2/{name}.tsv", encoding="utf-8", newline="") as f:
            texts += [line.rstrip("\n").split("\t")[0] for line in f]
    yield "SST-2", texts
    texts = []
    for name in ("valid", "test"):
        with open(root / f"wikitext2/{name}.txt", encoding="utf-8", newline="") as f:
            texts += f.read().split("\n")
    yield "WikiText-2", texts
    texts = []
    with open(root / "xquad/en.json", encoding="utf-8") as f:
        for article in json.load(f)["data"]:
            for paragraph in article["paragraphs"]:
                texts.append(paragraph["context"])
                texts += [question["question"] for question in paragraph["qas"]]
    yield "XQuAD-en", texts


def scalar_texts():
    scalars = [chr(c) for c in range(0x110000) if not 0xD800 <= c < 0xE000]
    yield "every scalar value", scalars
    yield "every scalar value in a word", ["un" + c + "able" + c for c in scalars]


def compare(name, binary, folder, texts, max_tokens=0):
    tokenizer = reference(folder, max_tokens)
    wanted = [" ".join(map(str, e.ids)) for e in tokenizer.encode_batch_fast(texts)]
    options = ["--max", str(max_tokens)] if max_tokens else []
    got = dump(binary, folder, texts, *options)
    different = [i for i, (a, b) in enumerate(zip(wanted, got)) if a != b]
    tokens = sum(w.count(" ") + 1 for w in wanted if w)
    limit = f", truncated to {max_tokens}" if max_tokens else ""
    print(f"{name}{limit}: {len(texts):,} texts, {tokens:,} ids, {len(different)} different", flush=True)
    for i in different[:5]:
        print(f"  {texts[i]!r}\n    Hugging Face {wanted[i]}\n    Linnet       {got[i]}")
    return len(different)


def compare_normalizers(binary, folder):
    """The normalized text of every scalar value, alone and between others, with each combination of the options."""
    different = 0
    scalars = [chr(c) for c in range(0x110000) if not 0xD800 <= c < 0xE000]
    file = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    for options in range(16):
        clean, chinese, strip, lower = (bool(options >> i & 1) for i in range(4))
        normalizer = normalizers.BertNormalizer(clean, chinese, strip, lower)
        file["normalizer"] = json.loads(normalizer.__getstate__())
        with tempfile.TemporaryDirectory() as temporary:
            copy = pathlib.Path(temporary)
            (copy / "tokenizer.json").write_text(json.dumps(file), encoding="utf-8")
            texts = scalars if options else scalars[::97]
            got = dump(binary, copy, texts + nasty_lines(2000, seed=options), "--normalize")
            texts = texts + nasty_lines(2000, seed=options)
        wrong = [
            t for t, hexadecimal in zip(texts, got)
            if bytes.fromhex(hexadecimal).decode("utf-8") != normalizer.normalize_str(t)
        ]
        different += len(wrong)
        print(f"normalized, clean={clean:d} chinese={chinese:d} strip={strip:d} lower={lower:d}: {len(texts):,} texts, "
              f"{len(wrong)} different", flush=True)
        for t in wrong[:5]:
            print(f"  {t!r}")
    return different


ALPHABET = ["a", "b", "A", "B", "é", "É", "e\u0301", " ", "  ", "\t", "\u00a0", "_", "-", "你", "\u0301", "\0", "[", "]", "##",
            "\U0001d165", "\u302e", "İ", "ﬁ", "각"]


def compare_added_tokens(binary, folder, settings):
    """Random added tokens with random flags, over few characters so that they overlap in every way."""
    rng = random.Random(1)
    file = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    file["padding"] = file["truncation"] = None
    texts_seen = different = refused = 0
    for _ in range(settings):
        contents = {"".join(rng.choice(ALPHABET) for _ in range(rng.randrange(1, 5))) for _ in range(rng.randrange(1, 9))}
        tokens = [(c, {f for f in FLAGS if rng.random() < 0.4}, rng.random() < 0.5) for c in sorted(contents)]
        options = [rng.random() < 0.7, rng.random() < 0.7, rng.choice((None, True, False)), rng.random() < 0.7]
        case = changed(file, added(file, tokens) | normalizer_change(*options))
        texts = ["".join(rng.choice(ALPHABET) for _ in range(rng.randrange(1, 25))) for _ in range(150)]
        with tempfile.TemporaryDirectory() as temporary:
            (pathlib.Path(temporary) / "tokenizer.json").write_text(json.dumps(case), encoding="utf-8")
            try:
                got = dump(binary, temporary, texts, quiet=True)
            except subprocess.CalledProcessError:  # two tokens with one normalized form, and the like
                refused += 1
                continue
        tokenizer = Tokenizer.from_str(json.dumps(case))
        wrong = [t for t, g in zip(texts, got) if " ".join(map(str, tokenizer.encode(t).ids)) != g]
        texts_seen += len(texts)
        different += len(wrong)
        for t in wrong[:2]:
            print(f"  {t!r} with {tokens} {options}")
    print(f"random added tokens: {settings} settings ({refused} refused), {texts_seen:,} texts, {different} different", flush=True)
    return different


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--nasty", type=int, default=10000, help="generated lines (10,000)")
    parser.add_argument("--added", type=int, default=0, metavar="N", help="also compare N random sets of added tokens")
    parser.add_argument("--normalizers", action="store_true", help="also compare all 16 normalizers, value by value")
    arguments = parser.parse_args()
    different = 0
    if "LINNET_DATA" in os.environ:
        for name, texts in data_sets(pathlib.Path(os.environ["LINNET_DATA"])):
            different += compare(name, arguments.binary, arguments.folder, texts)
    for name, texts in scalar_texts():
        different += compare(name, arguments.binary, arguments.folder, texts)
    nasty = nasty_lines(arguments.nasty, seed=7)
    different += compare("nasty", arguments.binary, arguments.folder, nasty)
    for max_tokens in (2, 3, 4, 7, 16, 128):
        different += compare("nasty", arguments.binary, arguments.folder, nasty[:3000], max_tokens)
    if arguments.normalizers:
        different += compare_normalizers(arguments.binary, arguments.folder)
    different += compare_added_tokens(arguments.binary, arguments.folder, arguments.added) if arguments.added else 0
    print("identical" if different == 0 else f"{different} texts differ")
    sys.exit(different != 0)


if __name__ == "__main__":
    main()
