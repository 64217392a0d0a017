"""What scripts/readme-table and scripts/evaluate share: models made from a checkpoint, the STS-B data, embeddings."""
import array
import csv
import json
import math
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LINNET = ROOT / "build/release/bin/linnet"
MODELS = ROOT / ".cache/models"
THREADS = os.cpu_count() or 1


def linnet(*arguments):
    run = subprocess.run([LINNET, *map(str, arguments)], capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(run.stderr.strip())
    return json.loads(run.stdout) if "--json" in arguments else run.stdout


def build(*targets):
    subprocess.run([ROOT / "scripts/build", "release", "linnet_command", *targets], check=True, stdout=sys.stderr)


def fetch(name):
    """The folder of a checkpoint of scripts/fetch-model."""
    return ROOT / subprocess.run([ROOT / "scripts/fetch-model", name], check=True, stdout=subprocess.PIPE,
                                 text=True).stdout.strip()


def data_folder():
    if "LINNET_DATA" not in os.environ:
        sys.exit(f"{sys.argv[0]}: LINNET_DATA must name the folder of data sets (docs/cli.md)")
    return pathlib.Path(os.environ["LINNET_DATA"])


def stsb_records(name):
    with open(data_folder() / "stsb" / name, newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def calibration_texts(test, count=512):
    """STS-B train sentences that do not occur in the test."""
    seen = {text for record in test for text in record[:2]}
    return [record[0] for record in stsb_records("train.csv") if record[0] not in seen][:count]


def make_models(name, checkpoint, calibration=None):
    """Converts and quantizes; label -> file. `calibration` is a file of texts."""
    models = {"float32": MODELS / f"{name}.linnet", "INT8": MODELS / f"{name}-int8.linnet"}
    linnet("convert", checkpoint, "-o", models["float32"])
    linnet("quantize", models["float32"], "-o", models["INT8"])
    if calibration:
        models["INT8, calibrated"] = MODELS / f"{name}-int8-calibrated.linnet"
        linnet("quantize", models["float32"], "-o", models["INT8, calibrated"], "--calibrate", calibration)
    return models


def write_lines(path, lines):
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8", newline="\n")


def rows(path):
    """The rows of a float32 .npy file."""
    data = path.read_bytes()
    header = data[10:128].decode()
    width = int(header.split("(")[1].split(")")[0].split(",")[1])
    values = array.array("f", data[128:])
    return [values[i:i + width] for i in range(0, len(values), width)]


def embeddings(model, texts, work):
    """The rows of a file of texts."""
    linnet("embed", model, "--in", texts, "-o", work / "rows.npy", "--threads", THREADS)
    return rows(work / "rows.npy")


def cosine(a, b):
    return sum(x * y for x, y in zip(a, b)) / math.sqrt(sum(x * x for x in a) * sum(y * y for y in b))


def cosines(exact, other):
    """Of each pair of rows: their mean and the worst."""
    each = [cosine(a, b) for a, b in zip(exact, other)]
    return sum(each) / len(each), min(each)


def spearman(model):
    """On STS-B test, with the rest of what `linnet eval` says."""
    return linnet("eval", model, "--task", "sts", "--data", data_folder() / "stsb/test.csv", "--threads", THREADS,
                  "--json")
