"""What was answered before, kept for the runs that follow: a rerun of a page then costs no query at all."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

Made = TypeVar("Made")


def stamp(folder: Path) -> Hashable:
    """What changes with the definitions that lie in a folder."""
    return folder, tuple((path.name, path.stat().st_mtime) for path in sorted(folder.glob("*.yml")))


class Memory:
    """The latest answers; any thread may use it."""

    def __init__(self, most: int) -> None:
        self._most, self._lock = most, Lock()
        self._kept: OrderedDict[Hashable, tuple[Any, Any]] = OrderedDict()

    def recall(self, key: Hashable, of: Any, make: Callable[[], Made], fits: Callable[[Made], bool] = lambda _made: True) -> Made:
        """What is kept under a key, or what `make` gives, which is kept where it `fits`.

        What was made of another object than `of` holds no longer.
        """
        with self._lock:
            found = self._kept.get(key)
            if found is not None and found[0] is of:
                self._kept.move_to_end(key)
                kept: Made = found[1]
                return kept
        made = make()
        if fits(made):
            self.keep(key, of, made)
        return made

    def keep(self, key: Hashable, of: Any, made: Any) -> None:
        """Keeps an answer, and forgets the one that was not asked for the longest."""
        with self._lock:
            self._kept[key] = (of, made)
            self._kept.move_to_end(key)
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
