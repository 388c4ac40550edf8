"""What every page of the desk needs to be put into words."""

from __future__ import annotations

from dataclasses import dataclass, replace

from kiosk.core.clock import Now
from kiosk.core.desk.forms import Field, Form, Label, Said
from kiosk.core.desk.scenes import Desk
from kiosk.core.errors import Refused
from kiosk.core.money import Money
from kiosk.core.situation import Situation
from kiosk.core.texts import LANGUAGES, Texts, code
from kiosk.screens.present.words import Words, letter_rows
from kiosk.screens.view import Button, Entries, Entry, Keys, Pane, Stack


@dataclass(frozen=True)
class Body:
    """What a page says; the frame around it is everybody's."""

    title: str
    stacks: tuple[Stack, ...]
    subtitle: str = ""
    heads: tuple[Button, ...] = ()
    back: Button | None = None
    keys: Keys | None = None
    front: int | None = None


class DeskWords(Words):
    """The words of one page of the desk."""

    def __init__(self, situation: Situation, now: Now, desk: Desk | None) -> None:
        super().__init__(situation, now)
        self.person = desk.person if desk else None
        self.shift = desk.shift if desk else None

    def may(self, name: str) -> bool:
        """Whether the attendant may give this command, or ask this query."""
        return self.person is not None and name in self.person.may

    def act(
        self,
        command: str,
        button: str,
        key: str = "",
        icon: str = "",
        kind: str = "secondary",
        why: str = "",
    ) -> tuple[Button, ...]:
        """The button for a command, or nothing where the attendant may not give it.

        Args:
            command: the command's name.
            button: its id, which it sends.
            key: of its word; without one ``desk.button.`` and the id up to its colon.
            icon: of the theme.
            kind: as of `Button`.
            why: why it cannot be pressed now.
        """
        if not self.may(command):
            return ()
        return (self.go(button, key, icon, kind, why),)

    def go(
        self, button: str, key: str = "", icon: str = "", kind: str = "secondary", why: str = ""
    ) -> Button:
        """A button that changes nothing in the books, or whose right was looked at already."""
        text = self.say(key or f"desk.button.{button.partition(':')[0]}")
        made = Button(button, text, icon, enabled=not why, why=why)
        match kind:
            case "primary":
                return replace(made, kind="primary")
            case "quiet":
                return replace(made, kind="quiet")
            case _:
                return made

    def words(self, label: Label) -> str:
        """A label as it is read."""
        return label if isinstance(label, str) else said(self.texts, label)

    def refusal(self, refused: Refused) -> str:
        """A refusal as the attendant reads it, with its code for the telephone."""
        told = self.say(refused.key, **self.args(refused.args_by_name))
        known = code(refused.key)
        return f"{told} ({known})" if known else told

    def entries(self, of: Form, *names: str) -> Entries:
        """The fields of a form, or those named."""
        chosen = [f for f in of.fields if not names or f.id in names]
        return Entries(tuple(self._entry(of, f) for f in chosen))

    def _entry(self, of: Form, field: Field) -> Entry:
        problem = self.refusal(of.problem) if of.problem and of.wrong == field.id else ""
        options = tuple(
            Button(f"choose:{field.id}={value}", self.words(label))
            for value, label in field.options
        )
        return Entry(
            id=f"switch:{field.id}" if field.kind == "switch" else f"field:{field.id}",
            label=self.words(field.label),
            shown=self._shown(field),
            unit=self._unit(field),
            says=self.words(field.says),
            problem=problem,
            focused=of.at == field.id,
            options=options,
            chosen=f"choose:{field.id}={field.value}" if field.kind == "choice" else "",
            switch=field.kind == "switch",
            on=of.on(field.id),
        )

    def _unit(self, field: Field) -> str:
        if field.kind == "money" and not field.unit:
            return self.situation.venue.currency.symbol
        return self.words(field.unit)

    def _shown(self, field: Field) -> str:
        if field.kind == "pin":
            return "•" * len(field.value)
        if field.kind == "date":
            # As dates are written, as far as it is typed.
            day, month, year = field.value[:2], field.value[2:4], field.value[4:]
            return self.say("format.date", day=day, month=month, year=year).rstrip(".-/ ")
        if field.kind == "money":
            return field.value.replace(".", self.say("format.decimal")).replace("-", "\u2212")
        return field.value

    def keys(self, of: Form) -> Keys | None:
        """The keys for the field that has them."""
        if not of.at:
            return None
        field = of.field(of.at)
        if field.kind == "text":
            return self.letters(of)
        point = self.say("format.decimal") if field.kind == "money" else ""
        return Keys("digits", point=point, sign=field.signed)

    def letters(self, of: Form) -> Keys:
        """The letters of the form's language, with the digits above them."""
        languages = self.situation.house.languages
        known = of.keyboard in LANGUAGES
        language = of.keyboard if known else self.situation.choice.language
        keyboard = Texts.of(language)
        layout = Button("keyboard", keyboard.say("language.short"), "language")
        rows = (tuple("1234567890"), *letter_rows(keyboard, shift=of.shift))
        several = layout if len(languages) > 1 else None
        return Keys("letters", rows, layout=several, space=self.say("button.space"))

    def form_page(self, title: str, of: Form, *foot: Button, back: Button | None = None) -> Body:
        """A page that is one form."""
        pane = Pane((self.entries(of),), foot=foot)
        keys = self.keys(of)
        return Body(title, (Stack((pane,)),), back=back, keys=keys)


def said(texts: Texts, of: Said) -> str:
    """A sentence with its arguments put into words."""
    told = {name: _argument(texts, value) for name, value in of.args.items()}
    if of.n is not None:
        return texts.plural(of.key, of.n, **told)
    return texts.say(of.key, **told)


def _argument(texts: Texts, value: str | int | Money | Said) -> str | int:
    match value:
        case Money():
            return texts.money(value)
        case Said():
            return said(texts, value)
        case _:
            return value
