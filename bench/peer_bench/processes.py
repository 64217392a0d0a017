"""Worker processes that take turns: all but one are stopped, so that nothing of a runtime runs while another is timed."""
import json
import os
import pathlib
import selectors
import signal
import subprocess
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
# Nothing that a worker is asked takes longer than this but when it hangs.
PATIENCE_SECONDS = 1800


class WorkerError(Exception):
    """What a runtime said, or how it died."""


class Worker:
    """One process. It is stopped (SIGSTOP) except while it answers."""

    def __init__(self, command, settings, env):
        self.messages = b""
        self.said = tempfile.TemporaryFile()
        self.process = subprocess.Popen([*map(str, command), json.dumps(settings)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=self.said, env=env, start_new_session=True)
        self.stopped = False

    def ask(self, do, **question):
        """Lets the worker run until it has answered one question."""
        self.resume()
        try:
            self.process.stdin.write(json.dumps({"do": do, **question}).encode() + b"\n")
            self.process.stdin.flush()
            line = self.read_line()
        except BrokenPipeError:
            line = b""
        if not line:
            raise WorkerError(self.how_it_ended())
        self.pause()
        answer = json.loads(line)
        if "error" in answer:
            raise WorkerError(answer["error"])
        return answer

    def read_line(self):
        deadline = time.monotonic() + PATIENCE_SECONDS
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            while b"\n" not in self.messages:
                if not selector.select(max(0, deadline - time.monotonic())):
                    self.close()
                    raise WorkerError(f"no answer in {PATIENCE_SECONDS} s")
                block = os.read(self.process.stdout.fileno(), 1 << 20)
                if not block:
                    return b""
                self.messages += block
        line, self.messages = self.messages.split(b"\n", 1)
        return line

    def pause(self):
        if self.process.poll() is None and not self.stopped:
            self.process.send_signal(signal.SIGSTOP)
            self.stopped = True

    def resume(self):
        if self.stopped:
            self.process.send_signal(signal.SIGCONT)
            self.stopped = False

    def how_it_ended(self):
        code = self.process.wait()
        self.said.seek(0)
        lines = self.said.read().decode(errors="replace").strip().splitlines()
        self.close()
        how = f"died of {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        return f"{how}: {lines[-1]}"[:500] if lines else how

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.said):
            try:
                pipe.close()
            except BrokenPipeError:
                pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def worker_environment(threads, extra):
    """The variables of a worker: as many threads as said wherever a library looks, and the contender's own."""
    count = str(threads)
    return {**{name: value for name, value in os.environ.items()
               if not name.startswith(("OMP_", "KMP_", "MKL_", "ONEDNN_", "DNNL_", "CT2_", "OV_", "LINNET_ISA"))},
            "OMP_NUM_THREADS": count, "MKL_NUM_THREADS": count, "OPENBLAS_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM":
            "false", "PYTHONDONTWRITEBYTECODE": "1", **extra}


def start(contender, model, library, python, threads, pad_id, environment):
    settings = {"model": str(model), "library": str(library), "threads": threads, "pad_id": pad_id,
                **contender["settings"]}
    script = HERE / f"worker_{contender['runtime']}.py"
    return Worker([python, script], settings, worker_environment(threads, {**contender["env"], **environment}))
