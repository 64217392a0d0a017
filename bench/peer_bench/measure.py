"""The measurement of one model: accuracy, memory and a first look at every setting, then the timing in turns."""
import array
import functools
import json
import math
import pathlib
import tempfile

import contenders
import figures
import prepare
import processes
import ratios
import workload

LOOK_CASES = 4          # the first look takes the first cases only, and so long for each
LOOK_SECONDS = 0.4
ROUNDS = 10
LEAST_TURNS = 3         # of a contender whose single call takes longer than its share
WARM_SECONDS = 0.005
BATCH = 32              # of the accuracy run
BATCH_TEXTS = 256       # sentences embedded alone and in batches


class Measurement:
    """`say` tells the user what goes on; `model` is a prepared prepare.Model."""

    def __init__(self, model, library, python, options, environments, say):
        self.model, self.library, self.python = model, library, python
        self.options, self.environments, self.say = options, environments, say
        self.work = model.workload
        self.cases = list(self.work["cases"])
        self.width, self.reference = self.read_reference()

    def read_rows(self, path, count):
        values = array.array("f")
        values.frombytes(pathlib.Path(path).read_bytes())
        width = len(values) // count
        return width, [values[at:at + width] for at in range(0, len(values), width)]

    def read_reference(self):
        return self.read_rows(self.model.folder / "reference.f32", len(self.work["sequences"]))

    def start(self, contender, threads):
        return processes.start(contender, self.model.files[contender["model"]], self.library, self.python, threads,
                               self.model.pad_id, self.environments[contender["runtime"]])

    def load(self, worker, contender):
        took = worker.ask("load", first_shape=self.first_shape())["load_ms"]
        contender["load_ms"] = min(took, contender.get("load_ms", math.inf))

    def prepare_case(self, worker, contender, case):
        """Lets a worker get ready for a case. Returns whether its answer is right."""
        given = self.work["cases"][case]
        answer = worker.ask("prepare", case=case, sequences=given["sequences"], fixed=given["fixed"])
        if case not in contender["first_ms"]:
            contender["first_ms"][case] = answer["first_ms"]
        rows = answer["rows"]
        exact = self.case_reference[case]
        if len(rows) != len(given["sequences"]) or figures.closeness(rows, exact)["mean"] < ratios.WRONG_COSINE:
            raise processes.WorkerError("its answer is wrong")

    def find_case_reference(self, float_contender):
        """What is right for each case: Linnet's float model, which the accuracy run compares with PyTorch."""
        self.case_reference = {}
        with self.start(float_contender, 1) as worker:
            worker.ask("load", first_shape=None)
            for name, case in self.work["cases"].items():
                self.case_reference[name] = worker.ask("prepare", case=name, sequences=case["sequences"],
                                                       fixed=False)["rows"]

    def accuracy(self, worker):
        """Spearman on STS-B, cosines to the float reference, and how many answers depend on their batch."""
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "rows.f32"
            worker.ask("embed", sequences=self.work["sequences"], batch=BATCH, to=str(path))
            _, rows = self.read_rows(path, len(self.work["sequences"]))
            some = self.work["sequences"][:BATCH_TEXTS]
            worker.ask("embed", sequences=some, batch=1, to=str(path))
            alone = path.read_bytes()
            worker.ask("embed", sequences=some, batch=BATCH, to=str(path))
            batched = path.read_bytes()
        scores = [figures.cosine(rows[a], rows[b]) for a, b, _ in self.work["pairs"]]
        return {"spearman": figures.spearman(scores, [score for _, _, score in self.work["pairs"]]),
                "cosine": figures.closeness(rows, self.reference),
                "changed": {"rows": figures.changed(alone, batched, self.width * 4), "of": len(some)}}

    def look(self, entrants):
        """Every setting on its own: does it run, what does it answer, about how fast is it?"""
        self.known = {}
        self.find_case_reference(next(each for each in entrants if each["model"] == "linnet_float"))
        for number, each in enumerate(entrants, 1):
            self.say(f"{self.model.name}: first look {number}/{len(entrants)}: {each['name']}")
            each |= {"first_ms": {}, "quick": {}, "times": {}, "failed": {}, "accuracy": None, "left_out": None}
            if each["model"] not in self.model.files:
                each["left_out"] = self.model.missing.get(each["model"], "it was not converted")
                continue
            each["file_bytes"] = prepare.size_of(self.model.files[each["model"]])
            steps = [("memory", self.look_at_memory), ("accuracy", self.look_at_accuracy)]
            steps += [(case, functools.partial(self.look_at_time, case)) for case in self.cases[:LOOK_CASES]]
            self.take_steps(each, steps)
            if each["accuracy"] and each["accuracy"]["cosine"]["mean"] < ratios.WRONG_COSINE:
                each["left_out"] = f"its answers are wrong: mean cosine to float {each['accuracy']['cosine']['mean']:.3f}"
            elif each["accuracy"] is None or not each["quick"]:
                each["left_out"] = "; ".join(f"{what}: {why}" for what, why in each["failed"].items())

    def take_steps(self, each, steps):
        """Takes the steps one after the other; a worker that died in one of them is started again for the next."""
        worker = None
        try:
            for label, step in steps:
                try:
                    if worker is None:
                        worker = self.start(each, 1)
                        self.load(worker, each)
                    step(worker, each)
                except processes.WorkerError as error:
                    each["failed"][label] = str(error)
                    if worker.process.poll() is not None:
                        worker = None
        finally:
            if worker is not None:
                worker.close()

    def look_at_memory(self, worker, each):
        self.prepare_case(worker, each, self.memory_case())
        each["memory"] = worker.ask("memory")

    def look_at_accuracy(self, worker, each):
        if each["accuracy_of"] not in self.known:
            self.known[each["accuracy_of"]] = self.accuracy(worker)
        each["accuracy"] = self.known[each["accuracy_of"]]

    def look_at_time(self, case, worker, each):
        self.prepare_case(worker, each, case)
        times = worker.ask("time", case=case, seconds=LOOK_SECONDS, warm_seconds=LOOK_SECONDS / 4, most=1000)
        each["quick"][case] = min(times["ms"])
        each["describes"] = worker.ask("describe")

    def first_shape(self):
        case = self.work["cases"][self.memory_case()]
        return [len(case["sequences"]), len(case["sequences"][0])] if case["fixed"] else None

    def memory_case(self):
        return "1x128" if "1x128" in self.cases else self.cases[0]

    def choose(self, entrants):
        """The settings to time at length; the others are told which one made them needless."""
        there = [each for each in entrants if each["left_out"] is None]
        # Settings that differ in their shapes alone run the very same code where no shape is fixed.
        for each in there:
            for case in each["quick"]:
                if not self.work["cases"][case]["fixed"]:
                    each["quick"][case] = min(twin["quick"].get(case, math.inf) for twin in there
                                              if twin["accuracy_of"] == each["accuracy_of"])
        instead = ratios.choose(there) if not self.options.all_settings else {each["name"]: None for each in there}
        for each in there:
            each["dropped_for"] = instead[each["name"]]
        return [each for each in there if each["dropped_for"] is None]

    def time(self, chosen, threads):
        """All cases of one thread count, the contenders in turns."""
        workers = {}
        try:
            for each in chosen:
                self.start_timed(workers, each, threads)
            for case in self.cases:
                self.say(f"{self.model.name}: timing {case} with {threads} thread{'s' * (threads > 1)}")
                self.time_case(chosen, workers, threads, case)
        finally:
            for worker in workers.values():
                worker.close()

    def start_timed(self, workers, each, threads):
        workers[each["name"]] = self.start(each, threads)
        try:
            self.load(workers[each["name"]], each)
        except processes.WorkerError as error:
            each["failed"][f"{threads} threads"] = str(error)
            workers.pop(each["name"]).close()

    def time_case(self, chosen, workers, threads, case):
        times = {}

        def guarded(each, do):
            """One question; a contender that fails is out of this case, and started again if it died."""
            try:
                return do(workers[each["name"]])
            except processes.WorkerError as error:
                each["failed"][case] = str(error)
                times.pop(each["name"], None)
                if workers[each["name"]].process.poll() is not None:
                    self.start_timed(workers, each, threads)
                return None

        taking_part = [each for each in chosen if each["name"] in workers and case not in each["failed"]]
        for each in taking_part:
            times[each["name"]] = []
            guarded(each, lambda worker, each=each: self.prepare_case(worker, each, case))
        share = self.options.seconds / ROUNDS
        for turn in range(ROUNDS):
            for at in range(len(taking_part)):
                each = taking_part[(at + turn) % len(taking_part)]
                if each["name"] not in times:
                    continue
                # A contender that has used up its share of the time by slow calls sits out, but for a few turns.
                spent = sum(times[each["name"]]) / 1e3
                if spent > share * (turn + 1) and turn % math.ceil(ROUNDS / LEAST_TURNS) != 0:
                    continue
                answer = guarded(each, lambda worker: worker.ask("time", case=case, seconds=share,
                                                                 warm_seconds=WARM_SECONDS, most=100000))
                if answer is not None:
                    times[each["name"]] += answer["ms"]
        for each in taking_part:
            if times.get(each["name"]):
                each["times"].setdefault(str(threads), {})[case] = figures.summary(times[each["name"]])

    def run(self, entrants):
        self.look(entrants)
        chosen = self.choose(entrants)
        for threads in self.options.threads:
            self.time(chosen, threads)
        return {
            "model": self.model.name,
            "random_weights": self.model.random_weights,
            "fused_by_onnxruntime": json.loads((self.model.folder / "notes.json").read_text(encoding="utf-8"))["fused"],
            "cases": {name: workload.describe_case(case) for name, case in self.work["cases"].items()},
            "contenders": entrants,
        }


def out_of_ratio(entrants, cap, machine):
    """Marks the contenders that a cap does not bind."""
    if cap is None or contenders.rank(cap) >= contenders.rank(machine):
        return
    for each in entrants:
        if each["runtime"] in contenders.NOT_CAPPED:
            each["out_of_ratio"] = f"its instruction set cannot be capped, it runs on {machine}"
