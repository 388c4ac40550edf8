"""The slips that a till prints itself."""

from __future__ import annotations

from tests.api.opened import OpenDoor, refusal

DEPOSIT = {"amount": 150_000, "tender": "cash", "reason": "deposit"}
CARD = {"read": {"signal": "magnetic", "text": ";550001=311299?"}}


def deposited(door: OpenDoor, **headers: str) -> list[dict[str, object]]:
    door.shift()
    number = door.post("/v1/visits", CARD).json()["visit"]["number"]
    told = door.post(f"/v1/visits/{number}/deposits", DEPOSIT, **headers)
    assert told.status_code == 200, told.text
    slips: list[dict[str, object]] = told.json()["slips"]
    return slips


def test_E43_a_till_gets_the_slips_of_its_own_operation(door: OpenDoor) -> None:
    slips = deposited(door)
    assert [slip["kind"] for slip in slips] == ["prepayment_receipt", "prepayment_document"]
    wide, narrow = (
        door.get(f"/v1/slips/{slips[0]['job']}?columns={columns}").json() for columns in (48, 32)
    )
    text = "\n".join(line["text"] for line in wide["lines"])
    assert "Orbit Club" in text and "1 500.00" in text.replace("\u202f", " ").replace("\xa0", " ")
    assert wide["columns"] == 48 and len(wide["lines"]) <= len(narrow["lines"])
    assert all(len(line["text"]) <= 32 for line in narrow["lines"] if line["style"] == "normal")
    assert [line["qr"] for line in wide["lines"] if line["qr"]] != []
    assert "COPY" not in text


def test_what_came_out_is_marked_a_copy_the_next_time(door: OpenDoor) -> None:
    job = deposited(door)[1]["job"]
    told = door.post(f"/v1/slips/{job}/printed", {})
    assert told.json()["entry"]["kind"] == "slip_recorded"
    lines = door.get(f"/v1/slips/{job}").json()["lines"]
    assert any("COPY" in line["text"] for line in lines)
    refusal(door.post(f"/v1/slips/{job}/printed", {}), 404, "err.nothing_to_print")


def test_another_tills_slip_is_none_of_its_business(door: OpenDoor) -> None:
    job = deposited(door)[0]["job"]
    refusal(door.get(f"/v1/slips/{job}", "hall"), 404, "err.nothing_to_print")
    refusal(door.post(f"/v1/slips/{job}/printed", {}, "hall"), 404, "err.nothing_to_print")
    refusal(door.get("/v1/slips/claim_ticket:99"), 404, "err.nothing_to_print")


def test_who_is_signed_in_there_gets_it_at_that_till(door: OpenDoor) -> None:
    person = door.signed_in("101")
    job = deposited(door, Staff_Token=person)[0]["job"]
    assert door.get(f"/v1/slips/{job}", Staff_Token=person).status_code == 200
    refusal(door.get(f"/v1/slips/{job}", "hall"), 404, "err.nothing_to_print")


def test_E50_the_bill_of_an_order_and_of_a_visit_are_printed_at_the_till(door: OpenDoor) -> None:
    number = door.post("/v1/visits", CARD).json()["visit"]["number"]
    lines = [{"item": "pizza", "quantity": 2}]
    door.post("/v1/orders", {"order": "1", "place": "Bar", "visit": number, "lines": lines})
    person = door.signed_in("101")
    for path, body in (("/v1/orders/bill", {"order": "1"}), (f"/v1/visits/{number}/bill", {})):
        told = door.post(path, {**body, "language": "en"}, Staff_Token=person).json()
        (slip,) = told["slips"]
        text = "\n".join(
            line["text"] for line in door.get(f"/v1/slips/{slip['job']}").json()["lines"]
        )
        assert "Pizza" in text and "1 081.00" in text.replace("\u202f", " ").replace("\xa0", " ")
    refusal(door.post("/v1/orders/bill", {"order": "2"}), 404, "err.no_such_order")
