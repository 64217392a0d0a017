#!/usr/bin/env python3
"""Checks on the tree itself: what may include what, that documents tell the truth, sizes, modes.

    check_tree.py [ROOT]    prints what is wrong, one line each; exit code 0 when nothing is
"""
import os
import pathlib
import re
import subprocess
import sys

MOST_LINES = 600
SOURCE_SUFFIXES = {".h", ".c", ".cpp", ".py", ".cmake", ".sh", ".fbs", ".in"}
# Generated, and checked in because making it again needs what a device's build does not have.
GENERATED_SUFFIXES = {".inc"}
# Folders that design.md names and that do not exist yet may be spoken of.
PATH_IN_TEXT = re.compile(r"(?<![\w./<-])((?:[\w.-]+/)+[\w.*{},-]*|[\w-]+\.(?:md|txt|cpp|h|py|fbs|cmake|json))(?![\w/])")
ENVIRONMENT = re.compile(
    r"""getenv\(\s*"(LINNET_\w+)"|environ(?:\.get)?[\[(]\s*["'](LINNET_\w+)|\$\{?(LINNET_\w+)(?=[-:}"\s/])""")
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:root|home|work|Users|mnt)/\w+")


class Tree:
    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.problems = []
        listed = subprocess.run(
            ["git", "-c", "safe.directory=*", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            check=True, capture_output=True, text=True).stdout
        self.files = sorted(name for name in set(listed.split("\0")) if name and (self.root / name).is_file())
        self.folders = {str(parent) for name in self.files for parent in pathlib.PurePath(name).parents}

    def text(self, name):
        return (self.root / name).read_text(encoding="utf-8", errors="replace")

    def problem(self, name, line, what):
        self.problems.append(f"{name}:{line}: {what}" if line else f"{name}: {what}")

    def named(self, *suffixes):
        return [name for name in self.files if name.endswith(suffixes)]

    # Every (line number, line) of a file.
    def lines(self, name):
        return enumerate(self.text(name).split("\n"), 1)

    def allowed_includes(self):
        """The table of docs/design.md, section 2: folder -> the folders it may include."""
        rows = re.findall(r"^\| ((?:`\w+/`(?:, )?)+) \|.*?\| ([^|]*?) ?\|$", self.text("docs/design.md"), re.MULTILINE)
        order = [re.findall(r"`(\w+)/`", folders)[0] for folders, _ in rows]
        if "base" not in order or "runtime" not in order:
            self.problem("docs/design.md", 0, "the table of folders (section 2) was not found")
            return {}
        allowed = {}
        for at, (_, may) in enumerate(rows):
            below = order[at + 1:]
            named = [folder for folder in order if re.search(rf"\b{folder}\b", may)]
            if "and below" in may:
                named = order[order.index(named[0]):]
            for folder in named:
                if folder not in below:
                    self.problem("docs/design.md", 0, f"{order[at]}/ may include {folder}/, which is not below it")
            if may:  # tests/ and docs/ may include anything
                allowed[order[at]] = set(named)
        return allowed

    def check_includes(self):
        allowed = self.allowed_includes()
        # Of model/, a device carries the reading half: what belongs to the editing libraries is not for runtime/.
        editing = set()
        if "model/CMakeLists.txt" in self.files:
            for sources in re.findall(r"linnet_tool_library\(\w+ ([^)]*)\)", self.text("model/CMakeLists.txt")):
                editing.update(f"model/{source[:-4]}.h" for source in sources.split() if source.endswith(".cpp"))
        for name in self.named(".h", ".c", ".cpp", ".inc"):
            folder = name.split("/")[0]
            for number, line in self.lines(name):
                match = re.match(r'\s*#\s*include\s*"([^"]+)"', line)
                if not match:
                    continue
                included = match[1]
                target = included.split("/")[0]
                if re.match(r"runtime/include/", name) and included.endswith("_generated.h"):
                    self.problem(name, number, "a public header includes a generated one")
                if folder in allowed and target == "tests":
                    self.problem(name, number, "includes a test")
                elif folder in allowed and target in allowed and target not in allowed[folder] | {folder}:
                    self.problem(name, number, f"{folder}/ may not include {target}/ (docs/design.md, section 2)")
                elif folder == "runtime" and included in editing:
                    self.problem(name, number, "runtime/ may include the reading half of model/ only")

    def check_folders_are_listed(self):
        readme = self.text("README.md")
        for folder in sorted({name.split("/")[0] for name in self.files if "/" in name}):
            if not folder.startswith(".") and f"`{folder}/`" not in readme:
                self.problem("README.md", 0, f"does not list the folder {folder}/")

    def check_sizes(self):
        for name in self.files:
            path = pathlib.PurePath(name)
            hand_written = path.suffix in SOURCE_SUFFIXES or path.name == "CMakeLists.txt" or path.parts[0] == "scripts"
            if hand_written and path.suffix not in GENERATED_SUFFIXES:
                count = self.text(name).count("\n")
                if count > MOST_LINES:
                    self.problem(name, 0, f"{count} lines are more than {MOST_LINES}: one subject a file")

    def path_exists(self, named, document):
        """Whether a path in a document exists from the root or from beside the document; * and {a,b} are patterns."""
        patterns = [named]
        while any("{" in pattern for pattern in patterns):
            patterns = [re.sub(r"\{[^}]*\}", choice, pattern, count=1) for pattern in patterns
                        for choice in re.search(r"\{([^}]*)\}", pattern)[1].split(",")]
        beside = str(pathlib.PurePath(document).parent)
        for pattern in patterns:
            pattern = pattern.rstrip("/.")
            for base in ("", beside + "/", "tests/", "runtime/include/"):
                whole = os.path.normpath(base + pattern)
                if whole in self.folders or whole in self.files:
                    break
                # `lab/csv` may name lab/csv.h and lab/csv.cpp.
                if any(pathlib.PurePath(name).match(whole) or name.startswith(whole + ".") for name in self.files):
                    break
            else:
                return False
        return True

    def check_paths_in_documents(self):
        tops = {name.split("/")[0] for name in self.files if "/" in name}
        for name in self.named(".md"):
            for number, line in self.lines(name):
                for code in re.findall(r"`([^`]+)`", line):
                    for named in PATH_IN_TEXT.findall(code):
                        if named.split("/")[0] in tops and not self.path_exists(named, name):
                            self.problem(name, number, f"names '{named}', which does not exist")
                for link in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", line):
                    if not self.path_exists(link, name):
                        self.problem(name, number, f"links to '{link}', which does not exist")

    def check_machine_paths(self):
        for name in self.files:
            for number, line in self.lines(name):
                if MACHINE_PATH.search(line):
                    self.problem(name, number, "names a path of one machine")

    def check_environment_is_documented(self):
        documented = self.text("docs/cli.md") if "docs/cli.md" in self.files else ""
        for name in self.files:
            if name.endswith((".md", ".in", ".cmake", "CMakeLists.txt")):
                continue
            for number, line in self.lines(name):
                for groups in ENVIRONMENT.findall(line):
                    variable = next(group for group in groups if group)
                    if f"`{variable}`" not in documented:
                        self.problem(name, number, f"reads {variable}, which docs/cli.md does not explain")
        for name in self.named("CMakeLists.txt", ".cmake"):
            for number, line in self.lines(name):
                match = re.match(r"\s*(?:option\((LINNET_\w+)|set\((LINNET_\w+) .*\bCACHE\b)", line)
                if match and f"`{match[1] or match[2]}`" not in documented:
                    self.problem(name, number, f"declares {match[1] or match[2]}, which docs/cli.md does not explain")

    def check_modes(self):
        for name in self.files:
            executable = os.access(self.root / name, os.X_OK)
            script = self.text(name).startswith("#!")
            if script and not executable:
                self.problem(name, 0, "is a script and not executable")
            if executable and not script:
                self.problem(name, 0, "is executable and no script")

    def check_tests_are_built(self):
        """A test that no list names would never run."""
        lists = "\n".join(self.text(name) for name in self.named("CMakeLists.txt") if name.startswith("tests/"))
        words = set(re.findall(r"[\w.-]+", lists))
        for name in self.files:
            path = pathlib.PurePath(name)
            if path.parts[0] == "tests" and path.name.endswith(("_test.cpp", "_test.py", "_test.c", "_fuzz.cpp")):
                if path.name not in words and path.stem not in words:
                    self.problem(name, 0, "is in no CMakeLists.txt")

    def check(self):
        for name in sorted(dir(self)):
            if name.startswith("check_"):
                getattr(self, name)()
        return self.problems


if __name__ == "__main__":
    found = Tree(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2]).check()
    for each in found:
        print(each)
    sys.exit(1 if found else 0)
