"""The forms of what tills send and of what they are told.

Money is a whole number of the currency's minor unit (kopecks, cents); ``currency`` names it once in
an answer, its digits stand in ``GET /v1/venue``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints

from kiosk.core.ledger import Entry
from kiosk.core.money import Money

M = TypeVar("M", bound=BaseModel)

LEGIBLE = r"^[^\u0000-\u001f\u007f-\u009f]+$"
MINOR_MAX = 10**12

Name = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=LEGIBLE)]
"""The id of something, or a word."""
Line = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=LEGIBLE)]
Remark = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=LEGIBLE)]
Pin = Annotated[str, StringConstraints(min_length=1, max_length=16, pattern="^[0-9]+$")]
Language = Annotated[str, StringConstraints(pattern="^[a-z]{2,3}$")]
Minor = Annotated[int, Field(ge=0, le=MINOR_MAX, description="minor units of the currency")]
Number = Annotated[int, Field(ge=1, le=10**9)]
Count = Annotated[int, Field(ge=0, le=1000)]


class Form(BaseModel):
    """What a till sends: nothing is converted, and nothing unknown is passed over."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Read(Form):
    """What the till's reader read: the kiosk's own rules make a card of it.

    ``text``: the UID in hex, or the tracks with their sentinels. It stands in no log.
    """

    signal: Name
    text: Annotated[str, StringConstraints(min_length=1, max_length=250)] = Field(repr=False)


class Approval(Form):
    """A second signature: another person's number and PIN."""

    staff: Name
    pin: Pin = Field(repr=False)


class Told(BaseModel):
    """What a till is told."""

    model_config = ConfigDict(frozen=True)


class EntryTold(Told):
    """One operation as it stands in the books for good."""

    seq: int
    key: str
    kind: str
    at: str
    actor: str
    refs: dict[str, JsonValue]


class VisitNamed(Told):
    """The visit that an operation is about: its id, and the number that people see."""

    id: str
    number: int


class SlipNamed(Told):
    """A slip that the operation issued: ``GET /v1/slips/{job}`` has its document."""

    job: str
    kind: str
    number: int


class Written(Told):
    """What an operation wrote; a repeat with the same key is told the same."""

    entry: EntryTold
    visit: VisitNamed | None
    slips: list[SlipNamed]


def written(entry: Entry) -> Written:
    """What a till is told of its entry: all of it stands in the entry, so it never changes."""
    set_ = [(c.table, c.document) for c in entry.changes if c.document is not None]
    visits = [VisitNamed(id=d["id"], number=d["number"]) for t, d in set_ if t == "visits"]
    slips = [
        SlipNamed(job=d["id"], kind=d["kind"], number=d["number"]) for t, d in set_ if t == "slips"
    ]
    return Written(
        entry=EntryTold(
            seq=entry.seq,
            key=entry.id,
            kind=entry.kind,
            at=entry.at,
            actor=entry.actor,
            refs=dict(entry.refs),
        ),
        visit=visits[0] if visits else None,
        slips=slips,
    )


def plain(value: Any) -> Any:
    """A value of the core as JSON has it: money in minor units, a dataclass as its fields."""
    if isinstance(value, Money):
        return value.minor
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if hasattr(value, "__dataclass_fields__"):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    return value


def told(model: type[M], value: object, **more: object) -> M:
    """A value of the core in the form of an answer, which takes the fields that it names."""
    return model.model_validate({**plain(value), **more})


def all_told(model: type[M], values: Sequence[object]) -> list[M]:
    """As `told`, of each."""
    return [told(model, value) for value in values]
