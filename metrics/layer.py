"""The metrics layer of one workspace: definitions, facts and a reader of the published generation."""

from __future__ import annotations

import copy
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import duckdb

from data.errors import Problem, did_you_mean
from data.reader import Held, Reader, Snapshot
from data.workspace import Workspace
from metrics import answers, columns, distribution, leaf, load, money, objectives, releases
from metrics.asked import Asked, Moment, calendar_of, resolve
from metrics.calendar import moment
from metrics.compile import Compiled, compile, piece_of
from metrics.definition import Metric
from metrics.distribution import Distribution
from metrics.explain import Explanation, Source, definition, lineage, readings
from metrics.facts import facts
from metrics.kinds import KINDS
from metrics.kinds.aggregate import Aggregate
from metrics.made_of import dimensions, is_shaped, leaves, resolved
from metrics.question import Loaded
from metrics.releases import Release
from metrics.request import Request
from metrics.result import Result, Rows

_CACHED = 512


class Layer:
    """Answers questions about metrics. Cheap to keep; any thread may use it.

    `reader` opens another warehouse than the published one, `catalogue` are other definitions than those of the workspace.
    """

    def __init__(self, workspace: Workspace, reader: Reader | Held | None = None, catalogue: Mapping[str, Metric] | None = None) -> None:
        self.workspace = workspace
        self.reader = reader or Reader(workspace.root, timezone=workspace.company.timezone)
        self._given = dict(catalogue) if catalogue is not None else None
        self._cache: OrderedDict[Any, list[tuple[Any, ...]]] = OrderedDict()
        self._lock = threading.Lock()
        self._unconverted: tuple[int, bool] | None = None
        self._known: tuple[int, dict[str, Loaded]] | None = None
        self._metrics: tuple[tuple[float, ...], dict[str, Metric]] | None = None

    @property
    def metrics(self) -> dict[str, Metric]:
        """Every metric by name; read again when a file of definitions has changed. Raises Problem for a wrong file."""
        if self._given is not None:
            return self._given
        stamp = tuple(path.stat().st_mtime for path, _ in load.files(self.workspace.definitions))
        if self._metrics is None or self._metrics[0] != stamp:
            self._metrics = (stamp, load.catalogue(self.workspace.definitions))
        return self._metrics[1]

    def over(self, definitions: str | Mapping[str, Any]) -> Layer:
        """The same layer with unsaved definitions over the saved ones; it shares what is remembered. Raises Problem for a wrong one."""
        other = copy.copy(self)
        other._given = load.over(self.metrics, definitions)
        return other

    def generation(self) -> int | None:
        """The number of the published generation; None when nothing is loaded yet. One small file read."""
        return self.reader.generation()

    def query(
        self,
        *names: str,
        grain: str | None = None,
        since: Moment | None = None,
        until: Moment | None = None,
        by: Sequence[str] = (),
        top: int | None = None,
        where: str | None = None,
        compare: str | None = None,
        definitions: str | Mapping[str, Any] | None = None,
        week_start: str | None = None,
        timezone: str | None = None,
        accounts: Sequence[str] | None = None,
    ) -> Result:
        """Values of one or more metrics.

        `grain` is hour, day, week, month, quarter, year or None (one row for the whole range, measured over the range).
        `since` is inclusive and `until` exclusive, in the reporting zone; by default until the first moment not loaded, since
        twelve periods before. `by` names dimensions, `top` keeps the largest members and gathers the rest under "Other",
        `where` is a condition over the columns of every fact in question, `compare` is previous, year or a shift such as 7d.
        `accounts` are the ids of those that alone count: every fact in question must have accounts. `definitions` are unsaved
        ones over the saved. Raises Problem for whatever cannot be answered, and says why.
        """
        only = tuple(accounts) if accounts is not None else None
        asked = Asked(grain, since, until, tuple(by), top, where, compare, week_start, timezone, accounts=only)
        known = self.metrics if definitions is None else load.over(self.metrics, definitions)
        with self.reader.open() as snapshot:
            return self._answer(snapshot, names, asked, known)

    def rows(
        self,
        name: str,
        *,
        since: Moment | None = None,
        until: Moment | None = None,
        members: Mapping[str, str] | None = None,
        where: str | None = None,
        accounts: tuple[str, ...] | None = None,
        part: str | None = None,
        limit: int = 500,
    ) -> Rows:
        """The rows that a number counts, newest first, at most `limit` of them; `members` narrows to a mark of a chart.

        A metric made of others shows the rows of `part`, or of its first part.
        """
        known = self.metrics
        with self.reader.open() as snapshot:
            asked = Asked(since=since, until=until, where=where, members=tuple((members or {}).items()), accounts=accounts)
            loaded = self.loaded(snapshot)
            piece = piece_of(part or next(iter(leaves((name,), known))), self.request((name,), asked, known, loaded), known, loaded)
            if piece is None:
                return Rows.none(name)
            sql, parameters = leaf.rows(piece, limit)
            with _said_plainly(where, known[name]):
                frame = snapshot.cursor.sql(sql, params=parameters).to_arrow_table().to_pandas()
        total = int(frame["total_rows"].iloc[0]) if len(frame) else 0
        return Rows(piece.leaf.fact, frame.drop(columns="total_rows"), total, sql, parameters)

    def distribution(
        self,
        name: str,
        *,
        since: Moment | None = None,
        until: Moment | None = None,
        where: str | None = None,
        accounts: tuple[str, ...] | None = None,
        bins: int = 20,
    ) -> Distribution:
        """How the values of exactly the rows that a metric looks at are spread, in about `bins` bins with round edges.

        For a metric that is a median, percentile or average of a column; raises Problem for any other.
        """
        known = self.metrics
        if name not in known:
            raise Problem(f'unknown metric "{name}"', remedy=did_you_mean(name, known))
        metric = resolved(known[name], known)
        column = distribution.column_of(metric)
        with self.reader.open() as snapshot:
            loaded = self.loaded(snapshot)
            asked = Asked(since=since, until=until, where=where, accounts=accounts)
            piece = piece_of(name, self.request((name,), asked, known, loaded), known, loaded)
            if piece is None:
                return Distribution(name, column)
            with _said_plainly(where, metric):
                if self._lacks_rates(snapshot):
                    pieces = ((metric, piece),)
                    money.check(pieces, self.workspace.company, lambda sql, told: snapshot.cursor.execute(sql, told).fetchall())
                return distribution.measure(metric, piece, lambda sql, told: self._remembered(snapshot, sql, told), bins)

    def releases(self, *, until: Moment | None = None, most: int = 10, feature: str | None = None) -> tuple[Release, ...]:
        """What was released before `until`, at most the newest `most` of it, after what is planned and still to come.

        With the id of a `feature` only what belongs to it.
        """
        with self.reader.open() as snapshot:
            loaded_until = self.loaded(snapshot).get("releases", Loaded()).until
            if loaded_until is None:
                return ()
            calendar = calendar_of(Asked(), self.workspace.company)
            today = loaded_until.astimezone(calendar.zone).date()
            end = moment(until, calendar).astimezone(calendar.zone).date() if until else None
            return releases.read(lambda sql, told: self._remembered(snapshot, sql, told), today, end, most, feature)

    def objectives(self) -> dict[str, str]:
        """The name of each of the company's objectives by its id; none where no source tells of any."""
        with self.reader.open() as snapshot:
            return objectives.read(lambda sql, told: self._remembered(snapshot, sql, told))

    def explain(self, name: str, **options: Any) -> Explanation:
        """Everything behind a metric: definition, SQL of the query that `options` describe, lineage, sources, what is left out."""
        known = self.metrics
        metric = known.get(name)
        if metric is None:
            raise Problem(f'unknown metric "{name}"', remedy=did_you_mean(name, known))
        options["by"] = tuple(options.get("by", ()))
        with self.reader.open() as snapshot:
            loaded = self.loaded(snapshot)
            request = self.request((name,), Asked(**options), known, loaded)
            compiled = compile(request, known, loaded)
            tables = sorted({table for fact in compiled.facts for table in facts()[fact].fed_by})
            fed = "SELECT source, table_name, loaded_until, row_count FROM freshness WHERE list_contains($tables, table_name) ORDER BY ALL"
            sources = tuple(Source(*row) for row in snapshot.cursor.execute(fed, {"tables": tables}).fetchall())
            gone = self._left_out(snapshot, name, request, known, loaded)
        made_of, said = lineage(name, known), readings((name,), known)
        return Explanation(metric, definition(metric), compiled.sql, compiled.parameters, made_of, sources, gone, said)

    def _left_out(
        self, snapshot: Snapshot, name: str, request: Request, known: Mapping[str, Metric], loaded: Mapping[str, Loaded]
    ) -> dict[str, int]:
        found: dict[str, int] = {}
        for counted in leaves((name,), known):
            piece = piece_of(counted, replace(request, grain=None, by=(), where=None, accounts=None, compare=None), known, loaded)
            if piece is not None:
                cursor = snapshot.cursor.execute(leaf.left_out(piece))
                for column, count in zip((told[0] for told in cursor.description), cursor.fetchone() or (), strict=True):
                    found[column] = max(found.get(column, 0), int(count))
        return found

    def compile(self, *names: str, definitions: str | Mapping[str, Any] | None = None, **options: Any) -> Compiled:
        """The SQL of a query, not run. Takes the options of `query`."""
        known = self.metrics if definitions is None else load.over(self.metrics, definitions)
        options["by"] = tuple(options.get("by", ()))
        with self.reader.open() as snapshot:
            loaded = self.loaded(snapshot)
            return compile(self.request(names, Asked(**options), known, loaded), known, loaded)

    def _answer(self, snapshot: Snapshot, names: tuple[str, ...], asked: Asked, known: Mapping[str, Metric]) -> Result:
        if not names:
            raise Problem("name at least one metric", remedy="See python -m metrics list.")
        loaded = self.loaded(snapshot)
        request = self.request(names, asked, known, loaded)
        if asked.top is not None:
            with _said_plainly(asked.where, known[names[0]]):
                request = replace(request, top=self._largest(snapshot, request, asked.top, known, loaded))
        compiled = compile(request, known, loaded)
        with _said_plainly(asked.where, known[names[0]]):
            if self._lacks_rates(snapshot):
                money.check(compiled.pieces, self.workspace.company, lambda sql, values: snapshot.cursor.execute(sql, values).fetchall())
            rows = self._run(snapshot, compiled)
        return Result(
            metrics=names,
            grain=request.grain,
            since=request.since,
            until=request.until,
            timezone=str(request.calendar.zone),
            generation=snapshot.generation,
            loaded_until={fact: loaded.get(fact, Loaded()).until for fact in compiled.facts},
            by=request.by,
            columns=tuple(dict.fromkeys((*compiled.columns, "complete"))),
            rows=answers.with_complete(rows, compiled, request),
            readings=readings(names, known),
            summary=answers.summary(rows, compiled) if not request.by else {},
            sql=compiled.sql,
            parameters=compiled.parameters,
        )

    def _largest(
        self, snapshot: Snapshot, request: Request, count: int, known: Mapping[str, Metric], loaded: Mapping[str, Loaded]
    ) -> tuple[tuple[str, ...], ...]:
        if not request.by or count < 1:
            raise Problem("top needs a whole number from 1 and at least one dimension", remedy="Add --by, for example --by account.plan.")
        whole = replace(request, grain=None, compare=None)
        compiled = compile(
            whole,
            {**known, **{name: _population(resolved(known[name], known)) for name in request.metrics if is_shaped(known[name])}},
            loaded,
        )
        place = len(request.by)
        rows = sorted(self._run(snapshot, compiled), key=lambda row: (row[place] is None, -(row[place] or 0), row[:place]))
        return tuple(tuple(row[:place]) for row in rows[:count])

    def _lacks_rates(self, snapshot: Snapshot) -> bool:
        """Whether this generation holds amounts for which there is no rate."""
        if self._unconverted is None or self._unconverted[0] != snapshot.generation:
            found = snapshot.cursor.execute(money.FLAG).fetchone()
            self._unconverted = (snapshot.generation, bool(found and found[0]))
        return self._unconverted[1]

    def _run(self, snapshot: Snapshot, compiled: Compiled) -> list[tuple[Any, ...]]:
        return self._remembered(snapshot, compiled.sql, compiled.parameters)

    def _remembered(self, snapshot: Snapshot, sql: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """The rows of a statement; from memory when the same was asked of the same generation."""
        key = (snapshot.generation, sql, tuple(parameters.items()))
        with self._lock:
            if key in self._cache:
                self._cache.move_to_end(key)
                return self._cache[key]
        rows = [tuple(answers.number(value) for value in row) for row in snapshot.cursor.execute(sql, parameters).fetchall()]
        with self._lock:
            self._cache[key] = rows
            while len(self._cache) > _CACHED:
                self._cache.popitem(last=False)
        return rows

    def request(self, names: tuple[str, ...], asked: Asked, known: Mapping[str, Metric], loaded: Mapping[str, Loaded]) -> Request:
        """The question with its calendar and range resolved. Raises Problem for options that do not exist."""
        return resolve(names, asked, known, loaded, self.workspace.company)

    def loaded(self, snapshot: Snapshot) -> dict[str, Loaded]:
        """How far each fact is loaded: the least over the enabled sources that feed its table."""
        if self._known is None or self._known[0] != snapshot.generation:
            sql = (
                "SELECT table_name, min(loaded_since), min(loaded_until) FROM freshness "
                "WHERE list_contains($enabled, source) OR len($enabled) = 0 GROUP BY table_name"
            )
            rows = snapshot.cursor.execute(sql, {"enabled": list(self.workspace.sources)}).fetchall()
            by_table = {table: Loaded(since, until) for table, since, until in rows}
            found = {name: _least([by_table[table] for table in fact.fed_by if table in by_table]) for name, fact in facts().items()}
            self._known = (snapshot.generation, found)
        return self._known[1]

    def dimensions(self, name: str) -> list[str]:
        """What `by` takes for a metric: the columns that every fact of it has, attributes aside."""
        return dimensions(name, self.metrics)

    def values(self, fact: str, column: str, *, since: Moment | None = None, limit: int = 500) -> dict[str, int]:
        """The values of a fact's column, most frequent first, each with the number of rows that count; by default of twelve months."""
        rows = self.query("rows", definitions={"rows": {"count": "*", "in": fact}}, by=(column,), since=since).rows
        found = {str(row[column]): int(row["rows"]) for row in sorted(rows, key=lambda row: -row["rows"]) if row[column] != columns.NOTHING}
        return dict(list(found.items())[:limit])

    def members(self, dimension: str, limit: int = 200) -> list[str]:
        """The members of a column of a joined table, such as `account.plan`, most frequent first."""
        table, _, column = dimension.partition(".")
        join = next((join for fact in facts().values() for join in fact.joins if join.name == table and column in join.columns), None)
        if join is None:
            raise Problem(f'unknown dimension "{dimension}"', remedy="Name a joined column such as account.plan.")
        sql = (
            f"SELECT CAST({join.columns[column]} AS VARCHAR) FROM {join.table} WHERE deleted_at IS NULL "
            "GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT $n"
        )
        with self.reader.open() as snapshot:
            return [value for (value,) in snapshot.cursor.execute(sql, {"n": limit}).fetchall() if value is not None]


def _least(known: Sequence[Loaded]) -> Loaded:
    """What is known of something that several tables feed: the stretch that all of them have."""
    since, until = [one.since for one in known if one.since], [one.until for one in known if one.until]
    return Loaded(max(since, default=None), min(until, default=None))


def _population(metric: Metric) -> Metric:
    """What a kind with rows of its own looks at, as a metric with one value, by which its members are ranked."""
    return replace(metric, kind="count_distinct", spec=Aggregate(KINDS[metric.kind].leaf(metric.spec)))


@contextmanager
def _said_plainly(where: str | None, metric: Metric) -> Iterator[None]:
    """What the engine refuses (a text where a number must stand, say) as a Problem that shows the condition."""
    try:
        yield
    except duckdb.Error as error:
        said = str(error).splitlines()[0]
        if isinstance(error, duckdb.CatalogException) and "Table with name" in said:  # derived tables come with the load
            remedy = "Load once more: python -m connectors sync"
            raise Problem(f"{metric.name}: what is published was made by another version: {said}", remedy=remedy) from None
        remedy = "Compare a column with values of its own type, or convert it with TRY_CAST."
        if where:
            raise Problem(f"the condition {where} cannot be computed: {said}", remedy=remedy) from None
        raise metric.problem(f"cannot be computed: {said}", remedy) from None
