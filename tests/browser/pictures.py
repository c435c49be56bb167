"""Pictures of the pages as they looked when somebody last looked at them: what a change moves is seen by comparing.

After a wanted change, look at the pages and take the pictures anew, from the project's root:

    .venv/bin/python -m tests.browser.pictures [page …]
"""

from __future__ import annotations

import io
import sys
import tempfile
from itertools import product
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageChops
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser import harness
from tests.browser.harness import PAGES
from tests.machine import chromium

FOLDER = Path(__file__).with_name("pictures")
#: The page of one account of the demo company: it is in no navigation.
ACCOUNT = "account?id=acc_00001"
#: A release of the demo company of which something can be told.
IMPACT = "impact?release=rel_export_2"
#: Pages take turns by their place here: new ones come last, so that those before them keep theirs.
NAMES = (*PAGES[:12], ACCOUNT, *(IMPACT if name == "impact" else name for name in PAGES[12:]))
#: Pictures are kept this many times smaller than the window: letters blur, and with them what fonts and browsers draw differently.
SMALLER = 4
#: What differs by so much of 255, in what share of a picture, is another look.
_VISIBLE, TOLERANCE = 20, 0.02


class Look(NamedTuple):
    """How somebody sees a page."""

    scheme: str
    width: int
    locale: str


EVERY = [Look(*look) for look in product(("light", "dark"), (390, 900, 1440, 2560), ("en-GB", "fr-FR"))]
#: Each page is seen at three widths, in both schemes and in both languages; pages take turns in which of them go together.
TURNS = (
    (Look("light", 1440, "en-GB"), Look("dark", 390, "fr-FR"), Look("dark", 900, "en-GB")),
    (Look("dark", 1440, "fr-FR"), Look("light", 390, "en-GB"), Look("light", 900, "fr-FR")),
)


def looks(name: str) -> tuple[Look, ...]:
    """How a page is looked at in every run of the tests."""
    return TURNS[NAMES.index(name) % 2]


def path(name: str, look: Look) -> Path:
    """Where the picture of a page lies."""
    return FOLDER / f"{name.partition('?')[0] or 'overview'}-{look.width}-{look.scheme}-{look.locale[:2]}.png"


def taken(page: Page) -> Image.Image:
    """The page as a small picture; the whole of it is in the window."""
    page.mouse.move(0, 0)
    shot = page.screenshot(animations="disabled", caret="hide")
    with Image.open(io.BytesIO(shot)) as whole:
        size = (whole.width // SMALLER, whole.height // SMALLER)
        return whole.convert("RGB").resize(size, Image.Resampling.BOX)


def difference(seen: Image.Image, kept: Image.Image) -> float:
    """The share of a picture that looks another way, 0 to 1; what one has below the end of the other differs."""
    size = max(seen.width, kept.width), max(seen.height, kept.height)
    both = [Image.new("RGB", size, colour) for colour in ("black", "white")]
    for canvas, picture in zip(both, (seen, kept), strict=True):
        canvas.paste(picture)
    apart = ImageChops.difference(*both).convert("L").point(lambda tone: 255 if tone > _VISIBLE else 0)
    return apart.histogram()[255] / (size[0] * size[1])


def store(picture: Image.Image, to: Path) -> None:
    """Keeps a picture as a small PNG."""
    to.parent.mkdir(parents=True, exist_ok=True)
    picture.quantize(128, kmeans=2, dither=Image.Dither.NONE).save(to, optimize=True)


def take(browser: Browser, url: str, names: list[str]) -> None:
    """Takes the pictures of these pages anew."""
    for name in names:
        for look in looks(name):
            page = harness.opened(browser, f"{url}/{name}", width=look.width, scheme=look.scheme, locale=look.locale)
            store(taken(harness.stretched(page)), path(name, look))
            print(f"{path(name, look).name}  {path(name, look).stat().st_size // 1024} kB")
            page.context.close()


def main(asked: list[str]) -> None:
    """Makes the company of the tests, serves it, takes the pictures."""
    names = [name for name in NAMES if not asked or (name.partition("?")[0] or "overview") in asked]
    with tempfile.TemporaryDirectory() as folder:
        root = harness.make_demo(Path(folder), clock=harness.STOPPED)
        with harness.serve(root, harness.STOPPED) as url, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
            take(browser, url, names)
            browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
