"""How a CSV file is written is found from the file, never from hope."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.blocks import Block
from connectors.dialect import Dialect, find
from data.errors import Problem


def found(tmp_path: Path, text: str | bytes, **declared: object) -> Dialect:
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return find(path, "a.csv", Block.model_validate({"file": "a.csv", "columns": {"account_id": "id"}, **declared}))


@pytest.mark.parametrize(
    ("text", "delimiter", "columns"),
    [
        ("a,b\n1,2\n", ",", ("a", "b")),
        ("a;b\n1,5;2,5\n3,5;4,5\n", ";", ("a", "b")),
        ("a\tb\n1\t2\n", "\t", ("a", "b")),
        ("a|b|c\nx,y|2|3\n", "|", ("a", "b", "c")),
        ('"a, or";b\n"1, 2";3\n', ";", ("a, or", "b")),
        ("id,text\n1,a;b;c\n2,d;e\n3,f\n", ",", ("id", "text")),
        ("id,name,n\n1,x,1\n2,y\n3,z,3,4\n4,w,4\n", ",", ("id", "name", "n")),  # ragged rows do not make it one column
        ("id,name,n\n" + "1,x|y,1\n" * 3 + "2,y\n" * 2, ",", ("id", "name", "n")),
        ("id\n1\n2\n", ",", ("id",)),
        ('id,"two\nlines"\n1,2\n', ",", ("id", "two\nlines")),
    ],
)
def test_the_delimiter_is_found(tmp_path: Path, text: str, delimiter: str, columns: tuple[str, ...]) -> None:
    dialect = found(tmp_path, text)

    assert (dialect.delimiter, dialect.columns) == (delimiter, columns)


def test_what_is_declared_holds(tmp_path: Path) -> None:
    dialect = found(tmp_path, "a:b,c\n1:2,3\n", delimiter=":", quote="", header=False)

    assert (dialect.delimiter, dialect.quote, dialect.columns) == (":", "", ("column0", "column1"))


@pytest.mark.parametrize(
    ("text", "quote", "escape"),
    [
        ('a,b\n"x ""y"" z",1\n', '"', '"'),
        ('a,b\n"x \\"y\\" z",1\n', '"', "\\"),
        ("a,b\nC:\\dir,1\n", '"', '"'),
        ("'a','b'\n'x, y',1\n", "'", "'"),
        ('a,b\n"C:\\",1\n"say ""no""",2\n', '"', '"'),
        ('a,b\n"",1\n', '"', '"'),
    ],
)
def test_quotes_and_what_escapes_them_are_found(tmp_path: Path, text: str, quote: str, escape: str) -> None:
    dialect = found(tmp_path, text)

    assert (dialect.quote, dialect.escape) == (quote, escape)


def test_names_are_told_apart(tmp_path: Path) -> None:
    assert found(tmp_path, "a,A,,a\n1,2,3,4\n").columns == ("a", "A_1", "column2", "a_3")


@pytest.mark.parametrize(
    ("raw", "encoding"),
    [
        ("a\nß\n".encode(), "utf-8"),
        ("a\nß\n".encode("cp1252"), "cp1252"),
        ("a\nß\n".encode("utf-16"), "utf-16"),
        ("a\nß\n".encode("utf-8-sig"), "utf-8"),
        (b"a\n" + b"x" * 2_000_000 + "ß\n".encode("cp1252"), "cp1252"),  # far behind the first lines
        ("a\nß\n".encode() + b"\xff\n", "utf-8"),  # mostly UTF-8: one line is wrong
        (b"a\n" + b"x" * (1 << 20) + "ß".encode(), "utf-8"),
        (b"a\n" + b"x" * ((1 << 20) - 3) + "ß".encode(), "utf-8"),  # a sign across two pieces of the file
    ],
)
def test_the_encoding_of_the_whole_file_counts(tmp_path: Path, raw: bytes, encoding: str) -> None:
    assert found(tmp_path, raw).encoding == encoding


def test_a_declared_encoding_must_fit(tmp_path: Path) -> None:
    with pytest.raises(Problem, match=r"a\.csv is not utf-16"):
        found(tmp_path, b"a,b\n1,2\n3", encoding="utf-16")


@pytest.mark.parametrize(
    ("text", "plain"), [("a\nb\n", True), ("a\r\nb\r\n", True), ("a\r\nb\n", False), ("a\nb\rc\n", False), ("a\rb\r", False)]
)
def test_mixed_ends_of_lines_are_noticed(tmp_path: Path, text: str, plain: bool) -> None:
    assert found(tmp_path, text).plain_ends is plain
