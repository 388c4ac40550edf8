"""What the models of receipt printers have and lack.

A model that is not here works with ``epson`` if it is a true Epson, else with ``generic``; the
options ``code_page`` and ``columns`` correct what differs. The numbers after ESC t are those of
the makers' command references and of python-escpos' table of models; printers sold under many names
number them differently, and their self-test (feed button held while switching on) prints which.
"""

from __future__ import annotations

import codecs
import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from unicodedata import combining, normalize

from kiosk.core.errors import ConfigError
from kiosk.core.ids import DeviceId
from kiosk.hardware.device import Options


@dataclass(frozen=True)
class Profile:
    """One family of printers.

    `pages` maps a code page to its number after ESC t; `columns` a width of paper in mm to its
    characters in font A; `rolls` a width to the metres of a usual full roll, rather too few, empty
    where the printer feels the end coming. `native_qr`: it draws QR codes itself, else they are
    sent as a picture.
    `small_font`: font B has the same letters as font A. `leave_kanji`: it may start in a Chinese
    mode that eats Cyrillic. `tells_model`: it answers GS I 67. `cutter`: it cuts.
    """

    pages: Mapping[str, int]
    columns: Mapping[int, int]
    rolls: Mapping[int, int] = field(default_factory=lambda: {80: 60, 58: 30})
    small_font: bool = True
    native_qr: bool = True
    leave_kanji: bool = False
    tells_model: bool = True
    cutter: bool = True


_EPSON_PAGES = {"CP437": 0, "CP1252": 16, "CP866": 17, "CP852": 18, "CP858": 19}

PROFILES: Mapping[str, Profile] = {
    # TM-T20II/III, TM-m30 and those that follow their command reference: 576 dots on 80 mm.
    "epson": Profile(pages=_EPSON_PAGES, columns={80: 48, 58: 32}),
    # TM-T88 II to VI: 512 dots.
    "tm-t88": Profile(pages=_EPSON_PAGES, columns={80: 42, 58: 30}, rolls={}),
    # Xprinter, Rongta, Gprinter, ZiJiang and the like: the two code pages that nearly all share.
    "generic": Profile(
        pages={"CP437": 0, "CP866": 17},
        columns={80: 48, 58: 32},
        small_font=False,
        native_qr=False,
        leave_kanji=True,
        tells_model=False,
    ),
    # POS-5890, NT-5890K: the same with other numbers.
    "pos-5890": Profile(
        pages={"CP437": 52, "CP866": 59},
        columns={58: 32},
        rolls={58: 18},
        small_font=False,
        native_qr=False,
        leave_kanji=True,
        tells_model=False,
        cutter=False,
    ),
    # NT-80-V-UL, P822D and other printers of 80 mm with the numbers of the POS-5890.
    "pos-80": Profile(
        pages={"CP437": 52, "CP866": 59},
        columns={80: 48},
        small_font=False,
        native_qr=False,
        leave_kanji=True,
        tells_model=False,
    ),
    # ZJ-5870 and other small ones without a cutter that number like an Epson.
    "zj-58": Profile(
        pages={"CP437": 0, "CP866": 17},
        columns={58: 32},
        rolls={58: 18},
        small_font=False,
        native_qr=False,
        leave_kanji=True,
        tells_model=False,
        cutter=False,
    ),
    # Rongta RP326 with its own numbers; others of this maker are generic.
    "rp326": Profile(
        pages={"CP437": 0, "CP866": 7},
        columns={80: 48},
        small_font=False,
        native_qr=False,
        leave_kanji=True,
        tells_model=False,
    ),
}


ROLL_M_MAX = 1000


def roll_mm(device: DeviceId, options: Options) -> int:
    """How long a full roll is, in mm; 0: nothing is counted.

    Raises:
        ConfigError: `roll_m` is no length of a roll.
    """
    told = int(options["roll_m"])
    if not -1 <= told <= ROLL_M_MAX:
        wrong = f"roll_m = {told} is not between 1 and {ROLL_M_MAX}, nor 0 (usual) or -1 (none)"
        raise ConfigError([f"devices.{device}: {wrong}"])
    if told == 0:
        told = PROFILES[str(options["profile"])].rolls.get(int(options["paper_mm"]), 0)
    return max(0, told) * 1000


def chosen(device: DeviceId, options: Options) -> tuple[Profile, int]:
    """The profile with its corrections, and the columns of the paper.

    Raises:
        ConfigError: an unknown profile, a width it has not, a code page that is none.
    """
    name, paper_mm = str(options["profile"]), int(options["paper_mm"])
    profile = PROFILES.get(name)
    if profile is None:
        near = difflib.get_close_matches(name, PROFILES, n=1)
        meant = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(PROFILES)}"
        raise ConfigError([f"devices.{device}: no printer profile {name!r}; {meant}"])
    if code_page := str(options["code_page"]):
        page, _, number = code_page.partition("=")
        if not (_known_page(page) and number.isdecimal() and int(number) < 256):
            told = f'code_page = "{code_page}" has not the form "CP866=17"'
            raise ConfigError([f"devices.{device}: {told}"])
        profile = replace(profile, pages={**profile.pages, page: int(number)})
    columns = int(options["columns"])
    if columns and not 16 <= columns <= 80:
        raise ConfigError([f"devices.{device}: columns = {columns} is not between 16 and 80"])
    if not columns and paper_mm not in profile.columns:
        widths = " or ".join(str(width) for width in profile.columns)
        told = f"paper_mm = {paper_mm}: {name} has paper of {widths} mm"
        raise ConfigError([f"devices.{device}: {told}"])
    return profile, columns or profile.columns[paper_mm]


def _known_page(name: str) -> bool:
    try:
        codecs.lookup(name)
    except LookupError:
        return False
    return name.startswith("CP")


_INSTEAD: Mapping[str, tuple[str, ...]] = {
    "₽": ("руб.", "RUB"),
    "₸": ("тг", "KZT"),
    "₴": ("грн", "UAH"),
    "€": ("EUR",),
    "£": ("GBP",),
    "¥": ("JPY",),
    "₾": ("GEL",),
    "֏": ("AMD",),
    "•": ("*",),
    "·": ("-",),
    "×": ("x",),
    "─": ("-",),
    "−": ("-",),
    "–": ("-",),
    "—": ("-",),
    "‑": ("-",),
    "…": ("...",),
    "№": ("No.",),
    "«": ('"',),
    "»": ('"',),
    "“": ('"',),
    "”": ('"',),
    "„": ('"',),
    "‘": ("'",),
    "’": ("'",),
    "ʻ": ("'",),
    "ä": ("ae",),
    "ö": ("oe",),
    "ü": ("ue",),
    "Ä": ("Ae",),
    "Ö": ("Oe",),
    "Ü": ("Ue",),
    "ß": ("ss",),
    "ẞ": ("SS",),
    "ё": ("е",),
    "Ё": ("Е",),
}


def replacements(characters: Iterable[str], can_print: Callable[[str], bool]) -> dict[str, str]:
    """What stands for each character that a printer lacks: a word, a plain letter, or ``?``."""
    lacking = (character for character in set(characters) if not can_print(character))
    return {character: _instead(character, can_print) for character in lacking}


def _instead(character: str, can_print: Callable[[str], bool]) -> str:
    bare = "".join(c for c in normalize("NFKD", character) if not combining(c))
    for text in (*_INSTEAD.get(character, ()), bare):
        if text and all(map(can_print, text)):
            return text
    return "?"
