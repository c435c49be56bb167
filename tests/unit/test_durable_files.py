"""Copies are whole whatever the file system can do; small files are replaced in one step."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from data import files

CONTENT = os.urandom(3_000_000)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source"
    path.write_bytes(CONTENT)
    return path


def test_a_copy_is_whole(source: Path, tmp_path: Path) -> None:
    files.copy(source, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == CONTENT


@pytest.mark.parametrize("copied_first", [0, 1_000_000])
def test_where_the_kernel_cannot_copy_bytes_are(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, copied_first: int) -> None:
    def give_up(read: int, written: int, count: int) -> int:
        if os.lseek(written, 0, os.SEEK_CUR) < copied_first:
            return os.write(written, os.read(read, copied_first))
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    monkeypatch.setattr(os, "copy_file_range", give_up, raising=False)
    files.copy(source, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == CONTENT


def test_where_the_system_knows_no_copy_bytes_are(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "copy_file_range", raising=False)
    files.copy(source, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == CONTENT


def test_a_replacement_that_fails_leaves_the_old_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "CURRENT"
    files.replace_text(path, "1\n")

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            files.replace_text(path, "2\n")
    assert path.read_text() == "1\n"
    files.replace_text(path, "2\n")
    assert path.read_text() == "2\n"
