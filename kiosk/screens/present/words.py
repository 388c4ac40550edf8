"""What every scene's View needs: the words, what is offered, the frame, the common buttons."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from kiosk.core.capabilities import Capabilities, Offer
from kiosk.core.clock import Now
from kiosk.core.desk.scenes import AtWork, Desk, StaffSignIn
from kiosk.core.guest.help import Help
from kiosk.core.guest.scenes import GuestScene
from kiosk.core.journey import offered, why_not
from kiosk.core.money import Money
from kiosk.core.registration import capital
from kiosk.core.situation import Access, Closed, Situation, Updating, Welcome
from kiosk.core.texts import Texts
from kiosk.screens.view import SHIFT, Button, Figure, Frame, View

Scenes = dict[type[GuestScene], Callable[["Words", Any], View]]
"""Which scene of a journey is put into words by which function."""


class Words:
    """The words of one situation; `now` only decides what "today" means."""

    def __init__(self, situation: Situation, now: Now) -> None:
        self.situation = situation
        self.now = now
        self.texts = Texts.of(situation.choice.language, situation.venue.time_zone)
        self.say = self.texts.say
        self.able: Capabilities = offered(situation)

    def frame(self, title: str, subtitle: str = "", leave: Button | None = None) -> Frame:
        """What every screen has, with the session's time."""
        situation = self.situation
        # On the welcome screen time only takes back a language that somebody left behind.
        timer = None if isinstance(situation.scene, Welcome) else situation.timer
        more = timer and timer.extensions < situation.house.times.extensions_max
        short = self.say("language.short")
        access = Button("access", self.say("button.access", language=short), "language")
        inside = isinstance(situation.scene, (Access, Closed, Updating))
        return Frame(
            page=situation.page,
            title=title,
            subtitle=subtitle,
            language=situation.choice.language,
            large=situation.choice.large,
            contrast=situation.choice.contrast,
            low=situation.choice.low,
            currency=situation.venue.currency.symbol,
            access=None if inside else access,
            help=None if self._working_or_called() else self.button("help", "question"),
            leave=leave,
            deadline_s=timer.end_s if timer else None,
            warn_s=timer.warn_s if timer else None,
            more_time=self.button("more_time", "clock", "primary") if more else None,
            more_time_question=self.say("frame.more_time"),
            mark=self.say("frame.simulated") if situation.house.simulated else "",
            banner=self.say("frame.training") if situation.house.training else "",
        )

    def _working_or_called(self) -> bool:
        """Whether somebody of the staff is here or called already, or can be called elsewhere."""
        scene = self.situation.scene
        if isinstance(scene, Access):
            scene = scene.back
        # The welcome screen has it among its own buttons.
        nobody = (Desk, StaffSignIn, AtWork, Closed, Updating, Help)
        return isinstance(scene, nobody) or scene == Welcome()

    def button(self, name: str, icon: str = "", kind: str = "secondary", text: str = "") -> Button:
        """A button whose word is ``button.NAME`` unless `text` is given."""
        told = text or self.say(f"button.{name}")
        match kind:
            case "primary":
                return Button(name, told, icon, "primary")
            case "quiet":
                return Button(name, told, icon, "quiet")
            case "link":
                return Button(name, told, icon, "link")
            case _:
                return Button(name, told, icon)

    def why(self, offer: Offer) -> str:
        """Why something is not offered now, as a sentence; "" where it is."""
        word = why_not(self.situation, offer)
        return self.say(f"why.{word}") if word else ""

    def leaving(self, word: str = "finish") -> Button:
        """The button at the top right."""
        icon = "close" if word == "cancel" else "finish"
        return Button("leave", self.say(f"button.{word}"), icon)

    def back(self) -> Button:
        """The button at the bottom left."""
        return self.button("back", "back", "quiet")

    def figure(self, money: Money) -> Figure:
        """A sum with its currency apart."""
        return Figure(self.texts.number(money), money.currency.symbol)

    def moment(self, at: str) -> datetime:
        """The moment that a document keeps."""
        return datetime.fromisoformat(at).astimezone(UTC)

    def day(self, at: str) -> str:
        """The time of day for today, else the date."""
        when = self.moment(at)
        if self.texts.date(when) == self.texts.date(self.now.wall):
            return self.texts.time(when)
        return self.texts.date(when)

    def args(self, given: Mapping[str, str | Money]) -> dict[str, str | int]:
        """What fills a sentence: sums and dates as people read them, the notes that are taken."""
        faces = self.faces()
        told = {k: self.texts.money(v) if isinstance(v, Money) else v for k, v in given.items()}
        if "time" in told:
            told["time"] = self.texts.time(self.moment(str(told["time"])))
        told = {k: self._sum(v) if isinstance(v, str) else v for k, v in told.items()}
        if "date" in told:
            # A card's date has no time of day; noon is the same day everywhere.
            told["date"] = self.texts.date(datetime.fromisoformat(f"{told['date']}T12:00+00:00"))
        return {"faces": faces, **told}

    def _sum(self, text: str) -> str:
        """A refusal of the books names sums as plain decimals (``300.00``)."""
        currency = self.situation.venue.currency
        whole, _, decimals = text.partition(".")
        plain = whole.isdecimal() and decimals.isdecimal() and len(decimals) == currency.exponent
        return self.texts.money(Money.parse(text, currency)) if plain else text

    def faces(self) -> str:
        """The notes that are taken: ``50, 100, 500 ₽``."""
        currency = self.situation.venue.currency
        return self._listed([Money.face(face, currency) for face in self.situation.venue.faces])

    def coins(self) -> str:
        """The coins that are taken: ``1, 2, 5 ₽``; empty where there are none."""
        coins = self.situation.venue.coins
        return self._listed(list(coins)) if coins else ""

    def _listed(self, faces: list[Money]) -> str:
        currency = self.situation.venue.currency
        *some, last = [self.texts.whole(face) for face in faces]
        bare = [text.removesuffix(currency.symbol).strip() for text in some]
        return ", ".join([*bare, last])

    def masked(self, number: str) -> str:
        """A card's number as people may see it."""
        return self.say("card.masked", last=number[-4:])

    def top_up_button(self, word: str = "top_up") -> Button | None:
        """None where this kiosk takes no money at all; disabled while no way to pay works."""
        there = {
            "top_up_cash": self.able.cash is not None,
            "top_up_bank_card": bool(self.situation.machine.of("payment")),
        }
        offers: tuple[Offer, ...] = ("top_up_cash", "top_up_bank_card")
        whys = [self.why(offer) for offer in offers if there[offer]]
        if not whys:
            return None
        why = "" if "" in whys else whys[0]
        text = self.say(f"button.{word}")
        return Button("top_up", text, "top_up", "primary", enabled=not why, why=why)


def letter_rows(keyboard: Texts, *, shift: bool) -> tuple[tuple[str, ...], ...]:
    """The letters of a language's keyboard in rows, the last with the shift key."""
    *upper, last = (
        tuple(capital(letter) if shift else letter for letter in row)
        for row in keyboard.say("keyboard.rows").split()
    )
    return (*upper, (SHIFT, *last))


def way(able: Capabilities) -> str:
    """The ending of a sentence's key: cards are tapped, or can only be swiped, or scanned."""
    if able.contactless:
        return ""
    return "_swipe" if able.stripe else "_scan" if able.barcode else ""


def hint(able: Capabilities) -> str:
    """The sentence that says where the card goes."""
    return _HINTS[able.contactless, able.stripe, able.barcode]


_HINTS = {
    (True, True, False): "welcome.hint",
    (True, False, False): "welcome.hint_tap",
    (False, True, False): "welcome.hint_swipe",
    (False, False, True): "welcome.hint_scan",
    (True, False, True): "welcome.hint_tap_scan",
    (False, True, True): "welcome.hint_swipe_scan",
    (True, True, True): "welcome.hint_all",
    (False, False, False): "welcome.hint_swipe",  # none works: what is printed beside the reader
}
"""By the ways there are: tapped, swiped, scanned."""
