"""The venue's logo: looked for on the sticks, chosen, looked at, kept; or taken away."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from kiosk.core import logos
from kiosk.core.desk.frame import At
from kiosk.core.desk.scenes import Page, SectionName
from kiosk.core.errands import ListPictures, PictureFile, Pictures, ReadPicture
from kiosk.core.errors import Refused
from kiosk.core.ledger import Entry
from kiosk.core.logos import Logo
from kiosk.core.messages import ErrandTold, Event
from kiosk.core.settings import ChangeSettings


@dataclass(frozen=True)
class LogoPage(Page):
    """The logo.

    Attributes:
        kept: the one that there is.
        errand: that looks for files, or reads one.
        files: those that were found; None: nobody looked yet.
        chosen: the one that is to be kept.
        removing: the one that there is is to be taken away.
    """

    section: ClassVar[SectionName] = "settings"

    kept: Logo | None = None
    errand: str = ""
    files: tuple[PictureFile, ...] | None = None
    chosen: Logo | None = None
    removing: bool = False

    @property
    def asking(self) -> bool:
        """Whether something is to be confirmed."""
        return self.removing or self.chosen is not None


def open_logo(at: At) -> LogoPage:
    """The page, of what there is now."""
    return LogoPage(at.venue.logo)


def touched(at: At, page: LogoPage, name: str, argument: str) -> Page:
    """A button of the logo."""
    match name:
        case "back":
            return at.turn(replace(page, chosen=None, removing=False))
        case "confirm" if page.asking:
            return _change(at, page)
        case _ if page.asking:
            return page
        case "look":
            return at.turn(replace(page, errand=at.errand(ListPictures()), files=None))
        case "picture" if argument in map(str, range(len(page.files or ()))) and not page.errand:
            file = (page.files or ())[int(argument)]
            return replace(page, errand=at.errand(ReadPicture(file.stick, file.file)))
        case "remove" if page.kept is not None:
            return at.turn(replace(page, removing=True))
        case _:
            return page


def _change(at: At, page: LogoPage) -> Page:
    items = [{"id": "welcome", "png": logos.text(page.chosen)}] if page.chosen else []
    if isinstance(at.do(ChangeSettings({"logo": items})), Entry):
        at.say("desk.logo.set" if items else "desk.logo.removed")
    return at.turn(open_logo(at))


def heard(at: At, page: LogoPage, event: Event) -> Page | None:
    """What an errand of this page tells."""
    if not isinstance(event, ErrandTold) or event.errand != page.errand:
        return None
    page = replace(page, errand="")
    match event.result:
        case Refused() as refused:
            at.refuse(refused)
        case Pictures(files):
            page = replace(page, files=files)
        case Logo() as logo:
            page = replace(page, chosen=logo)
    return at.turn(page)
