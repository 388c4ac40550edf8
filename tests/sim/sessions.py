"""The auditor's watch: how long guests played, by the true time of the simulated world.

A session that ended has used the minutes between two moments that the auditor saw, by the venue's
rule: each begun minute counts, the first ten seconds of it are free. Which of several tries to stop
it was heard, the books say; that it is one of them, and what it comes to, is checked. Where the
kiosk's clock was not right when a later process had nothing but the books, the age may be wrong by
what the clock was (`Session.slack_s`); where it was not synchronised it may be too small
(docs/ledger.md, "Sessions"). It imports nothing of the kiosk.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.sim.facts import Violation

GRACE_S, DAY_MINUTES = 10.0, 1440
HURRY_S = 2.0
"""So long after its deadline a session may be found running, when nothing hindered its end."""
BLUR_S = 0.001


@dataclass
class Session:
    """A session that somebody asked for; `begun_s` are the moments at which he did.

    `minutes` is what it may last at most: what was asked for, or 0 for all that there is.
    """

    card: str
    station: str
    kind: str
    mode: str
    minutes: int
    offset_s: float
    """What the kiosk's clock was wrong by when the books learned of it last."""
    id: str = ""
    begun_s: list[float] = field(default_factory=list)
    stops_s: list[float] = field(default_factory=list)
    offsets_s: set[float] = field(default_factory=set)
    slack_s: float = 0.0
    late: bool = False
    """A clock that was not synchronised may have held it up."""
    early: bool = False
    """… or it began by such a clock: the books may have it older than it is."""
    over: bool = False

    def ages(self, moments_s: list[float]) -> list[tuple[float, float]]:
        """How old it may be for the kiosk at these moments: from, to."""
        made = []
        for begun_s in self.begun_s:
            for moment_s in (m for m in moments_s if m >= begun_s):
                age_s = moment_s - begun_s
                low_s = 0.0 if self.late else max(0.0, age_s - self.slack_s)
                made.append((low_s, 10.0**9 if self.early else age_s + self.slack_s))
        return made


def minutes(age_s: float) -> int:
    """The minutes of a session of that age: each begun one, ten seconds of it are free."""
    full, rest_s = divmod(age_s, 60.0)
    return int(full) + (rest_s > GRACE_S)


def price(begun: datetime, count: int) -> int:
    """What so many minutes from a local time on cost by the day's tariff, in minor units."""
    sixtieths = 0
    for number in range(count):
        at = begun + timedelta(minutes=number)
        sixtieths += 18000 if at.weekday() < 5 and at.hour < 18 else 24000
    return (sixtieths + 30) // 60


class Watch:
    """All sessions. `begin` is the local time of the world's first moment."""

    def __init__(self, begin: datetime) -> None:
        self._begin = begin
        self._asked: list[Session] = []
        """Those that nobody has seen on the books yet."""
        self.known: dict[str, Session] = {}

    @property
    def running(self) -> list[Session]:
        """Those that have not ended, as far as anybody knows, or may have begun."""
        return [*self._asked, *(s for s in self.known.values() if not s.over)]

    def asks(self, made: Session) -> None:
        """Somebody is about to begin a session."""
        self._asked.append(made)

    def refused(self, made: Session) -> None:
        """It does not begin."""
        self._asked.remove(made)

    def booted(self, offset_s: float, synced: bool) -> None:
        """A process starts: of what runs it knows what the books and its clock say."""
        for session in self.running:
            if synced:
                self._by_wall(session, offset_s)
            else:
                session.late = True

    def clock(self, offset_s: float, synced: bool) -> None:
        """The process that runs has seen what its clock says now."""
        for session in self.running:
            if not synced:
                session.early = session.early or session.id == ""
            elif session.late:
                self._by_wall(session, offset_s)
            if synced:
                session.offset_s = offset_s
                session.offsets_s.add(offset_s)

    @staticmethod
    def _by_wall(session: Session, offset_s: float) -> None:
        session.slack_s += abs(offset_s - session.offset_s)
        session.offset_s = offset_s
        session.offsets_s.add(offset_s)

    # --- what the books say -----------------------------------------------------------------------

    def read(self, kept: Mapping[str, Any], clients: Mapping[str, str]) -> list[dict[str, int]]:
        """What the sessions that ended since the last look have moved.

        Raises:
            Violation: one that nobody began, or that did not last as long as it is booked.
        """
        moves = []
        for name, told in sorted(kept.items()):
            if name not in self.known:
                self._adopt(name, told, clients)
            session = self.known[name]
            if not session.over and told["state"] != "running":
                moves.append(self._ended(session, told))
        gone = self.known.keys() - kept.keys()
        if gone:
            raise Violation(f"sessions are not on the books any more: {sorted(gone)}")
        return moves

    def _adopt(self, name: str, told: Mapping[str, Any], clients: Mapping[str, str]) -> None:
        wanted = (told["client"], told["station"], told["kind"], told["mode"])
        for made in self._asked:
            if (clients.get(made.card), made.station, made.kind, made.mode) == wanted:
                self._asked.remove(made)
                made.id = name
                self.known[name] = made
                return
        raise Violation(f"a session that nobody began: {told}")

    def _ended(self, session: Session, told: Mapping[str, Any]) -> dict[str, int]:
        session.over = True
        used, how = int(told["used"]), told["ended_by"]
        if how == "deadline":
            fits = used == told["planned"] and (not session.minutes or used == session.minutes)
        else:
            most = int(told["planned"])
            fits = any(
                min(most, minutes(low_s - BLUR_S)) <= used <= min(most, minutes(high_s + BLUR_S))
                for low_s, high_s in session.ages(session.stops_s)
            )
        if not fits:
            raise Violation(f"{session} ended ({how}) with {used} minutes of {told['planned']}")
        if session.mode != "timer":
            return {f"%{session.kind}/{session.card}": -used}
        charge, owed = int(told["charge"]), int(told["owed"])
        begun = [
            self._begin + timedelta(seconds=begun_s + offset_s)
            for begun_s in session.begun_s
            for offset_s in {0.0, *session.offsets_s}
        ]
        unsure = session.slack_s or session.late or session.early
        if not unsure and charge not in {price(at, used) for at in begun}:
            raise Violation(
                f"{session} costs {charge} for {used} minutes, not {price(begun[0], used)}"
            )
        return {session.card: owed - charge, "=4010": -charge, "=1200": owed}

    def in_time(self, kept: Mapping[str, Any], now_s: float) -> None:
        """Nobody plays on beyond the deadline.

        Raises:
            Violation: somebody does.
        """
        for session in (s for s in self.known.values() if not s.over):
            told = kept[session.id]
            age_s = min(now_s - begun_s for begun_s in session.begun_s)
            last_s = told["planned"] * 60 + session.slack_s + HURRY_S
            if not session.late and age_s > last_s:
                raise Violation(f"{session} still runs, {age_s:.0f} s old, planned: {told}")
            most = session.minutes or (DAY_MINUTES if session.mode == "timer" else 10**6)
            if told["planned"] > most:
                raise Violation(f"{session} may last {told['planned']} minutes")
