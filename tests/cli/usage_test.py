#!/usr/bin/env python3
"""What the command says about itself, and what it says when it is called in a wrong way."""
import os
import re
import shutil
import subprocess

import command

COMMANDS = ["convert", "quantize", "inspect", "verify", "cpu", "tokenize", "embed", "run", "bench", "eval", "compare", "fit",
            "classify", "tag", "answer", "fill-mask", "rerank", "sensitivity", "tune", "completion"]


class Usage(command.CommandTest):
    def test_version(self):
        self.assertRegex(self.succeed("--version"), r"\Alinnet \d+\.\d+\.\d+\n\Z")

    def test_help_of_everything_has_examples(self):
        self.assertIn("Examples:", self.succeed("--help"))
        for name in COMMANDS:
            help_text = self.succeed(name, "--help")
            self.assertRegex(help_text, rf"Examples:\n(.*\n)*.*linnet {name}", name)
            self.assertIn(f"  {name} ", self.succeed("--help"))

    def test_usage_errors_are_code_2(self):
        model = self.int8_model
        for expected, arguments in {
            "a command is missing": [],
            "--nope": ["--nope"],
            "unknown command 'frobnicate'; see 'linnet --help'": ["frobnicate", model],
            "unknown option '--bacth'; see 'linnet embed --help'": ["embed", "--bacth=3", model, "in.txt"],
            "too many arguments: 'in.txt'; see 'linnet embed --help'": ["embed", model, "in.txt", "--threads", "2"],
            "'-' is not a file": ["convert", command.CHECKPOINTS / "tiny_bert", "-o", "-"],
            "'' is not a file": ["quantize", self.float_model, "-o", ""],
            "MODEL is required": ["embed"],
            "--color": ["embed", model, "--color"],
            "'out.txt' does not end in .npy or .jsonl": ["embed", model, "-o", "out.txt"],
            "'hidden' does not end in .npy": ["run", model, "--ids", "2", "-o", "hidden"],
            "--output is required": ["convert", command.CHECKPOINTS / "tiny_bert"],
            "--threads: '0'": ["bench", model, "--threads", "0"],
            "--threads: '257'": ["embed", model, "--threads", "257"],
            "--threads: '-1'": ["embed", model, "--threads", "-1"],
            "--batch: '1.5'": ["embed", model, "--batch", "1.5"],
            "--batch: '9999999999999999999999'": ["embed", model, "--batch", "9999999999999999999999"],
            "--tokens: 'x'": ["bench", model, "--tokens", "16,x"],
            "--tokens: ''": ["bench", model, "--tokens", "16,"],
            "--seconds: 'soon'": ["bench", model, "--seconds", "soon"],
            "--seconds: 'nan'": ["bench", model, "--seconds", "nan"],
            "--seconds: '0'": ["bench", model, "--seconds=0"],
            "--lines needs --text": ["bench", model, "--lines", "3"],
            "--strict needs --backend": ["embed", model, "--strict"],
            "--threads is given 2 times": ["embed", model, "--threads", "1", "--threads=1"],
            "--json takes no value": ["embed", model, "--json=yes"],
            "--in: its value is missing": ["embed", model, "--in"],
            "--prompt: its value is missing": ["embed", model, "--prompt", "--json"],
            "'x.txt' does not end in": ["embed", model, "-ox.txt"],
            "unknown option '-x'": ["embed", model, "-x"],
            "too many arguments: '--threads'": ["embed", "--", model, "--threads"],
            "compare --help": ["compare", model, "--frob"],
            "--task needs --data": ["compare", model, "--task", "sts"],
            "--data needs --task": ["compare", model, "--data", "x.csv"],
            "'out.txt' does not end in .html": ["compare", model, "--html", "out.txt"],
            "--text cannot stand beside --tokens": ["bench", model, "--text", "x", "--tokens", "1"],
            "exactly one of --ids, --ids-file is required": ["run", model],
            "'4x' is not a token id": ["run", model, "--ids", "2 4x 3"],
            "'-4' is not a token id": ["run", model, "--ids", "2 -4 3"],
            "'99999999999' is not a token id": ["run", model, "--ids", "99999999999"],
            "a sequence of no token ids": ["run", model, "--ids", "2 3;"],
            "--task: 'guess' is none of sts, classification, regression, tagging, qa, retrieval, rerank": ["eval", model, "--task", "guess", "--data", "x"],
            "SHELL: 'tcsh' is none of bash, zsh, fish": ["completion", "tcsh"],
            "--pooling: 'best'": ["convert", "x", "-o", "y", "--pooling", "best"],
        }.items():
            self.assertEqual(self.fail_with(2, expected, *arguments), "")

    def test_failures_are_code_1_and_say_what_is_wrong(self):
        model = self.int8_model
        (self.folder / "folder.npy").mkdir()
        texts = self.write("texts.txt", "a cat\n")
        for expected, arguments in {
            "absent.linnet": ["inspect", "absent.linnet"],
            "cannot open '--absent'": ["inspect", "--", "--absent"],
            "nowhere": ["convert", "nowhere", "-o", self.folder / "m.linnet"],
            "there is no folder": ["embed", model, "--in", texts, "-o", self.folder / "no" / "x.npy"],
            "not a regular file": ["embed", model, "--in", texts, "-o", self.folder / "folder.npy"],
            "cannot read 'absent.txt'": ["embed", model, "--in", "absent.txt", "-o", self.folder / "x.npy"],
            "no prompt named 'quarry'; it has": ["embed", model, "--in", texts, "--prompt", "quarry"],
            "no value named 'depth'": ["run", model, "--ids", "2 3", "--tap", "depth"],
            "the model has ids 0 to 104": ["run", model, "--ids", "2 105 3"],
            "positions": ["bench", model, "--tokens", "45"],
            "absent.csv": ["eval", model, "--task", "sts", "--data", "absent.csv"],
            "holds no text": ["quantize", self.float_model, "-o", self.folder / "q.linnet", "--calibrate",
                              self.write("empty.txt", "\n\n")],
        }.items():
            self.fail_with(1, expected, *arguments)
        self.fail_with(1, "sequence 0 has 45 tokens", "run", model, "--ids", " ".join(["5"] * 45))
        self.assertEqual(self.names(), ["empty.txt", "folder.npy", "texts.txt"])

    def test_full_output_device_is_a_failure(self):
        if not os.path.exists("/dev/full"):
            self.skipTest("no /dev/full here")
        texts = self.write("texts.txt", "a cat\n")
        for arguments in (["cpu"], ["inspect", self.int8_model], ["tokenize", self.int8_model, "--in", texts],
                          ["embed", self.int8_model, "--in", texts]):
            with open("/dev/full", "w") as full:
                done = subprocess.run([command.LINNET, *arguments], stdout=full, stderr=subprocess.PIPE, text=True)
            self.assertEqual(done.returncode, 1, arguments)
            self.assertIn("standard output", done.stderr)

    def test_names_in_messages_cannot_break_the_line(self):
        self.fail_with(1, "a b", "inspect", "a\nb\x1b[31m")


class Completion(command.CommandTest):
    def test_scripts_know_every_command_and_option(self):
        options = {name: set(re.findall(r"(?<![\w-])--[a-z][\w-]*", self.succeed(name, "--help").split("Examples:")[0]))
                   for name in COMMANDS}
        self.assertIn("--ids-file", options["run"])
        for shell, form in {"bash": "--{}", "zsh": "'--{}", "fish": "-l {}"}.items():
            script = self.succeed("completion", shell)
            for name in COMMANDS:
                self.assertIn(name, script)
                for option in options[name]:
                    self.assertIn(form.format(option[2:]), script, (shell, name))
        for shell, short in {"bash": "-o --output", "zsh": "'-o[", "fish": "-s o -l output"}.items():
            self.assertIn(short, self.succeed("completion", shell), shell)

    def test_bash_completes(self):
        bash = shutil.which("bash")
        script = self.write("completion.bash", self.succeed("completion", "bash"))

        def complete(*words):
            text = subprocess.run(
                [bash, "-c", 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _linnet; '
                 'printf "%s\\n" "${COMPREPLY[@]}"', "bash", script, *words],
                check=True, capture_output=True, text=True, cwd=self.folder).stdout
            return text.split()

        self.assertEqual(complete("linnet", "em"), ["embed"])
        self.assertEqual(set(COMMANDS) - set(complete("linnet", "")), set())
        self.assertEqual(complete("linnet", "embed", "m", "--thr"), ["--threads"])
        self.assertEqual(complete("linnet", "run", "m", "--ids"), ["--ids", "--ids-file"])
        self.assertEqual(complete("linnet", "eval", "--task", ""), ["sts", "classification", "regression", "tagging", "qa", "retrieval", "rerank"])
        self.assertEqual(complete("linnet", "inspect", "comp"), ["completion.bash"])

    def test_other_shells_accept_their_scripts(self):
        checked = []
        for shell in ("zsh", "fish"):
            if shutil.which(shell):
                subprocess.run([shell, "-n", self.write(shell, self.succeed("completion", shell))], check=True)
                checked.append(shell)
        if not checked:
            self.skipTest("neither zsh nor fish is here")


if __name__ == "__main__":
    command.main()
