"""What the assistant prints before there is a kiosk: the test of the printer, the recovery code."""

from __future__ import annotations

from kiosk.core import printer_page
from kiosk.core.clock import Now
from kiosk.core.documents import Document, Gap, Part, Rule, Words
from kiosk.core.texts import Texts
from kiosk.first_boot.answers import OWNER_NUMBER, Answers


def test(given: Answers, now: Now) -> Document:
    """The page that tests a printer, in the owner's language."""
    texts = _texts(given)
    mark = Words(texts.say("doc.test"), "strong", "centre")
    return _paper(given, texts, now, printer_page.page(0, texts), (mark, Gap()))


def recovery_code(given: Answers, code: str, now: Now) -> Document:
    """The code with which the owner gets in again who has lost the PIN."""
    texts = _texts(given)
    return _paper(
        given,
        texts,
        now,
        (
            Rule(),
            Words(texts.say("setup.paper.code"), "strong"),
            Gap(),
            # In two lines, as it would break anyway: 24 letters in double size are too wide.
            Words(code[:14], "title", "centre"),
            Words(code[15:], "title", "centre"),
            Gap(),
            Words(texts.say("setup.paper.number", number=OWNER_NUMBER)),
            Words(texts.say("setup.paper.keep")),
            Rule(),
        ),
    )


def _texts(given: Answers) -> Texts:
    return Texts.of(given.language, given.zone or "UTC")


def _paper(
    given: Answers, texts: Texts, now: Now, body: tuple[Part, ...], above: tuple[Part, ...] = ()
) -> Document:
    kiosk = texts.say("doc.kiosk", id=given.kiosk)
    parts: tuple[Part, ...] = (
        *above,
        Words(given.venue or kiosk, "title", "centre"),
        Words(f"{kiosk} · {texts.moment(now.wall)}", align="centre"),
        *body,
    )
    return Document("test_page", 0, given.language, parts)
