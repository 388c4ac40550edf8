"""The page that tests a printer: every letter that slips are made of, every style, a code, a cut.

Whoever looks at it needs no other paper: each line says what must stand in it.
"""

from __future__ import annotations

from kiosk.core.documents import Gap, Kind, Pair, Part, QrCode, Rule, Words
from kiosk.core.paper import Facts, Layout, Paper
from kiosk.core.texts import Texts

ALPHABETS = (
    ("latin", "ABCDEFGHIJKLMNOPQRSTUVWXYZ abcdefghijklmnopqrstuvwxyz 0123456789"),
    ("signs", "+ − × = / \\ | ( ) [ ] { } < > . , : ; ! ? ' \" # % & * @ _ ~ ^ $"),
    ("cyrillic", "АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ абвгдеёжзийклмнопрстуфхцчшщъыьэюя"),
    ("german", "Ä Ö Ü ä ö ü ß"),
    ("western", "À Â Ç É È Ê Ë Î Ï Ñ Ó Ô Ù Û à â ç é è ê ë î ï ñ ó ô ù û"),
    ("central", "Ą Ć Č Ď Ę Ě Ł Ń Ň Ő Ř Ś Š Ť Ů Ű Ź Ž ą ć č ď ę ě ł ń ň ő ř ś š ť ů ű ź ž"),
    ("typography", "« » „ “ ” ’ … – — · • № ─"),
    ("money", "₽ € £ ₸ ₴"),
)
"""One line or more for each code page that printers have; where one lacks a letter, a word or a
plain letter stands for it."""


def _page(facts: Facts, paper: Paper) -> tuple[Part, ...]:
    return page(int(facts["number"]), paper.texts)


def page(number: int, texts: Texts) -> tuple[Part, ...]:
    """The lines of the page of this number, also where there are no books yet."""
    say = texts.say
    return (
        Rule(),
        Words(say("doc.page_use")),
        Rule(),
        *(
            part
            for name, letters in ALPHABETS
            for part in (Words(say(f"doc.page_{name}"), "strong"), Words(letters))
        ),
        Rule(),
        Words(say("doc.page_title"), "title", "centre"),
        Words(say("doc.page_strong"), "strong"),
        Words(say("doc.page_small"), "small"),
        Pair(say("doc.page_left"), say("doc.page_right")),
        Rule(),
        QrCode(f"FOYER TEST {number:06}", say("doc.page_code")),
        Gap(),
        Words(say("doc.page_cut"), align="centre"),
    )


LAYOUTS: dict[Kind, Layout] = {"test_page": _page}
