"""The cross compilers that are there, and the commands with which the build compiles a file."""
import dataclasses
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[3]


@dataclasses.dataclass(frozen=True)
class Compiler:
    name: str
    architecture: str
    preset: str          # whose flags it gets
    program: tuple = ()  # instead of the preset's, or nothing


def version_of(program):
    text = subprocess.run([*program, "--version"], capture_output=True, text=True).stdout
    match = re.search(r"\b(\d+\.\d+)\.\d+", text)
    return match[1] if match else "?"


def available(check_work=None):
    """([Compiler], [what is not there and why]). With `check_work` no compiler that still has to build its C library, for
    which zig takes minutes, once."""
    found, missing = [], []
    clang = shutil.which("clang++")
    for architecture, triple, preset in (("aarch64", "aarch64-linux-gnu", "linux-arm64"),
                                         ("arm", "arm-linux-gnueabihf", "linux-armv7")):
        if not shutil.which(f"{triple}-g++"):
            missing.append(f"{triple}-g++, and clang with its headers: scripts/setup {preset}")
            continue
        found.append(Compiler(f"g++ {version_of([f'{triple}-g++'])}", architecture, preset))
        if clang:
            found.append(Compiler(f"clang {version_of([clang])}", architecture, preset, (clang, f"--target={triple}")))
        else:
            missing.append(f"clang++ for {architecture}: scripts/setup check")
    for architecture, preset in (("aarch64", "linux-arm64-musl-static"), ("arm", "linux-armv7-musl-static")):
        zig = ROOT / "targets/zig/c++"
        if not (ROOT / ".venv/bin/python").exists() or \
                subprocess.run([zig, "--version"], capture_output=True).returncode != 0:
            missing.append(f"zig's clang for {architecture}: scripts/setup {preset}")
        elif check_work and not any((folder / preset / "CMakeCache.txt").exists() for folder in (check_work, ROOT / "build")):
            missing.append(f"zig's clang for {architecture}, not used before: scripts/build {preset}")
        else:
            found.append(Compiler(f"zig's clang {version_of([zig])}", architecture, preset))
    return found, missing


class Builds:
    """Objects of single files, compiled under `work` with the flags that the presets give them."""

    def __init__(self, work):
        self.work = pathlib.Path(work)
        self.commands = {}

    def command(self, preset, source):
        if preset not in self.commands:
            folder = self.work / preset
            # The compilers are not to link anything: zig would build its C library for that first.
            run(["cmake", "--preset", preset, "-B", folder, "-DLINNET_TESTS=OFF", "-DLINNET_TOOLS=OFF",
                 "-DCMAKE_TRY_COMPILE_TARGET_TYPE=STATIC_LIBRARY"])
            entries = json.loads((folder / "compile_commands.json").read_text())
            self.commands[preset] = {os.path.relpath(each["file"], ROOT): each["command"] for each in entries}
        return shlex.split(self.commands[preset][source])

    def compile(self, compiler, source):
        command = self.command(compiler.preset, source)
        if compiler.program:
            command[:1] = compiler.program
        name = f"{pathlib.Path(source).stem}-{compiler.preset}-{pathlib.Path(command[0]).name}.o"
        command[command.index("-o") + 1] = str(self.work / name)
        run(command)
        return self.work / name


def run(command):
    done = subprocess.run([str(each) for each in command], cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"failed: {shlex.join(map(str, command))}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
