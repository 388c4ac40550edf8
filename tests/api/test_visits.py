"""A whole visit through the door."""

from __future__ import annotations

from tests.api.opened import TABLE, OpenDoor, refusal


def test_a_visit_from_the_card_to_the_exit(door: OpenDoor) -> None:
    door.shift()
    read = {"signal": "magnetic", "text": TABLE}
    told = door.post("/v1/cards/identify", {"read": read}, key=None).json()
    assert (told["card"], told["suggests"], told["type"]) == (None, "create", "table")
    opened = door.post("/v1/visits", {"read": read, "guests": 3, "comment": "A party"})
    assert opened.status_code == 200, opened.text
    assert opened.json()["entry"]["kind"] == "visit_opened"
    assert opened.json()["entry"]["actor"] == "till:bar"
    number = opened.json()["visit"]["number"]
    told = door.post("/v1/cards/identify", {"read": read, "in_visits": True}, key=None).json()
    assert (told["suggests"], told["otherwise"], told["visit"]) == ("calculate", "order", number)
    card = told["card"]["id"]
    assert told["card"]["masked"] == "•••• 0001"

    lines = [{"item": "pizza", "quantity": 2}, {"text": "Cake", "amount": 25_000, "seat": 1}]
    order = {"order": "7", "card": card, "place": "Bar", "lines": lines}
    saved = door.post("/v1/orders", order)
    assert saved.status_code == 200, saved.text
    assert saved.json()["entry"]["refs"]["order"] == "till:bar/7"
    seen = door.get(f"/v1/visits/{number}").json()
    assert seen["grand_total"] == seen["to_pay"] == 2 * 54_050 + 25_000
    assert [line["text"] for line in seen["orders"][0]["lines"]] == ["Pizza", "Cake"]
    assert seen["currency"] == "RUB" and seen["guests"] == 3

    money = {"amount": 100_000, "tender": "cash", "reason": "deposit"}
    deposit = door.post(f"/v1/visits/{number}/deposits", money)
    assert deposit.status_code == 200, deposit.text
    put = door.get(f"/v1/visits/{number}/deposits").json()
    assert [d["value"] for d in put["deposits"]] == [100_000] and put["refusal"] == ""

    bill = door.get(f"/v1/visits/{number}/bill").json()
    assert bill["visit"]["to_pay"] == 33_100
    paid = {"payments": [{"tender": "cash", "amount": 33_100}], "total": 133_100}
    closed = door.post(f"/v1/visits/{number}/calculate", paid)
    assert closed.status_code == 200, closed.text
    assert closed.json()["entry"]["kind"] == "visit_calculated"
    ended = door.get(f"/v1/visits/{number}").json()
    assert (ended["state"], ended["to_pay"]) == ("closed", 33_100)  # as it ended
    assert door.get("/v1/visits").json() == {"visits": []}
    bill = door.get(f"/v1/visits/{number}/bill").json()
    assert bill["paid"] == {"cash": 33_100}
    late = door.post("/v1/orders", {**order, "order": "8", "card": None, "visit": number})
    assert refusal(late, 422, "err.visit_ended") == {"number": str(number)}
