"""Counting cash at the desk: a sheet of faces on the keypad, or the sum of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kiosk.core.desk import forms
from kiosk.core.desk.forms import Field, Form, Said
from kiosk.core.desk.frame import At
from kiosk.core.errors import Refused
from kiosk.core.ids import DeviceId
from kiosk.core.money import Currency, Money
from kiosk.core.tenders import Cash, FaceCount

DIGITS_MAX = 7
"""Of how many notes of a face: one more than `tenders.NUMBER_MAX` has, which refuses by itself."""
AMOUNT_CHARACTERS_MAX = 12
_FACES: Mapping[str, tuple[int, ...]] = {
    "RUB": (500000, 200000, 100000, 50000, 20000, 10000, 5000, 1000, 500, 200, 100, 50, 10),
    "EUR": (50000, 20000, 10000, 5000, 2000, 1000, 500, 200, 100, 50, 20, 10, 5, 2, 1),
    "USD": (10000, 5000, 2000, 1000, 500, 200, 100, 50, 25, 10, 5, 1),
    "GBP": (5000, 2000, 1000, 500, 200, 100, 50, 20, 10, 5, 2, 1),
}
"""The notes and coins in people's hands, minor units; of other currencies the venue's own faces."""


def of_till(at: At) -> tuple[Money, ...]:
    """The faces that may lie in a till, largest first."""
    own = [Money.face(face, at.currency).minor for face in at.venue.faces]
    own += [coin.minor for coin in at.venue.coins]
    kept = _FACES.get(at.currency.code, ())
    return tuple(Money(face, at.currency) for face in sorted({*own, *kept}, reverse=True))


def of_box(at: At, device: str, there: Iterable[FaceCount] = ()) -> tuple[Money, ...]:
    """The faces that may lie in a box: those that are taken, and those that are known to be in."""
    state = at.situation.machine.devices.get(DeviceId(device))
    if state is not None and state.role == "coins":
        own = set(at.venue.coins)
    else:
        own = {Money.face(face, at.currency) for face in at.venue.faces}
    # A coin box of a venue that takes no coins any more is counted by whatever there is.
    return tuple(sorted({*own, *(count.face for count in there)}, reverse=True)) or of_till(at)


def sheet(faces: Iterable[Money]) -> tuple[Field, ...]:
    """A field for each face."""
    return tuple(
        Field(field_of(face), Said("desk.cash.face", {"face": face}), "number", most=DIGITS_MAX)
        for face in faces
    )


def by_sum(value: str = "faces") -> tuple[Field, ...]:
    """The choice between a sheet and a sum, and the sum."""
    how = (("faces", Said("desk.cash.by_face")), ("sum", Said("desk.cash.by_sum")))
    return (
        Field("how", Said("desk.cash.how"), "choice", value, options=how),
        Field("sum", Said("desk.cash.sum"), "money", most=AMOUNT_CHARACTERS_MAX),
    )


def field_of(face: Money) -> str:
    """The id of the field of a face."""
    return f"face-{face.minor}"


def faces_of(of: Form) -> tuple[str, ...]:
    """The ids of the fields of faces."""
    return tuple(f.id for f in of.fields if f.id.startswith("face-"))


def face_of(field: str, currency: Currency) -> Money:
    """The face of a field."""
    return Money(int(field.removeprefix("face-")), currency)


def number_of(of: Form, field: str) -> int:
    """How many were counted; an empty field is none."""
    return int(of[field]) if of[field] else 0


def total(of: Form, currency: Currency) -> Money:
    """What the sheet comes to."""
    return Money(sum(face_of(f, currency).minor * number_of(of, f) for f in faces_of(of)), currency)


def counted(of: Form, currency: Currency) -> tuple[FaceCount, ...]:
    """What was counted, by face.

    Raises:
        Refused: ``err.count_nothing``: every field is empty; whoever counted nothing types a 0.
    """
    typed = [f for f in faces_of(of) if of[f]]
    if not typed:
        raise Refused("err.count_nothing")
    return tuple(FaceCount(face_of(f, currency), number_of(of, f)) for f in typed)


def told(of: Form, currency: Currency) -> Cash:
    """What was counted: by face, or as a sum.

    Raises:
        Refused: those of `counted` and of `forms.money`.
    """
    if of["how"] == "sum":
        return forms.money(of, "sum", currency)
    return counted(of, currency)


def wrong_field(of: Form) -> str:
    """The field that a mistake of `told` is about."""
    return "sum" if "how" in {f.id for f in of.fields} and of["how"] == "sum" else ""


def turned(of: Form) -> Form:
    """The form with the keys where they are needed after `how` was chosen."""
    first = faces_of(of)[:1]
    at = "sum" if of["how"] == "sum" or not first else first[0]
    return Form(of.fields, at=at, shift=of.shift, keyboard=of.keyboard)
