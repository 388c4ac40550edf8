"""Make the fonts of the screens: small subsets, with what SDL_ttf cannot do baked in.

SDL_ttf knows no OpenType features, so tabular digits become the font's own digits, and headlines
are set a little tighter by their advance widths. Run by setup/fonts.sh, which fetches the sources.

    python setup/fonts.py SOURCES kiosk/screens/assets
"""

import sys
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from kiosk.screens.theme import ICONS

LATIN = {*range(0x20, 0x7F), *range(0xA0, 0x180), 0x2BB, 0x2BC, 0x218, 0x219, 0x21A, 0x21B}
CYRILLIC = {*range(0x400, 0x460), *range(0x48A, 0x514)}
SPACES = {0xA0, 0x2002, 0x2003, 0x2007, 0x2009, 0x200A, 0x202F}
SIGNS = {
    *map(ord, "‐‑‒–—―‘’‚“”„•…‹›€₴₸₽₾₺№™←↑→↓⇧−×÷≈≤≥●○✓✗·"),
    0x58F,
}
BOXES = {*range(0x2500, 0x2580), *range(0x2580, 0x25A0)}
TEXT = LATIN | CYRILLIC | SPACES | SIGNS
THIN = {0x202F: 0.24, 0x2009: 0.24, 0x200A: 0.1}

# file, source, characters, tabular digits, tracking in thousandths of an em
FONTS = [
    ("Inter-Regular.otf", "Inter-Regular.otf", TEXT, True, 0),
    ("Inter-Medium.otf", "Inter-Medium.otf", TEXT, True, 0),
    ("Inter-SemiBold.otf", "Inter-SemiBold.otf", TEXT, True, 0),
    ("InterDisplay-Bold.otf", "InterDisplay-Bold.otf", TEXT, True, -6),
    ("Mono.ttf", "DejaVuSansMono.ttf", TEXT | BOXES, False, 0),
    ("Mono-Bold.ttf", "DejaVuSansMono-Bold.ttf", TEXT | BOXES, False, 0),
]


def add_spaces(font: TTFont) -> None:
    """Give every no-break and thin space a glyph: sums are grouped with them."""
    cmap, metrics = font.getBestCmap(), font["hmtx"].metrics
    em = font["head"].unitsPerEm
    for table in font["cmap"].tables:
        if table.isUnicode():
            table.cmap.setdefault(0xA0, cmap[0x20])
            table.cmap.setdefault(0x2011, table.cmap.get(0x2010, cmap[ord("-")]))
    for code, share in THIN.items():
        if code in cmap and cmap[code] != cmap[0x20]:
            metrics[cmap[code]] = (round(em * share), 0)


def bake_tabular(font: TTFont) -> None:
    """Point the characters at the glyphs that the feature `tnum` would put in their place."""
    gsub = font["GSUB"].table
    swap: dict[str, str] = {}
    for record in gsub.FeatureList.FeatureRecord:
        if record.FeatureTag == "tnum":
            for index in record.Feature.LookupListIndex:
                for sub in gsub.LookupList.Lookup[index].SubTable:
                    swap.update(getattr(sub, "ExtSubTable", sub).mapping)
    if font.getBestCmap()[ord("0")] not in swap:
        raise SystemExit("the font has no tabular digits")
    for table in font["cmap"].tables:
        for code in range(ord("0"), ord("9") + 1):
            if code in table.cmap:
                # Two tables may share one map: what is tabular already stays.
                table.cmap[code] = swap.get(table.cmap[code], table.cmap[code])


def subset(font: TTFont, characters: set[int]) -> None:
    """Keep only the characters; kerning stays, every other feature goes."""
    options = Options()
    options.layout_features = ["kern"]
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    options.notdef_outline = True
    options.hinting = False
    options.desubroutinize = True
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=characters)
    subsetter.subset(font)


def track(font: TTFont, thousandths: int) -> None:
    """Move the letters nearer to one another."""
    by = round(font["head"].unitsPerEm * thousandths / 1000)
    for name, (width, left) in font["hmtx"].metrics.items():
        if width:
            font["hmtx"].metrics[name] = (width + by, left)


def main(sources: Path, assets: Path) -> None:
    """Write every font of the screens into `assets`."""
    found = {path.name: path for path in sources.rglob("*") if path.suffix in {".otf", ".ttf"}}
    for target, source, characters, tabular, tracking in FONTS:
        font = TTFont(found[source], recalcTimestamp=False)
        if tabular:
            add_spaces(font)
            bake_tabular(font)
        subset(font, characters)
        track(font, tracking)
        font.save(assets / target)
        print(f"{target}: {(assets / target).stat().st_size // 1024} KB")
    icons = TTFont(found["materialdesignicons-webfont.ttf"], recalcTimestamp=False)
    by_name = {name: code for code, name in icons.getBestCmap().items()}
    wrong = [f"{n}: {chr(c)!r}" for n, c in ICONS.items() if c not in by_name.values()]
    if wrong:
        raise SystemExit(f"not in the icon font: {wrong}")
    subset(icons, set(ICONS.values()))
    icons.save(assets / "Icons.ttf")
    print(f"Icons.ttf: {(assets / 'Icons.ttf').stat().st_size // 1024} KB")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
