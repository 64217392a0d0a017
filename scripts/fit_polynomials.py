#!/usr/bin/env python3
"""Finds every polynomial coefficient of the kernels and writes runtime/kernels/generic/coefficients.inc.h.

    fit_polynomials.py            prints the header
    fit_polynomials.py --check    fails when the header in the tree says something else

Needs numpy and scipy. The integer searches simulate the fixed-point arithmetic of docs/numerics.md exactly, over
every input, so the errors they print are the errors that the kernels have. Takes about a minute.
"""
import argparse
import pathlib
import sys

import numpy as np
from scipy.optimize import linprog
from scipy.special import erfcx, ndtr

HEADER = pathlib.Path(__file__).resolve().parent.parent / "runtime/kernels/generic/coefficients.inc.h"


def minimax(target, basis, weight):
    """The coefficients c that minimise max |weight * (basis @ c - target)| over the given points."""
    weight = weight * 1e6  # the solver's own tolerance is absolute
    a, b = basis * weight[:, None], target * weight
    one = np.ones((len(target), 1))
    cost = np.zeros(basis.shape[1] + 1)
    cost[-1] = 1
    solution = linprog(cost, A_ub=np.block([[a, -one], [-a, -one]]), b_ub=np.concatenate([b, -b]),
                       bounds=[(None, None)] * basis.shape[1] + [(0, None)], method="highs")
    return solution.x[:-1], solution.x[-1] * 1e-6


def chebyshev_points(low, high, count=800):
    return (low + high) / 2 + (high - low) / 2 * np.cos(np.linspace(0, np.pi, count))


def q15(a, b):
    product = a.astype(np.int64) * b
    return (product + 16384) >> 15


def gelu_fixed_value(coefficients, u):
    """h in units of 2^-16 for the int16 u, and the largest magnitude of any intermediate value."""
    z = ((q15(u, u) >> 1) - 16384) - u
    p = np.full_like(u, coefficients[-1])
    largest = np.abs(z + 0.5).max()
    for c in coefficients[-2::-1]:
        p = q15(p, z) + c
        largest = max(largest, np.abs(p + 0.5).max())
    return p, largest


def fit_gelu_fixed(limit, degree):
    """h(a) = a Phi(-a), u = rint(min(a, limit) * (65534 / limit)) - 32767, z = u^2/2 - 1/2 - u, polynomial in z."""
    def h(a):
        return a * ndtr(-a)

    t = (1 - np.cos(np.linspace(0, np.pi, 800))) / 2
    v = 2 * t * t - 1
    basis = np.stack([v**k * (1 - v * v) for k in range(degree - 1)], axis=1)
    c, ideal = minimax(h(limit * (1 - t)), basis, np.ones_like(t))
    start = np.rint(np.convolve([1, 0, -1], c) * 65536).astype(np.int64)

    scale = 65534 / limit
    everything = np.arange(-32767, 32768, dtype=np.int64)

    def error(coefficients, u):
        value, largest = gelu_fixed_value(coefficients, u)
        if largest > 32768:
            return 1.0
        worst = 0.0
        for half in (-0.5, 0.0, 0.5):
            a = np.clip((u + 32767 + half) / scale, 0, limit)
            worst = max(worst, np.abs(value / 65536 - h(a)).max())
        return worst

    def closed(coefficients):
        """c0 so that h is 0 at the limit; None when h(0) is then not 0."""
        c = coefficients.copy()
        ends = np.array([-32767, 32767], dtype=np.int64)
        c[0] -= gelu_fixed_value(c, ends)[0][1]
        return c if gelu_fixed_value(c, ends)[0][0] == 0 else None

    sample = np.unique(np.concatenate([everything[::61], everything[:200], everything[-200:]]))
    best, best_error = None, 1.0
    for d1 in range(-12, 13):  # a start whose two ends are exact
        c = start.copy()
        c[1] += d1
        c = closed(c)
        if c is not None and error(c, sample) < best_error:
            best, best_error = c, error(c, sample)
    random = np.random.default_rng(1)
    for step in range(6000):
        c = best.copy()
        for k in random.choice(np.arange(1, degree + 1), random.integers(1, 4), replace=False):
            c[k] += random.integers(-6, 7)
        c = closed(c)
        if c is not None:
            e = error(c, sample)
            if e < best_error:
                best, best_error = c, e
    return best, error(best, everything), ideal


def fit_exp2_fixed():
    """2^-(f / 2^15) * 2^15 for the 256 values f = 0, 128, ..., 32640; p(0) = 32767."""
    f = np.arange(256, dtype=np.int64) << 7
    exact = np.exp2(-f / 32768) * 32768

    def value(c):
        p = q15(f, np.full_like(f, c[3])) + c[2]
        p = q15(f, p) + c[1]
        return q15(f, p) + c[0]

    def error(c):
        p = value(c)
        if p.max() > 32767 or p.min() <= 16383 or np.any(np.diff(p) > 0):
            return 1.0
        return np.abs(p / exact - 1).max()

    x = f / 32768
    basis = np.stack([x, x * x, x**3], axis=1)
    c, _ = minimax(np.exp2(-x) - 32767 / 32768, basis, np.exp2(x))
    best = np.concatenate([[32767], np.rint(c * 32768).astype(np.int64)])
    best_error = error(best)
    for d1 in range(-30, 31):
        for d2 in range(-60, 61, 2):
            for d3 in range(-60, 61, 3):
                trial = best + np.array([0, 0, 0, 0])
                trial[1:] += (d1, d2, d3)
                e = error(trial)
                if e < best_error:
                    best_result, best_error = trial, e
    return best_result, best_error


def fit_expm1():
    """exp(r) - 1 = r + r^2 * p(r) for |r| <= ln 2 / 2."""
    r = chebyshev_points(-0.3470, 0.3470)
    r = r[np.abs(r) > 1e-4]
    basis = np.stack([r ** (k + 2) for k in range(5)], axis=1)
    return minimax(np.expm1(r) - r, basis, np.exp(-r))


def fit_mills(high, degree):
    """exp(a^2 / 2) Phi(-a) for 0 <= a <= high, weighted by what it contributes to a Phi(-a)."""
    a = chebyshev_points(0, high)
    target = 0.5 * erfcx(a / np.sqrt(2))
    scaled = np.stack([(a / high) ** k for k in range(degree + 1)], axis=1)
    weight = np.maximum(a * np.exp(-a * a / 2), 1e-4)
    c, e = minimax(target, scaled, weight)
    return c / high ** np.arange(degree + 1), e


def array(kind, name, values):
    """A C++ array, at most 118 characters a line."""
    lines, line = [], f"constexpr {kind} {name}[] = {{"
    for i, value in enumerate(values):
        text = value + ("," if i + 1 < len(values) else "};")
        if len(line) + len(text) > 117:
            lines.append(line)
            line = "   "
        line += text if line.endswith("{") else " " + text
    return "\n".join(lines + [line])


def literal(value):
    return np.format_float_scientific(np.float32(value), unique=True, trim="0") + "f"


def header(gelu_limit=5.0, gelu_degree=7, mills_high=5.0, mills_degree=11):
    gelu, gelu_error, gelu_ideal = fit_gelu_fixed(gelu_limit, gelu_degree)
    exp2, exp2_error = fit_exp2_fixed()
    expm1, expm1_error = fit_expm1()
    mills, mills_error = fit_mills(mills_high, mills_degree)
    lines = [
        "// Written by scripts/fit_polynomials.py; docs/numerics.md says how the polynomials are evaluated.",
        "// Coefficients of ascending powers.",
        "#pragma once",
        "",
        "#include <cstdint>",
        "",
        "namespace linnet::kernels {",
        "",
        f"// a * Phi(-a) in units of 2^-16, int16; largest error {gelu_error:.2e} (continuous optimum {gelu_ideal:.2e}).",
        f"constexpr float kGeluFixedLimit = {literal(gelu_limit)};",
        f"constexpr float kGeluFixedScale = {literal(65534 / gelu_limit)};  // 65534 / limit",
        array("int16_t", "kGeluFixed", [str(int(c)) for c in gelu]),
        "",
        f"// 2^-f in Q15 for f in Q15; largest relative error {exp2_error:.2e}.",
        array("int16_t", "kExp2Fixed", [str(int(c)) for c in exp2]),
        "",
        f"// exp(r) = 1 + r + r^2 * p(r), |r| <= ln 2 / 2; relative error {expm1_error:.2e} before rounding.",
        array("float", "kExpm1", [literal(c) for c in expm1]),
        "",
        f"// exp(a^2 / 2) * Phi(-a), 0 <= a <= limit; error of a * Phi(-a) {mills_error:.2e} before rounding.",
        f"constexpr float kMillsLimit = {literal(mills_high)};",
        array("float", "kMills", [literal(c) for c in mills]),
        "",
        "}  // namespace linnet::kernels",
        "",
    ]
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare with the header in the tree")
    arguments = parser.parse_args()
    text = header()
    if arguments.check:
        if HEADER.read_text() != text:
            sys.exit(f"{HEADER} differs from what this script finds")
        print("the coefficients in the tree are the fitted ones")
    else:
        print(text, end="")


if __name__ == "__main__":
    main()
