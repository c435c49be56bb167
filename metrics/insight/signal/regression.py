"""Least squares with autoregressive errors: level, trend, rhythm, steps, and the memory of what they leave (Cochrane & Orcutt 1949)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from metrics.insight.signal.memory import Array, memory_of, whitened

#: The share of the largest below which a direction of the regressors counts as none.
_ALIKE = 1e-10


@dataclass(frozen=True)
class Terms:
    """What a series is made of beside its level: a trend, pairs of waves of a `period`, steps to another level at some places."""

    trend: bool = False
    waves: int = 0
    period: float = 0.0
    steps: tuple[int, ...] = ()


@dataclass(frozen=True)
class Fit:
    """A model of a series, made from a part of it (`told` are the errors of that part).

    `errors` look one period ahead, `distances` are from the terms without memory. `design` are the regressors less their memory,
    `spread` the inverse of their cross product, `criterion` Schwarz's (1978): the less the better.
    """

    terms: Terms
    memory: Array
    errors: Array
    distances: Array
    design: Array
    spread: Array
    told: Array
    sigma: float
    freedom: int
    criterion: float


def fit(target: Array, part: slice, terms: Terms, judged: int | None = None) -> Fit:
    """The model of a part of a series; what comes after the part is held against it.

    The criterion is that of the periods from `judged` on, so that models of different beginnings can be compared.
    """
    start, end = part.start, part.stop
    columns = _columns(len(target), part, terms)
    beta = _solved(columns[part], target[part])
    memory = memory_of(np.nan_to_num((target - columns @ beta)[part]))
    if len(memory):
        design, goal = whitened(columns, memory), whitened(np.nan_to_num(target - columns @ beta), memory)
        beta = beta + _solved(design[start + len(memory) : end], goal[start + len(memory) : end])
        memory = memory_of(np.nan_to_num((target - columns @ beta)[part]), len(memory))
    first = start + len(memory)
    design = whitened(columns, memory)
    distances = target - columns @ beta
    distances[:start] = np.nan
    errors = np.where(np.isnan(distances), np.nan, whitened(np.nan_to_num(distances), memory))
    told = errors[first:end][np.isfinite(errors[first:end])]
    parameters = columns.shape[1] + len(memory) + len(terms.steps)  # of a step its place, too
    freedom = max(len(told) - columns.shape[1] - len(memory), 1)
    compared = errors[max(judged or start, first) : end]
    return Fit(
        terms=terms,
        memory=memory,
        errors=errors,
        distances=distances,
        design=design,
        spread=_inverse(design[first:end][np.isfinite(target[first:end])]),
        told=told,
        sigma=math.sqrt(float((told**2).sum()) / freedom),
        freedom=freedom,
        criterion=_schwarz(compared[np.isfinite(compared)], end - (judged or start), parameters),
    )


def _columns(count: int, part: slice, terms: Terms) -> Array:
    """The regressors of every period: one, time in units of the part's length, waves, steps."""
    places = np.arange(count, dtype=float)
    columns = [np.ones(count)]
    if terms.trend:
        columns.append((places - (part.start + part.stop - 1) / 2) / max(part.stop - part.start, 1))
    for number in range(1, terms.waves + 1):
        angle = 2 * math.pi * number * places / terms.period
        columns += [np.cos(angle), np.sin(angle)]
    columns += [(places >= step).astype(float) for step in terms.steps]
    return np.column_stack(columns)


def _schwarz(errors: Array, count: int, parameters: int) -> float:
    """Schwarz's criterion of normal errors; `count` periods, so that models of different memory are compared on the same ones."""
    variance = float((errors**2).mean()) if len(errors) else 0.0
    return count * math.log(max(variance, 1e-300)) + parameters * math.log(max(count, 2))


def _solved(columns: Array, goal: Array) -> Array:
    known = np.isfinite(goal)
    found: Array = _inverse(columns[known]) @ (columns[known].T @ goal[known])
    return found


def _inverse(columns: Array) -> Array:
    """The inverse of the cross product; where gaps leave regressors alike, as a step inside of one, the least of those that fit."""
    values, vectors = np.linalg.eigh(columns.T @ columns)
    kept = values > _ALIKE * values[-1]
    found: Array = (vectors[:, kept] / values[kept]) @ vectors[:, kept].T
    return found
