"""Text that tokenizers get wrong: the same lines for the same seed, for the oracle and the comparison."""

import random
import unicodedata

# What breaks rules: controls, spaces of all kinds, joiners, specials, edges of planes and of surrogates.
EDGES = (
    "\0\x01\x08\t\n\x0b\x0c\r\x1c\x1f \x7f\x80\x85\x9f\xa0\xad"
    "\u034f\u061c\u115f\u1160\u1680\u17b4\u180e\u2000\u2007\u200b\u200c\u200d\u200e\u2028\u2029\u202e\u202f\u205f\u2060"
    "\u3000\u3164\ud7a4\ud7ff\ue000\uf8ff\ufdd0\ufe0e\ufe0f\ufeff\ufff9\ufffc\ufffd\ufffe\uffff"
    "\U00010000\U0001ffff\U000e0001\U000e0100\U000f0000\U0010ffff"
)
MARKS = "".join(chr(c) for c in range(0x110000) if unicodedata.category(chr(c)) in ("Mn", "Mc"))
NON_STARTERS = "".join(c for c in MARKS if unicodedata.combining(c))
# Non-starters that strip_accents keeps: their order is what canonical ordering decides.
KEPT = (
    "\u08d4\u08e1\u1b44\u1baa\u1bf2\u1dfb\u302e\u302f\ua953\ua9c0\U000111c0\U00011442\U00011446\U0001d165\U0001d16d"
    "\U0001d16e\U0001d172\U0001e000\U0001e02a\U0001e944\U0001e94a\U0001d160\U0001d1c0"
)
DECOMPOSING = "".join(
    chr(c) for c in range(0x110000)
    if not 0xD800 <= c < 0xE000 and not 0xAC00 <= c < 0xD7A4 and unicodedata.normalize("NFD", chr(c)) != chr(c)
)
CASED = "".join(chr(c) for c in range(0x110000) if not 0xD800 <= c < 0xE000 and chr(c).lower() != chr(c))
PUNCTUATION = "".join(
    chr(c) for c in range(0x110000)
    if unicodedata.category(chr(c))[0] in "PS" and (c < 128 or unicodedata.category(chr(c))[0] == "P")
)
SCRIPTS = [
    (0x41, 0x5A), (0x61, 0x7A), (0xC0, 0x17F), (0x370, 0x3FF), (0x400, 0x4FF), (0x531, 0x587), (0x5D0, 0x5EA),
    (0x600, 0x6FF), (0x900, 0x97F), (0xE00, 0xE7F), (0x10A0, 0x10FF), (0x1E00, 0x1FFF), (0x2C00, 0x2DFF),
    (0x3040, 0x30FF), (0x3400, 0x34FF), (0x4E00, 0x9FFF), (0xA640, 0xA7FF), (0xAC00, 0xD7A3), (0xF900, 0xFAFF),
    (0xFB00, 0xFDFF), (0x10400, 0x104FF), (0x1D15E, 0x1D1C0), (0x1F300, 0x1F9FF), (0x20000, 0x2A6FF),
    (0x2B740, 0x2B920), (0x2F800, 0x2FA1F),
]
WORDS = (
    "the The THE don't U.S.A. naïve façade Ångström İstanbul ıI ǅ ŉ ß ẞ ΣΑΣ ſ K Å ﬁ ½ ② 3.14 1,000 $5 100% @user "
    "#tag https://a.b/c?d=e&f a_b a-b snake_case [CLS] [SEP] [MASK] [UNK] [PAD] [cls] [ CLS ] <s> </s> <mask> ##ing "
    "## hello world 你好 こんにちは 안녕하세요 مرحبا שָׁלוֹם नमस्ते สวัสดี 👨‍👩‍👧‍👦 🇩🇪 👍🏽 e\u0301 \u0301e a\u0323\u0307 a\u0307\u0323"
).split(" ")


def scalar(rng):
    while True:
        c = rng.randrange(0x110000) if rng.random() < 0.5 else rng.randrange(0x10000)
        if not 0xD800 <= c < 0xE000:
            return chr(c)


def piece(rng):
    kind = rng.randrange(13)
    if kind == 0:
        return rng.choice(EDGES) * rng.choice((1, 1, 2, 5))
    if kind == 1:
        return rng.choice("aeoK\u1100\u0915\U0001d157") + "".join(rng.choice(MARKS) for _ in range(rng.randrange(1, 6)))
    if kind == 2:
        return "".join(rng.choice(KEPT + NON_STARTERS[:40]) for _ in range(rng.randrange(1, 12)))
    if kind == 3:
        return "".join(rng.choice(DECOMPOSING) for _ in range(rng.randrange(1, 4)))
    if kind == 4:
        return "".join(rng.choice(CASED) for _ in range(rng.randrange(1, 6)))
    if kind == 5:
        return rng.choice(PUNCTUATION) * rng.randrange(1, 4)
    if kind == 6:
        return "".join(scalar(rng) for _ in range(rng.randrange(1, 4)))
    if kind == 7:
        first, last = rng.choice(SCRIPTS)
        return "".join(chr(rng.randint(first, last)) for _ in range(rng.randrange(1, 10)))
    if kind == 8:
        return " " * rng.randrange(1, 5)
    if kind == 9 and rng.random() < 0.15:
        length = rng.choice((98, 99, 100, 101, 102, 150, 400, 1001))
        unit = rng.choice(("a", "Z", "é", "\u0301a", "你", "0", "ing", "\U0001d165", "\u00ad"))
        return (unit * length)[: length * max(1, len(unit) // 2)]
    return rng.choice(WORDS)


def nasty_lines(count, seed=1):
    rng = random.Random(seed)
    lines = ["", " ", "\0", "\u0301", "\ufffd", "a" * 100, "a" * 101, "\u0301" * 500, "[CLS][SEP]", " [MASK] ", "İ", "K"]
    while len(lines) < count:
        text = "".join(
            piece(rng) + rng.choice(("", "", " ", " ", "\t")) for _ in range(rng.choice((1, 2, 3, 5, 8, 13, 40)))
        )
        lines.append(text)
    return lines[:count]
