#!/usr/bin/env python3
"""The command of a device, which has no converters: the golden files are its models."""
import json
import subprocess

import command

GOLDEN = command.CHECKPOINTS.parent / "v1"
INT8, FLOAT = GOLDEN / "tiny_bert_int8.linnet", GOLDEN / "tiny_bert.linnet"


class Device(command.CommandTest):
    setUpClass = tearDownClass = classmethod(lambda cls: None)

    def test_the_absent_commands_say_what_to_do(self):
        for name in ("convert", "quantize", "fit", "sensitivity", "tune"):
            for options in ([], ["checkpoint", "-o", "x.linnet", "--json"]):
                self.fail_with(1, f"this build makes no models: run 'linnet {name}' on a workstation", name, *options)

        self.fail_with(1, "this build makes no evaluations: run 'linnet eval' on a workstation", "eval", INT8, "--task", "sts")
        self.fail_with(1, "this build makes no comparisons: run 'linnet compare' on a workstation", "compare", INT8, FLOAT)

    def test_an_int8_model_gives_the_bytes_of_the_day_it_was_made(self):
        cases = json.loads((GOLDEN / "expected/cases.json").read_text())
        source = self.write("in.txt", "\n".join(cases["texts"]))
        expected = command.read_npy(GOLDEN / "expected/int8_texts.npy")
        for isa in self.succeed_json("cpu")["available"]:
            for threads, batch in ((1, 32), (2, 3)):
                target = self.folder / f"{isa}.npy"
                told = self.succeed_json("embed", INT8, "--in", source, "-o", target, "--prompt", cases["prompt"],
                                         "--threads", threads, "--batch", batch, env={"LINNET_ISA": isa})
                self.assertEqual(told["isa"], isa)
                self.assertEqual(command.read_npy(target), expected, isa)

    def test_every_other_command_runs(self):
        for model in (INT8, FLOAT):
            self.assertTrue(self.succeed_json("verify", model)["ok"])
            self.assertEqual(self.succeed_json("inspect", model)["architecture"], "bert")
            self.assertIn("median_ms", self.succeed_json("bench", model, "--tokens", 8, "--batch", 1, "--seconds",
                                                         "0.01")["rows"][0])
        self.assertEqual(self.succeed("tokenize", FLOAT, stdin=b"the cat").split()[0], "2")
        self.assertTrue(self.succeed("run", INT8, "--ids", "2 5 6 3").startswith('{"row": 1'))
        classifier, tagger = GOLDEN / "bert_classifier.linnet", GOLDEN / "electra_tagger.linnet"
        labels = json.loads(self.succeed("classify", classifier, "--top", "3", "--json", stdin=b"the cat runs"))
        self.assertAlmostEqual(sum(each["probability"] for each in labels), 1, delta=1e-6)
        for entity in json.loads(self.succeed("tag", tagger, "--json", stdin=b"the dog runs under the house")):
            self.assertEqual("the dog runs under the house"[entity["begin"]:entity["end"]], entity["text"])
        self.assertIn("complete", self.succeed("completion", "bash"))

    def test_the_command_needs_nothing_else(self):
        """One static file: the program itself, behind the emulator's call, asks for no loader."""
        program = command.LINNET.read_text().split("'")[1] if command.LINNET.read_bytes()[:2] == b"#!" else command.LINNET
        headers = subprocess.run(["readelf", "--program-headers", program], capture_output=True, text=True, check=True)
        self.assertIn("LOAD", headers.stdout)
        self.assertNotIn("INTERP", headers.stdout)


if __name__ == "__main__":
    command.main()
