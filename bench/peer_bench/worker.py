"""What every worker does: one runtime, one model, one process, told what to do by JSON lines on standard input.

A worker imports its runtime, gives serve() a class with

    Runtime(settings)          keeps `settings`: model, threads, pad_id, and those of the contender
    load()                     the file to something that can run; settings["first_shape"] is the first fixed shape that
                               will be asked for, or None
    prepare(sequences, fixed)  a function of no arguments that runs these ids and returns float32 rows; `fixed`: this very
                               shape will come again and again
    describe()                 a dict of what can be known about what runs

and answers each line by one line, {"error": ...} when it failed.
"""
import ctypes
import json
import os
import signal
import sys
import time

import numpy

PR_SET_PDEATHSIG = 1


def status_bytes(name):
    with open("/proc/self/status", encoding="utf-8") as file:
        for line in file:
            if line.startswith(name + ":"):
                return int(line.split()[1]) * 1024
    return 0


def reset_peak():
    try:
        with open("/proc/self/clear_refs", "w", encoding="utf-8") as file:
            file.write("5")
    except OSError:
        pass  # the peak then counts the imports too


def padded(sequences, pad_id, kind):
    """Ids and mask, padded to the longest."""
    longest = max(map(len, sequences))
    ids = numpy.full((len(sequences), longest), pad_id, kind)
    mask = numpy.zeros((len(sequences), longest), kind)
    for row, sequence in enumerate(sequences):
        ids[row, :len(sequence)] = sequence
        mask[row, :len(sequence)] = 1
    return ids, mask


class Server:
    def __init__(self, runtime):
        self.runtime = runtime
        self.cases = {}

    def load(self, first_shape):
        self.runtime.settings["first_shape"] = first_shape
        reset_peak()
        self.before = status_bytes("VmRSS")
        begin = time.perf_counter()
        self.runtime.load()
        return {"load_ms": (time.perf_counter() - begin) * 1e3}

    def describe(self):
        return self.runtime.describe()

    def memory(self):
        """Growth since before the model was loaded."""
        return {"resident": status_bytes("VmRSS") - self.before, "peak": status_bytes("VmHWM") - self.before}

    def prepare(self, case, sequences, fixed):
        self.cases[case] = self.runtime.prepare(sequences, fixed)
        begin = time.perf_counter()
        rows = self.cases[case]()
        return {"first_ms": (time.perf_counter() - begin) * 1e3, "rows": numpy.asarray(rows, "<f4").tolist()}

    def time(self, case, seconds, warm_seconds, most):
        """Times of calls, one after the other, for so many seconds, after calls that are not timed."""
        run, clock = self.cases[case], time.perf_counter
        begin = clock()
        while True:
            run()
            if clock() - begin >= warm_seconds:
                break
        times, total = [], 0.0
        while not times or (total < seconds and len(times) < most):
            begin = clock()
            run()
            took = clock() - begin
            times.append(took * 1e3)
            total += took
        return {"ms": times}

    def embed(self, sequences, batch, to):
        """Embeds in batches, in order, into a file of little-endian floats."""
        with open(to, "wb") as file:
            for begin in range(0, len(sequences), batch):
                rows = self.runtime.prepare(sequences[begin:begin + batch], False)()
                file.write(numpy.ascontiguousarray(rows, "<f4").tobytes())
        return {"width": int(rows.shape[1])}


def serve(make):
    # A worker may be stopped (SIGSTOP) when the command dies; it must not stay behind.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    # What a runtime prints must not reach the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    server = Server(make(json.loads(sys.argv[1])))
    for line in sys.stdin:
        question = json.loads(line)
        try:
            answer = getattr(server, question.pop("do"))(**question)
        except Exception as error:  # whatever a runtime raises is an answer
            answer = {"error": f"{type(error).__name__}: {str(error).strip()}"[:500]}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()
