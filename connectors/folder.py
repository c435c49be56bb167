"""The files of a source: what lies in its folder, and which of it has not been loaded yet."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from connectors.blocks import Reading
from data import workspace as workspaces
from data.errors import did_you_mean
from data.yaml_file import Mapping

_IGNORED = (".", "~")


@dataclass(frozen=True, order=True)
class Found:
    """A file as it lies there. They sort by time of change, then by name: the last one wins."""

    mtime_ns: int
    path: str
    size: int
    file: Path


def folder(written: str, block: Mapping, root: Path) -> Path:
    """The source's folder. Raises Problem at `path` when there is none."""
    path = (root / Path(workspaces.expand(written, block, "path")).expanduser()).resolve()
    if not path.is_dir():
        said = f"{path} is a file; path is the folder that holds it" if path.is_file() else f"there is no folder {path}"
        raise block.problem("path", said, "Relative paths start in the workspace.", value=True)
    return path


def matching(root: Path, reading: Reading, at: Mapping, *, required: bool) -> list[Found]:
    """The files that a block names, the latest last. Raises Problem when there is none and one is `required`."""
    pattern = reading.file.rstrip("/")
    if Path(pattern).is_absolute() or ".." in Path(pattern).parts:
        raise at.problem("file", f'"{pattern}" lies outside the source\'s path', "Give it relative to path.", value=True)
    if (root / pattern).is_dir():
        pattern += "/**/*"
    plain = root / pattern
    files = [plain] if plain.is_file() else [file for file in root.glob(pattern) if file.is_file()]
    found = [_found(root, file) for file in files if not file.name.startswith(_IGNORED)]
    if not found and required:
        raise at.problem("file", f'no file matches "{reading.file}" in {root}', _nearest(root, reading.file), value=True)
    return sorted(found)


def matches(path: str, reading: Reading) -> bool:
    """Whether a path under the source's folder is one that the block names."""
    pattern = reading.file.rstrip("/")
    return path == pattern or fnmatchcase(path, pattern) or path.startswith(f"{pattern}/")


def read_text(root: Path, name: str, at: Mapping, key: str) -> str:
    """A small file of the source's folder. Raises Problem when it cannot be read."""
    try:
        return (root / name).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise at.problem(key, f"{name} cannot be read ({error})", "It holds one day or time, such as 2026-01-31.", value=True) from None


def _found(root: Path, file: Path) -> Found:
    told = file.stat()
    return Found(told.st_mtime_ns, file.relative_to(root).as_posix(), told.st_size, file)


def _nearest(root: Path, name: str) -> str:
    names = [file.relative_to(root).as_posix() for file in list(root.glob("*"))[:200] if not file.name.startswith(_IGNORED)]
    return did_you_mean(name, names) if names else "The folder is empty."
