"""What a noun of the venue works with: the books at one moment, and the form of its commands.

A noun's file holds its commands and queries (frozen values), a handler for each, and the tables
`TABLES`, `HANDLERS`, `ANSWERS` and `ALLOWED` by which `venue` finds them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from unicodedata import category

from tinydb.queries import QueryInstance

from kiosk.core.clock import Now
from kiosk.core.errors import Refused
from kiosk.core.ledger import Draft, Ledger, digest
from kiosk.core.money import CURRENCIES, Currency, Money
from kiosk.core.seal import Random
from kiosk.core.stopwatch import Stopwatch
from kiosk.core.store import Store

T_co = TypeVar("T_co", covariant=True)
PERSONAL: Mapping[str, bool] = {"unhashed": True}
"""Metadata of a command's field that must not reach the ledger, not even as a hash."""

REASON_CHARACTERS_MAX = 500

REMARK = PERSONAL
"""The same for words beside the matter: a repeat with another remark is the same command."""

ADDED: Mapping[str, bool] = {"added": True}
"""Of a field that a later version gave to a command: see `added`."""


class Query(Generic[T_co]):
    """A question to the venue; its answer has the type `T_co`."""


def personal() -> Any:
    """A field with personal data: kept out of repr and out of the command's hash."""
    return field(default="", repr=False, metadata=PERSONAL)


def remark() -> Any:
    """A field with a free remark: kept out of the command's hash."""
    return field(default="", metadata=REMARK)


def added(default: Any) -> Any:
    """A field that a later version gave to a command.

    With its default it is left out of the hash: what an older program did, repeated by this one,
    is the same command.
    """
    return field(default=default, metadata=ADDED)


def legible(text: str, characters_max: int) -> bool:
    """Whether a text from outside may stand in the books.

    It says something, is not too long, and has neither control characters nor halves of
    characters, which no screen shows and no store takes.
    """
    return (
        bool(text.strip())
        and len(text) <= characters_max
        and not any(category(char) in ("Cc", "Cs") for char in text)
    )


def whole(asked: object) -> None:
    """Let only a command or a query go on whose texts can be kept, hashed or looked for.

    Those that are not hashed count, too: a PIN, a phone, a remark.

    Raises:
        Refused: ``err.illegible``: half a character, of what a till or a screen sent.
    """
    for item in fields(asked) if is_dataclass(asked) else ():
        value = getattr(asked, item.name)
        if isinstance(value, str) and any(category(char) == "Cs" for char in value):
            raise Refused("err.illegible")
        whole(value)


def command_hash(command: object) -> str:
    """Hash of a command's canonical form: its name and its fields, without personal data.

    Raises:
        Refused: ``err.not_whole``: a number with a point, as JSON from outside may have it.
    """
    return digest({"command": type(command).__name__, **_plain(command)})


def _plain(value: Any) -> Any:
    if isinstance(value, Money):
        return [value.minor, value.currency.code]
    if is_dataclass(value) and not isinstance(value, type):
        hashed = (f for f in fields(value) if not f.metadata.get("unhashed"))
        told = ((f, getattr(value, f.name)) for f in hashed)
        kept = (t for t in told if not (t[0].metadata.get("added") and t[1] == t[0].default))
        return {f.name: _plain(v) for f, v in kept}
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, float):
        raise Refused("err.not_whole", number=str(value))
    return value


@dataclass(frozen=True)
class Books:
    """The books as one handler sees them: reading, and names for what it is about to make."""

    ledger: Ledger
    secrets: Store
    now: Now
    actor: str
    random: Random
    stopwatch: Stopwatch = field(default_factory=Stopwatch)
    """How long each running session has lasted."""

    @property
    def kiosk(self) -> str:
        """The kiosk that writes this ledger."""
        return self.ledger.kiosk

    @property
    def unit(self) -> str:
        """The unit of money postings: the currency's code."""
        return self.ledger.currency

    @property
    def currency(self) -> Currency:
        """The one currency of this store."""
        return CURRENCIES[self.ledger.currency]

    @property
    def at(self) -> str:
        """The moment as documents keep it: ISO 8601, UTC, microseconds."""
        return self.now.wall.strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def new_id(self, suffix: str) -> str:
        """The name of what the next entry makes: it names the entry, so it is unique for ever."""
        return f"{self.kiosk}-{self.ledger.epoch}-{self.ledger.seq + 1}{suffix}"

    def get(self, table: str, name: str) -> dict[str, Any] | None:
        """One document by its id."""
        return self.ledger.store.get(table, name)

    def search(self, table: str, query: QueryInstance) -> list[dict[str, Any]]:
        """The documents for which `query` holds."""
        return [dict(d) for d in self.ledger.store.table(table).search(query)]

    def money(self, minor: int) -> Money:
        """An amount in the store's currency."""
        return Money(minor, self.currency)

    def wallet(self, client: str) -> Money:
        """The game balance of a client: what the venue owes."""
        return self.money(-self.ledger.balance(f"2010:{client}", self.unit))

    def settings(self) -> dict[str, Any]:
        """The venue's settings; empty before the first import."""
        return self.get("settings", "venue") or {}

    def number(self, draft: Draft, series: str) -> int:
        """Take the next number of a gapless series; the draft's entry keeps it.

        A draft may take several: the second follows the first, which is not on the books yet.
        """
        drafted = [c for c in draft.changes if (c.table, c.id) == ("series", series)]
        for change in drafted:
            draft.changes.remove(change)
        kept = drafted[-1].document if drafted else self.get("series", series)
        taken = (int(kept["last"]) if kept else 0) + 1
        draft.set("series", {"id": series, "last": taken})
        return taken


Handler = Callable[[Books, Any], Draft]
Afterwards = Callable[[Books, Any], None]
"""What a command does to the secrets once its entry is on the disk; done twice, it is as once."""
Answer = Callable[[Books, Any], Any]
