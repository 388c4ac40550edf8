"""Whatever is struck at whatever moment: coins out of the hopper are those paid on the books.

Or the pay-out stands as doubtful, for staff. The driver, the protocol and the device are those of
`tests.core.hopper`.
"""

from __future__ import annotations

from typing import Literal, get_args

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiosk.core.audit import audit
from kiosk.core.ledger import Entry
from tests.core.guest import make_venue, shelf
from tests.core.hopper import FULL, WithHopper

Strike = Literal["poll", "kiosk", "hopper", "both", "cable", "jam", "clear", "deaf", "dumb"]
STRIKES = st.sampled_from(get_args(Strike))
PAY_OUTS = st.lists(
    st.tuples(st.integers(1, 6), st.booleans(), st.lists(STRIKES, max_size=12)), max_size=3
)


def strike(kiosk: WithHopper, how: Strike) -> None:
    peer = kiosk.peer
    if how in ("hopper", "both"):
        peer.power_cut(kiosk.clock_s)
        peer.power_up(kiosk.clock_s)
    match how:
        case "kiosk" | "both":
            kiosk.start_again()
        case "cable":
            kiosk.line.unplug()
        case "jam":
            peer.jam(kiosk.clock_s)
        case "clear":
            peer.clear(kiosk.clock_s)
        case "deaf":
            peer.line.lose_commands(2)
        case "dumb":
            peer.line.drop_replies(2)
        case _:
            pass
    kiosk.poll()


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(there=st.sampled_from((2, 7, FULL)), forgets=st.booleans(), plan=PAY_OUTS)
def test_coins_out_of_the_hopper_are_those_on_the_books(
    there: int, forgets: bool, plan: list[object]
) -> None:
    with shelf() as folder:
        venue = make_venue(folder)
        kiosk = WithHopper(venue)
        kiosk.peer.inside, kiosk.peer.forgets = there, forgets
        owed = 0
        for count, sent, strikes in plan:  # type: ignore[misc]
            owed += count
            done = kiosk.begin(kiosk.claim(count))
            if isinstance(done, Entry):
                # The process may die between the record and the order.
                if sent:
                    kiosk.order(done)
                else:
                    kiosk.start_again()
            for how in strikes:
                strike(kiosk, how)
            kiosk.peer.clear(kiosk.clock_s)
            kiosk.settle_down()
        doubtful = [one for one in kiosk.payouts if one["state"] == "doubtful"]
        paid = sum(int(str(one["paid"])) for one in kiosk.payouts)
        assert doubtful or paid == kiosk.peer.paid_out
        assert kiosk.holds == FULL - paid
        assert -kiosk.sum("2910:", "2900:") == (owed - paid) * 100
        assert venue.ledger.verify() == [] == audit(venue.books(kiosk.now))
        venue.close()
