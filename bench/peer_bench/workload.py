"""The texts and shapes that every contender is given, as token ids."""
import csv
import re

CALIBRATION_TEXTS = 512
RAGGED = re.compile(r"sts(\d+)")
FIXED = re.compile(r"(\d+)x(\d+)")


class WorkloadError(Exception):
    """Said to whoever typed the command."""


def read_csv(path):
    try:
        with open(path, newline="", encoding="utf-8") as file:
            return list(csv.reader(file))
    except OSError as error:
        raise WorkloadError(f"{path}: {error.strerror}") from error


def one_line(text):
    return " ".join(text.splitlines())


def read_texts(folder, pairs=None):
    """Sentence pairs with scores and calibration sentences of STS-B; `folder` has test.csv and train.csv."""
    test = [(one_line(first), one_line(second), float(score)) for first, second, score in read_csv(folder / "test.csv")]
    seen = {text for record in test for text in record[:2]}
    if pairs is not None and pairs < len(test):
        test = [test[at * len(test) // pairs] for at in range(pairs)]
    train = [one_line(record[0]) for record in read_csv(folder / "train.csv")]
    return test, [text for text in train if text not in seen][:CALIBRATION_TEXTS]


def check_case(name):
    """(batch, tokens) of a fixed shape, (batch, None) of real sentences."""
    for pattern in (FIXED, RAGGED):
        match = pattern.fullmatch(name)
        if match and all(1 <= int(number) <= 65536 for number in match.groups()):
            return int(match[1]), int(match[2]) if pattern is FIXED else None
    raise WorkloadError(f"'{name}' is no case: BATCHxTOKENS as 1x128, or stsN for N real sentences as sts32")


def build_case(name, sentences):
    """Real sentences spread over the data set, or running text cut to the shape; `sentences` are lists of ids with their
    first and last token special."""
    batch, tokens = check_case(name)
    if tokens is None:
        if batch > len(sentences):
            raise WorkloadError(f"case '{name}' needs {batch} sentences, there are {len(sentences)}")
        return [sentences[at * len(sentences) // batch] for at in range(batch)]
    first, last = sentences[0][0], sentences[0][-1]
    if tokens < 2:
        raise WorkloadError(f"case '{name}' has no room for the two special tokens")
    text = [token for sentence in sentences for token in sentence[1:-1]]
    inside = tokens - 2
    result = []
    for row in range(batch):
        begin = row * inside % len(text)
        piece = text[begin:begin + inside]
        while len(piece) < inside:
            piece = piece + text[:inside - len(piece)]
        result.append([first, *piece, last])
    return result


def build(test, calibration, tokenize, cases):
    """Everything as ids. `tokenize` turns a list of texts into a list of lists of ids."""
    texts = list(dict.fromkeys(text for first, second, _ in test for text in (first, second)))
    place = {text: at for at, text in enumerate(texts)}
    ids = tokenize(texts + calibration)
    sequences, calibration_ids = ids[:len(texts)], ids[len(texts):]
    firsts = [sequences[place[first]] for first, _, _ in test]
    return {
        "sequences": sequences,
        "pairs": [[place[first], place[second], score] for first, second, score in test],
        "calibration": calibration_ids,
        "cases": {name: {"sequences": build_case(name, firsts), "fixed": check_case(name)[1] is not None}
                  for name in cases},
    }


def describe_case(case):
    lengths = [len(sequence) for sequence in case["sequences"]]
    return {"sequences": len(lengths), "tokens": sum(lengths), "padded_tokens": max(lengths) * len(lengths),
            "fixed": case["fixed"]}
