"""What the tests need of the machine beyond Python's packages, and the one command that installs what is missing.

Run as a script, it prints that command (nothing when all is there): `.ci/run` and the closing list of pytest both use it.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
from pathlib import Path

#: Where the tests' programs for Node are kept, with their pins.
PRISM = Path(__file__).with_name("prism")
FONTS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".local/share/fonts", Path.home() / "Library/Fonts")


def chromium() -> str | None:
    """The path of a Chromium that Playwright can drive, or None: the system's own first, else Playwright's download."""
    for name in ("chromium", "google-chrome", "google-chrome-stable"):
        if found := shutil.which(name):
            return found
    downloads = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH", Path.home() / ".cache/ms-playwright"))
    found_here = sorted(downloads.glob("chromium-*/chrome-linux*/chrome"))
    return str(found_here[-1]) if found_here else None


def has_inter() -> bool:
    """Whether the first font of the pages' stack is installed; without it the pages fall back to the system's font."""
    return any(next(folder.rglob("Inter*.[ot]t[fc]"), None) for folder in FONTS if folder.is_dir())


def drives_browsers() -> bool:
    """Whether Playwright's own program can start: a slim Linux lacks a library that it needs."""
    if sys.platform != "linux":
        return True
    try:
        ctypes.CDLL("libatomic.so.1")
    except OSError:
        return False
    return True


def postgres_programs() -> Path | None:
    """The folder of PostgreSQL's initdb and pg_ctl, or None: where POSTGRES_BIN says, in PATH, or where Debian keeps each version."""
    if told := os.environ.get("POSTGRES_BIN"):
        return Path(told) if Path(told, "initdb").exists() else None
    if found := shutil.which("initdb"):
        return Path(found).parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return folders[-1].parent if folders else None


def prism() -> Path | None:
    """The program that judges HTTP by an OpenAPI description, or None: it needs Node, and its pins installed."""
    program = PRISM / "node_modules/.bin/prism"
    return program if shutil.which("node") and program.exists() else None


def missing() -> list[str]:
    """The Debian names of what is not here; `prism` comes from npm."""
    here = {
        "chromium": chromium() is not None,
        "fonts-inter": has_inter(),
        "libatomic1": drives_browsers(),
        "nodejs npm": bool(shutil.which("node") and shutil.which("npm")),
        "postgresql": postgres_programs() is not None,
        "prism": prism() is not None,
    }
    return [name for name, is_here in here.items() if not is_here]


def install_command() -> str | None:
    """The one command that installs what is missing, or None. Where Debian's Chromium is not to be had, Playwright brings its own."""
    packages, steps = missing(), []
    own = "chromium" in packages and (is_ubuntu() or not shutil.which("apt-get"))  # Ubuntu ships Chromium as a snap only
    wanted = [name for name in packages if name != "prism" and (not own or name != "chromium")]
    if wanted and shutil.which("apt-get"):
        sudo = "" if os.geteuid() == 0 else "sudo "
        steps.append(f"{sudo}apt-get update && {sudo}apt-get install -y --no-install-recommends {' '.join(wanted)}")
    if own:
        steps.append(".venv/bin/python -m playwright install --with-deps chromium")
    if "prism" in packages and (shutil.which("npm") or shutil.which("apt-get")):
        steps.append(f"npm ci --no-audit --no-fund --ignore-scripts --prefix {PRISM.relative_to(PRISM.parents[1])}")
    return " && ".join(steps) or None


def is_ubuntu() -> bool:
    """Whether this is Ubuntu, by its own word."""
    release = Path("/etc/os-release")
    return release.exists() and "ID=ubuntu" in release.read_text(encoding="utf-8").splitlines()


if __name__ == "__main__":
    print(install_command() or "")
