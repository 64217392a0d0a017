"""targets/perf/measure: finds loops and what is in them, and what does not hold is said."""
import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "targets/perf/loop_figures")]

import disassembly  # noqa: E402
import figures  # noqa: E402
import kernels  # noqa: E402
import model  # noqa: E402

DOTPROD = next(kernel for kernel in kernels.KERNELS if kernel.isa == "dotprod")


def assembled(text, size=4):
    """Assembly with labels -> what objdump prints of it: functions have names in the margin, local labels a dot."""
    lines, labels, at = [], {}, 0
    for line in filter(str.strip, text.splitlines()):
        if line.startswith(" "):
            lines.append((at, line.strip()))
            at += size
        else:
            labels[line.strip(" :")] = at
    names = {address: name for name, address in labels.items() if not name.startswith(".")}
    listing = []
    for address, line in lines:
        if address in names:
            listing.append(f"\n{address:016x} <{names[address]}>:")
        line = re.sub(r"\.\w+$", lambda match: f"0x{labels[match[0]]:x} <somewhere+0x8>" if match[0] in labels else match[0],
                      line)
        listing.append(f"{address:8x}:      \t" + line.replace(" ", "\t", 1))
    return "\n".join(listing)


def loop_in(text, function="tile"):
    return disassembly.busiest_loop(disassembly.parse(assembled(text))[function], disassembly.multiply_adds)


TWO_LOOPS = """
tile:
  mov x9, #0
.outer:
  add x3, x1, #1024
.inner:
  ldr q0, [x1], #16
  sdot v4.4s, v0.16b, v1.4b[0]
  sdot v5.4s, v0.16b, v1.4b[1]
  cmp x1, x3
  b.ne .inner
  prfm pldl1keep, [x5]
  subs x4, x4, #64
  b.hi .outer
  str q4, [x2]
.tail:
  sdot v6.4s, v0.16b, v1.4b[0]
  b.ne .tail
  ret
other:
  fmla v0.4s, v1.4s, v2.4s
  ret
"""


class Loops(unittest.TestCase):
    def test_the_innermost_loop_with_the_most_multiplications_is_taken(self):
        loop = loop_in(TWO_LOOPS)
        self.assertEqual([each.mnemonic for each in loop.body], ["ldr", "sdot", "sdot", "cmp", "b.ne"])
        self.assertEqual([each.mnemonic for each in loop.around], ["add", "prfm", "subs", "b.hi"])
        self.assertEqual([each.mnemonic for each in loop.outside], ["mov", "str", "sdot", "b.ne", "ret"])

    def test_branches_forward_and_into_other_functions_are_no_loops(self):
        text = "tile:\n  cbz x0, .end\n  sdot v4.4s, v0.16b, v1.16b\n.end:\n  ret\n"
        self.assertIsNone(loop_in(text))

    def test_a_loop_without_multiplications_is_not_taken(self):
        self.assertIsNone(loop_in("tile:\n.l:\n  ldr q0, [x1], #16\n  cbnz x0, .l\n  ret\n"))

    def test_gnu_and_llvm_listings_read_the_same(self):
        gnu = "00000000 <tile>:\n   0:\tvmull.s8\tq8, d0, d1\n   4:\tbne.w\t0 <tile>\t@ imm = #-4\n"
        llvm = "00000000 <tile>:\n       0:      \tvmull.s8\tq8, d0, d1\n       4:      \tbne.w\t0x0 <tile>     @ imm = #-4\n"
        for listing in (gnu, llvm):
            function = disassembly.parse(listing)["tile"]
            self.assertEqual(disassembly.loops(function), [(0, 1)], listing)

    def test_an_unconditional_branch_back_and_a_bit_test_are_loops(self):
        for branch in ("b .l", "tbz w3, #4, .l", "b.hs .l", "cbnz x3, .l"):
            self.assertIsNotNone(loop_in(f"tile:\n.l:\n  sdot v4.4s, v0.16b, v1.16b\n  {branch}\n"), branch)


class Counters(unittest.TestCase):
    def counts(self, body, before=""):
        return disassembly.count(loop_in(f"tile:\n{before}\n.l:\n  sdot v4.4s, v0.16b, v1.16b\n{body}\n  b.ne .l\n"))

    def test_instructions_per_16(self):
        counts = disassembly.count(loop_in(TWO_LOOPS))
        self.assertEqual((counts.instructions, counts.multiply_adds, counts.per_16), (5, 32, 2.5))

    def test_multiplications_are_counted_by_mnemonic_and_arrangement(self):
        for mnemonic, operands, expected in (
                ("sdot", "v4.4s, v0.16b, v1.4b[0]", 16), ("sdot", "v4.2s, v0.8b, v1.8b", 8),
                ("smmla", "v4.4s, v0.16b, v1.16b", 32), ("smull", "v4.8h, v0.8b, v1.8b", 8),
                ("smlal2", "v4.8h, v0.16b, v1.16b", 8), ("smlal", "v4.4s, v0.4h, v1.h[2]", 4),
                ("sadalp", "v4.4s, v0.8h", 0), ("fmla", "v4.4s, v0.4s, v1.s[0]", 4),
                ("vmull.s8", "q8, d0, d1", 8), ("vmlal.s16", "q8, d0, d1[0]", 4), ("vfma.f32", "q8, q0, q1", 4),
                ("vmla.f32", "d8, d0, d1", 2), ("vpadal.s16", "q8, q1", 0), ("mul", "x0, x1, x2", 0)):
            self.assertEqual(disassembly.multiply_adds(disassembly.Instruction(0, mnemonic, operands)), expected,
                             f"{mnemonic} {operands}")

    def test_planted_spills_are_found(self):
        for spill in ("ldr q7, [sp, #16]", "str q7, [sp, #-32]!", "ldp q6, q7, [sp]", "stp x3, x4, [sp], #16",
                      "vstmia sp!, {d8-d9}", "push {r4, r5}", "vpop {d8}"):
            self.assertEqual(self.counts(f"  {spill}").stack_accesses, 1, spill)

    def test_spills_through_a_register_that_holds_an_address_of_the_stack_are_found(self):
        for before in ("mov x29, sp", "add x29, sp, #32", "sub x29, sp, #32"):
            self.assertEqual(self.counts("  ldr q7, [x29, #16]", f"  {before}").stack_accesses, 1, before)
        self.assertEqual(self.counts("  vldr d7, [r7, #16]", "  add r7, sp, #8").stack_accesses, 1)

    def test_a_frame_pointer_that_holds_something_else_is_no_stack(self):
        self.assertEqual(self.counts("  ldr q7, [x29]").stack_accesses, 0)
        self.assertEqual(self.counts("  ldr q7, [x29]", "  mov x29, sp\n  add x29, x0, x1").stack_accesses, 0)
        self.assertEqual(self.counts("  ldr q7, [x29]", "  mov x29, sp\n  str x29, [x3]\n  cmp x29, x4").stack_accesses, 1)

    def test_spills_outside_the_loop_do_not_count(self):
        self.assertEqual(self.counts("  nop", "  stp d8, d9, [sp, #-64]!\n  str x3, [sp, #8]").stack_accesses, 0)

    def test_moves(self):
        for move in ("mov v4.16b, v5.16b", "fmov d3, d4", "mov x3, x4", "vmov q4, q5", "vorr q4, q5, q5",
                     "mov v4.s[1], v5.s[0]", "orr v1.16b, v2.16b, v2.16b"):
            self.assertEqual(self.counts(f"  {move}").moves, 1, move)
        for other in ("mov x3, #16", "movi v4.16b, #0", "vorr q4, q5, q6", "ldr q4, [x3]", "vmov.i32 q4, #0"):
            self.assertEqual(self.counts(f"  {other}").moves, 0, other)


class Bars(unittest.TestCase):
    def figures(self, instructions=114, stack=0, rate=31.9):
        counts = disassembly.Counts(instructions, 1536, stack, 0)
        return figures.Figures("dotprod", "Linnet", "6x16", "g++", counts, {kernels.N1: {"cycle": rate, "peak": 32}}, {})

    def test_what_holds_is_not_complained_about(self):
        self.assertEqual(figures.broken_counts(DOTPROD, self.figures()), [])
        self.assertEqual(figures.broken_speed(DOTPROD, self.figures()), [])

    def test_every_bar_can_be_broken(self):
        self.assertRegex(figures.broken_counts(DOTPROD, self.figures(instructions=117))[0], "1.22 instructions per 16")
        self.assertRegex(figures.broken_counts(DOTPROD, self.figures(stack=2))[0], "2 stack accesses")
        self.assertRegex(figures.broken_speed(DOTPROD, self.figures(rate=30.0))[0], "30.00 .* on Neoverse N1, 95% of 32")

    def test_a_kernel_that_is_not_found_is_an_error(self):
        functions = disassembly.parse(assembled(TWO_LOOPS))
        with self.assertRaisesRegex(RuntimeError, "0 functions match 'dot_tile'"):
            figures.loop_of(functions, "dot_tile", "dotprod")
        with self.assertRaisesRegex(RuntimeError, "no loop with multiplications was found in other"):
            figures.loop_of(functions, "^other$", "dotprod")

    def test_every_kernel_has_a_source_and_bars_of_cores_that_it_is_modelled_for(self):
        for kernel in kernels.KERNELS:
            self.assertTrue((ROOT / "runtime/kernels" / kernel.source).exists(), kernel.source)
            self.assertLessEqual({core for core, _ in kernel.least_share}, {core.name for core in kernel.cores})


class Text(unittest.TestCase):
    def test_branches_name_a_label_that_llvm_mca_knows(self):
        text = model.as_assembly(loop_in(TWO_LOOPS).body)
        self.assertTrue(text.startswith(".Lhere:\n"))
        self.assertIn("b.ne\t.Lhere\n", text)
        self.assertIn("sdot\tv4.4s, v0.16b, v1.4b[0]\n", text)


if __name__ == "__main__":
    unittest.main()
