#!/usr/bin/env python3
"""targets/deploy against a folder that stands for a device: ssh, scp and adb are stubs that work in it."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
LINNET = pathlib.Path(os.environ["LINNET_COMMAND"])
OPTIONS = ("--tokens", "16", "--batch", "1,4", "--seconds", "0.05")  # the tiny model has 44 positions
MODEL = ROOT / "tests/data/models/v1/tiny_bert_int8.linnet"

# $DEVICE is the root of the device, $DEVICE_HOME where ssh begins.
STUBS = {
    "ssh": 'echo "ssh $*" >> "$DEVICE/calls"\n[ "$1" = pi@board ] || exit 255\ncd "$DEVICE_HOME" && exec sh -c "$2"\n',
    "scp": 'echo "scp $*" >> "$DEVICE/calls"\nshift\nfor last; do :; done\nwhile [ $# -gt 1 ]; do cp "$1" '
           '"$DEVICE_HOME/${last#pi@board:}"; shift; done\n',
    "adb": 'echo "adb $*" >> "$DEVICE/calls"\n[ "$1" != -s ] || shift 2\nif [ "$1" = shell ]; then\n'
           '  exec sh -c "$(echo "$2" | sed "s#/data/local/tmp#$DEVICE/data#g")"\nfi\nshift\nfor last; do :; done\n'
           'while [ $# -gt 1 ]; do cp "$1" "$DEVICE/data/${last#/data/local/tmp/}"; shift; done\n',
    "uname": 'echo "${DEVICE_PROCESSOR-aarch64}"\n',
}


class Deploy(unittest.TestCase):
    def setUp(self):
        self.device = pathlib.Path(tempfile.mkdtemp(prefix="linnet_deploy_"))
        self.addCleanup(shutil.rmtree, self.device)
        for folder in ("home", "data", "stubs"):
            (self.device / folder).mkdir()
        for name, text in STUBS.items():
            stub = self.device / "stubs" / name
            stub.write_text("#!/bin/sh\n" + text)
            stub.chmod(0o755)

    def deploy(self, *arguments, folder=ROOT, **environment):
        path = f"{self.device / 'stubs'}:{os.environ['PATH']}"
        return subprocess.run([ROOT / "targets/deploy", *map(str, arguments)], capture_output=True, text=True, cwd=folder,
                              env={**os.environ, "PATH": path, "DEVICE": str(self.device),
                                   "DEVICE_HOME": str(self.device / "home"), **environment})

    def expect_latencies(self, done, folder):
        self.assertEqual(done.returncode, 0, done.stderr + done.stdout)
        self.assertIn("selected", done.stdout)
        self.assertRegex(done.stdout, r"(?m)^ *4 +16 +1 ")
        self.assertEqual(sorted(path.name for path in folder.iterdir()), ["linnet", MODEL.name])
        self.assertEqual((folder / MODEL.name).read_bytes(), MODEL.read_bytes())

    def test_a_board_by_ssh(self):
        self.expect_latencies(self.deploy("--command", LINNET, "pi@board", MODEL, *OPTIONS), self.device / "home/linnet")

    def test_a_phone_by_adb(self):
        done = self.deploy("--command", LINNET, "adb:ABC1", MODEL, *OPTIONS)
        self.expect_latencies(done, self.device / "data/linnet")
        self.assertTrue(all(line.startswith("adb -s ABC1 ") for line in (self.device / "calls").read_text().splitlines()))

    def test_names_are_meant_from_where_the_caller_is(self):
        done = self.deploy("--command", os.path.relpath(LINNET, MODEL.parent), "pi@board", MODEL.name, *OPTIONS,
                           folder=MODEL.parent)
        self.expect_latencies(done, self.device / "home/linnet")

    def test_errors_say_what_is_wrong(self):
        strange = self.device / "a model.linnet"
        shutil.copy(MODEL, strange)
        for arguments, environment, code, text in (
                ((), {}, 2, "usage: "),
                (("--fast", "pi@board"), {}, 2, "usage: "),
                (("pi@board", "nothing.linnet"), {}, 1, "there is no model"),
                (("pi@board", strange), {}, 1, "rename the model"),
                (("pi@board", MODEL, "--tokens", "16; reboot"), {}, 2, "usage: "),
                (("nobody@home", MODEL), {}, 1, "'nobody@home' does not answer"),
                (("pi@board", MODEL), {"DEVICE_PROCESSOR": "mips64"}, 1, "a machine of type 'mips64'")):
            done = self.deploy(*arguments, **environment)
            self.assertEqual(done.returncode, code, (arguments, done.stdout, done.stderr))
            self.assertIn(text, done.stderr)


if __name__ == "__main__":
    sys.argv.append("-v")
    unittest.main()
