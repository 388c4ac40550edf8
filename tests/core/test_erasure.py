"""A client is forgotten: the person is gone from every file, the money and the chain are not."""

from __future__ import annotations

import base64
from pathlib import Path
from random import Random
from typing import Any

import pytest
from tinydb import where

from kiosk.core import clients, seal
from kiosk.core.clients import EraseClient, GetClient
from kiosk.core.documents import QrCode
from kiosk.core.errors import LedgerCorrupt, Refused
from kiosk.core.ids import ClientId
from kiosk.core.ledger import Entry
from kiosk.core.situation import Done
from kiosk.core.slips import SlipDocument
from kiosk.core.store import Store
from kiosk.core.venue import Venue
from tests.core.guest import OTHER_UID, PHONE, Guest, make_venue, shelf

WHY = "asked at the desk"


def erase(guest: Guest, client: ClientId, key: str = "erase") -> Entry | Refused:
    command = EraseClient(client, WHY)
    return guest.venue.do(command, actor="cli", key=key, now=guest.now)


def registered(guest: Guest) -> ClientId:
    card = guest.register(phone=PHONE, name="zinaida")
    guest.printed()
    return card.client


def open_(venue: Venue, guest: Guest, client: ClientId) -> Any:
    return venue.ask(GetClient(client), guest.now)


def files(folder: Path) -> bytes:
    return b"".join(p.read_bytes() for p in sorted(folder.iterdir()) if p.is_file())


def test_the_person_is_gone_and_the_money_is_not(guest: Guest) -> None:
    client = registered(guest)
    guest.press("leave")
    card = guest.top_up(500)
    assert card.client == client
    assert isinstance(erase(guest, client), Entry)
    kept = open_(guest.venue, guest, client)
    assert (kept.name, kept.phone_masked, str(kept.wallet)) == ("", "", "500.00")
    assert guest.venue.ledger.verify() == []


def test_everything_in_the_secrets_goes(guest: Guest) -> None:
    client = registered(guest)
    secrets = guest.venue._secrets

    def left() -> list[str]:
        tables = [table for table in ("keys", "pins", "tokens") if secrets.get(table, client)]
        windows = secrets.table("windows").search(where("client") == client)
        return tables + ["windows"] * bool(windows)

    assert left() == ["keys", "pins", "tokens", "windows"]
    assert isinstance(erase(guest, client), Entry)
    assert left() == []


def test_no_byte_of_the_key_is_left_in_any_file() -> None:
    with shelf() as folder:
        guest = Guest(make_venue(folder))
        client = registered(guest)
        kept: Any = guest.venue._secrets.get("keys", client)
        key = kept["key"].encode()
        assert key in files(folder)
        assert isinstance(erase(guest, client), Entry)
        assert key not in files(folder)
        assert base64.b64decode(key) not in files(folder)
        guest.venue.close()


def test_the_sealed_texts_stay_in_the_chain_and_nothing_opens_them(guest: Guest) -> None:
    client = registered(guest)
    (made,) = [e for e in guest.venue.ledger.entries() if e.kind == "card_registered"]
    (document,) = [c.document for c in made.changes if c.table == "clients"]
    assert document is not None
    sealed = document["phone"]
    assert isinstance(erase(guest, client), Entry)
    still = guest.venue.ledger.find(made.id)
    assert still == made and sealed.startswith("gcm1:")
    with pytest.raises(LedgerCorrupt):
        seal.decrypt(seal.new_key(), client, sealed)


def test_the_same_phone_registers_anew(guest: Guest) -> None:
    first = registered(guest)
    assert isinstance(erase(guest, first), Entry)
    guest.press("leave")
    card = guest.register(OTHER_UID, phone=PHONE)
    assert isinstance(guest.scene, Done)
    assert card.client != first
    assert open_(guest.venue, guest, card.client).phone_masked.endswith("12-34")


def test_erasing_twice(guest: Guest) -> None:
    client = registered(guest)
    done = erase(guest, client)
    assert erase(guest, client) == done
    again = erase(guest, client, "another")
    assert isinstance(again, Refused) and again.key == "err.client_erased"
    nobody = erase(guest, ClientId("K1-1-99p"), "third")
    assert isinstance(nobody, Refused) and nobody.key == "err.no_such_client"
    why = guest.venue.do(EraseClient(client), actor="cli", key="fourth", now=guest.now)
    assert isinstance(why, Refused)


def test_the_power_fails_between_the_entry_and_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    class Cut(BaseException):
        pass

    def cut(*args: object) -> None:
        raise Cut

    with shelf() as folder:
        guest = Guest(make_venue(folder))
        client = registered(guest)
        with monkeypatch.context() as patched:
            patched.setattr(clients, "forget", cut)
            with pytest.raises(Cut):
                erase(guest, client)
        assert guest.venue._secrets.get("keys", client) is not None
        guest.venue.close()
        again = Venue.open(folder / "kiosk.db", folder / "secrets.db")
        assert again._secrets.get("keys", client) is None
        assert open_(again, guest, client).phone_masked == ""
        assert again.ledger.verify() == []
        again.close()


def test_a_repeat_after_the_cut_destroys_the_key_too(
    guest: Guest, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = registered(guest)
    with monkeypatch.context() as patched:
        patched.setattr(clients, "forget", lambda *args: None)
        done = erase(guest, client)
    assert guest.venue._secrets.get("keys", client) is not None
    assert erase(guest, client) == done
    assert guest.venue._secrets.get("keys", client) is None


@pytest.mark.parametrize("when", ["while it is read", "afterwards", "at the next quiet moment"])
def test_a_reader_of_the_secrets_does_not_keep_the_key_alive(when: str) -> None:
    """A reader keeps the log; then the next quiet moment, or the next start, empties it."""
    with shelf() as folder:
        guest = Guest(make_venue(folder))
        client = registered(guest)
        kept: Any = guest.venue._secrets.get("keys", client)
        reader = Store.open(folder / "secrets.db", tables=clients.SECRET_TABLES, write=False)
        reading = reader.snapshot()
        reading.__enter__()
        assert reader.get("keys", client) is not None
        # So that the test need not wait for a reader that never ends.
        guest.venue._secrets.execute("PRAGMA busy_timeout = 0")
        assert isinstance(erase(guest, client), Entry)
        if when == "afterwards":
            reading.__exit__(None, None, None)
            reader.close()
            guest.venue.close()
            guest.venue = Venue.open(folder / "kiosk.db", folder / "secrets.db")
            assert kept["key"].encode() not in files(folder)
        elif when == "at the next quiet moment":
            reading.__exit__(None, None, None)
            guest.venue.idle()
            assert kept["key"].encode() not in files(folder)
            reader.close()
        else:
            assert guest.venue._secrets.get("keys", client) is None
            reading.__exit__(None, None, None)
            reader.close()
        guest.venue.close()


def test_the_seed_of_the_signatures_is_nobodys(guest: Guest) -> None:
    client = registered(guest)
    before = [guest.venue._secrets.get("keys", name) for name in ("index", "signing")]
    assert isinstance(erase(guest, client), Entry)
    assert [guest.venue._secrets.get("keys", n) for n in ("index", "signing")] == before


def test_a_seeded_random_makes_the_same_secrets() -> None:
    def made() -> list[Any]:
        counter = iter(range(10_000))

        def random(size: int) -> bytes:
            return next(counter).to_bytes(2) * (size // 2)

        with shelf() as folder:
            venue = make_venue(folder, random=random)
            guest = Guest(venue)
            registered(guest)
            tables = venue._secrets.read()
            heads = [entry.hash for entry in venue.ledger.entries()]
            venue.close()
        return [tables, heads]

    assert made() == made()


def test_no_copy_of_a_key_is_left_between_the_rows() -> None:
    """Rows move from page to page as others come and go; in one of 300 SQLite leaves a copy."""
    chance = Random(1)
    with shelf() as folder:
        secrets = Store.create(folder / "secrets.db", facts={}, tables=clients.SECRET_TABLES)
        keys = {f"K1-1-{n}p": seal.new_key(chance.randbytes) for n in range(300)}
        for client, key in keys.items():
            with secrets.transaction():
                secrets.put("keys", client, {"id": client, "key": key})
        order = list(keys)
        chance.shuffle(order)
        for client in order:
            clients.forget(secrets, [client])
            assert keys[client].encode() not in files(folder), client
        secrets.close()


def test_a_registration_slip_printed_again_makes_no_new_recovery_code(guest: Guest) -> None:
    client = registered(guest)
    (slip,) = guest.venue.store.latest("slips")
    before = guest.venue.ask(SlipDocument(slip["id"]), guest.now)
    assert [p for p in before.parts if isinstance(p, QrCode)]
    assert isinstance(erase(guest, client), Entry)
    after = guest.venue.ask(SlipDocument(slip["id"]), guest.now)
    assert not [p for p in after.parts if isinstance(p, QrCode)]
    assert guest.venue._secrets.get("tokens", client) is None
