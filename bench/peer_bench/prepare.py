"""Everything that has to be there before a comparison: the peers' environment, Linnet, and one checkpoint in the form of
each runtime. Each step is done once and kept in .cache/peers."""
import hashlib
import json
import pathlib
import shutil
import subprocess
import sys

import workload

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CACHE = ROOT / ".cache/peers"
LINNET = ROOT / "build/release/bin/linnet"
LIBRARY = ROOT / "build/release/bin/liblinnet.so"
FETCHED = ("minilm", "mpnet")
RANDOM = "bert-base"


class PrepareError(Exception):
    """Said to whoever typed the command."""


def say(text):
    print(f"bench/peers: {text}", file=sys.stderr, flush=True)


def run(command, what, allowed=(0,)):
    """Runs a command, keeps it quiet unless it fails, and returns its result."""
    done = subprocess.run([str(part) for part in command], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True)
    if done.returncode not in allowed:
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-15:])
        raise PrepareError(f"{what} failed (exit code {done.returncode}):\n{tail}")
    return done


def environment():
    """The Python with the pinned peers."""
    folder, wanted = CACHE / "venv", (HERE / "requirements.txt").read_text(encoding="utf-8")
    python, mark = folder / "bin/python", folder / "complete"
    if not mark.is_file() or mark.read_text(encoding="utf-8") != wanted:
        say("installing the peers into .cache/peers/venv (some 6 GB, minutes)")
        shutil.rmtree(folder, ignore_errors=True)
        run([sys.executable, "-m", "venv", folder], "making the environment (python3-venv is needed)")
        run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", HERE / "requirements.txt"],
            "installing the peers")
        mark.write_text(wanted, encoding="utf-8")
    return python


def build_linnet():
    say("building Linnet")
    run(["scripts/build", "release", "linnet_command", "linnet_shared"], "building Linnet")


def versions(python):
    names = [line.split("==")[0] for line in (HERE / "requirements.txt").read_text(encoding="utf-8").splitlines()
             if "==" in line]
    script = ("import importlib.metadata as m, json, sys; "
              "print(json.dumps({name: m.version(name) for name in sys.argv[1:]}))")
    return json.loads(run([python, "-c", script, *names], "asking for versions").stdout)


def checkpoint_folder(model, python):
    """The folder of a checkpoint by name, or the folder itself."""
    if model in FETCHED:
        return ROOT / run(["scripts/fetch-model", model], f"fetching '{model}'").stdout.strip()
    if model == RANDOM:
        folder = CACHE / RANDOM / "checkpoint"
        if not (folder / "model.safetensors").is_file():
            say("making a checkpoint of BERT-base's shape with random weights")
            folder.mkdir(parents=True, exist_ok=True)
            run([python, HERE / "convert_random.py", checkpoint_folder("minilm", python), folder], "making a checkpoint")
        return folder
    folder = pathlib.Path(model)
    if not (folder / "config.json").is_file():
        raise PrepareError(f"'{model}' is none of {', '.join(FETCHED)}, {RANDOM} and no folder with a config.json")
    return folder.resolve()


def size_of(path):
    """Bytes of a model: a file, the pair of files of OpenVINO, or a folder."""
    if path.is_dir():
        return sum(each.stat().st_size for each in path.iterdir())
    return path.stat().st_size + (path.with_suffix(".bin").stat().st_size if path.suffix == ".xml" else 0)


def digest(*parts):
    state = hashlib.sha256()
    for part in parts:
        if isinstance(part, pathlib.Path):
            with open(part, "rb") as file:
                while block := file.read(1 << 20):
                    state.update(block)
        else:
            state.update(str(part).encode() + b"\0")
    return state.hexdigest()


class Model:
    """One checkpoint and what was made of it."""

    def __init__(self, name, python):
        self.name = pathlib.Path(name).name
        self.python = python
        self.checkpoint = checkpoint_folder(name, python)
        self.folder = CACHE / self.name
        self.folder.mkdir(parents=True, exist_ok=True)
        self.random_weights = name == RANDOM
        config = json.loads((self.checkpoint / "config.json").read_text(encoding="utf-8"))
        self.pad_id = config.get("pad_token_id") or 0
        self.missing = {}  # name of a converted model -> why there is none

    def step(self, name, parts, make, outputs):
        """Runs `make` unless its outputs were made of the same parts before."""
        mark = self.folder / f"{name}.made"
        key = digest(*parts)
        if mark.is_file() and mark.read_text(encoding="utf-8") == key and all(path.exists() for path in outputs):
            return
        say(f"{self.name}: {name}")
        mark.unlink(missing_ok=True)
        make()
        mark.write_text(key, encoding="utf-8")

    def tokenize(self, texts):
        """Token ids by Linnet, which are those of Hugging Face."""
        source = self.folder / "texts.txt"
        source.write_text("".join(text + "\n" for text in texts), encoding="utf-8")
        done = run([LINNET, "tokenize", self.folder / "float.linnet", "--in", source, "--json"], "tokenizing")
        return [json.loads(line)["ids"] for line in done.stdout.splitlines()]

    def prepare(self, test, calibration, cases, runtimes):
        out = self.folder
        weights = self.checkpoint / "model.safetensors"
        linnet_float, linnet_int8, calibrated = out / "float.linnet", out / "int8.linnet", out / "int8_calibrated.linnet"
        # Kernels change no bits, so that a rebuilt runtime needs no new files; what decides on the bytes does.
        sources = sorted(path for folder in ("base", "model", "converters", "quant") for path in (ROOT / folder).rglob("*")
                         if path.is_file())
        self.step("Linnet", [weights, *sources], self.make_linnet, [linnet_float, linnet_int8])
        if self.random_weights:
            self.missing["linnet_int8_calibrated"] = "there is nothing to calibrate in random weights"
        else:
            self.step("Linnet, calibrated", [weights, *sources, *calibration], lambda: self.calibrate_linnet(calibration),
                      [calibrated])
        self.workload = workload.build(test, calibration, self.tokenize, cases)
        (out / "workload.json").write_text(json.dumps(self.workload), encoding="utf-8")

        pins = (HERE / "requirements.txt").read_text(encoding="utf-8")
        exporter = [weights, pins, HERE / "sentence_encoder.py"]
        self.step("reference by PyTorch", [*exporter, HERE / "convert_reference.py", json.dumps(self.workload["sequences"])],
                  self.make_reference, [out / "reference.f32"])
        self.step("ONNX", [*exporter, HERE / "convert_onnx.py"], self.make_onnx, [out / "fused_int8_channel.onnx"])
        self.files = {"linnet_float": linnet_float, "linnet_int8": linnet_int8}
        if not self.random_weights:
            self.files["linnet_int8_calibrated"] = calibrated
        for graph in ("plain", "fused"):
            self.files[f"onnx_{graph}"] = out / f"{graph}.onnx"
            for scheme in ("tensor", "channel"):
                self.files[f"onnx_{graph}_int8_{scheme}"] = out / f"{graph}_int8_{scheme}.onnx"
        if "openvino" in runtimes:
            self.step("OpenVINO and NNCF", [*exporter, HERE / "convert_onnx.py", HERE / "convert_openvino.py",
                                            json.dumps(self.workload["calibration"])],
                      self.make_openvino, [out / "int8.xml", out / "int8_weights.xml"])
            self.files |= {"openvino_int8": out / "int8.xml", "openvino_int8_weights": out / "int8_weights.xml"}
        if "ctranslate2" in runtimes:
            self.make_ctranslate2(weights, pins)

    def make_linnet(self):
        exact = self.folder / "float.linnet"
        run([LINNET, "convert", self.checkpoint, "-o", exact], "linnet convert")
        run([LINNET, "quantize", exact, "-o", self.folder / "int8.linnet"], "linnet quantize")

    def calibrate_linnet(self, calibration):
        texts, exact = self.folder / "calibration.txt", self.folder / "float.linnet"
        texts.write_text("".join(text + "\n" for text in calibration), encoding="utf-8")
        run([LINNET, "quantize", exact, "-o", self.folder / "int8_calibrated.linnet", "--calibrate", texts],
            "linnet quantize --calibrate")

    def make_reference(self):
        run([self.python, HERE / "convert_reference.py", self.checkpoint, self.folder / "workload.json",
             self.folder / "reference.f32"], "computing the reference")

    def make_onnx(self):
        run([self.python, HERE / "convert_onnx.py", self.checkpoint, self.folder], "exporting to ONNX")

    def make_openvino(self):
        run([self.python, HERE / "convert_openvino.py", self.folder / "plain.onnx", self.folder / "workload.json",
             self.folder], "converting for OpenVINO")

    def make_ctranslate2(self, weights, pins):
        target, refused = self.folder / "ctranslate2_int8", self.folder / "ctranslate2_refused.txt"

        def make():
            done = run([self.python, HERE / "convert_ctranslate2.py", self.checkpoint, target],
                       "converting for CTranslate2", allowed=(0, 3))
            refused.write_text(done.stdout.strip().splitlines()[-1] if done.returncode == 3 else "", encoding="utf-8")

        self.step("CTranslate2", [weights, pins, HERE / "convert_ctranslate2.py"], make, [refused])
        if reason := refused.read_text(encoding="utf-8"):
            self.missing["ctranslate2_int8"] = f"CTranslate2: {reason}"
        else:
            self.files["ctranslate2_int8"] = target
