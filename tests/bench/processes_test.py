#!/usr/bin/env python3
"""Workers that take turns: they run while they answer and at no other time, and their deaths are told."""
import os
import pathlib
import signal
import sys
import tempfile
import time
import unittest

import peer_bench

import processes

# A worker without a runtime: counts in a thread of its own, as a runtime that spins does.
FAKE = """
import json, os, sys, threading, time
settings, count = json.loads(sys.argv[1]), [0]
def spin():
    while True:
        count[0] += 1
        time.sleep(0.001)
threading.Thread(target=spin, daemon=True).start()
for line in sys.stdin:
    question = json.loads(line)
    if question["do"] == "count":
        answer = {"count": count[0]}
    elif question["do"] == "settings":
        answer = {"settings": settings, "threads": os.environ.get("OMP_NUM_THREADS")}
    elif question["do"] == "fail":
        answer = {"error": "RuntimeError: it failed"}
    elif question["do"] == "leave":
        print("the last words", file=sys.stderr, flush=True)
        sys.exit(7)
    elif question["do"] == "die":
        os.kill(os.getpid(), 11)
    print(json.dumps(answer), flush=True)
"""


class Processes(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        script = pathlib.Path(folder.name) / "fake.py"
        script.write_text(FAKE, encoding="utf-8")
        self.worker = processes.Worker([sys.executable, script], {"model": "m"}, processes.worker_environment(3, {}))
        self.addCleanup(self.worker.close)

    def test_settings_and_threads_arrive(self):
        self.assertEqual(self.worker.ask("settings"), {"settings": {"model": "m"}, "threads": "3"})

    def test_it_stands_still_between_questions(self):
        first = self.worker.ask("count")["count"]
        time.sleep(0.5)
        self.assertLess(self.worker.ask("count")["count"] - first, 100)  # some 400 had it gone on

    def test_an_error_is_told_and_the_worker_lives(self):
        with self.assertRaisesRegex(processes.WorkerError, "RuntimeError: it failed"):
            self.worker.ask("fail")
        self.assertIn("count", self.worker.ask("count"))

    def test_deaths_are_told(self):
        with self.assertRaisesRegex(processes.WorkerError, "exit code 7: the last words"):
            self.worker.ask("leave")

    def test_signals_are_named(self):
        with self.assertRaisesRegex(processes.WorkerError, "SIGSEGV"):
            self.worker.ask("die")

    def test_a_worker_that_died_between_questions(self):
        self.worker.ask("count")
        os.kill(self.worker.process.pid, signal.SIGKILL)
        with self.assertRaisesRegex(processes.WorkerError, "SIGKILL"):
            self.worker.ask("count")

    def test_settings_of_the_caller_do_not_leak(self):
        before = dict(os.environ)
        self.addCleanup(lambda: (os.environ.clear(), os.environ.update(before)))
        os.environ.update({"LINNET_ISA": "scalar", "OMP_NUM_THREADS": "9", "MKL_ENABLE_INSTRUCTIONS": "AVX2", "KEPT": "1"})
        environment = processes.worker_environment(2, {"CT2_USE_MKL": "1"})
        self.assertEqual({name: environment.get(name) for name in
                          ("LINNET_ISA", "OMP_NUM_THREADS", "MKL_ENABLE_INSTRUCTIONS", "KEPT", "CT2_USE_MKL")},
                         {"LINNET_ISA": None, "OMP_NUM_THREADS": "2", "MKL_ENABLE_INSTRUCTIONS": None, "KEPT": "1",
                          "CT2_USE_MKL": "1"})


if __name__ == "__main__":
    del peer_bench
    unittest.main()
