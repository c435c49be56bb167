"""The memory of a series: how far a value goes on from those before it, and what is left when that is taken out."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

#: Memory is used from this many standard errors on, and so many parameters at most.
_FROM, _ORDERS = 1.0, 4
#: Values that it needs at least, and for each parameter.
_LEAST, _EACH = 12, 6


def whitened(columns: Array, memory: Array) -> Array:
    """Columns (or one) less what their own past says of them; of the first ones there is no past."""
    found = columns.copy()
    for lag, weight in enumerate(memory, start=1):
        found[lag:] -= weight * columns[:-lag]
    return found


def memory_of(rest: Array, order: int | None = None) -> Array:
    """Autoregressive parameters by Burg's recursion, as many as Akaike's corrected criterion wants, or none.

    A memory is used only where what follows goes on in the same direction: values that swing back vary less together than alone, so
    that leaving it out errs towards silence. The first one is corrected for its bias in short series (Kendall 1954).
    """
    count = len(rest)
    power = float((rest**2).mean()) if count else 0.0
    if power <= 0 or count < _LEAST:
        return np.zeros(0)
    found, best, lowest = np.zeros(0), np.zeros(0), count * math.log(power) + 2
    forward, backward = rest[1:], rest[:-1]
    for size in range(1, min(order or _ORDERS, count // _EACH) + 1):
        weight = float((forward**2).sum() + (backward**2).sum())
        partial = 2 * float((forward * backward).sum()) / weight if weight > 0 else 0.0
        if size == 1 and partial * math.sqrt(count) < _FROM:
            return best
        found = np.concatenate([found - partial * found[::-1], [partial]])
        power *= 1 - partial**2
        criterion = count * math.log(max(power, 1e-300)) + 2 * (size + 1) * count / max(count - size - 2, 1)
        if criterion < lowest or order == size:
            best, lowest = found, criterion
        forward, backward = (forward - partial * backward)[1:], (backward - partial * forward)[:-1]
    if len(best) == 1:
        best = np.array([min(best[0] + (1 + 3 * best[0]) / count, 0.99)])
    return best if best.sum() > 0 else np.zeros(0)


def weights(memory: Sequence[float], count: int) -> Iterator[float]:
    """What a lasting change of level by one does to the errors of the periods after it: the first sees all of it."""
    left = 1.0
    for place in range(count):
        yield left
        left -= memory[place] if place < len(memory) else 0.0
