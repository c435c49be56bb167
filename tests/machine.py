"""What the tests need of the machine beyond Python's packages, and the one command that installs what is missing.

Run as a script, it prints that command (nothing when all is there): `.ci/run` and the closing list of pytest both use it.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

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


def missing() -> list[str]:
    """The Debian names of what is not here."""
    return [*([] if chromium() else ["chromium"]), *([] if has_inter() else ["fonts-inter"])]


def install_command() -> str | None:
    """The one command that installs what is missing, or None. Ubuntu ships Chromium as a snap only, so there Playwright brings it."""
    packages = missing()
    if not packages or (chromium() and not shutil.which("apt-get")):
        return None
    sudo = "" if os.geteuid() == 0 else "sudo "
    if shutil.which("apt-get") and ("chromium" not in packages or not is_ubuntu()):
        return f"{sudo}apt-get update && {sudo}apt-get install -y --no-install-recommends {' '.join(packages)}"
    return ".venv/bin/python -m playwright install --with-deps chromium"


def is_ubuntu() -> bool:
    """Whether this is Ubuntu, by its own word."""
    release = Path("/etc/os-release")
    return release.exists() and "ID=ubuntu" in release.read_text(encoding="utf-8").splitlines()


if __name__ == "__main__":
    print(install_command() or "")
