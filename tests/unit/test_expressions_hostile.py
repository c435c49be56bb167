"""What people (or somebody through them) may type into a condition: nothing but conditions ever reaches the engine."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import metrics
from data.errors import Problem
from data.expressions import check
from data.reader import Reader, Snapshot
from tests import asking
from tests.company import Company

#: No test of speed: a refusal takes some milliseconds, and one that takes two seconds hangs.
PATIENCE = 2.0

STATEMENTS = [
    "DROP TABLE event",
    "DELETE FROM event",
    "INSERT INTO event VALUES (1)",
    "UPDATE event SET value = 0",
    "CREATE TABLE x AS SELECT 1",
    "CREATE MACRO f() AS 1",
    "ALTER TABLE event DROP COLUMN value",
    "ATTACH 'x.db'",
    "DETACH warehouse",
    "COPY event TO 'x.csv'",
    "COPY event FROM 'x.csv'",
    "EXPORT DATABASE 'x'",
    "IMPORT DATABASE 'x'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "PRAGMA version",
    "PRAGMA database_list",
    "SET memory_limit = '1GB'",
    "SET GLOBAL enable_external_access = true",
    "RESET ALL",
    "CALL pragma_version()",
    "CHECKPOINT warehouse",
    "VACUUM ANALYZE",
    "USE memory",
    "BEGIN TRANSACTION",
    "ROLLBACK",
    "EXPLAIN SELECT 1",
    "DESCRIBE event",
    "SELECT * FROM event",
    "VALUES (1)",
    "FROM event",
    "TABLE event",
    "SHOW TABLES",
    "SUMMARIZE event",
    "WITH x AS (SELECT 1) SELECT * FROM x",
    "PREPARE p AS SELECT 1",
    "EXECUTE p",
]

SUBQUERIES = [
    "(SELECT true)",
    "value = (SELECT max(value) FROM event)",
    "event IN (SELECT event_name FROM event)",
    "event NOT IN (SELECT 'x')",
    "EXISTS (SELECT 1)",
    "NOT EXISTS (SELECT 1 FROM account)",
    "value > ANY (SELECT 1)",
    "value > ALL (SELECT 1)",
    "value = ANY ([1, 2])",
    "value IN (FROM event)",
    "(FROM event)",
    "value IN (VALUES (1))",
    "(TABLE event) IS NULL",
    "(WITH x AS (SELECT 1 AS a) SELECT a FROM x) = 1",
    "1 = 1 UNION SELECT 1",
    "value = 1 UNION ALL SELECT password FROM account",
    "1 = 1 EXCEPT SELECT 1",
    "1 = 1 INTERSECT SELECT 1",
    "event = 'x' FROM account",
    "1 = 1 GROUP BY 1",
    "1 = 1 HAVING true",
    "1 = 1 ORDER BY 1",
    "1 = 1 LIMIT 1",
    "1 = 1 QUALIFY true",
    "1 = 1 WINDOW w AS ()",
    "true) OR (true",
    "true) --",
    "1 = 1)) UNION SELECT 1 --",
    "value = 1 WHERE true",
    "value = ARRAY(SELECT 1)",
    "CASE WHEN (SELECT true) THEN true END",
    "coalesce((SELECT 1), 2) = 1",
]

FUNCTIONS = [
    "read_csv('x.csv')",
    "read_csv_auto('x.csv')",
    "read_parquet('x.parquet')",
    "parquet_scan('x')",
    "read_json('x.json')",
    "read_json_auto('x')",
    "read_ndjson('x')",
    "read_json_objects('x')",
    "read_text('secret.txt')",
    "read_blob('secret.bin')",
    "glob('*')",
    "sniff_csv('x')",
    "parquet_metadata('x')",
    "parquet_schema('x')",
    "sqlite_scan('a','b')",
    "postgres_scan('a','b','c')",
    "mysql_scan('a','b','c')",
    "iceberg_scan('x')",
    "delta_scan('x')",
    "st_read('x')",
    "read_xlsx('x')",
    "http_get('https://example.org')",
    "read_csv('https://example.org/x.csv')",
    "arrow_scan(1,2,3)",
    "pandas_scan(1)",
    "seq_scan('event')",
    "query('SELECT')",
    "query_table('event')",
    "getenv('HOME')",
    "current_setting('threads')",
    "duckdb_settings()",
    "duckdb_secrets()",
    "which_secret('x','s3')",
    "duckdb_tables()",
    "duckdb_functions()",
    "pragma_version()",
    "version()",
    "current_database()",
    "current_schema()",
    "current_query()",
    "current_user()",
    "session_user()",
    "user()",
    "txid_current()",
    "nextval('s')",
    "currval('s')",
    "set_config('a','b')",
    "getvariable('x')",
    "setseed(0.5)",
    "random()",
    "uuid()",
    "gen_random_uuid()",
    "now()",
    "today()",
    "get_current_timestamp()",
    "clock_timestamp()",
    "pg_sleep(10)",
    "sleep(10)",
    "sleep_ms(10000)",
    "system('id')",
    "shell('id')",
    "exec('id')",
    "eval('1')",
    "error('x')",
    "checkpoint()",
    "force_checkpoint()",
    "copy_database('x')",
    "write_log('x')",
    "enable_logging()",
    "sql_auto_complete('SEL')",
    "has_table_privilege('event','select')",
    "pg_typeof(value)",
    "repeat('a',1000000000)",
    "rpad('a',1000000000,'b')",
    "lpad('a',1000000000,'b')",
    "range(1000000000)",
    "generate_series(1,1000000000)",
    "list_value(1)",
    "list_transform([1],x->x)",
    "unnest([1])",
    "struct_pack(1)",
    "map([1],[2])",
    "array_agg(value)",
    "string_agg(event,',')",
    "count(*)",
    "sum(value)",
    "max(value)",
    "avg(value)",
    "median(value)",
    "count(DISTINCT(value))",
    "row_number()",
    "regexp_matches(event,'(a+)+$')",
    "regexp_replace(event,'a','b')",
    "regexp_full_match(event,'x')",
    "json_extract(attrs,'$.x')",
    "json_extract_string(attrs,'$.x')",
    "json(attrs)",
    "to_json(value)",
    "from_json('{}','1')",
    "format('{}',event)",
    "printf('%s',event)",
    "chr(65)",
    "ascii('a')",
    "concat_ws(',',event)",
    "hash(event)",
    "md5(event)",
    "sha256(event)",
    "encode('x')",
    "from_base64('eA==')",
    "to_base64('x')",
    "hex(1)",
    "unhex('41')",
    "aes_decrypt('x')",
    "current_date()",
    "current_timestamp()",
    "age(occurred_at)",
    "strftime(occurred_at,'%Y')",
    "strptime('x','%Y')",
    "make_date(1,2,3)",
    "typeof(value)",
    "alias(value)",
    "can_cast_implicitly(1,2)",
    "constant_or_null(1,2)",
    "if(true,true,false)",
    "ifnull(value,1)",
    "nvl(value,1)",
    "iif(true,1,2)",
    "substr(event,1)",
    "left(event,1)",
    "position('a')",
    "replace(event,'a','b')",
    "mod(value,2)",
    "pow(value,2)",
    "power(10,308)",
    "exp(value)",
    "sqrt(value)",
    "factorial(20)",
    "bit_count(1)",
    "levenshtein(event,'x')",
    "combine(1,2)",
    "finalize(1)",
]

OPERATORS = [
    "event ~ '.*'",
    "event !~ '.*'",
    "event SIMILAR TO '.*'",
    "event GLOB '*'",
    "event ~~~ '*'",
    "event ^@ 'a'",
    "attrs -> 'x'",
    "attrs ->> 'x' = 'y'",
    "attrs['x'] = 'y'",
    "event[1] = 'a'",
    "event[1:2] = 'a'",
    "[1, 2] = [1, 2]",
    "{'a': 1} = {'a': 1}",
    "MAP {'a': 1} IS NULL",
    "ARRAY[1] IS NULL",
    "ROW(1, 2) = ROW(1, 2)",
    "(1, 2) = (1, 2)",
    "x -> x + 1",
    "lambda x: x",
    "COLUMNS(*) = 1",
    "COLUMNS('.*') IS NULL",
    "*",
    "event.*",
    "* EXCLUDE (value)",
    "#1 = 1",
    "$1 = 1",
    "$name = 1",
    "? = 1",
    ":name = 1",
    "@x = 1",
    "@@version = 1",
    "$$text$$ = event",
    "$tag$text$tag$ = event",
    "event = E'\\x41'",
    "event = X'41'",
    "event = U&'\\0041'",
    "event COLLATE nocase = 'A'",
    "CAST(value AS JSON) IS NULL",
    "CAST(value AS INTEGER[]) IS NULL",
    "value::STRUCT(a INTEGER) IS NULL",
    "value::MAP(VARCHAR, INTEGER) IS NULL",
    "value::UNION(a INTEGER) IS NULL",
    "CAST(event AS main.evil) IS NULL",
    "value := 1",
    "value => 1",
    "value ** 2 > 1",
    "value ^ 2 > 1",
    "value & 1 = 1",
    "value | 1 = 1",
    "value << 62 > 1",
    "~value = 1",
    "value!",
    "sum(value) OVER () > 1",
    "count(*) FILTER (WHERE true) > 1",
    "event LIKE ANY ('a', 'b')",
    "POSITION('a' IN event) > 0",
    "EXTRACT(year FROM occurred_at) > 1",
    "SUBSTRING(event FROM 1 FOR 2) = 'a'",
    "OVERLAY(event PLACING 'x' FROM 1) = 'a'",
    "event IS JSON",
    "value IS OF (INTEGER)",
    "GROUPING(value) = 1",
    "TRY(value = 1)",
    "value IN x",
    "value BETWEEN 1",
    "1 = 1 = = 1",
    "AND value = 1",
    "value = 1 AND",
    "value OR",
    "NOT",
    "value = 1,",
    "value = 1, value = 2",
    "value AS x",
    "value = 1 AS x",
    "CASE WHEN true THEN true",
    "INTERVAL '1' DAY IS NULL",
    "value = 1; value = 2",
    ";",
    "value = 1;",
    "{{ value }} = 1",
    "{% raw %}",
    "${value} = 1",
    "`value` = 1",
    "[value] = 1",
    "\\",
    "value = 1 \\g",
    ".tables",
    "!ls",
]

UNICODE = [
    "ＤＲＯＰ ＴＡＢＬＥ event",
    "value = 1； DROP TABLE event",
    "value ＝ 1",
    "event = ‘open’",
    "event = “open”",
    "event = ′open′",
    "event = 'open",
    'event = "open',
    "event = 'open''",
    "value = 1 /* not closed",
    "value\x00 = 1",
    "value = 1\x00; DROP TABLE event",
    "value = 1\x1a",
    "value = 1 \x08",
    "value \u2028; DROP TABLE event",
    "value = 1 \u202e;tnev",
    "value = 1 \U0001f4a3",
    "\u200b",
    "\ufeff;",
    "value ≠ 1",
    "value ≤ 1",
    "value − 1 = 0",
    "value × 2 = 1",
    "value ∈ (1)",
    "value = ①",
]

EMPTY = [" ", "\n\t", "-- only a comment", "/* only a comment */", "()", "(())", "'", '"', "(", ")", ",", ".", "..", "''."]

HUGE = {
    "a million letters": "a" * 1_000_000,
    "a long number": "value = " + "9" * 100_000,
    "a long text": "event = '" + "a" * 1_000_000 + "'",
    "a long name": '"' + "a" * 100_000 + '" = 1',
    "open brackets": "(" * 100_000,
    "balanced brackets": "(" * 2_000 + "value = 1" + ")" * 2_000,
    "many nots": "not " * 50_000 + "is_meaningful",
    "many minuses": "-" * 50_000 + "1 = 1",
    "many signs": "- " * 2_000 + "1 = 1",
    "a long sum": "+".join(["1"] * 50_000) + " = 1",
    "a long or": " or ".join(["value = 1"] * 20_000),
    "a long in": "value in (" + ",".join(map(str, range(50_000))) + ")",
    "nested case": "case when " * 500 + "true" + " then true end" * 500,
    "nested lower": "lower(" * 500 + "event" + ")" * 500 + " = 'x'",
    "nested casts": "cast(" * 500 + "value" + " as double)" * 500 + " = 1",
    "many casts": "value" + "::double" * 2_000 + " = 1",
    "many dots": "a" + ".a" * 5_000 + " = 1",
    "many quotes": "'" * 99_999,
    "many comments": "/* x */" * 20_000 + "value = 1 and",
    "nested comments": "/*" * 10_000,
    "many semicolons": ";" * 50_000,
    "many spaces": " " * 1_000_000,
    "many lines": "value = 1 and\n" * 10_000,
    "many unicode": "é" * 200_000,
    "many not-in": "value " + "not in (1) " * 3_000,
    "many like": "event" + " like 'a'" * 3_000,
    "many between": "value between 1 and " * 2_000 + "1",
    "many is null": "value" + " is null" * 2_000,
}

SMALL = [
    *STATEMENTS,
    *(f"1 = 1; {statement}" for statement in STATEMENTS),
    *SUBQUERIES,
    *(f"{call} = 1" for call in FUNCTIONS),
    *OPERATORS,
    *UNICODE,
    *EMPTY,
]

#: Conditions in form, but of things that a metric over events does not have; the layer's own table aliases among them.
NAMES = [
    "password = 'x'",
    "rowid = 1",
    "f.value = 1",
    "account_then.plan = 'x'",
    "d.period IS NULL",
    "main.event.value = 1",
    "information_schema.tables.table_name = 'x'",
    "duckdb_secrets.name = 'x'",
    "account.email_hash = 'x'",
    "account.is_test",
    "account.deleted_at IS NULL",
    "person.email_hash = 'x'",
    "person.is_internal",
    "raw_books.payload IS NULL",
    "ticket.channel = 'chat'",
    "a.b.c.d = 1",
    "attrs.a.b.c = 'x'",
    "nobody.attrs.x = 'y'",
    "sqlite_master.name = 'x'",
    '"event; DROP TABLE event" = 1',
    '"value"" = 1 OR ""x" = 1',
    "еvent = 'x'",
    "évent = 'x'",
    "deleted_at IS NULL",
    "loaded_at IS NULL",
    "CHECKPOINT",
    "VACUUM",
    "current_date",
    "current_user = 'x'",
]

#: Conditions that cannot be computed: what DuckDB says of them must come as a Problem, whatever the rows.
MISTYPED = [
    "event",
    "'x'",
    "lower(event)",
    "event || 'x'",
    "not event",
    "value = 'abc'",
    "value IN ('a')",
    "value BETWEEN 'a' AND 'b'",
    "value LIKE 'a%'",
    "value / 'x' = 1",
    "event = 5",
    "event > 5",
    "event + 1 = 2",
    "-event = 1",
    "event LIKE 5",
    "event IN (1, 'open')",
    "event IS TRUE",
    "is_meaningful = 'x'",
    "occurred_at > 'yesterday'",
    "lower(value) = 'x'",
    "abs(event) > 1",
    "round(event) = 1",
    "round(value, 'x') = 1",
    "round(value, 1, 2) = 1",
    "length(value) = 1",
    "trim(event, value) = 'a'",
    "contains(value, 1)",
    "least(value, 'x') = 1",
    "nullif(value, 'x') = 1",
    "date_part('nonsense', occurred_at) = 1",
    "date_part(event, occurred_at) = 1",
    "date_part('day') = 1",
    "cast(event AS integer) = 1",
    "cast('x' AS double) = 1",
    "value::date = '2026-01-01'",
    "CASE WHEN event = 'open' THEN 1 ELSE 'x' END = 1",
]

#: What only looks hostile: it is text, and it is compared as text.
HARMLESS = {
    "event = '''; DROP TABLE event; --'": 0,
    "event = 'x'' OR ''1'' = ''1'": 0,
    "event <> 'SELECT * FROM account'": 3,
    "event IN ('open', 'read_csv(''x'')')": 2,
    "event LIKE '%;%'": 1,
    "event = 'a;b -- c'": 1,
    "event = '\u202eopen'": 0,
    "event = '$1' OR event = '?'": 0,
    "attrs.\"x') OR 1 = 1 --\" = 'y'": 0,
    "attrs.\"x' OR '1' = '1\" = 'y'": 0,
    "attrs.\"$.*\" = 'y'": 0,
    "attrs.\"it's\" = 'odd'": 1,
    "attrs.\"a.b\" = 'dotted'": 1,
    'attrs."say ""hi""" = \'quoted\'': 1,
    "attrs.\"[0]\" = 'y'": 0,
    "attrs.key = 'null'": 0,
    "value / 0 > 1": 0,
    "value = 1 -- and nothing else": 1,
    "/* really */ value = 1": 1,
}

#: For the options beside the condition, and for the column of a definition.
OPTIONS = ["x'; DROP TABLE event; --", 'account.plan" , (SELECT 1) AS "x', "event)) --", "\x00", "../../etc/passwd", "a" * 100_000]
COLUMNS = ["value) FROM event; --", "(SELECT 1)", "*, value", "value; DROP TABLE event", "read_csv('x')", "f.value", "value FROM"]

COMPANY = Company(
    tables={
        "event": [
            {"event_id": "e1", "occurred_at": "2026-01-05", "event_name": "open", "value": 1, "attrs": {"it's": "odd", "key": None}},
            {"event_id": "e2", "occurred_at": "2026-01-05", "event_name": "open", "value": 2, "attrs": {"a.b": "dotted"}},
            {"event_id": "e3", "occurred_at": "2026-01-05", "event_name": "a;b -- c", "value": 3, "attrs": {'say "hi"': "quoted"}},
        ],
        "account": [],
    },
    loaded_until="2026-02-01",
    metrics={"actions": {"count": "*", "in": "events"}},
)
RANGE = {"since": "2026-01-01", "until": "2026-02-01"}


class Recorder:
    """A cursor that writes down what it is asked to run."""

    def __init__(self, cursor: Any, ran: list[str]) -> None:
        self._cursor, self._ran = cursor, ran

    def execute(self, sql: str, *parameters: Any) -> Any:
        self._ran.append(sql)
        return self._cursor.execute(sql, *parameters)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> metrics.Layer:
    """A layer that has answered once, so that all it needs to know of the store is known."""
    made = asking.Companies(tmp_path_factory.mktemp("hostile")).layer(COMPANY)
    made.query("actions", **RANGE)
    return made


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement that a reader's cursor runs during the test."""
    statements: list[str] = []
    opened = Reader.open

    @contextmanager
    def recording(self: Reader) -> Iterator[Snapshot]:
        with opened(self) as snapshot:
            yield replace(snapshot, cursor=Recorder(snapshot.cursor, statements))

    monkeypatch.setattr(Reader, "open", recording)
    return statements


def test_the_corpus_is_large() -> None:
    assert len(set(SMALL)) + len(HUGE) + len(NAMES) >= 400


@pytest.mark.parametrize("text", SMALL, ids=ascii)
def test_it_is_refused_with_one_clear_problem(text: str, layer: metrics.Layer, ran: list[str]) -> None:
    _refused_in_time(lambda: check(text))
    _refused_in_time(lambda: layer.query("actions", where=text, **RANGE))

    assert ran == []


@pytest.mark.parametrize("text", HUGE.values(), ids=HUGE)
def test_huge_input_is_refused_in_time(text: str, layer: metrics.Layer, ran: list[str]) -> None:
    _refused_in_time(lambda: check(text))
    _refused_in_time(lambda: layer.query("actions", where=text, **RANGE))

    assert ran == []


@pytest.mark.parametrize("text", NAMES, ids=ascii)
def test_names_that_a_metric_does_not_have_are_refused(text: str, layer: metrics.Layer, ran: list[str]) -> None:
    _refused_in_time(lambda: layer.query("actions", where=text, **RANGE))

    assert ran == []


@pytest.mark.parametrize("text", MISTYPED, ids=ascii)
def test_what_cannot_be_computed_is_one_clear_problem_too(text: str, layer: metrics.Layer) -> None:
    _refused_in_time(lambda: layer.query("actions", where=text, **RANGE))
    _refused_in_time(lambda: layer.query("mine", definitions={"mine": {"count": "*", "in": "events", "where": text}}, **RANGE))


@pytest.mark.parametrize(("text", "count"), HARMLESS.items(), ids=ascii)
def test_text_stays_text(text: str, count: int, layer: metrics.Layer) -> None:
    assert layer.query("actions", where=text, **RANGE).rows[0]["actions"] == count
    assert layer.query("actions", **RANGE).rows[0]["actions"] == 3


@pytest.mark.parametrize("name", ["by", "timezone", "week_start", "compare", "grain", "since", "until"])
@pytest.mark.parametrize("text", OPTIONS, ids=lambda text: ascii(text)[:40])
def test_no_other_option_lets_it_through(name: str, text: str, layer: metrics.Layer, ran: list[str]) -> None:
    options = {"grain": "day", **RANGE, name: (text,) if name == "by" else text}

    _refused_in_time(lambda: layer.query("actions", **options), readable=False)

    assert ran == []


@pytest.mark.parametrize("text", COLUMNS)
@pytest.mark.parametrize("verb", ["count_distinct", "sum", "median", "max"])
def test_a_definition_names_columns_only(verb: str, text: str, layer: metrics.Layer, ran: list[str]) -> None:
    definition = {"mine": {verb: text, "in": "events"}}

    _refused_in_time(lambda: layer.query("mine", definitions=definition, **RANGE))

    assert ran == []


def _refused_in_time(call: Any, *, readable: bool = True) -> None:
    begun = time.perf_counter()
    with pytest.raises(Problem) as said:
        call()
    took = time.perf_counter() - begun

    assert took < PATIENCE
    assert said.value.message.strip()
    assert not readable or len(str(said.value)) < 1500, "a refusal is to be read"


def test_the_company_is_unharmed(layer: metrics.Layer, tmp_path: Path) -> None:
    assert layer.query("actions", **RANGE).rows[0]["actions"] == 3
    assert not list(tmp_path.iterdir())
