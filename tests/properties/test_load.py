"""Loading: neither order, nor repetition, nor the way rows are spread over files and syncs changes what is in the store."""

from __future__ import annotations

import csv
import io
import random
import tempfile
from decimal import Decimal, InvalidOperation
from pathlib import Path

import duckdb
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from connectors.casts import Zones, cast
from tests.loads import Company

SOURCES = """
event: {file: 'events*.csv', columns: {event_id: id, occurred_at: time, event_name: name, value: n}, audits: {named: name IS NOT NULL}}
"""
LOADS = settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])

Row = tuple[str, str, str, str]
texts = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0", exclude_categories=["Cs", "Cc"]), max_size=12)
values = st.sampled_from(["1", "2.5", "", "much", "1e3", "-0.25"])
rows = st.lists(
    st.tuples(st.integers(0, 10_000).map(str), st.dates().map(str), texts, values), min_size=1, max_size=60, unique_by=lambda row: row[0]
)


def written(lines: list[Row]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([("id", "time", "name", "n"), *lines])
    return text.getvalue().encode()


def loaded(batches: list[list[list[Row]]]) -> tuple[object, ...]:
    """What is in the store after one sync for each batch of files."""
    with tempfile.TemporaryDirectory() as folder:
        company = Company(Path(folder))
        company.says(SOURCES)
        number = 0
        for batch in batches:
            for lines in batch:
                number += 1
                company.write(f"events{number}.csv", written(lines))
            company.load()
        return (
            company.rows("SELECT event_id, occurred_at, occurred_at_day, event_name, value FROM event ORDER BY event_id"),
            company.rows("SELECT value, reason, column_name FROM reject ORDER BY ALL"),
            company.findings(),
        )


@LOADS
@given(rows, st.randoms(use_true_random=False))
def test_shuffled_and_repeated_rows_load_the_same(lines: list[Row], chance: random.Random) -> None:
    good = [line for line in lines if line[3] != "much"]
    shuffled = [*lines, *chance.choices(good, k=5)] if good else list(lines)
    chance.shuffle(shuffled)

    once, again = loaded([[lines]]), loaded([[shuffled]])

    assert once[:2] == again[:2]


@LOADS
@given(rows, st.data())
def test_rows_may_be_spread_over_files_and_syncs(lines: list[Row], data: st.DataObject) -> None:
    cut = sorted(data.draw(st.lists(st.integers(0, len(lines)), min_size=1, max_size=4)))
    parts = [part for part in (lines[begin:end] for begin, end in zip([0, *cut], [*cut, len(lines)], strict=True)) if part]

    assert loaded([[lines]]) == loaded([parts]) == loaded([[part] for part in reversed(parts)])


@LOADS
@given(rows)
def test_no_row_is_lost(lines: list[Row]) -> None:
    stored, rejects, _ = loaded([[lines]])

    assert len(stored) + len(rejects) == len(lines)  # type: ignore[arg-type]
    assert {key for key, *_ in stored} == {line[0] for line in lines if line[3] != "much"}  # type: ignore[attr-defined]
    assert {key: name for key, _, _, name, _ in stored} == {line[0]: line[2] or None for line in lines if line[3] != "much"}  # type: ignore[attr-defined]


numbers = st.one_of(
    st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**13), max_value=10**13, places=6).map(str),
    st.integers(-(10**20), 10**20).map(str),
    st.from_regex(r"[-+]?[0-9]{1,12}(\.[0-9]{0,8})?(e-?[0-9])?", fullmatch=True),
    st.text("0123456789.,-+eE x", max_size=8),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(numbers, min_size=1, max_size=50), st.sampled_from(["BIGINT", "DECIMAL(18,4)"]))
@example(["1E-324", "0E-400", "1e-30"], "BIGINT")
@example(["-2E-324", "0E-400", "0.0"], "DECIMAL(18,4)")
def test_a_number_is_loaded_exactly_or_refused(texts_: list[str], kind: str) -> None:
    made = cast("t", "v", "VARCHAR", kind, Zones("UTC", "UTC"))
    statement = f"SELECT t, v, {made.failed}, {made.changed} FROM (SELECT t, {made.value} AS v FROM (SELECT unnest($1) AS t))"
    with duckdb.connect() as connection:
        for text, value, failed, changed in connection.execute(statement, [texts_]).fetchall():
            if not failed and not changed:
                assert Decimal(value) == exactly(text), text
            elif plain(text) and fits(exactly(text), kind):
                raise AssertionError(f"{text} is a {kind} and was refused")


def exactly(text: str) -> Decimal:
    try:
        return Decimal(text.strip().rstrip("."))  # "1e3." is read as 1e3
    except InvalidOperation:
        return Decimal("NaN")


def plain(text: str) -> bool:
    """Whether a text is digits with at most one sign and point: what nobody may refuse."""
    return (
        text.strip("+-").replace(".", "", 1).isascii()
        and text.lstrip("+-").replace(".", "", 1).isdigit()
        and not text.startswith(("+-", "-+", "--", "++"))
    )


def fits(number: Decimal, kind: str) -> bool:
    if kind == "BIGINT":
        return number == number.to_integral_value() and -(2**63) <= number < 2**63
    return abs(number) < 10**14 and number == round(number, 4)
