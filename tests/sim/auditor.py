"""The auditor: knows what hands did and eyes saw, and predicts the books from that alone.

It imports nothing of the kiosk (`test_days.py` keeps it so). It is told which banknote went in by
whose hand while which card's top-up screen was shown, where each note ended, what stood on the
screens and on the paper, and what the attendant found. From that it knows every wallet and the
cashbox by denomination. Where physics leaves it open (the acceptor lost its power, or hands were
in it, with a note inside: N-04) a note may be *undecided* on the books, until the attendant looked.

What a note's end allows on the books:

| the note ended | and | on the books it is |
|---|---|---|
| in the cassette | a card's top-up screen was shown when it went in | in that card's wallet |
| | … and the acceptor was disturbed with it inside | … or undecided |
| | … and the acceptor stacked what it was told to give back | … or in suspense |
| | … and the kiosk died over it before it was held | … or taken for a repeat: nowhere |
| | no top-up screen was shown | in suspense |
| in a hand again | | nowhere |
| | … and the acceptor was disturbed, or the kiosk died, meanwhile | … or undecided |
| still inside (a jam) | | nowhere, undecided, or in the wallet |

A coin is in its box at once, and told a moment later:

| the coin fell in | and | on the books it is |
|---|---|---|
| while a card's top-up screen was shown | | in that card's wallet |
| | … and the kiosk died, or the cable was out, before it was told | … or in suspense |
| a moment after that | | in that card's wallet or in suspense |
| | … and the acceptor lost its power, or more fell in than it remembers | … or nowhere: lost |

What is in suspense stays there, or on a ticket that came out of the printer, until the attendant
redeems the ticket, once, or credits it to a card. Of a command that nobody answered, because the
kiosk died over it, nobody knows whether it was carried out, until it is said again.

What hands do at the desk is an *act* with what it moves, account by account: `till` knows the
banknotes in the drawer and in the box, what a count of either must find, and what is over or short.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from tests.sim.bills import Bill, type_of
from tests.sim.facts import (
    Act,
    Banknote,
    Holder,
    Order,
    Violation,
    last_amount,
    minor_units,
    money,
)
from tests.sim.paper import OF_THE_DESK, Paper, read
from tests.sim.sessions import Watch

COMBINATIONS_MAX = 200_000
LATE_S = 12.0
"""So long after a top-up a coin may be its guest's: the kiosk allows ten, and is told it later."""
COINS = (1, 2, 5, 10)
"""No banknote has these values; they lie in a box of their own."""


class Auditor:
    """The auditor.

    Args:
        tell: takes a line for the story.
        ask_cards: what the kiosk says of cards on file: number, to client and state.
        ask_sessions: what it says of sessions, by their names.
        begin: the local time of the first moment.
    """

    def __init__(
        self,
        tell: Callable[[str], None],
        ask_cards: Callable[[], dict[str, tuple[str, str]]],
        ask_sessions: Callable[[], dict[str, Any]],
        begin: datetime,
    ) -> None:
        self._tell = tell
        self._ask_cards = ask_cards
        self._ask_sessions = ask_sessions
        self.watch = Watch(begin)
        self.now_s = 0.0
        self.notes: list[Banknote] = []
        self._inside: Banknote | None = None
        self._open: list[Banknote] = []
        """Notes whose place on the books is not settled yet."""
        self._holders: dict[str, Holder] = {}
        """By the last four characters of the card, as screens and slips show them."""
        self._names: dict[str, set[str]] = {}
        """Names as they were typed, and for which cards."""
        self.orders: dict[str, Order] = {}
        self._clients: dict[str, str] = {}
        self._fixed: Counter[str] = Counter()
        """By card: what of its wallet cannot change any more, in minor units."""
        self._tapped: list[str] = []
        self._top_up_card = ""
        self._last_top_up = ("", 0.0)
        """The card of the last top-up screen, and when that ended."""
        self._shown = ""
        """The card whose journey is on the screen: it may stay there while others are tapped."""
        self._page, self._told_then = 0, frozenset[int]()
        """The page that tells of the moment at which it came up, and what it might tell then."""
        self._screen = ""
        self.moment = ""
        self.proofs: list[str] = []
        """The codes on whole slips: the books can be asked whether they still know them."""
        self.checks = 0
        self._acts: list[Act] = []
        """Those that were not answered yet."""
        self._spent: Counter[str] = Counter()
        """By card: what left its wallet."""
        self.bills: dict[str, Bill] = {}
        """The open visits, by card."""
        self.box: Counter[int] = Counter()
        """The notes that are in the acceptor's box, by value."""
        self._own_slips: set[str] = set()
        """The entries of the desk, by number: what slips they issued come out at the desk."""
        self.tickets: list[tuple[str, int]] = []
        """Tickets that came out and nobody brought yet: their text, and what they are worth."""
        self._brought: set[str] = set()
        self.in_box: Counter[tuple[str, int]] = Counter()
        """Of the notes that are undecided on the books, those in the box: by client and value."""

    # --- people and cards -------------------------------------------------------------------------

    def card(self, number: str, who: str) -> None:
        """A card exists in somebody's pocket."""
        last = number[-4:]
        assert last not in self._holders, f"two cards end in {last}"
        self._holders[last] = Holder(number, who)

    def registers(self, owner: str, name: str) -> None:
        """Somebody ends a registration for the card tapped last.

        `owner` is the phone and the PIN that were typed, or empty; `name` may be empty.
        """
        if self._tapped:
            holder = self._holders[self._tapped[-1]]
            holder.owner = owner or f"card {holder.number}"
            if name:
                self._names.setdefault(name, set()).add(holder.number)

    def tapped(self, number: str) -> None:
        """A card was tapped or swiped."""
        self._tapped = [*self._tapped[-3:], number[-4:]]

    # --- notes ------------------------------------------------------------------------------------

    def inserted(self, face: int, hand: str) -> None:
        """The acceptor drew a note in."""
        self.told_all()
        assert self._inside is None, f"two notes inside: {self._inside}"
        card = self._holders[self._top_up_card].number if self._top_up_card else ""
        made = Banknote(len(self.notes) + 1, face, hand, card, self.moment)
        self.notes.append(made)
        self._open.append(made)
        self._inside = made

    def coin_fell(self, face: int, hand: str, *, gone: bool) -> None:
        """A coin fell into the box; `gone`: with more after it than the acceptor remembers."""
        last, card = self._top_up_card, ""
        late = not last
        if late and self._last_top_up[0] and self.now_s - self._last_top_up[1] <= LATE_S:
            last = self._last_top_up[0]
        if last:
            card = self._holders[last].number
        made = Banknote(
            len(self.notes) + 1, face, hand, card, self.moment, "cassette", coin=True, late=late
        )
        made.gone = gone
        self.notes.append(made)
        self._open.append(made)
        self._tell(f"{made}")

    def coins_disturbed(self, how: str, *, lost: bool) -> None:
        """What fell in and was not told yet may be told later, or was forgotten (`lost`)."""
        for note in self._open:
            if note.coin and not note.heard:
                note.disturbed = note.disturbed or how
                note.lost = note.lost or lost

    def coins_heard(self) -> None:
        """The kiosk has told the coin acceptor that all it told is booked."""
        for note in self._open:
            note.heard = note.heard or note.coin

    @property
    def inside(self) -> Banknote | None:
        """The note that is in the acceptor, or of which it still has to tell."""
        return self._inside

    def went(self, face: int, where: str) -> None:
        """A note left the acceptor: ``cassette``, ``returned``, ``hand`` (of the attendant)."""
        note = self._inside
        if note is None or note.face != face or note.place != "inside":
            raise Violation(f"a note of {face} went to {where}, but inside is {note}")
        note.place = where
        if where == "cassette":
            self.box[face] += 1
        self._tell(f"note {note.number} ({face}) is {_WHERE[where]}")

    def told_all(self) -> None:
        """The acceptor has told what it knows of its last note, and nothing is inside."""
        if self._inside is not None and self._inside.place != "inside":
            self._inside = None

    def acceptor_disturbed(self, how: str) -> None:
        """It may have forgotten where its note is."""
        if self._inside is not None:
            self._inside.disturbed = self._inside.disturbed or how

    def acceptor_lied(self) -> None:
        if self._inside is not None:
            self._inside.lied = True

    def staff_decided(self, client: str, minor: int, *, settled: bool) -> None:
        """The attendant looked where an undecided note is, and told the kiosk."""
        for note in self._open:
            if (self._clients.get(note.card), note.minor) != (client, minor) or note.settled:
                continue
            if "undecided" in note.may_be() and (note.place == "cassette") == settled:
                note.settled = "wallet" if settled else "nowhere"
                return
        raise Violation(f"staff decided about a note of {minor} of {client} that nobody put in")

    # --- suspense and tickets -------------------------------------------------------------------

    def says(
        self, name: str, moves: Mapping[str, int], or_else: Mapping[str, int] | None = None
    ) -> Act:
        """Somebody is about to tell the kiosk something; see `Act`."""
        made = Act(name, moves, or_else or {})
        self._acts.append(made)
        return made

    def done(self, act: Act, *, otherwise: bool = False) -> None:
        """The kiosk answered that it is done, or done in the other way."""
        self._acts.remove(act)
        moves = act.or_else if otherwise else act.moves
        self._fixed.update(moves)
        self._spent.update({c: -m for c, m in moves.items() if _is_card(c) and m < 0})

    def not_done(self, act: Act) -> None:
        """The kiosk answered that it is not done."""
        self._acts.remove(act)

    def on_the_books(self, account: str) -> int:
        """What an account, a wallet or a face in the box must have on the books by now."""
        return self._fixed[account]

    def faces(self) -> dict[int, int]:
        """The notes that are in the box by the books, as far as that is settled."""
        return {
            int(name[5:]): minor // (int(name[5:]) * 100)
            for name, minor in self._fixed.items()
            if name.startswith("face ") and minor and int(name[5:]) not in COINS
        }

    def sure(self) -> bool:
        """Whether each note's place on the books is known, and nothing waits for an answer."""
        return not self._acts and all(n.known == "undecided" for n in self._open)

    def emptied(self) -> Counter[int]:
        """Somebody takes all notes out of the box."""
        taken, self.box = +self.box, Counter()
        return taken

    def own_slip(self, entry: int) -> None:
        """The desk gets the slips for what it did itself, or prints one on purpose."""
        self._own_slips.add(str(entry))

    def brings(self, ticket: str) -> bool:
        """A ticket is brought to be paid; whether nobody brought it before."""
        there = any(text == ticket for text, _ in self.tickets)
        self.brought(ticket)
        return there

    def brings_later(self, ticket: str, minor: int) -> None:
        """It is not paid now: the guest keeps it."""
        self.tickets.append((ticket, minor))

    def brought(self, ticket: str) -> None:
        """A ticket is brought to the desk; whatever becomes of it, a copy is worth nothing."""
        self._brought.add(ticket)
        self.tickets = [t for t in self.tickets if t[0] != ticket]

    def in_suspense(self, minor: int) -> list[str]:
        """The cards of the guests who put in notes of this value that are in suspense."""
        return [n.card for n in self.notes if (n.minor, n.settled) == (minor, "suspense")]

    def erased(self, number: str) -> None:
        """The kiosk answered that it has forgotten who holds this card."""
        cards = self._cards_with(number)
        for name in list(self._names):
            self._names[name] -= cards

    # --- what is seen -----------------------------------------------------------------------------

    def dark(self) -> None:
        """The kiosk is dead; the screen is dark."""
        self._top_up_card, self._shown, self._screen = "", "", "dark"
        self._last_top_up = ("", 0.0)
        for note in self._open:
            note.died = note.died or (note.coin and not note.heard)
        if self._inside is not None:
            self._inside.died = True
        # What was swiped last may lie in the reader still, for the next process.
        self._tapped = self._tapped[-1:]

    def screen(self, view: Any) -> None:
        """Something else is on the screen."""
        name = type(view).__name__
        self._screen = name
        if name == "WelcomeView":
            self._tapped, self._shown = self._tapped[-1:], ""
        if name != "AccessView":
            if self._top_up_card:
                self._last_top_up = (self._top_up_card, self.now_s)
            self._top_up_card = ""
        match name:
            case "TopUpView":
                holder = self._holder_shown(view)
                self._top_up_card = holder.number[-4:]
                inserted = minor_units(view.inserted.amount)
                before, after = (minor_units(text) for _, text, _ in view.sums)
                self._must(before + inserted == after, f"{before} + {inserted} is not {after}")
                shown = Counter(n.state for n in view.notes)
                self._must(bool(inserted) == bool(shown["taken"]), f"{view.notes}, {inserted}")
                self._balance_told(holder, after, "top-up")
            case "CardHomeView":
                holder = self._holder_shown(view)
                self._balance_told(holder, minor_units(view.balance.amount), "card's home")
                self._name_shown(holder, view.frame.title)
            case "DoneView":
                holder = self._holder_shown(view)
                if view.figure is not None:
                    figure = minor_units(view.figure.amount)
                    self._balance_told(holder, figure, "end of a top-up", view.frame.page)
            case "HistoryView":
                holder = self._holder_shown(view)
                if view.rows and (view.pager is None or view.pager.earlier is None):
                    after = last_amount(view.rows[0].note)
                    self._balance_told(holder, after, "history", view.frame.page)

    def _holder_shown(self, view: Any) -> Holder:
        found = re.search(r"•••• (\w{4})", view.frame.subtitle)
        last = found[1] if found else ""
        self._must(last in self._holders, f"the screen shows a card {last!r} that nobody has")
        known = {*self._tapped, self._shown}
        self._must(last in known, f"card {last} is shown, but {self._tapped} was tapped")
        self._shown = last
        return self._holders[last]

    def _name_shown(self, holder: Holder, title: str) -> None:
        cards = self._cards_with(holder.number)
        for name, typed in self._names.items():
            mine = not title.endswith(f" {name}") or bool(typed & cards)
            self._must(mine, f"{title!r} is shown to {holder.who}")

    def _balance_told(self, holder: Holder, balance: int, where: str, page: int = 0) -> None:
        allowed = self._wallet_may_be(holder.number)
        if page:
            # It tells of the moment at which it came up.
            if self._page != page:
                self._page, self._told_then = page, frozenset(allowed)
            if balance in self._told_then - allowed:
                return
        if balance not in allowed:
            told = ", ".join(money(b) for b in sorted(allowed))
            raise Violation(
                f"the {where} tells {holder.who} {money(balance)}; the notes make {told}"
            )
        spent = self._spent_of(self._cards_with(holder.number), at_most=False)
        holder.promised = max(holder.promised, balance + spent)

    def _spent_of(self, cards: set[str], *, at_most: bool) -> int:
        """What left a wallet so far; `at_most`: with what nobody has answered yet."""
        open_ = [act.moves for act in self._acts] if at_most else []
        return sum(
            self._spent[card] + sum(max(0, -moves.get(card, 0)) for moves in open_)
            for card in cards
        )

    def _wallet_may_be(self, number: str) -> set[int]:
        """Every sum that the card's wallet may have at this moment."""
        if number not in self._clients:
            self._know_cards(self._ask_cards())
        if any(session.mode == "timer" for session in self.watch.running):
            self._know_sessions(self._ask_sessions())
        cards = self._cards_with(number)
        sums = {sum(self._fixed[card] for card in cards)}
        for act in self._acts:
            moved = sum(act.moves.get(card, 0) for card in cards)
            sums |= {s + moved for s in sums}
        for note in self._open:
            if note.card in cards and note.settled in ("", "wallet"):
                more = {s + note.minor for s in sums}
                sums = more if note.settled == "wallet" else sums | more
        return sums

    def _cards_with(self, number: str) -> set[str]:
        client = self._clients.get(number, number)
        return {number} | {c for c, kept in self._clients.items() if kept == client}

    # --- paper ------------------------------------------------------------------------------------

    def slip(self, text: str, *, cut: bool, by_hand: bool) -> None:
        """A slip came out of the printer; `by_hand`: into the attendant's hands."""
        paper = read(text, cut=cut)
        if paper is None:
            self._tell("a piece of a slip comes out")
            return
        self.proofs.append(paper.proof)
        if paper.kind == "CLAIM":
            self._tell(f"a ticket worth {money(paper.total)} comes out")
            ticket = (paper.code, paper.total)
            if ticket not in self.tickets and paper.code not in self._brought:
                self.tickets.append(ticket)
            return
        # Whoever stands at the desk gets what the desk did, and what it asked for, at once.
        by_hand = by_hand or paper.proof.split("-")[2] in self._own_slips
        if not paper.card:
            told = f"{paper.kind} {paper.number}, of no card, comes out"
            self._tell(told)
            self._must(by_hand or paper.kind in OF_THE_DESK, f"{told} before others")
            return
        holder = self._holders.get(paper.card)
        if holder is None:
            raise Violation(f"a slip for a card {paper.card} that nobody has")
        number = f" {paper.number}" if paper.number else ""
        self._tell(f"a slip comes out: {paper.kind}{number} for card {paper.card}")
        # Two cards may have one wallet: a second card was registered with that phone and its PIN.
        mine = {number[-4:] for number in self._cards_with(holder.number)}
        self._must(
            by_hand or bool(mine & {*self._tapped, self._shown}),
            f"a slip of {holder.who} comes out before others: {self._tapped} tapped",
        )
        if paper.kind == "TOP_UP":
            self._receipt(holder, paper)

    def _receipt(self, holder: Holder, paper: Paper) -> None:
        number, most = paper.number, max(self._wallet_may_be(holder.number))
        cards = self._cards_with(holder.number)
        most += self._spent_of(cards, at_most=True)
        self._must(paper.after <= most, f"receipt {number} promises {paper.after}")
        known = holder.receipts.setdefault(number, paper.total)
        self._must(known == paper.total, f"receipt {number} was {known} and is {paper.total}")
        holder.promised = max(holder.promised, paper.after)

    # --- the books --------------------------------------------------------------------------------

    def check(self, books: dict[str, Any]) -> None:
        """Compare the books with the world, at a moment at which nothing moves.

        Raises:
            Violation: they differ.
        """
        self.checks += 1
        self.told_all()
        self._know_cards(books["cards"])
        self._know_sessions(books["sessions"])
        self.watch.in_time(books["sessions"], self.now_s)
        self._settle(books)
        self._must(sum(books["minutes"].values()) == books["issued"], f"minutes: {books}")
        for number, client in self._clients.items():
            holder = self._holders[number[-4:]]
            kept = books["wallets"].get(client, 0)
            kept += self._spent_of(self._cards_with(holder.number), at_most=True)
            self._must(
                kept >= holder.promised,
                f"{holder.who} was told {money(holder.promised)}, the books have {money(kept)}",
            )
            cards = self._cards_with(holder.number)
            told = sum(sum(self._holders[card[-4:]].receipts.values()) for card in cards)
            self._must(told <= kept, f"the receipts of {holder.who} tell {told}, not {kept}")
        self._must(not books["others"], f"money elsewhere: {books}")

    def _know_cards(self, cards: dict[str, tuple[str, str]]) -> None:
        owners: dict[str, str] = {}
        for number, (client, _state) in sorted(cards.items()):
            known = self._clients.setdefault(number, client)
            self._must(known == client, f"card {number[-4:]} went from {known} to {client}")
            holder = self._holders.get(number[-4:])
            self._must(holder is not None, f"card {number} is on file and nobody has it")
            assert holder is not None
            other = owners.setdefault(client, holder.owner)
            self._must(other == holder.owner, f"two cards, one wallet: {other}, {holder.owner}")
        gone = self._clients.keys() - cards.keys()
        self._must(not gone, f"cards are not on file any more: {sorted(gone)}")

    def _know_sessions(self, kept: Mapping[str, Any]) -> None:
        for moves in self.watch.read(kept, self._clients) if kept else ():
            self._fixed.update(moves)
            self._spent.update({c: -m for c, m in moves.items() if _is_card(c) and m < 0})

    def shares(self, number: str) -> set[str]:
        """The cards that have the wallet of this one."""
        return self._cards_with(number)

    def _settle(self, books: dict[str, Any]) -> None:
        """Find what each open note is on the books; raise when nothing fits."""
        open_ = self._open
        choices = [note.may_be() for note in open_]
        choices += [
            ("done", "otherwise", "not done") if act.or_else else ("done", "not done")
            for act in self._acts
        ]
        total = 1
        for choice in choices:
            total *= len(choice)
        if total > COMBINATIONS_MAX:
            self._tell(f"{len(open_)} open notes: too many to compare, waiting for the attendant")
            return
        undecided = Counter((client, minor) for client, minor, _ in books["undecided"])
        fits = [made for made in itertools.product(*choices) if self._fit(made, books, undecided)]
        if not fits:
            raise Violation(self._told_wrong(books))
        self.in_box = Counter(
            (self._clients[note.card], note.minor)
            for note, way in zip(open_, fits[0], strict=False)
            if way == "undecided" and note.place == "cassette"
        )
        for index, note in enumerate(open_):
            ways = {made[index] for made in fits}
            note.known = min(ways) if len(ways) == 1 else ""
            if len(ways) == 1 and note.place != "inside" and ways != {"undecided"}:
                note.settled = ways.pop()
        for note in [n for n in open_ if n.settled and n.place != "inside"]:
            if note is self._inside:
                continue
            self._open.remove(note)
            self._close(note)

    def _close(self, note: Banknote) -> None:
        if note.settled == "wallet":
            self._fixed[note.card] += note.minor
        elif note.settled == "suspense":
            self._fixed["suspense"] += note.minor
        if note.settled in ("wallet", "suspense"):
            self._fixed[f"face {note.face}"] += note.minor

    def _fit(
        self,
        ways: tuple[str, ...],
        books: dict[str, Any],
        undecided: Counter[tuple[str, int]],
    ) -> bool:
        made = Counter(self._fixed)
        open_: Counter[tuple[str, int]] = Counter()
        for act, way in zip(self._acts, ways[len(self._open) :], strict=True):
            if way != "not done":
                made.update(act.moves if way == "done" else act.or_else)
        for note, way in zip(self._open, ways, strict=False):
            if way == "undecided":
                open_[self._clients.get(note.card, ""), note.minor] += 1
            elif way in ("wallet", "suspense"):
                made[note.card if way == "wallet" else "suspense"] += note.minor
                made[f"face {note.face}"] += note.minor
        if open_ != undecided or made["suspense"] != books["suspense"] + books["claims"]:
            return False
        accounts = {name[1:]: minor for name, minor in made.items() if name[0] == "=" and minor}
        if accounts != {code: minor for code, minor in books["accounts"].items() if minor}:
            return False
        faces = {int(k[5:]): v for k, v in made.items() if k.startswith("face ") and v}
        if faces != {face: minor for face, minor in books["cashbox"].items() if minor}:
            return False
        minutes: Counter[tuple[str, str]] = Counter()
        for name, count in made.items():
            if name[0] == "%":
                kind, _, card = name[1:].partition("/")
                minutes[self._clients.get(card, card), kind] += count
        if {k: n for k, n in minutes.items() if n} != {
            k: n for k, n in books["minutes"].items() if n
        }:
            return False
        wallets: dict[str, int] = defaultdict(int)
        for card, minor in made.items():
            if _is_card(card) and minor:
                wallets[self._clients.get(card, card)] += minor
        return dict(wallets) == {c: m for c, m in books["wallets"].items() if m}

    def _told_wrong(self, books: dict[str, Any]) -> str:
        """Where the books and the world differ, for people."""
        told = ["the books are not what went into the machine"]
        made: Counter[str] = Counter()
        for card, minor in self._fixed.items():
            if _is_card(card):
                made[self._clients.get(card, card)] += minor
        for client in sorted({*made, *books["wallets"]}):
            has = books["wallets"].get(client, 0)
            cards = [c for c, kept in self._clients.items() if kept == client]
            who = ", ".join(self._holders[c[-4:]].who for c in cards) or client
            if has != made[client]:
                told.append(
                    f"  the wallet of {who} ({client}) has {money(has)}; surely in the box for "
                    f"it: {money(made[client])}"
                )
        told.append(f"  suspense {money(books['suspense'])}, claims {money(books['claims'])}")
        told.append(f"  undecided on the books: {books['undecided'] or 'nothing'}")
        told += [f"  {note}; may be {' or '.join(note.may_be())}" for note in self._open]
        faces = {k: v for k, v in self._fixed.items() if k.startswith("face ")}
        told.append(f"  cashbox on the books {books['cashbox']}, surely {faces}")
        told.append(f"  minutes on the books {books['minutes']}, surely")
        told += [f"    {n}: {self._fixed[n]}" for n in sorted(self._fixed) if n[0] == "%"]
        told += [f"  not answered yet: {act.name}, {dict(act.moves)}" for act in self._acts]
        for code in sorted({*books["accounts"], *(n[1:] for n in self._fixed if n[0] == "=")}):
            has, surely = books["accounts"].get(code, 0), self._fixed[f"={code}"]
            if has != surely:
                told.append(f"  account {code} has {has}, surely {surely}")
        return "\n".join(told)

    def order_sent(self, name: str, total: int, card: str) -> None:
        """A till sends an order."""
        self.orders[name] = Order(total, card)

    def order_ended(self, name: str, state: str) -> None:
        """The kiosk answered the till: ``acknowledged`` or ``refused``."""
        known = self.orders[name]
        self._must(
            known.state in ("sent", state), f"order {name} was {known.state}, and now {state}"
        )
        bill = self.bills.get(known.card)
        judged = bill is not None and type_of(known.card).limit is not None
        if judged and known.state == "sent" and state == "refused":
            assert bill is not None
            self._must(not bill.allows(known.total), f"order {name} is refused, to {bill}")
        if known.state == "sent" and state == "acknowledged":
            bill = self.bills.setdefault(known.card, Bill(known.card))
            self._must(not judged or bill.allows(known.total), f"order {name} is too much: {bill}")
            bill.saved[name] = known.total
        known.state = state

    def orders_sent(self, card: str) -> bool:
        """Whether a till waits for an answer about an order on this card."""
        return any((o.card, o.state) == (card, "sent") for o in self.orders.values())

    def wallet_is(self, card: str, minor: int) -> None:
        """Somebody at the desk is told what is in a wallet."""
        allowed = self._wallet_may_be(card)
        self._must(minor in allowed, f"the desk reads {minor} in the wallet of {card}: {allowed}")

    def check_visits(self, cards: list[str]) -> None:
        """The open visits on the books are those of guests who are there."""
        there = sorted(self.bills)
        self._must(sorted(cards) == there, f"open visits: {sorted(cards)}, and there are {there}")

    def check_orders(self, orders: list[tuple[str, int, str]]) -> None:
        """Each acknowledged order is there exactly once, no refused one, none that nobody sent."""
        kept = {name: (total, card) for name, total, card in orders}
        self._must(len(kept) == len(orders), "an order is there twice")
        for name, order in self.orders.items():
            if order.state == "acknowledged":
                self._must(
                    kept.get(name) == (order.total, order.card),
                    f"order {name} was acknowledged as {order}, the books have {kept.get(name)}",
                )
            elif order.state == "refused":
                self._must(name not in kept, f"order {name} was refused and is on the books")
        strays = kept.keys() - self.orders.keys()
        self._must(not strays, f"orders that nobody sent: {sorted(strays)}")

    def balance(self) -> dict[str, int]:
        """Where the money in the box is owed to, in minor units; open notes left out."""
        wallets = sum(minor for name, minor in self._fixed.items() if _is_card(name))
        return {
            "wallets": wallets,
            "suspense and tickets": self._fixed["suspense"],
            "in the drawer": self._fixed["=1030"],
            "over or short": self._fixed["=5030"],
        }

    def cashbox(self) -> dict[int, int]:
        """The notes that ever went into the cassette, by value."""
        return dict(sorted(Counter(n.face for n in self.notes if n.place == "cassette").items()))

    def still_open(self) -> list[Banknote]:
        """Notes that nobody has decided about."""
        return list(self._open)

    def _must(self, holds: bool, told: str) -> None:
        if not holds:
            raise Violation(told)


def _is_card(name: str) -> bool:
    return name != "suspense" and not name.startswith(("face ", "=", "%"))


_WHERE = {
    "cassette": "in the cassette",
    "returned": "back in the guest's hand",
    "hand": "in the attendant's hand",
}
