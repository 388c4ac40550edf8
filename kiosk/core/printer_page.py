"""The page that tests a printer: every letter that slips are made of, every style, a code, a cut.

Whoever looks at it needs no other paper: each line says what must stand in it.
"""

from __future__ import annotations

from kiosk.core.documents import Gap, Kind, Pair, Part, QrCode, Rule, Words
from kiosk.core.paper import Facts, Layout, Paper

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
    return (
        Rule(),
        Words(paper.say("doc.page_use")),
        Rule(),
        *(
            part
            for name, letters in ALPHABETS
            for part in (Words(paper.say(f"doc.page_{name}"), "strong"), Words(letters))
        ),
        Rule(),
        Words(paper.say("doc.page_title"), "title", "centre"),
        Words(paper.say("doc.page_strong"), "strong"),
        Words(paper.say("doc.page_small"), "small"),
        Pair(paper.say("doc.page_left"), paper.say("doc.page_right")),
        Rule(),
        QrCode(f"FOYER TEST {facts['number']:06}", paper.say("doc.page_code")),
        Gap(),
        Words(paper.say("doc.page_cut"), align="centre"),
    )


LAYOUTS: dict[Kind, Layout] = {"test_page": _page}
