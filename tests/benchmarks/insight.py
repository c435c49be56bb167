"""How often insight is right, against simulated truth that the analyses do not know: `python tests/benchmarks/insight.py [--quick]`.

Prints a figure a line with its threshold, and a summary in the last line; exits 1 when a threshold is missed. With --workspace it
takes any workspace that has a ground_truth.json.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))


@dataclass(frozen=True)
class Figure:
    """One figure: `ok` says whether it keeps its threshold, `said` both in words."""

    name: str
    value: float
    ok: bool
    said: str


Measure = Callable[[bool, Path | None], Sequence[Figure]]


def _part(module: str) -> Measure:
    """The `measure` of a module beside this one, imported when it is run: each takes (quick, workspace or None)."""

    def measure(quick: bool, workspace: Path | None) -> Sequence[Figure]:
        found: Sequence[Figure] = importlib.import_module(f"tests.benchmarks.{module}").measure(quick, workspace)
        return found

    return measure


PARTS: dict[str, Measure] = {"signal": _part("insight_signal"), "why": _part("insight_why")}


def main(argv: Sequence[str] | None = None) -> int:
    """Runs every part; 1 when a threshold is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer simulations: 50 seconds at most")
    parser.add_argument("--workspace", type=Path, help="a workspace with a ground_truth.json; default: the demo company, made for it")
    args = parser.parse_args(argv)
    began, found = time.monotonic(), []
    for part, measure in PARTS.items():
        for figure in measure(args.quick, args.workspace):
            found.append(figure)
            print(f"{'ok  ' if figure.ok else 'MISS'} {part}: {figure.said}", flush=True)
    missed = ", ".join(figure.name for figure in found if not figure.ok)
    kept = sum(figure.ok for figure in found)
    print(f"{kept} of {len(found)} thresholds kept in {time.monotonic() - began:.0f} s" + (f"; missed: {missed}" if missed else ""))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
