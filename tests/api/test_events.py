"""What tills and pages are told: server-sent events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from kiosk.api.events import KEPT_MAX, WAITING_MAX, Hub, of_entry
from kiosk.core.settings import ImportVenue
from kiosk.core.tokens import RevokeToken, TillToken
from kiosk.core.venue_file import parse
from tests.api.opened import TABLE, VENUE, OpenDoor, open_door, refusal

Event = tuple[str, str, dict[str, Any]]


def events(answer: httpx.Response) -> Iterator[Event]:
    """Id, name and data of each event, as they come."""
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    told: dict[str, str] = {}
    for line in answer.iter_lines():
        if line.startswith(":"):
            continue
        if line:
            name, _, value = line.partition(": ")
            told[name] = value
        elif told:
            yield told["id"], told["event"], json.loads(told["data"])
            told = {}


def test_a_till_is_told_what_another_one_did(door: OpenDoor) -> None:
    with door.client("events") as listener, listener.stream("GET", "/v1/events") as answer:
        stream = events(answer)
        read = {"signal": "magnetic", "text": TABLE}
        opened = door.post("/v1/visits", {"read": read}, "hall").json()
        refs, seq = opened["entry"]["refs"], opened["entry"]["seq"]
        first = [next(stream) for _ in range(3)]
        assert [(name, data) for _, name, data in first] == [
            (name, {"id": refs[name], "seq": seq, "kind": "visit_opened"})
            for name in ("visit", "card", "slip")
        ]
        # Nothing of what it read, and no part of it.
        assert "0001" not in json.dumps(first)
        door.do(ImportVenue(parse(VENUE.replace("price = 180", "price = 190", 1))))
        _, name, data = next(stream)
        assert (name, data["kind"]) == ("venue", "venue_imported")


def test_who_comes_back_is_told_what_he_missed(door: OpenDoor) -> None:
    with door.client() as client:
        with client.stream("GET", "/v1/events") as answer:
            door.post("/v1/visits", {})
            last, name, _ = next(events(answer))
            assert name == "visit"
        missed = [door.post("/v1/visits", {}).json()["entry"]["seq"] for _ in range(2)]
        back = {"Last-Event-ID": last}
        with client.stream("GET", "/v1/events", headers=back) as answer:
            told = [data for _, name, data in events_until(answer, missed[-1]) if name == "visit"]
            assert [data["seq"] for data in told] == missed
        for stranger in ("other.1", "nonsense", last.partition(".")[0] + ".999"):
            with client.stream("GET", "/v1/events", headers={"Last-Event-ID": stranger}) as answer:
                assert next(events(answer))[1] == "again"


def events_until(answer: httpx.Response, seq: int) -> list[Event]:
    told = []
    for event in events(answer):
        told.append(event)
        if event[1] == "visit" and event[2]["seq"] == seq:
            return told
    raise AssertionError("the stream ended")


def test_a_revoked_token_listens_no_more(door: OpenDoor) -> None:
    with door.client("events") as client:
        with client.stream("GET", "/v1/events") as answer:
            door.do(RevokeToken("events"))
            assert list(events(answer)) == []
        refusal(client.get("/v1/events"), 401, "err.door_token")


def test_who_was_let_in_before_all_were_let_go_hears_nothing() -> None:
    async def heard() -> list[bytes]:
        hub = Hub("a", 2)
        hub.begin(asyncio.get_running_loop())
        ends = hub.ends
        hub.end()
        return [event async for event in hub.listen("", ends)]

    assert asyncio.run(heard()) == []


def test_a_token_that_is_revoked_while_it_is_asked_for_is_not_kept(
    door: OpenDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    porter = door.door._porter
    ask = porter._ask

    async def slowly(token: str) -> TillToken | None:
        found = await ask(token)
        porter.forget_tokens()
        return found

    monkeypatch.setattr(porter, "_ask", slowly)
    assert door.get("/v1/visits").status_code == 200
    assert porter._good == {}
    monkeypatch.undo()
    assert door.get("/v1/visits").status_code == 200
    assert len(porter._good) == 1


def test_so_many_may_listen_and_no_more() -> None:
    with open_door(events_max=1) as door:
        with door.client() as client, client.stream("GET", "/v1/events") as answer:
            stream = events(answer)
            door.post("/v1/visits", {})
            next(stream)
            refusal(door.get("/v1/events", "hall"), 503, "err.door_full")
        door.clock.wait(1)


def test_a_kiosk_that_ends_lets_its_listeners_go() -> None:
    with open_door() as door:
        client = door.client()
        with client.stream("GET", "/v1/events") as answer:
            door.door.stop()
            assert list(events(answer)) == []
        client.close()


# --- the hub -----------------------------------------------------------------------------------


def test_one_who_is_too_slow_is_cut_and_others_are_not() -> None:
    async def play() -> None:
        hub = Hub("a", 5)
        hub.begin(asyncio.get_running_loop())
        slow, quick = hub.listen("", 0), hub.listen("", 0)
        assert await anext(slow) == await anext(quick) == b": foyer\n\n"
        for n in range(WAITING_MAX):
            hub.publish("task", {"n": n})
            assert f'"n":{n}}}'.encode() in await anext(quick)
        hub.publish("task", {"n": WAITING_MAX})
        await anext(quick)
        assert [event async for event in slow] == []
        hub.end()
        assert [event async for event in quick] == []
        assert not hub.full

    asyncio.run(play())


def test_the_latest_are_kept_and_older_ones_are_not() -> None:
    async def play() -> None:
        hub = Hub("a", 5)
        hub.begin(asyncio.get_running_loop())
        for n in range(KEPT_MAX + 10):
            hub.publish("alarm", {"n": n})
        await asyncio.sleep(0)
        back, gone = hub.listen("a.10", 0), hub.listen("a.9", 0)
        await anext(back), await anext(gone)
        assert (await anext(back)).startswith(b"id: a.11\nevent: alarm\n")
        assert b"event: again" in await anext(gone)
        hub.end()
        await back.aclose(), await gone.aclose()

    asyncio.run(play())


def test_nobody_hears_what_is_published_before_the_beginning_or_after_the_end() -> None:
    hub = Hub("a", 1)
    hub.publish("task", {})
    loop = asyncio.new_event_loop()
    hub.begin(loop)
    loop.close()
    hub.publish("task", {})


def test_every_entry_of_a_day_is_told_without_names(door: OpenDoor) -> None:
    door.shift()
    door.post("/v1/visits", {"comment": "Zinaida", "note": "+79162041234"})
    told = json.dumps([of_entry(entry) for entry in door.entries()])
    assert "Zinaida" not in told and "2041234" not in told and "visit_opened" in told


@pytest.mark.parametrize("header", ["", "a.b.c", "."])
def test_any_last_id_is_answered(door: OpenDoor, header: str) -> None:
    with door.client() as client:
        told = {"Last-Event-ID": header} if header else {}
        with client.stream("GET", "/v1/events", headers=told) as answer:
            assert answer.status_code == 200
