"""A review as HTML, PDF, Markdown and plain blocks: the same words and numbers in each, what people wrote as text."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from pypdf import PdfReader

from data.journal import Snapshot
from metrics.insight.review.model import (
    Aim,
    Cause,
    Chart,
    Effect,
    Effects,
    Exceptional,
    Moved,
    Number,
    Review,
    Said,
    Section,
    Share,
    Shipped,
    ToDo,
)
from metrics.insight.review.weeks import Cell, axis, six_twelve
from pages.components import i18n, review_charts, review_files

ENDING = date(2026, 11, 22)
#: Late in the evening in UTC it is the next day for the company.
FROZEN = Snapshot(author="ana", written_at=datetime(2026, 11, 22, 23, 30, tzinfo=UTC))
EVIL = "<script>alert(1)</script> | *bold* _x_"


def number(name: str = "mrr", **told: object) -> Number:
    usual = {"label": "MRR", "format": "money", "good": "up", "owner": "finance", "definition": "d", "status": "complete", "link": "x"}
    return Number(metric=name, **(usual | told))  # type: ignore[arg-type]


@pytest.fixture
def review() -> Review:
    values = six_twelve(axis(ENDING), lambda span: Cell(float(span.last.toordinal() % 1000 + 1000)))
    mrr = number(value=430_253, previous=427_815, change=0.0057, difference=2438, prior_year=328_154, yoy=0.311, yoy_difference=102_099)
    share = number(
        "share", label="Share", format="percent", good="down", value=0.278, previous=0.25, change=0.112, difference=0.028,
        aim=Aim(0.2, date(2026, 12, 31), "off", 0.078), status="immature",
    )  # fmt: skip
    cause = Cause(("account.plan",), ("pro",), 1.0, 2.0, 1500.0, 0.6, "clear")
    moved = Moved(mrr, "movements", (Share("new", 3000.0), Share("churn", -562.0)), cause)
    off = Exceptional(share, "off_target", "bad", {"target": 0.2, "due": "2026-12-31", "behind": 0.078, "adds_up": False})
    signal = {"direction": -1, "value": 400_000.0, "lower": 410_000.0, "upper": 450_000.0, "since": None, "changes": False}
    said = Said("c1", "ana", datetime(2026, 11, 23, 9, tzinfo=UTC), EVIL, "Revenue", "mrr")
    shape = {"format": "integer", "good": "up", "of_features": False}
    grown = Effect(
        "adoption", "uses", "Uses", verdict="consistent_with", value=0.031, low=0.012, high=0.05, p=0.01, detectable=0.027, **shape
    )  # fmt: skip
    untold = Effect("revenue", "mrr", "MRR", verdict="cannot_tell", reason="too_early", day=date(2027, 1, 18), **shape)
    to_do = ToDo("a1", EVIL, "ben", date(2026, 11, 20), "open", date(2026, 11, 15), carried=True, overdue=True)
    return Review(
        template="weekly", label="Weekly business review", description="What happened.", audience="leadership", cadence="week",
        first=date(2026, 11, 16), last=ENDING, previous_first=date(2026, 11, 9), previous_last=date(2026, 11, 15),
        company="Acme & Co", currency="EUR", timezone="Europe/Paris", fiscal_year_start=1, generation=7, definitions="abc123",
        loaded_until=datetime(2026, 11, 23, tzinfo=UTC),
        sections=(
            Section("exceptions", "What needs attention", exceptions=(off, Exceptional(mrr, "signal_outside", "bad", signal))),
            Section("actions", "Actions", actions=(to_do,)),
            Section("six_twelve", "Revenue", owner="finance", charts=(Chart(mrr, values, 1500.0, 1500.0),), comments=(said,)),
            Section("drivers", "Why it moved", drivers=(moved,)),
            Section("releases", "Releases", releases=(Shipped("New editor", "major", date(2026, 11, 18), date(2026, 11, 20), 2),)),
            Section("impact", "What the release did", effects=Effects(date(2026, 11, 23), date(2027, 1, 18), (grown, untold))),
            Section("numbers", "The rest", numbers=(mrr, share)),
            Section("text", "How to read this", text="Slowly."),
            Section("comments", "Comments"),
        ),
    )  # fmt: skip


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with i18n.use("en"):
        yield


#: What a reader must find in every file.
WORDS = (
    "Weekly business review", "Acme & Co", "Week 16–22 Nov 2026", "What happened.", "What needs attention", "7.8 pts behind",
    "€400,000: below its usual range of €410,000 to €450,000", "1 is carried over", "Overdue", "MRR", "+31.1%", "2 days late",
    "New editor", "pro (Plan) +€1,500", "New +€3,000, Churn −€562", "Not final yet", "Slowly.", "abc123", "+2.8 pts",
)  # fmt: skip


def plain(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace("\u00a0", " "))


def test_the_html_holds_everything_loads_nothing_and_runs_nothing(review: Review) -> None:
    page = review_files.html(review, FROZEN).decode()
    text = plain(re.sub(r"<[^>]+>", " ", page).replace("&amp;", "&"))

    assert [word for word in (*WORDS, "ana, 23 Nov 2026") if word not in text] == []
    assert "<script" not in page
    assert re.findall(r"(?:src|href|url)\s*[=(]", page) == []
    assert page.count("<svg ") == 2
    assert len(re.findall(r'<circle class="current"', page)) == 6 + 12
    assert len(re.findall(r'<circle class="previous"', page)) == 6 + 12
    assert page.count('class="target"') >= 2


def test_the_pdf_is_text_on_a4(review: Review) -> None:
    sheets = PdfReader(io.BytesIO(review_files.pdf(review))).pages
    text = plain(" ".join(sheet.extract_text() for sheet in sheets))

    assert [word for word in WORDS if word not in text] == []
    assert {tuple(map(round, sheet.mediabox[2:])) for sheet in sheets} == {(595, 842)}
    assert len(sheets) <= 2


def test_the_markdown_keeps_what_people_wrote_as_text(review: Review) -> None:
    text = review_files.markdown(review).decode()
    shown = plain(re.sub(r"\\(.)", r"\1", text))

    assert [word for word in WORDS if word not in shown] == []
    assert "<script>" not in text
    assert "\\<script\\>alert(1)\\</script\\> \\| \\*bold\\*" in text
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert all(
        len(re.findall(r"(?<!\\)\|", row)) == len(re.findall(r"(?<!\\)\|", rows[at - 1]))
        for at, row in enumerate(rows)
        if re.match(r"\|-", row)
    )


def test_the_blocks_for_notion_hold_the_same(review: Review) -> None:
    told = review_files.blocks(review)
    text = plain(
        " ".join(" ".join(cell for row in block["rows"] for cell in row) if block["kind"] == "table" else block["text"] for block in told)
    )

    assert [word for word in WORDS if word not in text and word != "Weekly business review"] == []
    assert {len(row) for block in told if block["kind"] == "table" for row in block["rows"]} <= {2, 4, 5, 7, 8, 9, 13}


def test_the_files_speak_the_readers_language(review: Review) -> None:
    with i18n.use("fr"):
        text = plain(review_files.markdown(review).decode())

    assert "Semaine" in text
    assert "Revue hebdomadaire" in text
    assert "430,3 k €" in text.replace("\u202f", " ")


def test_every_file_says_what_the_release_did_and_what_cannot_be_told(review: Review) -> None:
    html, markdown = (review_files.WRITERS[form](review).decode() for form in ("html", "markdown"))
    pdf = " ".join(" ".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(review_files.WRITERS["pdf"](review))).pages).split())
    for text in (re.sub(r"<[^>]+>", " ", html), markdown, pdf, str(review_files.blocks(review))):
        for said in (
            "Consistent with +3.1%",
            "+1.2% to +5.0%",
            "Cannot tell: too early until 18 Jan 2027",
            "Figures settle on 18 Jan 2027",
        ):
            assert said in text
    with i18n.use("fr"):
        french = review_files.WRITERS["markdown"](review).decode().replace("\u202f", " ").replace("\u00a0", " ")
    assert "Compatible avec +3,1 %" in french
    assert "On ne peut pas le dire : trop tôt" in french


def test_the_charts_say_which_periods_they_show(review: Review) -> None:
    chart = next(section for section in review.sections if section.charts).charts[0]
    weeks, months = review_charts.weeks(review, chart), review_charts.months(review, chart)

    assert [one.short for one in weeks.periods] == ["18 Oct", "25 Oct", "1 Nov", "8 Nov", "15 Nov", "22 Nov"]
    assert (months.periods[0].long, months.periods[-1].long) == ("November 2025", "October 2026")
    assert [one.role for one in weeks.series] == ["current", "previous"]
    assert weeks.series[0].values == chart.values.six_weeks
    assert months.series[1].values == chart.values.twelve_months_prior_year
