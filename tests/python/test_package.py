"""The package as it is installed: types, documentation, examples."""

import doctest
import inspect
import pathlib
import re
import shutil
import subprocess
import sys
import sysconfig

import numpy as np
import pytest

import linnet
from conftest import CATS, CHECKPOINT, DATA, DOGS

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGE = pathlib.Path(linnet.__file__).parent


def test_it_is_the_installed_package_and_of_this_version():
    assert not PACKAGE.is_relative_to(ROOT / "python")
    (version,) = re.findall(r"project\(linnet VERSION ([\d.]+)", (ROOT / "CMakeLists.txt").read_text())
    assert linnet.__version__ == version
    import importlib.metadata

    assert importlib.metadata.version("linnet-runtime") == version
    assert [each.split(">")[0] for each in importlib.metadata.requires("linnet-runtime") if "extra" not in each] == ["numpy"]


def test_the_module_is_of_the_stable_abi_where_there_is_one():
    from linnet import _core

    name = pathlib.Path(_core.__file__).name
    free_threaded = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
    if sys.version_info >= (3, 12) and not free_threaded and sys.platform != "win32":
        assert name == "_core.abi3.so"
    else:
        assert name == "_core" + sysconfig.get_config_var("EXT_SUFFIX")


def test_stubs_name_everything_and_nothing_else():
    from linnet import _core

    assert (PACKAGE / "py.typed").exists()
    stub = (PACKAGE / "_core.pyi").read_text()
    for owner, pattern in ((_core, r"^(?:def |class )?(\w+)(?:\(|:$|: str)"), (_core.Model, r"^    def (\w+)")):
        named = set(re.findall(pattern, stub, re.MULTILINE)) - {"__init__"}
        there = {name for name in vars(owner) if not name.startswith("__")}
        assert named == there


def test_types_are_right(tmp_path):
    pytest.importorskip("mypy")
    program = tmp_path / "program.py"
    program.write_text(
        "import linnet\n"
        "import numpy as np\n"
        "model = linnet.load('m.linnet', threads=2)\n"
        "rows: np.ndarray[tuple[int, ...], np.dtype[np.float32]] = model.embed(['a'])\n"
        "label: str = model.classify('a')[0][0].label\n"
        "value: float = linnet.evaluate(model, 'sts', 'x.csv')['spearman']\n"
        "parts = linnet.sensitivity(model, ['a', 'b'], formats='int8')\n"
        "plan: str = linnet.tune('m.linnet', 'best.linnet', 'texts.txt', max_loss='1%', shape=(1, 64)).plan\n"
        "linnet.quantize('m.linnet', 'same.linnet', plan=plan)\n"
        "found = linnet.compare([model, 'best.linnet'], ['1x16', (1, 64)], sensitivity=parts, html='page.html')\n"
        "time: float = found.models[0].times[0].median_ms\n"
    )
    wrong = tmp_path / "wrong.py"
    wrong.write_text("import linnet\nlinnet.load('m').embed(3)\nx: int = linnet.bench('m').isa\n")
    command = [sys.executable, "-m", "mypy", "--config-file", ROOT / "pyproject.toml", "--cache-dir", tmp_path / "cache"]
    done = subprocess.run([*command, "-p", "linnet"], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    done = subprocess.run([*command, program], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    done = subprocess.run([*command, wrong], capture_output=True, text=True, cwd=tmp_path)
    assert done.stdout.count(": error:") == 2, done.stdout


def test_everything_public_is_explained():
    for name in linnet.__all__:
        value = getattr(linnet, name)
        if name.startswith("__"):
            continue
        assert value.__doc__, name
        if inspect.isclass(value):
            for member, thing in vars(value).items():
                if not member.startswith("_") and (callable(thing) or isinstance(thing, property)):
                    assert thing.__doc__, f"{name}.{member}"
    assert linnet.eval is linnet.evaluate and "eval" not in linnet.__all__


def test_the_examples_of_the_documentation(tmp_path, monkeypatch):
    """Every >>> of docs/python.md, in a folder with files of the names it uses."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(CHECKPOINT, "all-MiniLM-L6-v2")
    shutil.copytree(DATA / "models" / "heads" / "bert_tagging", "tagger")
    shutil.copy(DATA / "stsb" / "test.csv", "test.csv")
    for name in ("train.tsv", "test.tsv"):
        pathlib.Path(name).write_text(
            "".join(f"{text}\tnegative\n" for text in 4 * CATS) + "".join(f"{text}\tpositive\n" for text in 4 * DOGS))
    pathlib.Path("sentences.txt").write_text("\n".join(CATS + DOGS))
    text = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    names = {"np": np}
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    ran = 0
    for number, block in enumerate(blocks):
        needed = re.findall(r"^# needs (\w+)", block, re.MULTILINE)
        if any(not _is_installed(package) for package in needed):
            continue
        test = doctest.DocTestParser().get_doctest(block, names, f"block {number} of docs/python.md", None, 0)
        output = []
        result = runner.run(test, out=output.append, clear_globs=False)
        names = test.globs
        assert result.failed == 0, "".join(output)
        ran += result.attempted
    assert ran > 15


def _is_installed(name):
    import importlib.util

    return importlib.util.find_spec(name) is not None
