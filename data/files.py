"""Files that survive a power cut: copies, and replacements that are whole or not there."""

from __future__ import annotations

import fcntl
import os
import shutil
from pathlib import Path

_FICLONE = 0x40049409  # ioctl of btrfs and xfs: both files share their blocks until one changes
_CHUNK = 1 << 30


def copy(source: Path, target: Path) -> None:
    """Copies a file the cheapest way that its file system knows: shared blocks, a copy inside the kernel, or bytes."""
    with source.open("rb") as read, target.open("wb") as written:
        if _share_blocks(read.fileno(), written.fileno()) or _copy_in_kernel(read.fileno(), written.fileno()):
            return
        read.seek(0)
        written.seek(0)
        shutil.copyfileobj(read, written, 1 << 20)


def replace_text(path: Path, text: str) -> None:
    """Writes a small file in one step: readers see the old text or the new, also after a crash."""
    prepared = path.with_name(path.name + ".new")
    write_text(prepared, text)
    prepared.replace(path)
    fsync(path.parent)


def write_text(path: Path, text: str) -> None:
    """Writes a small file and waits until it is on the disk."""
    with path.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def fsync(path: Path) -> None:
    """Waits until a file, or the list of names in a folder, is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _share_blocks(source: int, target: int) -> bool:
    try:
        fcntl.ioctl(target, _FICLONE, source)
    except OSError:
        return False
    return True


def _copy_in_kernel(source: int, target: int) -> bool:
    if not hasattr(os, "copy_file_range"):
        return False
    left = os.fstat(source).st_size
    try:
        while left > 0:
            copied = os.copy_file_range(source, target, min(left, _CHUNK))
            if copied == 0:
                return False
            left -= copied
    except OSError:
        os.ftruncate(target, 0)
        return False
    return True
