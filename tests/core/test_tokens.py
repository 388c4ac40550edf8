"""Tokens of tills: issued once, kept as a hash, good for what they are good for."""

from __future__ import annotations

import json
import os
import re

import pytest

from kiosk.core.clients import client_of_token
from kiosk.core.errors import Refused
from kiosk.core.ledger import Entry
from kiosk.core.readings import ReadCard
from kiosk.core.settings import ImportVenue
from kiosk.core.tokens import (
    SCOPES,
    TOKENS_MAX,
    FindToken,
    IssueToken,
    ListTokens,
    RevokeToken,
    SignInAtTill,
    TillToken,
    new_token,
    well_formed,
)
from kiosk.core.venue import Venue
from kiosk.core.venue_file import parse
from tests.core.guest import DEMO, NOW

TOKEN, OTHER = new_token(os.urandom), new_token(os.urandom)


def did(venue: Venue, command: object, key: str, actor: str = "cli") -> Entry:
    done = venue.do(command, actor=actor, key=key, now=NOW)
    assert isinstance(done, Entry), done
    return done


def refused(venue: Venue, command: object, actor: str = "cli") -> str:
    done = venue.do(command, actor=actor, key=f"refused {command} {actor}", now=NOW)
    assert isinstance(done, Refused), done
    return done.key


def issue(venue: Venue, name: str = "t1", token: str = TOKEN) -> IssueToken:
    command = IssueToken(name, "bar", ("serve", "read"), token)
    did(venue, command, f"issue {name}")
    return command


def test_a_token_is_found_by_its_text_and_by_nothing_else(venue: Venue) -> None:
    issue(venue)
    at = NOW.wall.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    kept = TillToken("t1", "bar", ("read", "serve"), "active", at)
    assert venue.ask(FindToken(TOKEN), NOW) == kept
    assert venue.ask(ListTokens(), NOW) == (kept,)
    for wrong in ("", OTHER, TOKEN.upper(), TOKEN[:-1], f"{TOKEN} ", "t1", "till:t1"):
        assert venue.ask(FindToken(wrong), NOW) is None


def test_what_is_kept_tells_nobody_the_token(venue: Venue) -> None:
    command = issue(venue)
    entry = next(e for e in venue.ledger.entries() if e.kind == "token_issued")
    kept = [dict(d) for d in venue.books(NOW).secrets.table("tokens")]
    everything = json.dumps([entry.document(), kept]) + repr(command) + repr(FindToken(TOKEN))
    assert TOKEN not in everything and TOKEN.removeprefix("foyer-till-") not in everything
    assert re.fullmatch("[0-9a-f]{64}", kept[0]["hash"])


def test_a_token_that_is_revoked_or_whose_till_is_gone_is_good_for_nothing(venue: Venue) -> None:
    issue(venue)
    issue(venue, "t2", OTHER)
    did(venue, RevokeToken("t1"), "revoke")
    assert venue.ask(FindToken(TOKEN), NOW) is None
    assert refused(venue, RevokeToken("t1")) == "err.no_such_token"
    without = DEMO.replace('[[tills]]\nid = "bar"\nname = "Bar"\n', "")
    did(venue, ImportVenue(parse(without)), "without")
    assert venue.ask(FindToken(OTHER), NOW) is None
    assert [t.state for t in venue.ask(ListTokens(), NOW)] == ["revoked", "removed"]
    did(venue, ImportVenue(parse(DEMO)), "again")
    assert venue.ask(FindToken(OTHER), NOW) is not None


@pytest.mark.parametrize(
    ("command", "key"),
    [
        (IssueToken("t1", "cellar", ("read",), TOKEN), "err.no_such_till"),
        (IssueToken("t1", "bar", (), TOKEN), "err.no_such_scope"),
        (IssueToken("t1", "bar", ("read", "dance"), TOKEN), "err.no_such_scope"),
        (IssueToken("t1", "bar", ("read", "read"), TOKEN), "err.no_such_scope"),
        (IssueToken("t1", "bar", ("read",), "secret"), "err.token_form"),
        (IssueToken("T 1", "bar", ("read",), TOKEN), "err.token_form"),
        (IssueToken("", "bar", ("read",), TOKEN), "err.token_form"),
        (RevokeToken("t1"), "err.no_such_token"),
    ],
)
def test_what_is_no_token_is_not_issued(venue: Venue, command: object, key: str) -> None:
    assert refused(venue, command) == key
    assert list(venue.books(NOW).secrets.table("tokens")) == []


def test_a_name_is_used_once(venue: Venue) -> None:
    issue(venue)
    assert refused(venue, IssueToken("t1", "bar", ("read",), OTHER)) == "err.token_form"
    assert venue.ask(FindToken(OTHER), NOW) is None


def test_there_are_so_many_and_no_more(venue: Venue) -> None:
    for n in range(TOKENS_MAX):
        issue(venue, f"t{n}", new_token(os.urandom))
    one_more = IssueToken("more", "bar", SCOPES, TOKEN)
    assert refused(venue, one_more) == "err.tokens_many"
    did(venue, RevokeToken("t7"), "revoke")
    did(venue, one_more, "more")


def test_tokens_are_made_of_256_bits() -> None:
    assert well_formed(new_token(lambda count: b"\xff" * count))
    assert new_token(lambda count: bytes(count)) == "foyer-till-" + "a" * 52
    seen: list[int] = []

    def random(count: int) -> bytes:
        seen.append(count)
        return os.urandom(count)

    assert new_token(random) != new_token(random) and seen == [32, 32]


def test_a_tills_token_is_no_clients_recovery_token(venue: Venue) -> None:
    issue(venue)
    assert client_of_token(venue.books(NOW), TOKEN) == ""


# --- what a till reads ---------------------------------------------------------------------------


def asked(venue: Venue, query: ReadCard, actor: str = "till:bar") -> str:
    try:
        read = venue.ask(query, NOW, actor)
    except Refused as told:
        return told.key
    return f"{read.object}:{read.number}"


@pytest.mark.parametrize(
    ("signal", "text", "told"),
    [
        ("contactless", "04A1B2C3D4E5F6", "PDS:04A1B2C3D4E5F6"),
        ("contactless", "08A1B2C3", "err.bank_card"),
        ("contactless", "08A1B2C3D4E5F6", "PDS:08A1B2C3D4E5F6"),
        ("contactless", "A1B2C308", "PDS:A1B2C308"),
        ("magnetic", ";550001=311299?", "table:550001"),
        ("magnetic", ";550001=010120?", "err.expired"),
        ("magnetic", ";4111111111111111=2512?", "err.not_ours"),
        ("keyboard", "550001", "err.not_allowed"),
        ("smoke", "550001", "err.no_such_signal"),
        ("magnetic", "", "err.typed"),
        ("magnetic", "x" * 251, "err.typed"),
    ],
)
def test_K07_a_tills_read_is_recognised_as_the_kiosks_own(
    venue: Venue, signal: str, text: str, told: str
) -> None:
    assert asked(venue, ReadCard(signal, text)) == told
    assert text == "" or text not in repr(ReadCard(signal, text))


# --- people at a till ----------------------------------------------------------------------------


def test_signing_in_at_a_till_signs_nobody_in_at_the_kiosk(venue: Venue) -> None:
    assert refused(venue, SignInAtTill("101", "", "", "1"), "till:bar") == "err.pin_none"
    assert refused(venue, SignInAtTill("101", "", "", "1"), "staff:101") == "err.not_allowed"
    assert refused(venue, SignInAtTill("999", "", "", "1"), "till:bar") == "err.sign_in"
    assert venue.store.get("sign_ins", "kiosk") is None
