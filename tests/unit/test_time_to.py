"""Time to against tables in print: Freireich's trial of 6-mercaptopurine (1963) and the maintenance of leukaemia (Miller, 1981)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import metrics
from data import workspace
from tests import warehouse
from tests.company import Company
from tests.shapes import time_to

END = datetime(2026, 7, 1, tzinfo=UTC)
DEFINITION = {"relapse": {"time_to": {"from": "event = 'began'", "to": "event = 'relapsed'", "entity": "person"}, "in": "events"}}

#: Weeks (here days) in remission; a plus marks who was still in remission when last seen.
SIX_MP = "6 6 6 7 10 13 16 22 23 6+ 9+ 10+ 11+ 17+ 19+ 20+ 25+ 32+ 32+ 34+ 35+"
PLACEBO = "1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23"
MAINTAINED = "9 13 13+ 18 23 28+ 31 34 45+ 48 161+"
NOT_MAINTAINED = "5 5 8 8 12 16+ 23 27 30 33 43 45"

#: days, at risk, relapsed, share in remission, and its bounds where they are printed (conf.type = "log-log")
TABLES: dict[str, list[tuple[Any, ...]]] = {
    SIX_MP: [
        (6, 21, 3, 0.8571, 0.6197, 0.9516),
        (7, 17, 1, 0.8067, 0.5631, 0.9228),
        (10, 15, 1, 0.7529, 0.5032, 0.8894),
        (13, 12, 1, 0.6902, 0.4316, 0.8491),
        (16, 11, 1, 0.6275, 0.3675, 0.8049),
        (22, 7, 1, 0.5378, 0.2678, 0.7468),
        (23, 6, 1, 0.4482, 0.1881, 0.6801),
    ],
    PLACEBO: [
        (1, 21, 2, 0.9048, 0.6700, 0.9753),
        (2, 19, 2, 0.8095, 0.5689, 0.9239),
        (3, 17, 1, 0.7619, 0.5194, 0.8933),
        (4, 16, 2, 0.6667, 0.4254, 0.8250),
        (5, 14, 2, 0.5714, 0.3380, 0.7492),
        (8, 12, 4, 0.3810, 0.1831, 0.5778),
        (11, 8, 2, 0.2857, 0.1166, 0.4818),
        (12, 6, 2, 0.1905, 0.0595, 0.3774),
        (15, 4, 1, 0.1429, 0.0357, 0.3212),
        (17, 3, 1, 0.0952, 0.0163, 0.2612),
        (22, 2, 1, 0.0476, 0.0033, 0.1970),
        (23, 1, 1, 0.0, None, None),
    ],
    MAINTAINED: [
        (9, 11, 1, 0.909),
        (13, 10, 1, 0.818),
        (18, 8, 1, 0.716),
        (23, 7, 1, 0.614),
        (31, 5, 1, 0.491),
        (34, 4, 1, 0.368),
        (48, 2, 1, 0.184),
    ],
    NOT_MAINTAINED: [
        (5, 12, 2, 0.8333),
        (8, 10, 2, 0.6667),
        (12, 8, 1, 0.5833),
        (23, 6, 1, 0.4861),
        (27, 5, 1, 0.3889),
        (30, 4, 1, 0.2917),
        (33, 3, 1, 0.1944),
        (43, 2, 1, 0.0972),
        (45, 1, 1, 0.0),
    ],
}
MEDIANS = {SIX_MP: 23, PLACEBO: 8, MAINTAINED: 31, NOT_MAINTAINED: 23}
ARMS = {SIX_MP: "6-MP", PLACEBO: "placebo", MAINTAINED: "maintained", NOT_MAINTAINED: "not maintained"}


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> metrics.Layer:
    people = [event for times, arm in ARMS.items() for event in _events(times, arm)]
    company = Company({"event": people}, loaded_until=END.isoformat(), metrics=DEFINITION)
    return metrics.open(workspace.load(warehouse.build(company, tmp_path_factory.mktemp("trials"))))


def _events(times: str, arm: str) -> list[dict[str, Any]]:
    found = []
    for number, told in enumerate(times.split()):
        days, still = timedelta(days=int(told.rstrip("+"))), told.endswith("+")
        began = END - days if still else datetime(2026, 1, 1, 12, tzinfo=UTC)
        for name, at in [("began", began), *([] if still else [("relapsed", began + days)])]:
            one = {"event_id": f"{arm}{number}{name}", "person_id": f"{arm}{number}", "attrs": {"arm": arm}}
            found.append({**one, "event_name": name, "occurred_at": at.isoformat()})
    return found


@pytest.mark.parametrize("times", TABLES, ids=list(ARMS.values()))
def test_published_tables(layer: metrics.Layer, times: str) -> None:
    where = f"attrs.arm = '{ARMS[times]}'"
    result = layer.query("relapse", since="2026-01-01", until="2026-07-01", where=where)

    assert [(row["elapsed_days"], row["at_risk"], row["adopted"]) for row in result.rows] == [row[:3] for row in TABLES[times]]
    for row, (_, _, _, share, *bounds) in zip(result.rows, TABLES[times], strict=True):
        assert row["value"] == pytest.approx(share, abs=6e-4 if times == MAINTAINED else 6e-5)
        assert row["share"] == pytest.approx(1 - row["value"])
        if bounds:
            assert (row["low"], row["high"]) == (pytest.approx(bounds[0], abs=6e-5), pytest.approx(bounds[1], abs=6e-5))
        assert row["median"] == MEDIANS[times]
    assert result.to_dict()["median"] == result.summary["median"] == MEDIANS[times]


@pytest.mark.parametrize("times", TABLES, ids=list(ARMS.values()))
def test_the_evaluator_knows_the_published_tables_too(times: str) -> None:
    rows = time_to.table([(int(told.rstrip("+")), not told.endswith("+")) for told in times.split()])

    assert [(row["elapsed_days"], row["at_risk"], row["adopted"]) for row in rows] == [row[:3] for row in TABLES[times]]
    assert [row["value"] for row in rows] == pytest.approx([row[3] for row in TABLES[times]], abs=6e-4)
    for row, (*_, low, high) in zip(rows, TABLES[times], strict=True) if times in (SIX_MP, PLACEBO) else ():
        assert (row["low"], row["high"]) == (pytest.approx(low, abs=6e-5), pytest.approx(high, abs=6e-5))


def test_all_arms_at_once_are_each_arm_alone(layer: metrics.Layer) -> None:
    span = {"since": "2026-01-01", "until": "2026-07-01"}
    together = layer.query("relapse", by=["attrs.arm"], **span)

    for arm in ARMS.values():
        alone = layer.query("relapse", where=f"attrs.arm = '{arm}'", **span)
        own = [{key: value for key, value in row.items() if key != "attrs.arm"} for row in together.rows if row["attrs.arm"] == arm]
        assert own == list(alone.rows)
    assert "median" not in together.to_dict()


def test_without_anybody_the_median_is_unknown(layer: metrics.Layer) -> None:
    said = layer.query("relapse", since="2025-01-01", until="2025-02-01").to_dict()

    assert said["rows"] == []
    assert said["median"] is None
