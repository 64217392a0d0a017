#!/usr/bin/env python3
"""Writes runtime/text/unicode_tables.inc: what Hugging Face `tokenizers` does to each Unicode scalar value.

Nothing is taken from Python's Unicode data: every property is observed by running the installed `tokenizers` (0.23.3)
over all 1,112,064 scalar values, because its normalizer, its NFD, its punctuation and its regular expressions each
carry another version of Unicode. `--check` compares with the file instead of writing it.
"""

import argparse
import pathlib
import sys

import tokenizers
from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers

PINNED = "0.23.3"
TARGET = pathlib.Path(__file__).resolve().parent.parent / "runtime/text/unicode_tables.inc"
SCALARS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
HANGUL = range(0xAC00, 0xD7A4)

# The bits of a code point's flags; unicode.h declares the same names and unicode.cpp asserts the values.
CONTROL, SPACE, PUNCTUATION, MARK, NON_STARTER, DECOMPOSES, UPPERCASE, WORD = (1 << i for i in range(8))

BLOCK = 32  # code points in a block of flags
GROUP = 16  # blocks in a group


def bert(clean=False, chinese=False, strip=False, lower=False):
    return normalizers.BertNormalizer(
        clean_text=clean, handle_chinese_chars=chinese, strip_accents=strip, lowercase=lower
    )


def changed(normalizer):
    """What a normalizer makes of each scalar value that it changes."""
    result = {}
    for c in SCALARS:
        text = normalizer.normalize_str(chr(c))
        if text != chr(c):
            result[c] = text
    return result


def ranges(values):
    out = []
    for c in sorted(values):
        if out and out[-1][1] == c - 1:
            out[-1][1] = c
        else:
            out.append([c, c])
    return out


def split_classes():
    """(white space, punctuation) as BertPreTokenizer splits."""
    splitter = pre_tokenizers.BertPreTokenizer()
    space, punctuation = set(), set()
    for c in SCALARS:
        pieces = len(splitter.pre_tokenize_str("a" + chr(c) + "b"))
        if pieces == 2:
            space.add(c)
        elif pieces == 3:
            punctuation.add(c)
    return space, punctuation


def added_token_classes():
    """(word characters, white space) as single_word, lstrip and rstrip of an added token see them."""

    def tokenizer(**flags):
        result = Tokenizer(models.WordPiece({"[UNK]": 0}, unk_token="[UNK]"))
        result.add_tokens([AddedToken("ZZ", normalized=False, **flags)])
        return result

    after = ["ZZ" + chr(c) for c in SCALARS]
    before = [chr(c) + "ZZ" for c in SCALARS]
    single = tokenizer(single_word=True)
    word = {c for c, e in zip(SCALARS, single.encode_batch(after)) if 1 not in e.ids}
    assert word == {c for c, e in zip(SCALARS, single.encode_batch(before)) if 1 not in e.ids}
    right = tokenizer(rstrip=True)
    space = {c for c, e in zip(SCALARS, right.encode_batch(after)) if e.offsets[0][1] == 3}
    left = tokenizer(lstrip=True)
    assert space == {c for c, e in zip(SCALARS, left.encode_batch(before)) if e.offsets[-1][0] == 0}
    return word, space


def non_starters(nfd, decompositions):
    """Scalar values that canonical ordering moves: all of their decomposition lies between starters."""
    low, high = "\u0334", "\u0345"  # combining classes 1 and 240
    alone = set()
    for c in SCALARS:
        if c in decompositions:
            continue
        s = chr(c)
        if nfd.normalize_str("a" + s + low) != "a" + s + low or nfd.normalize_str("a" + high + s) != "a" + high + s:
            alone.add(c)
    for c, text in decompositions.items():
        if all(ord(x) in alone for x in text):
            alone.add(c)
        else:
            # What unicode.h promises: a decomposition that has a starter begins with one.
            assert ord(text[0]) not in alone, hex(c)
    return alone


def ranks(nfd, kept):
    """The order of combining classes among the non-starters that strip_accents keeps, from 1."""
    kept = sorted(kept)
    # y's class is above x's exactly when "y x" is swapped; counting the swaps with a fixed set sorts the classes.
    score = {x: sum(nfd.normalize_str("a" + chr(x) + chr(y)) == "a" + chr(y) + chr(x) for y in kept if y != x) for x in kept}
    order = sorted(set(score.values()))
    return {x: order.index(score[x]) + 1 for x in kept}


def mapping_runs(mapping):
    """[first, last, step, delta]: every step-th value from first to last maps to itself plus delta."""
    out = []
    for c in sorted(mapping):
        delta = ord(mapping[c]) - c
        if out:
            first, last, step, previous = out[-1]
            if previous == delta and (c - last == step or (step == 0 and c - last in (1, 2))):
                out[-1] = [first, c, c - last, delta]
                continue
        out.append([c, c, 0, delta])
    return [[first, last, step or 1, delta] for first, last, step, delta in out]


def array(name, ctype, values):
    lines, line = [], " "
    for value in values:
        item = f" {value},"
        if len(line) + len(item) > 118:
            lines.append(line)
            line = " "
        line += item
    lines.append(line)
    return f"constexpr {ctype} {name}[{len(values)}] = {{\n" + "\n".join(lines) + "\n};\n"


def generate():
    clean = changed(bert(clean=True))
    control = {c for c, text in clean.items() if text == ""}
    cleaned_space = {c for c, text in clean.items() if text == " "}
    assert control | cleaned_space == set(clean)

    space, punctuation = split_classes()
    word, strip_space = added_token_classes()
    assert space == strip_space
    assert cleaned_space | {0x20} == space - control

    chinese = changed(bert(chinese=True))
    assert all(text == f" {chr(c)} " for c, text in chinese.items())
    chinese_ranges = ranges(chinese)

    nfd = normalizers.NFD()
    decompositions = changed(nfd)
    strip = changed(bert(strip=True))
    marks = {c for c, text in strip.items() if text == ""}
    assert all("".join(x for x in text if ord(x) not in marks) == strip[c] for c, text in decompositions.items())
    non_starter = non_starters(nfd, decompositions)
    kept = {c for c in non_starter if c not in marks}
    assert all(c not in strip for c in kept)
    rank = ranks(nfd, kept)

    lower = changed(bert(lower=True))
    assert {c: t for c, t in lower.items() if len(t) != 1} == {0x130: "i\u0307"}
    # normalizer.h relies on these: what is reordered is part of a word and has no case.
    assert not kept & (space | punctuation | set(lower))
    assert not (marks | non_starter) & space

    for c in HANGUL:
        i = c - 0xAC00
        jamo = [0x1100 + i // 588, 0x1161 + i // 28 % 21] + ([0x11A7 + i % 28] if i % 28 else [])
        assert strip[c] == "".join(map(chr, jamo))

    def is_compatibility_ideograph(c):
        return 0xF900 <= c <= 0xFAFF or 0x2F800 <= c <= 0x2FA1F

    mapped = {c: t for c, t in strip.items() if t and c not in HANGUL}
    ideographs = {c: t for c, t in mapped.items() if is_compatibility_ideograph(c) and len(t) == 1 and ord(t) >= 0x3400}
    assert all(0x10000 > ord(t) or 0x20000 <= ord(t) < 0x30000 for t in ideographs.values())
    rest = {c: t for c, t in mapped.items() if c not in ideographs}
    simple = {c: t for c, t in rest.items() if len(t) == 1 and c < 0x10000 and ord(t) < 0x10000}
    multiple = {c: t for c, t in rest.items() if c not in simple}
    assert max(map(len, multiple.values())) <= 3

    flags = bytearray(0x110000)
    for values, flag in (
        (control, CONTROL), (space, SPACE), (punctuation, PUNCTUATION), (marks, MARK), (non_starter, NON_STARTER),
        (mapped, DECOMPOSES), (lower, UPPERCASE), (word, WORD),
    ):
        for c in values:
            flags[c] |= flag
    blocks, groups = {}, {}
    block_index = [
        blocks.setdefault(bytes(flags[i : i + BLOCK]), len(blocks)) for i in range(0, len(flags), BLOCK)
    ]
    group_index = [
        groups.setdefault(tuple(block_index[i : i + GROUP]), len(groups)) for i in range(0, len(block_index), GROUP)
    ]
    assert len(groups) <= 256

    ideograph_ranges = [(0xF900, max(c for c in ideographs if c < 0x10000)), (0x2F800, max(ideographs))]
    targets = [ord(ideographs.get(c, "\0")) for first, last in ideograph_ranges for c in range(first, last + 1)]
    supplementary = bytearray((len(targets) + 7) // 8)
    for i, target in enumerate(targets):
        if target >= 0x10000:
            supplementary[i // 8] |= 1 << i % 8

    rank_ranges = []
    for c in sorted(rank):
        if rank_ranges and rank_ranges[-1][1] == c - 1 and rank_ranges[-1][2] == rank[c]:
            rank_ranges[-1][1] = c
        else:
            rank_ranges.append([c, c, rank[c]])

    lower_runs = mapping_runs({c: t for c, t in lower.items() if len(t) == 1})
    text = [
        f"// Written by scripts/unicode_tables.py from Hugging Face tokenizers {tokenizers.__version__}. Do not edit.\n",
        f"constexpr uint8_t kFlagValues[8] = {{{', '.join(str(1 << i) for i in range(8))}}};\n",
        f"constexpr uint32_t kBlockSize = {BLOCK};\nconstexpr uint32_t kGroupSize = {GROUP};\n",
        array("kGroupOf", "uint8_t", group_index),
        array("kBlockOf", "uint16_t", [b for group in groups for b in group]),
        array("kFlags", "uint8_t", [f for block in blocks for f in block]),
        array("kChinese", "uint32_t", [x for r in chinese_ranges for x in r]),
        array("kLowerFirst", "uint32_t", [r[0] for r in lower_runs]),
        array("kLowerLast", "uint32_t", [r[1] for r in lower_runs]),
        array("kLowerDelta", "int32_t", [r[3] for r in lower_runs]),
        array("kStripFrom", "uint16_t", sorted(simple)),
        array("kStripTo", "uint16_t", [ord(simple[c]) for c in sorted(simple)]),
        array("kStripManyFrom", "uint32_t", sorted(multiple)),
        array(
            "kStripManyTo", "uint32_t",
            [ord(x) for c in sorted(multiple) for x in multiple[c].ljust(3, "\0")],
        ),
        f"constexpr uint32_t kIdeographFirst = {ideograph_ranges[0][0]};\n"
        f"constexpr uint32_t kIdeographLast = {ideograph_ranges[0][1]};\n"
        f"constexpr uint32_t kIdeographFirst2 = {ideograph_ranges[1][0]};\n",
        array("kIdeographTo", "uint16_t", [t & 0xFFFF for t in targets]),
        array("kIdeographPlane2", "uint8_t", list(supplementary)),
        array("kRankFirst", "uint32_t", [r[0] for r in rank_ranges]),
        array("kRankLast", "uint32_t", [r[1] for r in rank_ranges]),
        array("kRank", "uint8_t", [r[2] for r in rank_ranges]),
        f"constexpr uint8_t kRanks = {max(rank.values())};\n",
    ]
    return "".join(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="fail when the file differs from what would be written")
    arguments = parser.parse_args()
    if tokenizers.__version__ != PINNED:
        sys.exit(f"the tables are those of tokenizers {PINNED}, this is {tokenizers.__version__}")
    text = generate()
    if arguments.check:
        if TARGET.read_text() != text:
            sys.exit(f"{TARGET.name} is not what tokenizers {PINNED} does; run scripts/unicode_tables.py")
        print(f"{TARGET.name} agrees with tokenizers {PINNED} on {len(SCALARS):,} scalar values")
    else:
        TARGET.write_text(text)
        print(f"wrote {TARGET.name}")


if __name__ == "__main__":
    main()
