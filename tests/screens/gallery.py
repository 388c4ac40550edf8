"""A picture of every screen and message: five sizes, three languages, every look.

    python -m tests.screens.gallery [--only NAME] [--sizes 800x480,1280x800] [--languages en,de]
        [--looks normal,large,contrast,low] [--fixed] [--out build/gallery]

    python -m tests.screens.gallery --book

Writes the pictures and an index.html that shows them by screen, size, language and look. One
process a size: Kivy has one window a process. With --fixed it draws 200 of them, always the same:
each of a screen of its own, so that a new screen takes the place of one picture. With --book it
writes the pictures of the attendant's book (docs/operations.md) instead.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from zlib import crc32

from PIL import Image

from kiosk.screens.view import DeskView, View

BOOK = Path("docs/pictures")
SIZES = ("800x480", "1024x600", "1280x800", "1920x1080", "1080x1920")
LANGUAGES = ("en", "ru", "de")
LOOKS = ("normal", "large", "contrast", "low")
FIXED = 200

Kind = tuple[str, str, str]
"""Size, language and look of a picture."""


def views(language: str, look: str, *, desk: bool = True) -> dict[str, View]:
    """Every screen of a guest and every page of the desk, in one language and look."""
    from tests.first_boot.walks import views as first_start
    from tests.screens.guest.walks import guest_views
    from tests.screens.samples import NOW_S, samples

    large, contrast = look == "large", look == "contrast"
    made = samples(language, large, contrast)
    made |= guest_views(language, large, contrast, NOW_S)
    made |= first_start(language) if look == "normal" else {}
    if look == "low":
        return {n: replace(v, frame=replace(v.frame, low=True)) for n, v in made.items()}
    if not desk:
        return made
    from tests.screens.desk.walk import desk_pages

    pages = desk_pages(language, large, contrast)
    return made | {f"desk-{name}": view for name, view in pages.items()}


def fixed(names: list[str]) -> dict[str, Kind]:
    """The 200 screens that are drawn each time, each in one size, language and look."""
    kinds = list(product(SIZES, LANGUAGES, LOOKS))
    guests = sorted((n for n in names if not n.startswith(("desk-", "x-", "setup-"))), key=_number)
    return {name: kinds[_number(f"{name}?") % len(kinds)] for name in guests[:FIXED]}


def _number(name: str) -> int:
    return crc32(name.encode())


def chosen(given: argparse.Namespace, size: str) -> Iterator[tuple[str, str, str, View]]:
    """Name, language, look and View of each picture of a size."""
    some = fixed(list(views("en", "normal", desk=False))) if given.fixed else {}
    for language, look in product(given.languages.split(","), given.looks.split(",")):
        for name, view in views(language, look, desk=not given.fixed).items():
            if given.fixed and some.get(name) != (size, language, look):
                continue
            if given.only in name:
                yield name, language, look, view


def render(size: str, given: argparse.Namespace) -> None:
    """The pictures of one size, in this process."""
    os.environ.setdefault("SDL_VIDEODRIVER", "offscreen")
    from tests.screens.robot import Robot
    from tests.screens.samples import NOW_S

    width, height = (int(part) for part in size.split("x"))
    robot = Robot((width, height))
    number = 0
    for name, language, look, view in chosen(given, size):
        # A page of the desk was met while somebody walked: its time is its own.
        walked = isinstance(view, DeskView) and view.frame.warn_s is not None
        robot.now_s = view.frame.warn_s - 20 if walked else NOW_S
        robot.show(view)
        robot.picture(given.out / f"{name}.{size}.{language}.{look}.png")
        number += 1
        if sys.stdout.isatty() or number % 100 == 0:
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


INDEX = """<!doctype html><meta charset=utf-8><title>Foyer: every screen</title><style>
body{background:#333;color:#eee;font:15px sans-serif;margin:24px}
main{display:flex;flex-wrap:wrap;gap:16px}figure{margin:0}img{width:400px}
figcaption{font-size:12px;color:#aaa}a{text-decoration:none}
form{position:sticky;top:0;background:#333;padding:12px 0;display:flex;gap:16px}</style>
<h1>Every screen</h1><form id=by>
<input name=name placeholder="screen" autofocus>
<select name=size></select><select name=language></select><select name=look></select>
<span id=many></span></form><main id=all></main><script>
const files=FILES, by=document.getElementById("by"), parts=["name","size","language","look"];
const split=f=>{const p=f.split(".");return{name:p[0],size:p[1],language:p[2],look:p[3],file:f}};
const all=files.map(split);
for(const part of parts.slice(1)){by[part].append(new Option("every "+part,""));
 for(const v of [...new Set(all.map(f=>f[part]))])by[part].append(new Option(v,v))}
function show(){const want=all.filter(f=>f.name.includes(by.name.value)
 &&parts.slice(1).every(p=>!by[p].value||f[p]===by[p].value));
 many.textContent=want.length+" pictures";
 document.getElementById("all").replaceChildren(...want.slice(0,600).map(f=>{
  const a=document.createElement("a");a.href=f.file;
  a.innerHTML=`<figure><img loading=lazy src="${f.file}">`
   +`<figcaption>${f.file}</figcaption></figure>`;
  return a}))}
by.addEventListener("input",show);by.addEventListener("submit",e=>e.preventDefault());show();
</script>"""


def index(out: Path) -> None:
    """A page with all pictures that are there, to be narrowed down."""
    names = sorted(path.name for path in out.glob("*.png"))
    (out / "index.html").write_text(INDEX.replace("FILES", json.dumps(names)), encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="only names that contain this")
    parser.add_argument("--sizes", default=",".join(SIZES))
    parser.add_argument("--languages", default=",".join(LANGUAGES))
    parser.add_argument("--looks", default=",".join(LOOKS))
    parser.add_argument("--fixed", action="store_true", help="the 200 that are always drawn")
    parser.add_argument("--out", type=Path, default=Path("build/gallery"))
    parser.add_argument("--book", action="store_true", help="the pictures of docs/operations.md")
    parser.add_argument("--size", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.book:
        book(BOOK)
        return 0
    given.out.mkdir(parents=True, exist_ok=True)
    if given.size:
        render(given.size, given)
        return 0
    for size in given.sizes.split(","):
        command = [sys.executable, "-m", "tests.screens.gallery", "--size", size, *sys.argv[1:]]
        status = subprocess.run(command, check=False).returncode
        if status:
            return status
    index(given.out)
    print(f"gallery: {given.out / 'index.html'}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
