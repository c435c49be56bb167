"""Expressions that people write in files: parsed, and allowed by list, before any engine sees them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import zip_longest

import sqlglot
from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import ParseError, SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from data.errors import Problem


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: What a metric's or a feature's `where` may call.
FUNCTIONS = _words("abs coalesce contains date_part ends_with greatest least length lower nullif round starts_with trim upper")

#: What a column of a loaded file may call as well; `||` joins text.
LOADING_FUNCTIONS = FUNCTIONS | _words(
    "|| concat date_trunc make_date md5 regexp_extract replace sha256 split_part strptime substring try_strptime"
)

MAX_CHARACTERS, MAX_TOKENS, MAX_NESTING, MAX_DEPTH = 5000, 800, 25, 100

_FORMS = (
    "Allowed: columns, literals, comparisons, AND, OR, NOT, IN, BETWEEN, LIKE, IS NULL, CASE, arithmetic, "
    "CAST and TRY_CAST to plain types, and the functions {}."
)
_PUNCTUATION = _words("( ) , . + - * / // % = == <> != < <= > >= || ::")
_BEFORE_PARENTHESIS = _words("and as between case cast else end escape ilike in is like not or then try_cast when")
_SIZED_TYPES = _words("char decimal numeric time timestamp varchar")
_SIZE = re.compile(r"\s*\(\s*\d+\s*(,\s*\d+\s*)?\)")
_PREFIXES = _words("not - +")
_STRUCTURE: tuple[type[exp.Expr], ...] = (
    *(exp.Column, exp.Identifier, exp.Literal, exp.Boolean, exp.Null, exp.Paren, exp.Var),
    *(exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ),
    *(exp.Is, exp.In, exp.Between, exp.Like, exp.ILike, exp.Escape, exp.Case, exp.If),
    *(exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod, exp.Neg, exp.Cast, exp.TryCast, exp.DataType, exp.DataTypeParam),
)
# Where sqlglot's name of a function is not DuckDB's.
_NAMES: dict[type[exp.Expr], str] = {
    exp.DateFromParts: "make_date",
    exp.DPipe: "||",
    exp.SHA2: "sha256",
    exp.StrToTime: "strptime",
    exp.TimestampTrunc: "date_trunc",
}
_TYPES = {
    *(exp.DType.BOOLEAN, exp.DType.DATE, exp.DType.TIME, exp.DType.TIMESTAMP, exp.DType.TIMESTAMPNTZ, exp.DType.TIMESTAMPTZ),
    *(exp.DType.TINYINT, exp.DType.SMALLINT, exp.DType.INT, exp.DType.BIGINT, exp.DType.INT128),
    *(exp.DType.UTINYINT, exp.DType.USMALLINT, exp.DType.UINT, exp.DType.UBIGINT),
    *(exp.DType.FLOAT, exp.DType.DOUBLE, exp.DType.DECIMAL, exp.DType.TEXT, exp.DType.VARCHAR, exp.DType.CHAR),
}
_DUCKDB = DuckDB()


def check(text: str, *, functions: frozenset[str] = FUNCTIONS) -> exp.Expr:
    """The parsed expression, made only of allowed forms. Its columns have one to three parts (`table.attrs.key`).

    Raises Problem that names what is refused and what is allowed; the caller adds file and line. Render the result with
    `sql(tree)`, after quoting or replacing its `columns`.
    """
    _check_tokens(text, functions)
    try:
        tree = sqlglot.parse_one(text, read="duckdb", into=exp.Condition)
    except ParseError as error:
        raise _unreadable(error) from None
    except (SqlglotError, RecursionError) as error:
        raise Problem(f"this expression cannot be read ({type(error).__name__})") from None
    for node, depth in _walk(tree):
        if depth > MAX_DEPTH:
            raise Problem("this expression is nested too deep", remedy="Use IN (…) or CASE in place of long chains.")
        node.pop_comments()
        _check_node(node, functions)
    return tree


def columns(expression: exp.Expr) -> list[exp.Column]:
    """The columns that an expression names, in the order of the text; `[part.name for part in column.parts]` spells one."""
    return list(expression.find_all(exp.Column, bfs=False))


def sql(expression: exp.Expr) -> str:
    """The expression as DuckDB text."""
    return expression.sql(dialect="duckdb", comments=False)


def _check_tokens(text: str, functions: frozenset[str]) -> None:
    """Bounds what the parser is given, and compares each called name as it is written (sqlglot knows aliases)."""
    if len(text) > MAX_CHARACTERS:
        raise Problem(f"this expression has {len(text)} characters; {MAX_CHARACTERS} are allowed")
    if text.count("(") > MAX_TOKENS // 2:
        raise Problem(f"this expression has more than {MAX_TOKENS // 2} brackets")
    try:
        tokens = _DUCKDB.tokenize(text)
    except SqlglotError:
        raise Problem("this expression cannot be read: a quote or a comment is not closed") from None
    if not tokens:
        raise Problem("this expression is empty")
    if len(tokens) > MAX_TOKENS:
        raise Problem(f"this expression has {len(tokens)} words and signs; {MAX_TOKENS} are allowed")
    nesting = prefixes = 0
    for token, following in zip_longest(tokens, tokens[1:]):
        word = token.text.lower()
        nesting += (word in ("(", "case")) - (word in (")", "end"))
        prefixes = prefixes + 1 if word in _PREFIXES else 0
        if max(nesting, prefixes) > MAX_NESTING:
            raise Problem(f"this expression is nested more than {MAX_NESTING} deep")
        if token.token_type not in (TokenType.STRING, TokenType.NUMBER):
            _check_word(token, following, text, functions)


def _check_word(token: Token, following: Token | None, text: str, functions: frozenset[str]) -> None:
    shown, word = text[token.start : token.end + 1], token.text.lower()
    if token.token_type != TokenType.IDENTIFIER and not (word.isidentifier() or word in _PUNCTUATION):
        raise _refused(shown, functions)
    if following is None or following.token_type != TokenType.L_PAREN or word in _PUNCTUATION:
        return
    # Nested, the parser would try each of these as a type and as a call: twice the time for every level.
    has_size = word in _SIZED_TYPES and _SIZE.match(text, token.end + 1)
    if word not in functions and word not in _BEFORE_PARENTHESIS and not has_size:
        raise _refused(f"{shown}(…)", functions)


def _check_node(node: exp.Expr, functions: frozenset[str]) -> None:
    if isinstance(node, exp.DataType) and (node.this not in _TYPES or node.args.get("nested")):
        raise _refused(f"the type {_spelled(node)}", functions)
    if isinstance(node, exp.Column) and len(node.parts) > 3:
        raise _refused(_spelled(node), functions)
    if isinstance(node, exp.In) and not node.expressions:
        raise _refused("IN without a list of values", functions)
    if not isinstance(node, _STRUCTURE) and not _called(node) & functions:
        raise _refused(_spelled(node), functions)


def _called(node: exp.Expr) -> frozenset[str]:
    if isinstance(node, exp.Anonymous):
        return frozenset({node.name.lower()})
    if type(node) in _NAMES:
        return frozenset({_NAMES[type(node)]})
    return frozenset(name.lower() for name in node.sql_names()) if isinstance(node, exp.Func) else frozenset()


def _spelled(node: exp.Expr) -> str:
    try:
        text = node.sql("duckdb")
    except (SqlglotError, RecursionError):
        text = type(node).__name__
    return text if len(text) <= 60 else text[:59] + "…"


def _walk(tree: exp.Expr) -> Iterator[tuple[exp.Expr, int]]:
    waiting = [(tree, 0)]
    while waiting:
        node, depth = waiting.pop()
        yield node, depth
        waiting += [(child, depth + 1) for child in node.iter_expressions()]


def _refused(what: str, functions: frozenset[str]) -> Problem:
    return Problem(f"{what} is not allowed in an expression", remedy=_FORMS.format(", ".join(sorted(functions))))


def _unreadable(error: ParseError) -> Problem:
    first = error.errors[0] if error.errors else {}
    near, at = first.get("highlight"), first.get("col")
    place = f' near "{near}" (character {at})' if near else ""
    return Problem(f"this expression cannot be read{place}", remedy="Text stands in single quotes, names with signs in double quotes.")
