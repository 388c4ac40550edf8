"""A picture of every screen and message: both sizes, every language, normal and large text.

    python -m tests.screens.gallery [--only NAME] [--sizes 800x480,1280x800] [--out build/gallery]

    python -m tests.screens.gallery --book

Writes the pictures and an index.html. One process a size: Kivy has one window a process. With
--book it writes the pictures of the attendant's book (docs/operations.md) instead.
"""

from __future__ import annotations

import argparse
import html
import os
import subprocess
import sys
from pathlib import Path

from PIL import Image

BOOK = Path("docs/pictures")
SIZES = "800x480,1280x800"
LOOKS = tuple((language, large) for large in (False, True) for language in ("en", "ru", "de"))


def render(size: str, out: Path, only: str) -> None:
    """All pictures of one size, in this process."""
    os.environ.setdefault("SDL_VIDEODRIVER", "offscreen")
    from tests.screens.desk.walk import desk_pages
    from tests.screens.robot import Robot
    from tests.screens.samples import NOW_S, samples

    width, height = (int(part) for part in size.split("x"))
    robot = Robot((width, height))
    number = 0
    for language, large in LOOKS:
        views = samples(language, large, large) | {
            f"desk-{name}": view for name, view in desk_pages(language, large, large).items()
        }
        for name, view in views.items():
            if only and only not in name:
                continue
            # A page of the desk was met while somebody walked: its time is its own.
            walked = name.startswith("desk-") and view.frame.warn_s is not None
            robot.now_s = view.frame.warn_s - 20 if walked else NOW_S
            robot.show(view)
            robot.picture(out / f"{name}.{size}.{language}{'.large' if large else ''}.png")
            number += 1
            if sys.stdout.isatty() or number % 40 == 0:
                print(f"\r{size}: {number} pictures", end="", flush=True)
    print(f"\r{size}: {number} pictures")


def book(out: Path) -> None:
    """The pictures of the attendant's book, with few colours: they are kept with the project."""
    os.environ.setdefault("SDL_VIDEODRIVER", "offscreen")
    from tests.screens.desk.book import SIZE, views
    from tests.screens.robot import Robot

    out.mkdir(parents=True, exist_ok=True)
    robot = Robot(SIZE)
    for name, view, now_s in views():
        robot.now_s = now_s
        robot.show(view)
        path = out / f"{name}.png"
        robot.picture(path)
        with Image.open(path) as taken:
            few = taken.convert("RGB").quantize(128, dither=Image.Dither.NONE)
        few.save(path, optimize=True)
        print(f"{path}: {path.stat().st_size // 1024} kB")


def index(out: Path) -> None:
    """A page with all pictures that are there, a row for each screen."""
    rows: dict[str, list[Path]] = {}
    for path in sorted(out.glob("*.png")):
        rows.setdefault(path.name.split(".")[0], []).append(path)
    cells = "\n".join(
        f"<h2>{html.escape(name)}</h2><p>"
        + "".join(
            f'<a href="{p.name}"><figure><img loading="lazy" src="{p.name}">'
            f"<figcaption>{html.escape(p.name)}</figcaption></figure></a>"
            for p in paths
        )
        + "</p>"
        for name, paths in rows.items()
    )
    page = (
        "<!doctype html><meta charset=utf-8><title>Foyer: every screen</title><style>"
        "body{background:#333;color:#eee;font:15px sans-serif;margin:24px}"
        "p{display:flex;flex-wrap:wrap;gap:16px}figure{margin:0}img{width:400px}"
        "figcaption{font-size:12px;color:#aaa}a{text-decoration:none}</style>"
        f"<h1>Every screen</h1>{cells}"
    )
    (out / "index.html").write_text(page, encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="only names that contain this")
    parser.add_argument("--sizes", default=SIZES)
    parser.add_argument("--out", type=Path, default=Path("build/gallery"))
    parser.add_argument("--book", action="store_true", help="the pictures of docs/operations.md")
    parser.add_argument("--size", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.book:
        book(BOOK)
        return 0
    given.out.mkdir(parents=True, exist_ok=True)
    if given.size:
        render(given.size, given.out, given.only)
        return 0
    for size in given.sizes.split(","):
        command = [sys.executable, "-m", "tests.screens.gallery", "--size", size]
        command += ["--out", str(given.out), "--only", given.only]
        status = subprocess.run(command, check=False).returncode
        if status:
            return status
    index(given.out)
    print(f"gallery: {given.out / 'index.html'}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
