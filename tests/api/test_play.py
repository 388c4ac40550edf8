"""Packages and sessions through the door."""

from __future__ import annotations

from tests.api.opened import OpenDoor, refusal, regular


def test_M9_a_package_is_sold_and_played_and_the_rest_taken_back(door: OpenDoor) -> None:
    door.shift()
    client, card = regular(door)
    offered = door.get("/v1/packages").json()
    assert offered["currency"] == "RUB"
    told = {p["id"]: (p["kind"], p["minutes"], p["price"]) for p in offered["packages"]}
    assert told["game-60"] == ("game", 60, 15_000)
    what = {"client": client, "package": "game-60", "tender": "cash", "price": 14_000}
    changed = door.post("/v1/packages/sell", what)
    assert refusal(changed, 422, "err.package_changed")
    sold = door.post("/v1/packages/sell", {**what, "price": 15_000, "card": card})
    assert sold.status_code == 200, sold.text
    assert sold.json()["entry"]["kind"] == "package_sold"
    assert [s["kind"] for s in sold.json()["slips"]] == ["package_receipt"]
    sale = sold.json()["entry"]["refs"]["sale"]

    places = {s["id"]: s for s in door.get("/v1/stations").json()["stations"]}
    assert (places["pc-1"]["name"], places["pc-1"]["session"]) == ("PC 1", "")
    who = {"client": client, "station": "pc-1", "kind": "game", "mode": "balance_min"}
    many = door.post("/v1/sessions", {**who, "planned": 61})
    assert refusal(many, 422, "err.minutes_free") == {"free": "60"}
    begun = door.post("/v1/sessions", {**who, "planned": 40})
    assert begun.status_code == 200, begun.text
    session = begun.json()["entry"]["refs"]["session"]
    (running,) = door.get("/v1/sessions").json()["sessions"]
    assert (running["id"], running["left_s"], running["planned"]) == (session, 2400, 40)
    assert running["currency"] == "RUB"
    places = {s["id"]: s for s in door.get("/v1/stations").json()["stations"]}
    assert places["pc-1"]["session"] == session

    door.clock.wait(10 * 60)
    stopped = door.post(f"/v1/sessions/{session}/stop")
    assert stopped.status_code == 200, stopped.text
    ended = door.get(f"/v1/sessions/{session}").json()
    assert (ended["state"], ended["used"], ended["owed"]) == ("ended", 10, 0)
    again = door.post(f"/v1/sessions/{session}/stop")
    refusal(again, 422, "err.session_over")
    assert door.get("/v1/sessions").json() == {"sessions": []}

    by_till = door.post("/v1/packages/undo", {"sale": sale})
    refusal(by_till, 403, "err.not_allowed")
    senior = door.signed_in("105")
    why = {"sale": sale, "pro_rata": True, "reason": "The guest has to leave"}
    undone = door.post("/v1/packages/undo", why, Staff_Token=senior)
    assert undone.status_code == 200, undone.text
    assert undone.json()["entry"]["actor"] == "staff:105"
    twice = door.post("/v1/packages/undo", why, Staff_Token=senior)
    refusal(twice, 422, "err.sale_undone")


def test_what_a_session_left_owed_is_paid(door: OpenDoor) -> None:
    door.shift()
    client, _ = regular(door)
    cashier = door.signed_in("101")
    paid = {"amount": 1000, "tender": "cash"}
    assert door.post(f"/v1/clients/{client}/top-up", paid, Staff_Token=cashier).status_code == 200
    who = {"client": client, "station": "ps-1", "kind": "game", "mode": "timer"}
    begun = door.post("/v1/sessions", who)
    assert begun.status_code == 200, begun.text
    session = begun.json()["entry"]["refs"]["session"]
    stop = door.post(f"/v1/sessions/{session}/stop")
    assert stop.status_code == 200
    # Nothing is owed where the balance paid; and nobody pays what is not owed.
    assert door.get("/v1/sessions/unpaid").json() == {"sessions": []}
    late = door.post(f"/v1/sessions/{session}/pay", {"tender": "cash"})
    refusal(late, 422, "err.session_paid")
    assert refusal(door.get("/v1/sessions/s-none"), 404, "err.no_such_session") == {
        "session": "s-none"
    }
    other = door.post(f"/v1/sessions/{session}/switch", {"kind": "internet"})
    assert other.status_code == 422


def test_a_repeat_sells_once(door: OpenDoor) -> None:
    door.shift()
    client, _ = regular(door)
    what = {"client": client, "package": "game-60", "tender": "cash"}
    first = door.post("/v1/packages/sell", what, key="sale-1")
    again = door.post("/v1/packages/sell", what, key="sale-1")
    assert first.json() == again.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    other = door.post("/v1/packages/sell", {**what, "package": "net-120"}, key="sale-1")
    refusal(other, 409, "err.conflict")
    sold = [entry for entry in door.entries() if entry.kind == "package_sold"]
    assert len(sold) == 1


def test_only_a_token_that_is_good_for_it_sells(door: OpenDoor) -> None:
    what = {"client": "c-1", "package": "game-60", "tender": "cash"}
    for path in ("/v1/packages/sell", "/v1/sessions"):
        body = what if path.endswith("sell") else {
            "client": "c-1", "station": "pc-1", "kind": "game", "mode": "timer"}  # fmt: skip
        told = refusal(door.post(path, body, token="serve"), 403, "err.door_scope")
        assert told == {"scope": "sell"}
