#!/usr/bin/env python3
"""The Swift package as far as it can be checked without Swift: its C module, its calls of C, its paths.

    swift_binding_test.py SOURCE_FOLDER LIBRARY_FOLDER    (the folder that liblinnet.so lies in)
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = LIBRARIES = None


def without_comments(text):
    return re.sub(r"/\*.*?\*/|//[^\n]*", "", text, flags=re.DOTALL)


def arguments_of(text, begin):
    """The arguments of a call or a declaration whose bracket opens at `begin`, split at commas of that bracket."""
    depth, parts, start = 0, [], begin + 1
    for i in range(begin, len(text)):
        if text[i] in "([{":
            depth += 1
        elif text[i] in ")]}":
            depth -= 1
        if depth == 0 or (depth == 1 and text[i] == ","):
            parts.append(text[start:i].strip())
            start = i + 1
        if depth == 0:
            return [part for part in parts if part and part != "void"]
    raise AssertionError("a bracket is not closed")


def calls(text):
    """(name, number of arguments) of everything that is called linnet_something."""
    return [(match[1], len(arguments_of(text, match.end() - 1))) for match in re.finditer(r"\b(linnet_\w+)\(", text)]


class SwiftPackage(unittest.TestCase):
    def setUp(self):
        self.header = without_comments((ROOT / "runtime/include/linnet/linnet.h").read_text())
        declared = re.findall(r"LINNET_API [^;]*;", self.header)
        self.functions = dict(calls("\n".join(declared)))
        self.swift = {path: without_comments(path.read_text()) for path in (ROOT / "bindings/swift").rglob("*.swift")}

    def test_the_header_was_understood(self):
        self.assertEqual(self.functions["linnet_version"], 0)
        self.assertEqual(self.functions["linnet_embed"], 8)
        self.assertGreaterEqual(len(self.functions), 17)

    def test_swift_calls_functions_of_the_header_with_as_many_arguments(self):
        known = {**self.functions, "linnet_session_options": 0, "linnet_error": 0}
        used = [(path.name, *call) for path, text in self.swift.items() for call in calls(text)]
        self.assertGreater(len(used), 15)
        for file, name, count in used:
            self.assertIn(name, known, file)
            self.assertEqual(count, known[name], f"{file}: arguments of {name}")

    def test_types_constants_and_fields_are_those_of_the_header(self):
        fields = set(re.findall(r"(\w+)(?:\[\w+\])?;", self.header))
        for path, text in self.swift.items():
            for name in re.findall(r"\b(?:linnet_|LINNET_)\w+", text):
                self.assertRegex(self.header, rf"\b{name}\b", path.name)
            for name in re.findall(r"\boptions\.(\w+)|\berror\.(\w+)", text):
                self.assertIn(next(filter(None, name)), fields, path.name)

    def test_the_codes_are_those_of_the_header(self):
        codes = re.search(r"typedef enum linnet_code \{(.*?)\} linnet_code;", self.header, re.DOTALL)[1]
        numbers = re.findall(r"LINNET_(\w+) = (\d+)", codes)
        cases = re.findall(r"case `?(\w+)`?(?: = (\d+))?", self.swift[ROOT / "bindings/swift/Sources/Linnet/LinnetError.swift"])
        self.assertEqual([re.sub("([A-Z])", r"_\1", name).upper() for name, _ in cases],
                         [name for name, number in numbers if number != "0"])
        self.assertEqual([number for _, number in cases if number], ["1"], "the others count on from it")
        self.assertEqual([int(number) for _, number in numbers], list(range(len(numbers))))

    def test_brackets_are_closed(self):
        for path, text in {**self.swift, ROOT / "Package.swift": (ROOT / "Package.swift").read_text()}.items():
            bare = re.sub(r'"(?:\\.|[^"\\])*"', '""', without_comments(text))
            for pair in ("()", "[]", "{}"):
                self.assertEqual(bare.count(pair[0]), bare.count(pair[1]), f"{path.name}: {pair}")

    def test_the_package_names_folders_and_targets_that_exist(self):
        manifest = without_comments((ROOT / "Package.swift").read_text())
        paths = re.findall(r'path: "([^"]+)"', manifest)
        self.assertEqual(len(paths), 2)
        for path in paths:
            self.assertTrue((ROOT / path).is_dir(), path)
        self.assertTrue((ROOT / paths[0] / "module.modulemap").is_file())
        targets = set(re.findall(r'(?:arget|systemLibrary)\(name: "(\w+)"', manifest))
        for names in re.findall(r"(?:targets|dependencies): \[([^\]\n]+)\]", manifest):
            self.assertLessEqual(set(re.findall(r'"(\w+)"', names)), targets)
        self.assertIn('pkgConfig: "linnet"', manifest)
        self.assertTrue((ROOT / "cmake/linnet.pc.in").is_file())

    def test_a_program_imports_the_c_module(self):
        clang = shutil.which("clang")
        if clang is None:
            self.skipTest("clang is not installed")
        module = ROOT / "bindings/swift/CLinnet"
        with tempfile.TemporaryDirectory() as work:
            program = pathlib.Path(work) / "program"
            subprocess.run(
                [clang, "-std=c11", "-Wall", "-Werror", "-fmodules", f"-fmodules-cache-path={work}/cache",
                 f"-fmodule-map-file={module}/module.modulemap", f"-I{ROOT}/runtime/include",
                 ROOT / "tests/bindings/swift/import_module.c", "-o", program, f"-L{LIBRARIES}",
                 f"-Wl,-rpath,{LIBRARIES}", "-llinnet"], check=True)
            run = subprocess.run([program, ROOT / "tests/data/models/v1/tiny_bert.linnet"], capture_output=True, text=True)
            self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
            self.assertIn("add up to 1.0000", run.stdout)


if __name__ == "__main__":
    ROOT, LIBRARIES = (pathlib.Path(argument).resolve() for argument in sys.argv[1:3])
    unittest.main(argv=sys.argv[:1])
