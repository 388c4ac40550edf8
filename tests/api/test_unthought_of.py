"""Requests that nobody thought of, made from the door's own description of itself.

Schemathesis sends what the description allows and what it does not. Whatever is sent, no answer is
a mistake of ours, each has the form that the description promises, and the books are sound.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode, checks

from kiosk.core.desk_top_ups import TopUpAtDesk
from kiosk.core.ids import ClientId
from tests.api.opened import UID, OpenDoor, open_door, regular
from tests.core.guest import rub

pytestmark = pytest.mark.slow

STREAM = "/v1/events"
"""Has no end; test_events.py listens there."""
CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
TRIES = 25
"""Of each route in each mode."""


@pytest.fixture(scope="module")
def busy() -> Iterator[tuple[OpenDoor, dict[str, list[Any]]]]:
    """A door of a venue where something happens; and real values for what requests name."""
    with open_door(requests_per_minute_max=1_000_000) as door:
        door.shift()
        client, card = regular(door, "9161234567", "Anna")
        door.do(TopUpAtDesk(ClientId(client), rub(5_000), "cash"), "staff:101")
        opened = door.post("/v1/visits", {"card": card}).json()
        number, visit = opened["visit"]["number"], opened["visit"]["id"]
        line = {"text": "Tea", "amount": 100}
        for order in ("o-1", "o-2", "o-3"):
            door.post(
                "/v1/orders", {"order": order, "place": "Bar", "visit": number, "lines": [line]}
            )
        loose = {"order": "o-4", "place": "Bar", "lines": [line]}
        other = door.post("/v1/orders", loose).json()["visit"]["number"]
        door.post(
            "/v1/orders/pay", {"order": "o-4", "payments": [{"tender": "cash", "amount": 100}]}
        )
        slips = door.post("/v1/orders/bill", {"order": "o-1"}).json()["slips"]
        yield (
            door,
            {
                "number": [number, other, 99],
                "visit": [number, visit],
                "card": [card],
                "client": [client],
                "order": ["o-1", "o-2", "o-3", "o-4", "till:bar/o-1"],
                "job": [slip["job"] for slip in slips],
                "staff": ["101", "105", "106"],
                "pin": [door.pin("101")],
                "typed": [UID],
                "text": [UID],
                "signal": ["contactless", "magnetic"],
                "tender": ["cash", "bank_card", "qr", "wallet"],
                "reason": ["refund", "technical_error", "bonus_accrual", "change"],
                "amount": [100, 1, 10**12],
                "lines": [[line]],
                "read": [{"signal": "contactless", "text": UID}],
                "station": ["ps-1"],
                "name": ["services", "hours"],
            },
        )


def with_real_values(draw: Any, sent: Any, known: Mapping[str, list[Any]]) -> Any:
    """What is to be sent, with things in it that exist, now and then."""
    if not isinstance(sent, dict):
        return sent
    return {
        name: draw(st.sampled_from(known[name])) if name in known and draw(st.booleans()) else value
        for name, value in sent.items()
    }


def sent_to(
    door: OpenDoor, known: Mapping[str, list[Any]], mode: GenerationMode, person: str
) -> Counter[int]:
    """Send many requests to each route; how often each status was answered."""
    schema = schemathesis.openapi.from_url(f"{door.base_url}/openapi.json")
    answered: Counter[int] = Counter()
    for result in schema.get_all_operations():
        operation = result.ok()
        if operation.path == STREAM:
            continue

        @seed(20261123)
        @settings(
            max_examples=TRIES,
            database=None,
            deadline=None,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(mode), data=st.data())
        def try_it(case: Any, data: Any) -> None:
            for part in ("path_parameters", "query", "body"):
                setattr(case, part, with_real_values(data.draw, getattr(case, part), known))
            headers = {"Authorization": f"Bearer {door.tokens['all']}"}
            # Whoever signs out would be the only one here who is signed in.
            if (case.method.upper(), case.path) != ("DELETE", "/v1/people"):
                headers["Staff-Token"] = person
            if data.draw(st.booleans()):
                headers["Idempotency-Key"] = door.key()
            answer = case.call(headers=headers, timeout=60)
            answered[answer.status_code] += 1
            case.validate_response(answer, checks=CHECKS)

        try_it()
    return answered


@pytest.mark.parametrize(
    ("mode", "staff"),
    [
        (GenerationMode.POSITIVE, "101"),
        (GenerationMode.POSITIVE, "106"),
        (GenerationMode.NEGATIVE, "106"),
    ],
    ids=["what-is-allowed-to-a-cashier", "what-is-allowed-to-an-owner", "what-is-not"],
)
def test_no_request_breaks_the_door_or_its_word(
    busy: tuple[OpenDoor, dict[str, list[Any]]], mode: GenerationMode, staff: str
) -> None:
    door, known = busy
    # Those before tried as many PINs as are looked at in a minute.
    door.clock.wait(60)
    answered = sent_to(door, known, mode, door.signed_in(staff))
    assert answered[200] > 20, answered
    assert answered[422] > 100, answered
    assert not [status for status in answered if status >= 500], answered
