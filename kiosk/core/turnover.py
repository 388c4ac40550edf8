"""What entries moved: from which account to which, by kind of entry. X and Z are made of this.

A turnover of some entries and one of the entries after them make, added, that of all of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from kiosk.core.ledger import Draft, Entry, Posting


class Flow(NamedTuple):
    """A way that money, minutes or points take: the entry's kind, Dr, Cr and the unit.

    `why` is the typed reason of a correction, empty elsewhere; `void` says that the entry takes
    back another one (it `reverses` it). Accounts stand without whose they are: ``2010`` is all
    wallets. A cashbox keeps its box and face (``1010:acceptor:500``), clearing its acquirer, the
    vault its money reason.
    """

    kind: str
    why: str
    debit: str
    credit: str
    unit: str
    void: bool


_WITH_NAME = frozenset({"1050", "1110", "1120"})
_WITH_FACE = frozenset({"1010", "1020"})


@dataclass(frozen=True)
class Turnover:
    """What the entries from `first` to `last` moved.

    `flows` are sums above 0; `kinds` counts entries, `voids` those that take back another one;
    `numbers` is the last number taken of each series of documents.
    """

    first: int
    last: int
    flows: Mapping[Flow, int] = field(default_factory=dict)
    kinds: Mapping[str, int] = field(default_factory=dict)
    voids: int = 0
    numbers: Mapping[str, int] = field(default_factory=dict)

    def __add__(self, after: Turnover) -> Turnover:
        """The turnover of these entries and those `after` them; there are none between."""
        assert after.first == self.last + 1, f"{after.first} does not follow {self.last}"
        return Turnover(
            self.first,
            after.last,
            _added(self.flows, after.flows),
            _added(self.kinds, after.kinds),
            self.voids + after.voids,
            {**self.numbers, **after.numbers},
        )

    def way(
        self,
        unit: str,
        debits: Container[str],
        credits_: Container[str],
        void: bool = False,
        why: str | None = None,
    ) -> int:
        """The sum of what went to accounts of the codes `debits` from those of `credits_`.

        `void` asks for what was taken back instead of everything else, `why` for one typed reason
        only, or for none.
        """
        return sum(
            amount
            for flow, amount in self.flows.items()
            if flow.unit == unit
            and flow.void == void
            and why in (None, flow.why)
            and flow.debit.partition(":")[0] in debits
            and flow.credit.partition(":")[0] in credits_
        )

    def document(self) -> dict[str, Any]:
        """As plain JSON values; `of` reads it."""
        return {
            "first": self.first,
            "last": self.last,
            "flows": [[*flow, amount] for flow, amount in sorted(self.flows.items())],
            "kinds": dict(sorted(self.kinds.items())),
            "voids": self.voids,
            "numbers": dict(sorted(self.numbers.items())),
        }

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Turnover:
        """Read what `document` made."""
        return cls(
            document["first"],
            document["last"],
            {Flow(*flow): amount for *flow, amount in document["flows"]},
            document["kinds"],
            document["voids"],
            document["numbers"],
        )


def _added(one: Mapping[Any, int], other: Mapping[Any, int]) -> dict[Any, int]:
    return {key: one.get(key, 0) + other.get(key, 0) for key in (*one, *other)}


def column(account: str) -> str:
    """The account as a report names it: without its client, visit, claim, kiosk or collection."""
    code, _, rest = account.partition(":")
    if code in _WITH_NAME:
        return account
    if code in _WITH_FACE:
        return f"{code}:{rest.partition(':')[2]}"
    return code


def matched(postings: Iterable[Posting]) -> list[tuple[str, str, str, int]]:
    """Postings as ways from one account to another: debit, credit, unit and an amount > 0.

    Each debit is matched with the credits of its unit in their order: of an entry made with
    `Draft.post` these are the pairs that it was made of.
    """
    ways: list[tuple[str, str, str, int]] = []
    waiting: dict[str, list[tuple[str, int]]] = {}
    for posting in postings:
        left = waiting.setdefault(posting.unit, [])
        account, amount = posting.account, posting.amount
        while amount and left and (left[0][1] > 0) != (amount > 0):
            other, there = left.pop(0)
            moved = min(abs(amount), abs(there))
            pair = (account, other) if amount > 0 else (other, account)
            ways.append((*pair, posting.unit, moved))
            sign = 1 if amount > 0 else -1
            amount -= sign * moved
            if rest := there + sign * moved:
                left.insert(0, (other, rest))
        if amount:
            left.append((account, amount))
    return ways


def turnover(entries: Iterable[Entry | Draft], first: int, last: int) -> Turnover:
    """The turnover of the entries from `first` to `last`, which `entries` are.

    The last one may still be in the making.
    """
    flows: Counter[Flow] = Counter()
    kinds: Counter[str] = Counter()
    numbers: dict[str, int] = {}
    voids = 0
    for entry in entries:
        kinds[entry.kind] += 1
        void = "reverses" in entry.refs
        voids += void
        why = str(entry.refs.get("why", ""))
        for debit, credit, unit, amount in matched(entry.postings):
            flows[Flow(entry.kind, why, column(debit), column(credit), unit, void)] += amount
        for change in entry.changes:
            if change.table == "series" and change.document is not None:
                numbers[change.id] = int(change.document["last"])
    return Turnover(first, last, dict(flows), dict(kinds), voids, numbers)
