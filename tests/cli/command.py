"""Running the linnet command, and reading what it writes, with nothing but the standard library."""
import array
import ast
import json
import os
import pathlib
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import unittest

LINNET = pathlib.Path(os.environ["LINNET_COMMAND"])
CHECKPOINTS = pathlib.Path(__file__).resolve().parents[1] / "data" / "models" / "hf"


def run(*arguments, stdin=b"", env=None):
    """Exit code, standard output and standard error of one call."""
    done = subprocess.run([LINNET, *map(str, arguments)], input=stdin, capture_output=True,
                          env={**os.environ, **(env or {})}, timeout=300)
    if done.returncode < 0:
        raise AssertionError(f"{arguments}: died of {signal.Signals(-done.returncode).name}: {done.stderr.decode()}")
    return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")


def read_npy(path):
    """Shape and values of a float32 .npy file."""
    data = pathlib.Path(path).read_bytes()
    assert data[:8] == b"\x93NUMPY\x01\x00", data[:8]
    (length,) = struct.unpack("<H", data[8:10])
    assert (10 + length) % 64 == 0
    header = ast.literal_eval(data[10:10 + length].decode())
    assert header["descr"] == "<f4" and header["fortran_order"] is False
    values = array.array("f", data[10 + length:])
    count = 1
    for extent in header["shape"]:
        count *= extent
    assert len(values) == count, (len(values), header)
    return header["shape"], values.tolist()


class CommandTest(unittest.TestCase):
    """A float and an INT8 model of a tiny checkpoint, and a folder for each test."""

    @classmethod
    def setUpClass(cls):
        cls.models = pathlib.Path(tempfile.mkdtemp(prefix="linnet_cli_"))
        cls.float_model, cls.int8_model = cls.models / "float.linnet", cls.models / "int8.linnet"
        for step in (["convert", CHECKPOINTS / "tiny_bert", "-o", cls.float_model],
                     ["quantize", cls.float_model, "-o", cls.int8_model]):
            code, _, errors = run(*step)
            assert code == 0, errors

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.models)

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="linnet_cli_"))
        self.addCleanup(shutil.rmtree, self.folder)

    def write(self, name, content):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def names(self):
        return sorted(path.name for path in self.folder.iterdir())

    def succeed(self, *arguments, stdin=b"", env=None):
        code, output, errors = run(*arguments, stdin=stdin, env=env)
        self.assertEqual((code, errors), (0, ""), arguments)
        return output

    def succeed_json(self, *arguments, env=None):
        return json.loads(self.succeed(*arguments, "--json", env=env))

    def fail_with(self, code, text, *arguments, stdin=b"", env=None):
        """The call fails with this code and one line of text on standard error that contains `text`."""
        actual, output, errors = run(*arguments, stdin=stdin, env=env)
        self.assertEqual(actual, code, (arguments, output, errors))
        self.assertRegex(errors, r"\Alinnet: [^\n]*\n\Z", arguments)
        self.assertIn(text, errors, arguments)
        return output


def main():
    unittest.main(argv=sys.argv[:1] + ["-v"])
