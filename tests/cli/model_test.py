#!/usr/bin/env python3
"""convert, quantize, inspect, verify, cpu, run, bench and eval."""
import json

import command


class Files(command.CommandTest):
    def test_convert(self):
        target = self.folder / "m.linnet"
        result = self.succeed_json("convert", command.CHECKPOINTS / "tiny_bert", "-o", target, "--name", "mine")
        self.assertEqual(result["bytes"], target.stat().st_size)
        self.assertEqual(result["architecture"], "bert")
        self.assertIsInstance(result["notes"], list)
        self.assertEqual(self.succeed_json("inspect", target)["name"], "mine")
        self.assertEqual(self.names(), ["m.linnet"])

    def test_pooling_overrides(self):
        target = self.folder / "m.linnet"
        for name, mode in {"cls": "first", "max": "max", "mean": "mean"}.items():
            self.succeed("convert", command.CHECKPOINTS / "tiny_bert", "-o", target, "--pooling", name)
            modes = [op["mode"] for op in self.succeed_json("inspect", target)["ops"] if op["op"] == "Pool"]
            self.assertEqual(modes, [mode])

    def test_quantize(self):
        calibration = self.write("texts.txt", "the cat runs\na dog plays\n" * 20)
        target = self.folder / "q.linnet"
        for options in ([], ["--calibrate", calibration]):
            result = self.succeed_json("quantize", self.float_model, "-o", target, *options)
            self.assertEqual(result["bytes"], target.stat().st_size)
            self.assertEqual(len(result["layers"]), 8, "four linear layers in each of two encoder layers")
            for layer in result["layers"]:
                # 8 bits: 6.02 dB each, less what the peak of a row costs.
                self.assertGreater(layer["snr_db"], 25, layer)
            self.succeed("verify", target)
        self.assertIn("dB", self.succeed("quantize", self.float_model, "-o", target))
        self.assertEqual(target.read_bytes(), self.int8_model.read_bytes(), "the same input gives the same bytes")

    def test_quantizing_twice_is_an_error_and_keeps_the_old_file(self):
        target = self.write("q.linnet", "old")
        self.fail_with(1, "", "quantize", self.int8_model, "-o", target)
        self.assertEqual(target.read_text(), "old")

    def test_inspect(self):
        for model, weights in ((self.float_model, "float32"), (self.int8_model, "int8")):
            result = self.succeed_json("inspect", model)
            self.assertEqual(result["weights"], weights)
            self.assertEqual(result["file_bytes"], model.stat().st_size)
            self.assertEqual(sum(size["bytes"] for size in result["sizes"]), result["file_bytes"])
            self.assertEqual((result["max_tokens"], result["max_positions"]), (24, 44))
            self.assertEqual(result["prompts"], {"query": "the big ", "passage": ""})
            self.assertEqual(result["provenance"][0]["step"], "convert")
            self.assertIsInstance(result["provenance"][0]["detail"], dict)
            self.assertEqual(result["outputs"][-1]["rows"], "sequence")
            self.assertIn("hidden", [value["name"] for value in result["values"]])
            text = self.succeed("inspect", model)
            for value in result["values"]:
                self.assertIn(value["name"], text)
        self.assertEqual([step["step"] for step in result["provenance"]], ["convert", "quantize"])

    def test_verify(self):
        self.assertTrue(self.succeed_json("verify", self.int8_model)["ok"])
        damaged = bytearray(self.int8_model.read_bytes())
        damaged[-100] ^= 1  # in a section: opening does not read it, verify does
        path = self.write("damaged.linnet", bytes(damaged))
        self.fail_with(1, "damaged.linnet", "verify", path)
        result = json.loads(self.fail_with(1, "damaged.linnet", "verify", path, "--json"))
        self.assertEqual((result["ok"], result["code"]), (False, "corrupt"))

    def test_damaged_files_are_errors_everywhere(self):
        whole = self.int8_model.read_bytes()
        texts = self.write("texts.txt", "a\n")
        for name, content in {"empty": b"", "cut": whole[:len(whole) // 2], "other": b"not a model at all" * 100}.items():
            path = self.write(name + ".linnet", content)
            for arguments in (["inspect", path], ["verify", path], ["tokenize", path], ["embed", path, "--in", texts],
                              ["run", path, "--ids", "2 3"], ["bench", path],
                              ["quantize", path, "-o", self.folder / "q.linnet"],
                              ["eval", path, "--task", "sts", "--data", texts]):
                self.fail_with(1, name, *arguments)


class Cpu(command.CommandTest):
    def test_json(self):
        result = self.succeed_json("cpu", env={"LINNET_ISA": ""})
        self.assertEqual(set(result), {"available", "selected", "cores", "threads"})
        self.assertTrue(1 <= result["cores"]["fast"] <= result["cores"]["all"])
        self.assertTrue(1 <= result["threads"] <= min(4, result["cores"]["fast"]))
        self.assertEqual(result["selected"], result["available"][0])
        self.assertEqual(result["available"][-1], "scalar")
        self.assertLessEqual(set(result["available"]), {"scalar", "sse41", "avx2", "avxvnni", "avx512", "avx512vnni", "amx",
                                                        "neon", "dotprod", "i8mm", "armv7neon"})

    def test_text_lists_kernels(self):
        text = self.succeed("cpu")
        self.assertRegex(text, r"gemm_s8 +gemm_\w+")
        self.assertRegex(text, r"\ncores +\d+ of \d+ are fast: [1-4] threads")
        available = text.split("kernels of")[0].split("\n")[1].split()
        for isa in ("sse41", "armv7neon"):
            self.assertEqual(f"{isa} has no fused multiply-add" in text, isa in available)

    def test_every_instruction_set_can_be_forced_and_gives_the_same_bytes(self):
        texts = self.write("texts.txt", "the cat\n\na dog runs over the small house\n" + "playing " * 30)
        told = self.succeed("cpu")
        for model in (self.float_model, self.int8_model):
            outputs = {}
            for isa in self.succeed_json("cpu")["available"]:
                if f"{isa} has no fused multiply-add" in told and model is self.float_model:
                    continue  # outside of the float promise
                env = {"LINNET_ISA": isa}
                self.assertEqual(self.succeed_json("cpu", env=env)["selected"], isa)
                target = self.folder / "out.npy"
                summary = self.succeed_json("embed", model, "--in", texts, "-o", target, env=env)
                self.assertEqual(summary["isa"], isa, "the one that ran")
                outputs[isa] = target.read_bytes()
            self.assertEqual(len(set(outputs.values())), 1, {isa: hash(data) for isa, data in outputs.items()})

    def test_unknown_instruction_set_is_an_error(self):
        self.fail_with(1, "scalar", "cpu", env={"LINNET_ISA": "avx1024"})
        self.fail_with(1, "avx1024", "run", self.int8_model, "--ids", "2 3", env={"LINNET_ISA": "avx1024"})


class Run(command.CommandTest):
    def run_ids(self, *options, model=None):
        target = self.folder / "out.npy"
        summary = self.succeed_json("run", model or self.float_model, "-o", target, *options)
        shape, rows = command.read_npy(target)
        self.assertEqual(summary["shape"], list(shape))
        return shape, rows

    def test_hidden_states_are_those_of_the_reference(self):
        for checkpoint in ("tiny_bert", "bert_gelu_new", "electra_gelu"):
            expected = command.CHECKPOINTS / checkpoint / "expected"
            sequences = json.loads((expected / "cases.json").read_text())["sequences"]
            model = self.folder / "m.linnet"
            self.succeed("convert", command.CHECKPOINTS / checkpoint, "-o", model)
            shape, rows = self.run_ids("--ids", ";".join(" ".join(map(str, ids)) for ids in sequences), "--tap", "hidden",
                                       model=model)
            reference_shape, reference = command.read_npy(expected / "hidden.npy")
            self.assertEqual(shape, reference_shape)
            self.assertLess(max(abs(a - b) for a, b in zip(rows, reference)), 1e-4, checkpoint)

    def test_sequences_of_a_file(self):
        by_option = self.run_ids("--ids", "2 43 3; 2,3;5 6 7 8", "--tap", "hidden")
        by_file = self.run_ids("--ids-file", self.write("ids.txt", "2 43 3\n2 3\r\n5,6 7\t8"), "--tap", "hidden")
        self.assertEqual(by_option, by_file)
        self.assertEqual(by_option[0], (9, 36))
        self.assertEqual(self.run_ids("--ids", "2 43 3; 2,3;5 6 7 8")[0], (3, 36), "the default output: one row a sequence")
        self.fail_with(1, "ids.txt line 2", "run", self.float_model, "--ids-file", self.write("ids.txt", "2 3\n\n2 3\n"))

    def test_many_sequences_are_as_each_alone(self):
        sequences = [[2] + [5 + (i * j) % 90 for j in range(i % 42)] + [3] for i in range(300)]  # more than one pass
        path = self.write("ids.txt", "".join(" ".join(map(str, ids)) + "\n" for ids in sequences))
        (count, width), rows = self.run_ids("--ids-file", path, "--tap", "hidden", "--threads", 2, model=self.int8_model)
        self.assertEqual(count, sum(map(len, sequences)))
        begin = 0
        for i, ids in enumerate(sequences):
            if i % 97 == 0:
                alone = self.run_ids("--ids", " ".join(map(str, ids)), "--tap", "hidden", model=self.int8_model)
                self.assertEqual(alone[1], rows[begin * width:(begin + len(ids)) * width])
            begin += len(ids)

    def test_every_value_can_be_tapped(self):
        for value in self.succeed_json("inspect", self.int8_model)["values"]:
            shape, _ = self.run_ids("--ids", "2 9 3", "--tap", value["name"], model=self.int8_model)
            self.assertEqual(shape, (3 if value["rows"] == "token" else 1, value["width"]))

    def test_max_tokens_does_not_bind(self):
        self.assertEqual(self.run_ids("--ids", " ".join(["5"] * 44), "--tap", "hidden")[0], (44, 36))

    def test_json_lines_on_standard_output(self):
        lines = self.succeed("run", self.float_model, "--ids", "2 3;2 4 3").splitlines()
        self.assertEqual([len(json.loads(line)["embedding"]) for line in lines], [36, 36])


class Bench(command.CommandTest):
    def test_rows(self):
        result = self.succeed_json("bench", self.int8_model, "--tokens", "3,44", "--batch", "1,40", "--threads", "1,2",
                                   "--seconds", "0.01")
        self.assertEqual(result["isa"], self.succeed_json("cpu")["selected"])
        self.assertEqual([(row["threads"], row["batch"], row["tokens"]) for row in result["rows"]],
                         [(threads, batch, tokens) for threads in (1, 2) for batch in (1, 40) for tokens in (3, 44)])
        for row in result["rows"]:
            self.assertLess(0, row["min_ms"])
            self.assertLessEqual(row["min_ms"], row["median_ms"])
            self.assertLessEqual(row["median_ms"], row["p95_ms"])
            self.assertLessEqual(row["p95_ms"], row["p99_ms"])
            self.assertGreaterEqual(row["runs"], 10)
        # Per token 36 x 108 + 36 x 36 + 2 x 36 x 50, attention 2 x 36 x tokens squared, two layers.
        self.assertEqual(result["rows"][0]["macs"], 2 * (3 * (36 * 108 + 36 * 36 + 2 * 36 * 50) + 2 * 36 * 3 * 3))

    def test_text(self):
        texts = self.write("texts.txt", "the cat\na dog runs over the small house\n\n" * 5)
        options = ["--text", texts, "--batch", "4", "--seconds", "0.01"]
        result = self.succeed_json("bench", self.int8_model, *options)
        (row,) = result["rows"]
        lengths = [len(line.split()) for line in self.succeed("tokenize", self.int8_model, "--in", texts).splitlines()]
        self.assertEqual(result["lines"], 15)
        self.assertAlmostEqual(row["tokens"], sum(lengths) / 15)
        self.assertEqual(row["runs"] % 4, 0, "whole passes over the four batches")
        self.assertEqual(self.succeed_json("bench", self.int8_model, *options, "--lines", 7)["lines"], 7)
        self.fail_with(1, "has no lines", "bench", self.int8_model, "--text", self.write("empty.txt", ""))

    def test_profile(self):
        trace = self.folder / "trace.json"
        options = ["--tokens", "9", "--batch", "3", "--seconds", "0.02"]
        for threads in (1, 2):
            report = self.succeed_json("bench", self.int8_model, *options, "--threads", threads, "--trace", trace)
            (row,) = report["rows"]
            profile = row["profile"]
            self.assertGreater(profile["runs"], 0)
            self.assertEqual(profile["workers"], threads)
            self.assertLessEqual(profile["busy_ms"], profile["run_ms"] * threads)
            self.assertAlmostEqual(sum(step["ms"] for step in profile["steps"]), profile["busy_ms"])
            self.assertEqual(sum(step["macs"] for step in profile["steps"]), row["macs"])
            for step in profile["steps"]:
                if step["macs"] == 0:
                    self.assertIsNone(step["share_of_peak"])
                else:
                    self.assertGreater(step["share_of_peak"], 0)
            names = [step["name"] for step in profile["steps"]]
            for name in ("embed", "norm", "attention qkv quantize", "attention scores and context",
                         "attention output multiply", "feed-forward down quantize", "pool"):
                self.assertIn(name, names)
            events = json.loads(trace.read_text())["traceEvents"]
            self.assertEqual({event["name"] for event in events}, set(names))
            self.assertLessEqual({event["tid"] for event in events}, set(range(threads)))
            self.assertEqual(sum(event["args"].get("macs", 0) for event in events), row["macs"])
            last_end = {}
            for event in events:  # a worker does one thing at a time; times are rounded to nanoseconds
                self.assertGreaterEqual(event["ts"] + 0.002, last_end.get(event["tid"], 0))
                last_end[event["tid"]] = event["ts"] + event["dur"]
        text = self.succeed("bench", self.int8_model, *options, "--profile")
        self.assertIn("feed-forward up multiply", text)
        self.assertIn("GMAC/s", text)
        self.assertNotIn("profile", self.succeed_json("bench", self.int8_model, *options)["rows"][0])
        self.fail_with(1, "--trace is of one row", "bench", self.int8_model, "--tokens", "8,9", "--trace", trace)
        self.fail_with(2, "does not end in", "bench", self.int8_model, "--trace", self.folder / "trace.txt")

    def test_table(self):
        text = self.succeed("bench", self.int8_model, "--tokens", "8", "--batch", "1", "--seconds", "0.01")
        self.assertIn("int8", text)
        self.assertIn("median ms", text)


class Backend(command.CommandTest):
    """--backend and --strict; what a backend computes is tested in tests/runtime/backends/."""

    def calls(self):
        texts = self.write("texts.txt", "the cat\na dog\n")
        pairs = self.write("sts.csv", "the cat,the dog,5\na bird,water,1\na cat,a cat,3\n")
        return [["run", self.float_model, "--ids", "2 5 3", "-o", self.folder / "run.npy"],
                ["embed", self.float_model, "--in", texts, "-o", self.folder / "embed.npy"],
                ["eval", self.float_model, "--task", "sts", "--data", pairs],
                ["bench", self.float_model, "--tokens", "8", "--batch", "1", "--seconds", "0.01"]]

    def test_what_ran_where_is_said_or_why_it_cannot(self):
        for call in self.calls():
            for backend in ("onednn", "xnnpack"):
                code, output, errors = command.run(*call, "--backend", backend, "--strict", "--json")
                if code != 0:
                    self.assertIn("is not in this build: configure it with -DLINNET_WITH_" + backend.upper(), errors)
                    continue
                self.assertEqual(errors, f"backend {backend}: 8 of 8 linear layers\n")
                report = json.loads(output)["backend"]
                self.assertEqual(report["name"], backend)
                self.assertEqual([layer["layer"] for layer in report["layers"]], ["qkv", "output", "up", "down"] * 2)
                self.assertEqual({layer["runs_on"] for layer in report["layers"]}, {backend})
            self.assertNotIn("backend", self.succeed_json(*call))

    def test_a_fallback_is_said_and_refused_when_strict(self):
        call = ["run", self.int8_model, "--ids", "2 5 3", "-o", self.folder / "out.npy", "--backend", "xnnpack"]
        code, output, errors = command.run(*call, "--json")
        if code != 0:
            self.skipTest(errors.strip())
        self.assertRegex(errors, r"\Abackend xnnpack: 0 of 8 linear layers\n  qkv of '[^']+' runs on gemm_f32_s8s8_\w+: INT8")
        self.assertIn("XNNPACK", json.loads(output)["backend"]["layers"][0]["reason"])
        self.fail_with(1, "op 'layer.0.attention', qkv: the backend", *call, "--strict")

    def test_unknown_names_are_errors(self):
        for call in self.calls():
            self.fail_with(1, 'unknown backend "blas"; there are onednn and xnnpack', *call, "--backend", "blas")
            self.fail_with(2, "--backend", *call, "--strict")


class Eval(command.CommandTest):
    def test_sts(self):
        data = self.write("sts.csv", 'sentence1,sentence2,score\nthe cat,the cat,5.0\n"a dog, a bird",water,0.5\n'
                                     'the big house,the small house,3\nplaying,under blue houses,1.2\n')
        result = self.succeed_json("eval", self.float_model, "--task", "sts", "--data", data)
        self.assertEqual(result["pairs"], 4)
        self.assertLessEqual(abs(result["spearman"]), 1)
        # The same from the embeddings: the order of the cosines, then 1 - 6 sum d^2 / (n (n^2 - 1)) without ties.
        pairs = [("the cat", "the cat"), ("a dog, a bird", "water"), ("the big house", "the small house"),
                 ("playing", "under blue houses")]
        texts = self.write("texts.txt", "\n".join(text for pair in pairs for text in pair))
        target = self.folder / "out.npy"
        self.succeed("embed", self.float_model, "--in", texts, "-o", target)
        (_, width), rows = command.read_npy(target)
        cosines = [sum(a * b for a, b in zip(rows[2 * i * width:], rows[(2 * i + 1) * width:(2 * i + 2) * width]))
                   for i in range(4)]
        ranks = [sorted(cosines).index(c) for c in cosines]
        expected = 1 - 6 * sum((a - b) ** 2 for a, b in zip(ranks, [3, 0, 2, 1])) / (4 * 15)
        self.assertAlmostEqual(result["spearman"], expected, places=12)
        self.assertIn("spearman", self.succeed("eval", self.float_model, "--task", "sts", "--data", data))

    def test_broken_data_names_the_line(self):
        data = self.write("sts.csv", "a,b,1\nc,d,e\n")
        self.fail_with(1, "sts.csv line 2", "eval", self.float_model, "--task", "sts", "--data", data)


if __name__ == "__main__":
    command.main()
