"""Files that are taken away: opened as whoever receives them would, their numbers against SQL of our own."""

import io
from collections import Counter
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from openpyxl import load_workbook
from PIL import Image
from pypdf import PdfReader

import metrics
from data import workspace
from metrics.matrix import Matrix, Place
from pages.components import board as boards
from pages.components import charts, export, export_drawn, export_shapes, i18n, report, theme
from pages.components.board import Board
from pages.components.bridge import Bar
from pages.components.chart_card import chart_sheet
from pages.components.export_facts import around, facts, source
from pages.components.export_pdf import pdf
from pages.components.export_png import png
from pages.components.export_xlsx import xlsx
from pages.components.filters import Filters
from pages.components.flows import Band
from pages.components.funnel import Step
from pages.components.heat import Cell, Line
from pages.components.heat import Heading as Column
from pages.components.report import Drawn, Heading, Lead, Listed, Tile, Tiles
from tests import warehouse
from tests.company import Company

#: Tickets by day, from Monday the 5th to Saturday the 17th of January; loaded until that Saturday at noon.
OPENED = {5: 3, 6: 4, 8: 1, 12: 5, 13: 2, 17: 1}
#: Features of a matrix: name, breadth, frequency, size, corner.
BUBBLES = [("Export", 0.6, 8.0, 100.0, "core"), ("Goals", 0.1, 2.0, 20.0, "marginal")]
HOSTILE = ("=1+1", "+1", "-cmd", "@SUM(A1)", "\t=1", "http://example.org", "plain")


@pytest.fixture(scope="module")
def layer(tmp_path_factory):
    company = Company(
        tables={
            "account": [{"account_id": "a1", "name": "=Cedar()", "plan": "pro", "created_at": "2025-01-01"}],
            "ticket": [
                {"ticket_id": f"t{day}-{number}", "account_id": "a1", "created_at": f"2026-01-{day:02}T09:00"}
                for day, count in OPENED.items()
                for number in range(count)
            ],
            "subscription_period": [{"account_id": "a1", "subscription_id": "s1", "mrr": 1234.5, "valid_from": "2025-01-01"}],
            "release": [{"release_id": "r1", "name": "Fast search", "released_at": "2026-01-12T08:00"}],
        },
        loaded_until="2026-01-17T12:00",
        loaded_since="2025-01-01",
        metrics={"all_tickets": {"label": "All tickets", "count": "*", "in": "tickets", "good": "down", "description": "Every ticket."}},
    )
    return metrics.open(workspace.load(warehouse.build(company, tmp_path_factory.mktemp("export"))))


@pytest.fixture
def board(layer):
    with i18n.use("en"):
        yield Board(layer, Filters(date(2026, 1, 5), date(2026, 1, 18), "custom"), 1, boards.reach(layer, 1), layer.metrics)


def opened(made):
    """The first sheet as rows, the second as what it says by name."""
    book = load_workbook(io.BytesIO(made))
    first, about = book.worksheets
    return list(first.iter_rows()), {row[0].value: row[1].value for row in about.iter_rows()}


def test_a_workbook_holds_days_and_numbers_that_agree_with_sql(board, layer):
    with layer.reader.open() as snapshot:
        counted = dict(snapshot.cursor.execute("SELECT created_at::DATE AS day, count(*) FROM ticket GROUP BY day").fetchall())

    rows, _about = opened(xlsx(chart_sheet(board, charts.over_time(board, "all_tickets", kind="bar"))))
    head, *lines = rows
    day, value = ([cell.value for cell in head].index(name) for name in ("First day", "This period"))

    assert len(lines) == 13
    assert {line[day].value.date(): line[value].value for line in lines if line[value].value} == counted
    assert all(line[day].is_date and line[value].data_type == "n" for line in lines)
    assert lines[0][value].number_format == "#,##0"


def test_money_and_shares_have_their_format_in_the_readers_language(board):
    chart = charts.over_time(board, "mrr", compared=False)
    rows, _about = opened(xlsx(chart_sheet(board, chart)))
    assert (rows[1][2].value, rows[1][2].number_format) == (1234.5, "[$€]#,##0.00")

    sheet = export.Sheet("Shares", pd.DataFrame({"share": [0.25, None]}), formats={"share": "percent"})
    rows, _about = opened(xlsx(sheet))
    assert (rows[1][0].value, rows[1][0].number_format, rows[2:]) == (0.25, "0.0%", [])

    with i18n.use("fr"):
        rows, about = opened(xlsx(chart_sheet(board, chart)))
    assert rows[1][2].number_format == "#,##0.00 [$€]"
    assert about["Devise de référence"] == "EUR"


def test_the_second_sheet_says_what_the_numbers_are(board):
    narrowed = board.narrowed(members={"account.plan": ("pro",)})
    _rows, about = opened(xlsx(chart_sheet(narrowed, charts.over_time(narrowed, "all_tickets", kind="bar"))))

    assert about["Metric"] == "All tickets (all_tickets)"
    assert about["Definition"] == "Every ticket."
    assert about["Filters"] == "Plan: pro"
    assert about["Range"] == "5–17 Jan 2026"
    assert about["Comparison"] == "compared with the 13 days before"
    assert about["Generation"] == "1"
    assert about["Data until"] == "17 Jan 2026, 12:00"
    assert about["Time zone"] == str(board.zone)
    assert "ticket" in about["SQL of all_tickets"]


def test_a_saved_segment_is_named_among_the_filters_and_stands_in_the_sql(board):
    narrowed = board.narrowed(segment="Pilot", accounts=("a1",))
    _rows, about = opened(xlsx(chart_sheet(narrowed, charts.over_time(narrowed, "all_tickets", kind="bar"))))

    assert about["Filters"] == "Saved segment: Pilot"
    assert "unnest(['a1'])" in about["SQL of all_tickets"]


def test_its_sql_gives_the_numbers_of_the_sheet(board, layer):
    told = dict(chart_sheet(board, charts.over_time(board, "all_tickets", kind="bar")).facts)
    with layer.reader.open() as snapshot:
        found = snapshot.cursor.execute(told["SQL of all_tickets"]).df()

    assert [int(value) for value in found["all_tickets"] if value] == list(OPENED.values())


def test_no_text_becomes_a_formula_or_a_link():
    frame = pd.DataFrame({"=name": HOSTILE, "count": range(-3, 4)})

    rows, _about = opened(xlsx(export.Sheet("=Title [1]/2", frame)))
    assert [row[0].value for row in rows] == ["=name", *HOSTILE]
    assert {row[0].data_type for row in rows} == {"s"}
    assert [row[0].hyperlink for row in rows] == [None] * len(rows)

    lines = pd.read_csv(io.BytesIO(export.csv(frame)), encoding="utf-8-sig")
    assert list(lines.columns) == ["'=name", "count"]
    assert list(lines["'=name"]) == ["'=1+1", "'+1", "'-cmd", "'@SUM(A1)", "'\t=1", "http://example.org", "plain"]
    assert list(lines["count"]) == list(range(-3, 4))


def test_long_numbers_stay_whole_and_moments_are_told_in_the_companys_zone():
    frame = pd.DataFrame({"id": [12345678901234567890], "at": [datetime(2026, 1, 5, 23, 30, tzinfo=UTC)], "gone": [pd.NaT], "no": [None]})
    rows, _about = opened(xlsx(export.Sheet("Rows", frame, zone=ZoneInfo("Europe/Paris"))))

    assert rows[1][0].value == "12345678901234567890"
    assert rows[1][1].value == datetime(2026, 1, 6, 0, 30)


def test_a_picture_shows_the_chart(board):
    chart = charts.over_time(board, "all_tickets", kind="bar")
    assert [mark.label for mark in chart.marks] == ["Fast search"]
    drawn = shades(png(chart, subtitle="January", source=source(board)))

    assert drawn[(255, 255, 255)] < 1600 * 900 * 0.95
    assert drawn[(74, 79, 217)] > 20_000  # the bars, in the accent of the light theme


def test_the_matrix_and_a_funnel_are_drawn_as_large_as_their_numbers():
    places = [Place(name, name, breadth, often, size, corner) for name, breadth, often, size, corner in BUBBLES]
    whole = shades(export_shapes.matrix(Matrix(tuple(places), 0.3, 4.0, ()), "Matrix", "January", "Company"))
    core, marginal = (max(whole[red, green + one, blue] for one in (0, 1)) for red, green, blue in ((78, 162, 131), (167, 170, 181)))
    assert 2 < core / marginal < 6  # 100 accounts against 20, each with the same margin

    steps = [Step("Began", "200", 1.0, "100%"), Step("Came", "50", 0.25, "25%", "25% of the step before", "", "150 did not come")]
    drawn = shades(export_shapes.funnel(steps, "Funnel", "January", "Company"))
    assert drawn[(74, 79, 217)] / (drawn[(74, 79, 217)] + drawn[(238, 239, 253)]) == pytest.approx(1.25 / 2, abs=0.01)


def test_what_the_pages_draw_themselves_is_on_paper_as_large_as_its_numbers():
    bars = [
        Bar("", "Before", "100", 0.0, 0.5, "total", ""),
        Bar("a", "New", "+60", 0.5, 0.8, "gain", ""),
        Bar("b", "Lost", "−20", 0.8, 0.7, "loss", ""),
    ]
    drawn = shades(export_drawn.bridge(bars, "Bridge", "January", "Company"))
    assert drawn[paint("good")] / drawn[paint("bad")] == pytest.approx(3, rel=0.02)

    going = [Band(1, "Began", "Came", 30, "30"), Band(1, "Began", "Other", 10, "10", to_rest=True), Band(2, "Came", "Paid", 30, "30")]
    drawn = shades(export_drawn.flows(going, "", "", ""))
    assert drawn[paint("accent")] / drawn[paint("ink-3")] == pytest.approx((40 + 30 + 30) / 10, rel=0.05)  # their nodes

    cells = (Cell("100%", 1.0), Cell("50%", 0.5), Cell("0%", 0.0, pale=True), Cell("", None))
    columns = [Column(str(place), f"Week {place}") for place in range(4)]
    drawn = shades(export_drawn.heat([Line("a", "5 January", cells, "40")], columns, "Retention", "January", "Company"))
    full, half = (drawn[tuple(round(255 + (one - 255) * share) for one in paint("accent"))] for share in (0.60, 0.33))
    assert full == pytest.approx(half, rel=0.03)
    assert full > 100_000


def paint(token):
    return tuple(bytes.fromhex(theme.tokens()[token].lstrip("#")))


def shades(picture):
    with Image.open(io.BytesIO(picture)) as drawn:
        assert drawn.size == (1600, 900)
        return Counter({colour: count for count, colour in drawn.convert("RGB").getcolors(1 << 24)})


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_report_is_real_text_on_sheets_that_cut_nothing_off(board, language):
    chart = charts.over_time(board, "all_tickets", kind="bar")
    rows = tuple((f"Compte n° {number}", f"{number:,}", "↑ 4,2 %") for number in range(1, 121))
    parts = [
        Tiles((Tile("Événements", "1 290", "↑ 12,0 %", "bad", "Cible 2h · Manqué", "off", (1.0, None, 3.0, 2.0), 1),)),
        Lead("Tickets fell to 16, down −3.", "1 on target"),
        Drawn(chart, "By day"),
        Listed("Largest accounts", ("Name", "Value", "Change"), rows, (1, 2)),
    ]
    with i18n.use(language):
        foot, sentence = source(board), chart.alt.split(";")[0]
        made = PdfReader(io.BytesIO(pdf(Heading("Vue d’ensemble", "Que faire ?", around(board), source(board)), parts)))
    sheets = [page.extract_text() for page in made.pages]
    text = "\n".join(sheets)

    assert [round(float(side)) for side in made.pages[0].mediabox[2:]] == [595, 842]
    for said in ("Vue d’ensemble", "Événements", "1 290", "↑ 12,0 %", "Manqué", "down −3", "All tickets", "Compte n° 1\n", "Compte n° 120"):
        assert said in text.replace("Compte n° 1 ", "Compte n° 1\n")
    assert sheets[0].index("down −3") < sheets[0].index("Événements")
    assert len(sheets) >= 3
    last = len(sheets)
    assert (f"Page {last} of {last}" if language == "en" else f"Page {last} sur {last}") in sheets[-1]
    assert all(foot in sheet for sheet in sheets)
    assert "".join(sentence.split()) in "".join(text.split())


def test_what_is_shown_after_the_page_is_no_part_of_its_report():
    parts = []
    with report.collecting(parts):
        report.note(Lead("on the page"))
        report.listed("Nothing", ("", ""), [("", "")])
    report.note(Lead("in the drawer"))

    assert parts == [Lead("on the page")]


def test_files_speak_the_readers_language_in_any_thread(board):
    with i18n.use("fr_CA"):
        made = export.spoken(lambda: str(i18n.locale()).encode())
    assert made() == b"fr_CA"


def test_a_metric_that_is_not_defined_leaves_the_rest_of_the_facts(board):
    told = dict(facts(board, "A table", ("no_such_metric",)))
    assert told["Title"] == "A table"
    assert not any(name.startswith("SQL") for name in told)
