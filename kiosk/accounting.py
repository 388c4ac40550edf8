"""Reports and explanations from the command line: read beside a running kiosk, or without one."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from kiosk import reporting
from kiosk.core.cards import GetCard
from kiosk.core.clients import GetClient
from kiosk.core.clock import system_now
from kiosk.core.config import Config
from kiosk.core.errors import Refused
from kiosk.core.explain import Explain, ExplainClient, Explained, Row
from kiosk.core.ids import ClientId
from kiosk.core.money import CURRENCIES, Money
from kiosk.core.past import UNITS
from kiosk.core.periods import Period, days, zone_of
from kiosk.core.reports import REPORTS, known
from kiosk.core.texts import Texts
from kiosk.core.venue import Venue
from kiosk.custody import Progress

BALANCES = ("game", "bonus", "minutes_game", "minutes_net")
NICE = 10
_MOMENT = "write a day (2026-11-22), or a day and a time (2026-11-22T18:30)"


def report(given: argparse.Namespace, chosen: Config) -> int:
    """``kiosk report NAME`` and ``kiosk report list``."""
    texts = Texts.of(chosen.kiosk.language)
    if given.name == "list":
        for name in REPORTS:
            print(f"{name:12}  {texts.say(f'report.{name}')}")
        return 0
    known(given.name)
    chosen.store.must_exist()
    venue = Venue.open(chosen.store.path, chosen.store.secrets_path, write=False)
    try:
        zone = zone_of(venue.ledger)
    finally:
        venue.close()
    period = _period(given, zone)
    # A kiosk may be running here: its guests come first.
    os.nice(NICE)
    progress = Progress()
    try:
        made, zone = reporting.make(
            chosen.store.path, given.name, period, lambda done, of: progress("read", done, of)
        )
    finally:
        progress.end()
    form: reporting.Form = "json" if given.json else "csv" if given.csv else "text"
    print(reporting.told(made, form, chosen.kiosk.language, zone), end="")
    return 0


def _period(given: argparse.Namespace, zone: ZoneInfo) -> Period:
    ways = [given.day, given.since or given.until, given.shift, given.as_of]
    if sum(bool(way) for way in ways) > 1:
        raise ValueError("name one period: --day, --from and --until, --shift, or --as-of")
    if given.shift:
        return Period(shift=given.shift)
    if given.day:
        when = _date(given.day)
        return days(when, when, zone)
    if given.as_of:
        return Period(until=after(given.as_of, zone))
    since = begin(given.since, zone) if given.since else None
    until = after(given.until, zone) if given.until else None
    if since and until and until <= since:
        raise Refused("err.report_period")
    return Period(since, until)


def begin(told: str, zone: ZoneInfo) -> datetime:
    """The first moment of a day, or a moment, of the venue's time.

    Raises:
        ValueError: it is neither; the sentence says how to write it.
    """
    if len(told) == len("2026-11-22"):
        return datetime.combine(_date(told), time.min, zone).astimezone(UTC)
    try:
        moment = datetime.fromisoformat(told)
    except ValueError:
        raise ValueError(f"{told!r} is no moment: {_MOMENT}") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def after(told: str, zone: ZoneInfo) -> datetime:
    """The first moment after a day, or after a moment, of the venue's time; errors as `begin`."""
    if len(told) == len("2026-11-22"):
        return datetime.combine(_date(told) + timedelta(1), time.min, zone).astimezone(UTC)
    return begin(told, zone) + timedelta(microseconds=1)


def _date(told: str) -> date:
    try:
        return date.fromisoformat(told)
    except ValueError:
        raise ValueError(f"{told!r} is no day: {_MOMENT}") from None


# --- explain -------------------------------------------------------------------------------------


def explain(given: argparse.Namespace, chosen: Config) -> int:
    """``kiosk explain ACCOUNT``: of a client, a card, an account, a total, a line of X or Z."""
    chosen.store.must_exist()
    venue = Venue.open(chosen.store.path, chosen.store.secrets_path, write=False)
    try:
        zone = zone_of(venue.ledger)
        until = after(given.as_of, zone) - timedelta(microseconds=1) if given.as_of else None
        made = _asked(given, chosen, venue, until)
    finally:
        venue.close()
    if given.json:
        print(json.dumps(asdict(made), ensure_ascii=False, indent=1))
        return 0
    texts = Texts.of(chosen.kiosk.language, zone.key)
    for line in lines(made, texts, until or system_now().wall):
        print(line)
    return 0


def _asked(
    given: argparse.Namespace, chosen: Config, venue: Venue, until: datetime | None
) -> Explained:
    now = system_now()
    card = venue.ask(GetCard(given.account), now, "cli")
    client = card.client if card else ClientId(given.account)
    language = chosen.kiosk.language
    if card or venue.ask(GetClient(client), now, "cli"):
        wanted = ExplainClient(client, given.balance, until, given.before, language)
        return venue.ask(wanted, now, "cli")
    return venue.ask(Explain(given.account, until, given.before, language), now, "cli")


def lines(made: Explained, texts: Texts, at: datetime) -> Iterator[str]:
    """A page of an explanation for people: the figure, and an entry a line, newest first."""
    whole = amount_text(made.amount, made.unit, texts)
    yield made.figure
    yield texts.say("explain.now", at=texts.moment(at), amount=whole)
    yield ""
    for row in made.rows:
        yield _line(row, made.unit, texts)
    if not made.rows:
        yield texts.say("explain.none")
    if made.opening:
        yield texts.say("explain.opening", amount=amount_text(made.opening, made.unit, texts))
    if made.next:
        yield texts.say("explain.more", before=str(made.next))


def _line(row: Row, unit: str, texts: Texts) -> str:
    at = datetime.fromisoformat(row.at)
    sign = "+" if row.amount > 0 else ""
    told = texts.say(
        "explain.row",
        at=f"{texts.date(at)} {texts.time(at)}",
        what=f"{row.what} ({row.comment})" if row.comment else row.what,
        amount=sign + amount_text(row.amount, unit, texts),
        after=amount_text(row.after, unit, texts),
    )
    return f"{row.seq:>8}  {told}"


def amount_text(amount: int, unit: str, texts: Texts) -> str:
    """An amount of a unit: money without its currency, minutes and points with their word."""
    if unit in CURRENCIES:
        return texts.number(Money(amount, CURRENCIES[unit]))
    return texts.say(f"explain.{UNITS[unit]}", amount=str(amount))
