"""GET /metrics: what a monitoring server reads, by its own parser; nobody's name in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from kiosk import metrics
from kiosk.core import nightly
from kiosk.core.errors import StorageFailed
from kiosk.core.messages import AcceptorChanged, CareChanged, DeviceDown, PrinterChanged
from kiosk.core.nightly import Made, Nights, Proof
from kiosk.health import Health, look
from kiosk.metrics import Family
from tests.api.opened import OpenDoor, open_door, refusal
from tests.core.guest import ACCEPTOR, NAME, NOW, PHONE, PRINTER, READER

Labels = frozenset[tuple[str, str]]
Samples = dict[tuple[str, Labels], float]


@pytest.fixture(scope="module")
def opened() -> Iterator[OpenDoor]:
    with open_door() as made:
        yield made


def parsed(text: str) -> Samples:
    """Every sample, by Prometheus' own parser."""
    found: Samples = {}
    for family in text_string_to_metric_families(text):
        assert family.documentation and family.type in ("gauge", "counter"), family.name
        for sample in family.samples:
            key = (sample.name, frozenset(sample.labels.items()))
            assert key not in found, key
            found[key] = sample.value
    return found


def read(opened: OpenDoor) -> Samples:
    answer = opened.get("/metrics", "monitor")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == metrics.CONTENT_TYPE
    return parsed(answer.text)


def value(samples: Samples, name: str, **labels: str) -> float:
    return samples[name, frozenset(labels.items())]


def test_only_who_may_monitor_gets_in(opened: OpenDoor) -> None:
    assert opened.get("/metrics", "").status_code == 401
    assert opened.get("/metrics", "foyer-till-" + "a" * 52).status_code == 401
    refusal(opened.get("/metrics", "read"), 403, "err.door_scope")
    assert opened.get("/metrics", "monitor").status_code == 200
    assert opened.get("/v1/venue", "monitor").status_code == 403, "and nowhere else"


def test_what_it_tells(opened: OpenDoor) -> None:
    found = read(opened)
    assert value(found, "foyer_ready") == 1
    assert value(found, "foyer_simulated") == 1
    assert value(found, "foyer_entries") == opened.venue.ledger.seq
    assert value(found, "foyer_notes_held") == 0
    assert value(found, "foyer_store_bytes") >= 0
    assert value(found, "foyer_disk_free_bytes") > 0
    assert value(found, "foyer_clock_synchronised") == 1
    assert value(found, "process_resident_memory_bytes") > 1_000_000
    assert value(found, "foyer_waiting", kind="call", severity="now") == 0
    (about,) = [labels for name, labels in found if name == "foyer_build_info"]
    assert dict(about)["kiosk"] == "K1"


def test_requests_are_counted_by_status(opened: OpenDoor) -> None:
    before = read(opened)
    opened.get("/v1/nowhere")
    opened.get("/v1/nowhere")
    after = read(opened)
    for status, more in (("404", 2), ("200", 1)):
        name = ("foyer_http_requests_total", frozenset({("status", status)}))
        assert after[name] - before.get(name, 0) == more


def test_devices_and_alarms(opened: OpenDoor) -> None:
    for event in (
        PrinterChanged(PRINTER, "low"),
        AcceptorChanged(ACCEPTOR, "jammed_cassette"),
        DeviceDown(READER, "reader", "gone", "in_use"),
        CareChanged(("backup_late",)),
    ):
        opened.runtime.inbox.put(event)
    opened.board.step(opened.clock.now)
    found = read(opened)
    assert value(found, "foyer_device_up", device="reader", role="reader") == 0
    told = opened.get("/v1/health").json()["devices"]
    (reader,) = [device for device in told if device["name"] == "reader"]
    assert (reader["fault"], reader["cause"]) == ("line_taken", "in_use")
    assert reader["since"] == opened.clock.now.wall.isoformat()
    fault = {"device": "acceptor", "role": "acceptor", "fault": "jammed_cassette"}
    assert value(found, "foyer_device_fault", **fault) == 1
    papers = [value(found, "foyer_paper", device="printer", state=s) for s in ("ok", "low", "out")]
    assert papers == [0, 1, 0]
    for alarm in ("paper_low", "cash_jammed", "reader_off", "backup_late"):
        assert value(found, "foyer_alarm", alarm=alarm) == 1
    assert value(found, "foyer_waiting", kind="alarm", severity="today") == 2


def test_notes_in_the_box_and_nobody_in_the_text() -> None:
    with open_door() as opened:
        empty = value(read(opened), "foyer_cashbox_notes", device="acceptor")
        opened.guest.register(phone=PHONE, name=NAME)
        opened.guest.printed()
        opened.guest.press("leave")
        opened.guest.top_up(500, 100, 100)
        found = read(opened)
        assert value(found, "foyer_cashbox_notes", device="acceptor") - empty == 3
        text = opened.get("/metrics", "monitor").text.lower()
        for planted in (NAME, PHONE, "04a1b2c3", "700"):
            assert planted not in text


def facts(opened: OpenDoor, **other: Any) -> Any:
    looked = opened.runtime.inbox.ask(look)
    return replace(Health(opened.door._house.chosen, opened.runtime).facts(looked), **other)


def test_copies_and_proofs(opened: OpenDoor) -> None:
    at = nightly.stamp(NOW.wall)
    made = Made(at, "stick", "K1-1-0000000009.db", 9, 4096, True)
    told = facts(
        opened,
        at=NOW.later(60).wall,
        backup_wanted=True,
        nights=Nights(made, at, "no stick"),
        proof=Proof(at, 9, 2),
        mirror=3,
        celsius=51,
        undervoltage=True,
        throttled=False,
        worn_percent=40,
    )
    found = parsed(metrics.text(told, {}))
    assert value(found, "foyer_backup_age_seconds") == 60
    assert value(found, "foyer_backup_failed") == 1
    assert value(found, "foyer_proof_problems") == 2
    assert value(found, "foyer_mirror_behind_entries") == told.looked.entries - 3
    assert value(found, "foyer_temperature_celsius") == 51
    assert value(found, "foyer_flash_worn_ratio") == 0.4
    assert (value(found, "foyer_undervoltage"), value(found, "foyer_throttled")) == (1, 0)
    unknown = parsed(metrics.text(replace(told, mirror=None, nights=Nights(), proof=None), {}))
    names = {name for name, _ in unknown}
    assert not names & {"foyer_mirror_behind_entries", "foyer_proof_problems"}
    assert "foyer_backup_age_seconds" not in names


def test_every_character_of_a_label_is_told_as_it_is() -> None:
    hard = 'a "quoted" \\ back\nslash é'
    text = Family("foyer_x", "gauge", "help \\ of\ntwo lines", (({"of": hard}, 0.5),)).text()
    assert parsed(text) == {("foyer_x", frozenset({("of", hard)})): 0.5}


def test_a_kiosk_whose_books_failed_says_so() -> None:
    with open_door() as opened:
        read(opened)

        def fail(runtime: Any, now: Any) -> None:
            runtime._fail(StorageFailed("the disk"))

        opened.runtime.inbox.ask(fail)
        assert value(read(opened), "foyer_ready") == 0


def test_the_core_reads_as_much_of_a_long_history_as_of_a_short_one() -> None:
    """No handler over 100 ms at a million entries: the database does no more work for it."""
    with open_door() as opened:
        steps: list[int] = []

        def looked(runtime: Any, now: Any) -> None:
            done = [0]

            def step() -> None:
                done[0] += 1

            db = runtime.venue.store._connection
            db.set_progress_handler(step, 1)
            look(runtime, now)
            db.set_progress_handler(None, 0)
            steps.append(done[0])

        for _ in range(2):
            for _ in range(8):
                opened.guest.top_up(100)
                opened.guest.press("done", "leave")
            opened.runtime.inbox.ask(looked)
        assert steps[0] == steps[1] > 0
