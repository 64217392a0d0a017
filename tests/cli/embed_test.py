#!/usr/bin/env python3
"""embed and tokenize: lines in, rows out."""
import json
import os
import pathlib
import signal
import subprocess
import time

import command


class Lines(command.CommandTest):
    def embed(self, text, *options, model=None, name="out.npy"):
        source, target = self.write("in.txt", text), self.folder / name
        self.succeed("embed", model or self.int8_model, "--in", source, "-o", target, *options)
        return command.read_npy(target) if name.endswith(".npy") else target.read_text()

    def test_rows_are_those_of_the_reference(self):
        expected = command.CHECKPOINTS / "tiny_bert" / "expected"
        cases = json.loads((expected / "cases.json").read_text())
        shape, reference = command.read_npy(expected / "texts.npy")
        text = "\n".join(cases["texts"])
        actual_shape, rows = self.embed(text, "--prompt", cases["prompt"], model=self.float_model)
        self.assertEqual(actual_shape, shape)
        # The bound for float models against PyTorch; embeddings have length 1.
        self.assertLess(max(abs(a - b) for a, b in zip(rows, reference)), 1e-4)
        ids = self.succeed("tokenize", self.float_model, "--in", self.folder / "in.txt", "--prompt", cases["prompt"])
        self.assertEqual([[int(i) for i in line.split()] for line in ids.splitlines()], cases["text_ids"])

    def test_batches_and_threads_change_no_byte(self):
        lines = ["the cat", "", "a dog runs over the small house", "x", "playing " * 30] * 7
        for model in (self.float_model, self.int8_model):
            outputs = set()
            for batch in (1, 3, 64):
                for threads in (1, 2, 4):
                    self.embed("\n".join(lines), "--batch", batch, "--threads", threads, model=model)
                    outputs.add((self.folder / "out.npy").read_bytes())
            self.assertEqual(len(outputs), 1)
            _, rows = self.embed("\n".join(lines), model=model)
            width = len(rows) // len(lines)
            _, backwards = self.embed("\n".join(reversed(lines)), model=model)
            self.assertEqual([rows[i:i + width] for i in range(0, len(rows), width)],
                             [backwards[i:i + width] for i in range(0, len(rows), width)][::-1])

    def test_line_ends(self):
        (rows, width), plain = self.embed("the cat\na dog\n")
        self.assertEqual(rows, 2)
        self.assertEqual(self.embed("the cat\na dog"), ((2, width), plain), "the last newline may be missing")
        # '\r' is white space for the tokenizer: the same row, no line of its own.
        self.assertEqual(self.embed("the cat\r\na dog\r\n"), ((2, width), plain))
        self.assertEqual(self.embed("the cat\ra dog")[0], (1, width))
        self.assertEqual(self.embed("the cat\x0b\u0085\u2028a dog\n")[0], (1, width))
        self.assertEqual(self.embed(b"the \0cat\na dog"), ((2, width), plain), "a NUL is dropped by the tokenizer")

    def test_no_lines_and_empty_lines(self):
        (_, width), _ = self.embed("x")
        self.assertEqual(self.embed(""), ((0, width), []))
        self.assertEqual(self.embed("\n")[0], (1, width))
        self.assertEqual(self.embed("\n\n\n")[0], (3, width))
        self.assertEqual(self.embed("", name="out.jsonl"), "")
        self.assertEqual(self.succeed("embed", self.int8_model), "", "standard input is empty")

    def test_json_lines_hold_the_same_numbers(self):
        text = "the cat\na dog\n"
        (_, width), rows = self.embed(text)
        for lines in (self.embed(text, name="out.jsonl"), self.succeed("embed", self.int8_model, stdin=text.encode()),
                      self.succeed("embed", self.int8_model, "--in", "-", "-o", "-", stdin=text.encode())):
            objects = [json.loads(line) for line in lines.splitlines()]
            self.assertEqual([each["row"] for each in objects], [1, 2])
            as_float = command.array.array("f", [x for each in objects for x in each["embedding"]]).tolist()
            self.assertEqual(as_float, rows)

    def test_summary(self):
        source = self.write("in.txt", "a\nb\nc")
        summary = self.succeed_json("embed", self.int8_model, "--in", source, "-o", self.folder / "o.npy", "--threads", 2)
        self.assertEqual({key: summary[key] for key in ("lines", "width", "threads")},
                         {"lines": 3, "width": 36, "threads": 2})

    def test_threads_are_those_of_the_machine_unless_told(self):
        source = self.write("in.txt", "a")
        usual = self.succeed_json("cpu")["threads"]
        for arguments in ([], ["--threads", "0"]):
            summary = self.succeed_json("embed", self.int8_model, "--in", source, "-o", self.folder / "o.npy", *arguments)
            self.assertEqual(summary["threads"], usual)

    def test_invalid_utf8_names_the_line_and_keeps_the_old_output(self):
        target = self.write("out.npy", "old")
        source = self.write("in.txt", b"fine\nalso fine\nnot\xff fine\n")
        self.fail_with(1, "in.txt line 3: byte 4 (0xff) is not valid UTF-8", "embed", self.int8_model, "--in", source, "-o",
                       target, "--batch", 2)
        self.assertEqual(target.read_text(), "old")
        self.assertEqual(self.names(), ["in.txt", "out.npy"])
        self.fail_with(1, "line 3", "tokenize", self.int8_model, "--in", source)

    def test_very_long_line(self):
        (rows, _), _ = self.embed("cat " * 300000 + "\nshort\n")
        self.assertEqual(rows, 2)

    def interrupted(self, number):
        target = self.folder / "out.npy"
        process = subprocess.Popen([command.LINNET, "embed", self.int8_model, "-o", target, "--batch", "1"],
                                   stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        process.stdin.write(b"the cat\n" * 50000)  # more than the pipe holds: some of it was read when this returns
        process.stdin.flush()
        deadline = time.monotonic() + 60
        while not self.names() and time.monotonic() < deadline:
            time.sleep(0.01)
        self.assertNotEqual(self.names(), [])
        process.send_signal(number)
        errors = process.stderr.read().decode()
        process.stderr.close()
        process.stdin.close()
        return process.wait(60), errors

    def test_interrupt_leaves_nothing(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            code, errors = self.interrupted(number)
            self.assertEqual(code, 1, errors)
            self.assertRegex(errors, r"\Alinnet: [^\n]*\n\Z")
            self.assertEqual(self.names(), [])

    def test_kill_leaves_no_half_file_under_the_name(self):
        code, _ = self.interrupted(signal.SIGKILL)
        self.assertEqual(code, -signal.SIGKILL)
        self.assertNotIn("out.npy", self.names())

    def peak_memory(self, lines):
        source = self.write("in.txt", "a cat runs over the small house and so on\n" * lines)
        process = subprocess.Popen(
            [command.LINNET, "embed", self.int8_model, "--in", source, "-o", self.folder / "out.npy"],
            stdout=subprocess.DEVNULL, env={**os.environ, "ASAN_OPTIONS": "quarantine_size_mb=1"})
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(process.returncode, 0)
        return usage.ru_maxrss  # KiB

    def test_memory_does_not_grow_with_the_number_of_lines(self):
        # 120,000 lines: 5.1 MB of text, 17 MB of rows. Peaks of equal runs differ by up to 1.5 MB on a busy machine.
        self.assertLess(self.peak_memory(120000), self.peak_memory(100) + 3072)


class Tokenize(command.CommandTest):
    def test_one_line_of_ids_a_line(self):
        text = "the cat\n\na dog\r\n".encode()
        ids = self.succeed("tokenize", self.float_model, stdin=text).split("\n")
        self.assertEqual(len(ids), 4)
        self.assertEqual(ids[1:], ["2 3", "2 5 80 3", ""])
        objects = [json.loads(line) for line in
                   self.succeed("tokenize", self.float_model, "--json", stdin=text).splitlines()]
        self.assertEqual([" ".join(map(str, each["ids"])) for each in objects], ids[:3])
        self.assertEqual(objects[2]["tokens"], ["[CLS]", "a", "dog", "[SEP]"])

    def test_truncation(self):
        text = ("a " * 100).encode()
        self.assertEqual(len(self.succeed("tokenize", self.float_model, stdin=text).split()), 24)
        whole = self.succeed("tokenize", self.float_model, "--no-truncation", stdin=text).split()
        self.assertEqual(whole, ["2"] + ["5"] * 100 + ["3"])


if __name__ == "__main__":
    command.main()
