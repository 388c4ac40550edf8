"""The guests: who they are, what they want, and what they do before the kiosk.

A guest sees a View and nothing else, presses enabled buttons, and puts in notes of a purse of
paper. Everybody mistypes, hesitates, presses something else, or walks away now and then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from random import Random
from typing import TYPE_CHECKING, Any

from kiosk.hardware.peers.magstripe import FAULTS
from kiosk.screens.view import Button, View
from tests.sim.process import ACCEPTOR, STRIPE, Cut

if TYPE_CHECKING:
    from tests.sim.world import World

TAKEN, FORBIDDEN, FORGED = (50, 100, 200, 500, 1000), (10, 2000, 5000), 777


@dataclass
class Person:
    """Somebody with a card; `number` is what recognition makes of it."""

    who: str
    number: str
    swipes: bool
    phone: str = ""
    pin: str = ""
    name: str = ""
    registered: bool = False
    blocked: bool = False
    purse: list[int] = field(default_factory=list)

    @property
    def raw(self) -> str:
        """What the stripe holds."""
        return f";{self.number}?"


@dataclass
class Wish:
    """What somebody comes for."""

    notes: list[int] = field(default_factory=list)
    coins: list[int] = field(default_factory=list)
    looks: int = 0
    patience_s: float = 240.0


class Visit:
    """One guest before the kiosk, from stepping up to walking away."""

    def __init__(self, world: World, person: Person, wish: Wish, gone: Callable[[], None]) -> None:
        self.world = world
        self.random: Random = world.random
        self.person = person
        self.wish = wish
        self._gone = gone
        self._begun_s = world.now_s
        self._tries = 0
        self._rejected = 0
        self._ended = False
        self._did: set[str] = set()

    # --- one look at the screen, one act ----------------------------------------------------------

    def step(self) -> None:
        """Look, act, and come back to it after a moment; or walk away."""
        if self._ended:
            return
        try:
            wait_s = self._act()
        except Cut:
            self.world.after(self.random.uniform(3, 12), self.step)
            raise
        if wait_s is None:
            self.leave("")
            return
        self.world.after(wait_s, self.step)

    def leave(self, why: str) -> None:
        """Walk away."""
        if not self._ended:
            self._ended = True
            self.world.tell(f"{self.person.who} walks away{why}")
            self._gone()

    def _act(self) -> float | None:
        dice, world = self.random, self.world
        view = world.view
        if world.now_s - self._begun_s > self.wish.patience_s:
            return None
        if view is None:
            return dice.uniform(2, 15) if dice.random() < 0.8 else None
        if dice.random() < 0.006:
            kind = type(view).__name__
            if kind == "TopUpView" and view.notes:
                world.strike("guests: walk away with money in")
            elif kind != "WelcomeView":
                world.strike("guests: walk away in the middle")
            return None
        if dice.random() < 0.01:
            pressed = self._press_any(view)
            if pressed:
                world.strike("guests: press something else", pressed)
                return dice.uniform(0.5, 2)
        if dice.random() < 0.004 and world.people:
            self._another_card()
            return dice.uniform(1, 3)
        due = view.frame.warn_s is not None and world.now().mono_s >= view.frame.warn_s
        if due and view.frame.more_time is not None:
            if dice.random() < 0.7:
                self._press("more_time")
                return dice.uniform(0.5, 2)
            return None
        look = getattr(self, f"_at_{type(view).__name__}", self._astray)
        told: float | None = look(view)
        return told

    # --- hands ------------------------------------------------------------------------------------

    def _press(self, button: str) -> None:
        process = self.world.process
        if process is None:
            return
        view = process.view
        self._type(button, view)
        process.inbox.touch(button, view.frame.page)
        process.turn()

    def _type(self, button: str, view: Any) -> None:
        """Keep in mind what was typed, and tell the auditor whose registration it is."""
        kind, form = type(view).__name__, self.world.form
        if view.frame.page != form.page:
            form.typed, form.page = "", view.frame.page
        name, _, argument = button.partition(":")
        if kind == "KeypadView":
            if name == "digit" and view.keys_enabled:
                form.typed += argument
            elif name == "erase":
                form.typed = form.typed[:-1]
            elif name == "next" and view.consent is not None:
                # Who comes back to this page finds the number still there.
                form.phone = form.typed or form.phone
            elif name == "next":
                form.pin = form.typed
        if name == "without_phone":
            form.phone = form.pin = ""
        if kind == "NameView" and name == "next":
            owner = form.phone and f"{form.phone} {form.pin}"
            self.world.auditor.registers(owner, view.shown)

    def _press_any(self, view: View) -> str:
        enabled = [b.id for b in buttons(view) if b.enabled]
        if not enabled:
            return ""
        chosen = self.random.choice(enabled)
        self.world.tell(f"{self.person.who} presses {chosen}")
        self._press(chosen)
        return chosen

    def _do(self, button: str, view: View) -> bool:
        """Press a button if it is there."""
        if any(b.id == button and b.enabled for b in buttons(view)):
            self._press(button)
            return True
        return False

    def _another_card(self) -> None:
        other = self.random.choice(self.world.people)
        if other is not self.person:
            self.world.strike("guests: another's card meanwhile", f"that of {other.who}")
            self.world.show_card(other)

    def show_card(self) -> None:
        """Tap or swipe the own card, sometimes badly."""
        dice, world = self.random, self.world
        if self.person.swipes and dice.random() < 0.06:
            fault = dice.choice(FAULTS)
            world.strike("cards: a bad swipe", fault)
            world.stripe.swipe(self.person.raw, fault)
            if fault in ("doubled", "unterminated"):
                world.auditor.tapped(self.person.number)
            world.stations[STRIPE].stir()
            return
        world.show_card(self.person)

    def insert(self, face: int) -> bool:
        """Offer a note to the slot; whether it was drawn in."""
        world = self.world
        shown = type(world.view).__name__ if world.view is not None else "dark"
        told = world.acceptor.insert(face, world.device_s(ACCEPTOR))
        if "went in" not in told:
            if shown != "TopUpView":
                world.strike("guests: a note where none is taken", told)
            return False
        world.auditor.moment = world.story.moment()
        world.auditor.inserted(face, self.person.who)
        world.story.counts["notes"] += 1
        world.tell(f"{self.person.who} puts in {face} while {shown} is shown")
        if face in FORBIDDEN:
            world.strike("guests: a note that is not taken here", str(face))
        elif face == FORGED:
            world.strike("guests: a forged note")
        world.stations[ACCEPTOR].stir()
        world.touched()
        return True

    def drop_coins(self) -> bool:
        """Put in a coin, or a handful; whether any went in. What falls through goes in again."""
        world, dice = self.world, self.world.coin_dice
        count = len(self.wish.coins) if dice.random() < 0.1 else 1
        hand = self.wish.coins[:count]
        shown = type(world.view).__name__ if world.view is not None else "dark"
        went = world.drop_coins(hand, self.person.who)
        world.tell(f"{self.person.who} puts in coins {hand}: {went}, while {shown} is shown")
        if not went and shown != "TopUpView":
            world.strike("guests: a coin where none is taken")
        for value in went:
            self.wish.coins.remove(value)
        return bool(went)

    # --- what is seen -----------------------------------------------------------------------------

    def _at_WelcomeView(self, view: Any) -> float | None:
        done = not self.wish.notes and not self.wish.looks and "card" in self._did
        if done or self._tries > 4:
            return None
        if not view.reads:
            return self.random.uniform(3, 10) if self.random.random() < 0.7 else None
        if self.random.random() < 0.03 and self._do("register", view):
            return self.random.uniform(1, 2)
        if self.random.random() < 0.03 and self._do("access", view):
            return self.random.uniform(1, 2)
        if self.random.random() < 0.02 and self.wish.notes:
            self.insert(self.wish.notes[-1])
            return 2.0
        if self.wish.coins and self.world.coin_dice.random() < 0.05:
            self.drop_coins()
        self._tries += 1
        self._did.add("card")
        self.wish.looks = max(0, self.wish.looks - 1)
        self.show_card()
        return self.random.uniform(1.0, 2.5)

    def _at_AccessView(self, view: Any) -> float | None:
        if self.random.random() < 0.5:
            self._press(self.random.choice([b.id for b in view.languages] + ["large", "contrast"]))
            return self.random.uniform(0.8, 2)
        self._press("back")
        return self.random.uniform(0.5, 1.5)

    def _at_QuestionView(self, view: Any) -> float | None:
        ids = [b.id for b in view.buttons]
        if "agree" in ids and self.random.random() < 0.1:
            self._press("text")
        elif "with_phone" in ids:
            self._press("with_phone" if self.person.phone else "without_phone")
        elif "register" in ids:
            if self.random.random() < 0.1:
                self._press("staff")
            else:
                self._press("register")
        elif not ids and view.back is not None:
            self.show_card()
        else:
            for name in ("agree", "no", "back"):
                if self._do(name, view):
                    break
            else:
                return None
        return self.random.uniform(0.8, 2.5)

    def _at_KeypadView(self, view: Any) -> float | None:
        phone = view.consent is not None
        if phone and not self.person.phone:
            # Somebody pressed something else and it is a phone number that is asked for.
            self._press("without_phone")
            return self.random.uniform(0.8, 1.5)
        wanted = self.person.phone if phone else self.person.pin
        form = self.world.form
        done = len(form.typed) if view.frame.page == form.page else 0
        if done < len(wanted) and view.keys_enabled:
            digit = wanted[done]
            if self.random.random() < 0.01:
                self.world.strike("guests: mistype")
                digit = self.random.choice("0123456789")
                if self.random.random() < 0.7:
                    self._press(f"digit:{digit}")
                    self._press("erase")
                    return 0.6
            self._press(f"digit:{digit}")
            return self.random.uniform(0.3, 0.7)
        if phone and not view.consent[1]:
            self._press("consent")
            return self.random.uniform(0.5, 1.5)
        if view.next.enabled:
            self._press("next")
            return self.random.uniform(0.5, 1.5)
        self._press("back")
        return self.random.uniform(0.8, 2)

    def _at_NameView(self, view: Any) -> float | None:
        name = self.person.name
        if name and not view.shown:
            letters = {letter.lower() for row in view.rows for letter in row}
            if not set(name) <= letters and view.layout is not None:
                self._press("keyboard")
                return self.random.uniform(0.5, 1)
            for letter in name:
                self._press(f"key:{letter}")
            return self.random.uniform(1, 3)
        self._press("next")
        return self.random.uniform(0.8, 2)

    def _at_CardHomeView(self, view: Any) -> float | None:
        dice, person = self.random, self.person
        person.registered = True
        if view.task is not None and view.task.id not in self._did and dice.random() < 0.7:
            self._did.add(view.task.id)
            self._press(view.task.id)
            return dice.uniform(1, 3)
        if "looked" not in self._did and dice.random() < 0.25:
            self._did.add("looked")
            name = "visit" if view.visit is not None and dice.random() < 0.5 else "history"
            self._press(name)
            return dice.uniform(2, 6)
        wants = self.wish.notes or self.wish.coins
        if wants and view.primary is not None and view.primary.enabled:
            self._press("top_up")
            return dice.uniform(0.7, 2.0)
        if self.wish.notes and dice.random() < 0.3:
            return dice.uniform(2, 8)
        self.wish.notes.clear()
        if dice.random() < 0.2:
            return None
        self._press("leave")
        return dice.uniform(0.5, 1)

    def _at_VisitView(self, view: Any) -> float | None:
        if not (self.wish.notes and self._do("top_up", view)):
            self._press("back")
        return self.random.uniform(1, 3)

    def _at_HistoryView(self, view: Any) -> float | None:
        self._press("back")
        return self.random.uniform(1, 3)

    def _at_TopUpView(self, view: Any) -> float | None:
        dice, world = self.random, self.world
        if any(n.state == "checking" for n in view.notes):
            if dice.random() < 0.03 and self.wish.notes:
                self.insert(self.wish.notes[-1])
            return dice.uniform(0.7, 1.5)
        back = world.back.pop(self.person.who, [])
        if back:
            self._rejected += 1
            self.wish.notes += back
            if self._rejected > 2:
                self._rejected = 0
                self.wish.notes.pop()
            return dice.uniform(1.5, 4)
        if self.wish.coins and world.coin_dice.random() < 0.7:
            if not self.drop_coins() and world.coin_dice.random() < 0.3:
                self.wish.coins.clear()
            return world.coin_dice.uniform(0.4, 2)
        if self.wish.notes:
            if self.insert(self.wish.notes[-1]):
                self.wish.notes.pop()
                if dice.random() < 0.02:
                    return None if dice.random() < 0.5 else dice.uniform(15, 70)
                return dice.uniform(2.2, 4)
            self._tries += 1
            if self._tries > 25:
                self.wish.notes.clear()
            return dice.uniform(1, 3)
        if view.done is not None:
            if view.done.enabled:
                self._press("done")
                if self.wish.coins:
                    # One is in the hand already, and falls in as the page goes.
                    self.drop_coins()
                    world.strike("guests: a coin after Done")
                if dice.random() < 0.03:
                    self.insert(dice.choice(TAKEN))
                    world.strike("guests: a note after Done")
            return dice.uniform(1, 2.5)
        self._press("leave")
        return dice.uniform(1, 2)

    def _at_DoneView(self, view: Any) -> float | None:
        dice = self.random
        if view.printing:
            return dice.uniform(1, 2) if dice.random() < 0.95 else None
        self.person.registered = True
        if self.wish.notes and self._do("top_up", view):
            return dice.uniform(1, 2)
        if dice.random() < 0.1 and self._do("home", view):
            return dice.uniform(1, 3)
        if dice.random() < 0.3:
            return None
        self._press("leave")
        return dice.uniform(0.5, 1.5)

    def _astray(self, view: Any) -> float | None:
        """A page that this guest did not come for: back, or out."""
        if not (self._do("back", view) or self._do("leave", view)):
            return None
        return self.random.uniform(0.8, 2)

    def _at_SignInView(self, view: Any) -> float | None:
        self._press(view.back.id)
        return self.random.uniform(0.8, 2)

    def _at_ProblemView(self, view: Any) -> float | None:
        if view.buttons:
            if view.code in ("N-04", "N-03", "N-05"):
                self.wish.notes.clear()
            self._press(view.buttons[0].id)
            return self.random.uniform(1.5, 5)
        return self.random.uniform(3, 8) if self.random.random() < 0.5 else None


def buttons(value: Any) -> Iterator[Button]:
    """Every button of a view."""
    if isinstance(value, Button):
        yield value
    elif is_dataclass(value):
        for f in fields(value):
            yield from buttons(getattr(value, f.name))
    elif isinstance(value, tuple):
        for item in value:
            yield from buttons(item)


def people(dice: Random, count: int) -> list[Person]:
    """So many people with cards, of which no two end alike."""
    made: list[Person] = []
    lasts: set[str] = set()
    while len(made) < count:
        swipes = dice.random() < 0.5
        if swipes:
            number = "77" + "".join(dice.choice("0123456789") for _ in range(8))
        else:
            number = "04" + "".join(dice.choice("0123456789ABCDEF") for _ in range(12))
        if number[-4:] in lasts:
            continue
        lasts.add(number[-4:])
        made.append(Person(f"guest {len(made) + 1}", number, swipes))
    return made


def letters(index: int) -> str:
    """A name that nobody else has: no digits on the keyboard."""
    word = ""
    while index:
        index, digit = divmod(index - 1, 26)
        word = chr(ord("a") + digit) + word
    return f"q{word}x"
