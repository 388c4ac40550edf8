"""Pay-outs of a hopper: on record before they are ordered, ended once, what is unpaid a claim."""

from __future__ import annotations

import pytest

from kiosk.core.claims import OpenClaims, RedeemClaim
from kiosk.core.errors import Refused
from kiosk.core.ids import ClientId
from kiosk.core.ledger import Entry
from kiosk.core.messages import DeviceUp, LookUpPayOut, PayOutEnded, PayOutUnknown
from kiosk.core.pay_outs import CountHopper, FillHopper, SettlePayOut, TryHopper
from kiosk.core.tasks import Tasks
from kiosk.core.venue import Venue
from kiosk.hardware.peers.cctalk_hopper import Hopper as Peer
from tests.core.guest import rub
from tests.core.hopper import FULL, HOPPER, OWNER, WithHopper


@pytest.fixture
def kiosk(venue: Venue) -> WithHopper:
    return WithHopper(venue)


def do(kiosk: WithHopper, command: object, actor: str = OWNER) -> Entry | Refused:
    key = f"t:{kiosk.venue.ledger.seq}"
    return kiosk.venue.do(command, actor=actor, key=key, now=kiosk.now)


def refusal(done: Entry | Refused) -> str:
    assert isinstance(done, Refused), f"{done} was not refused"
    return done.key


def begun(kiosk: WithHopper, count: int) -> Entry:
    done = kiosk.begin(kiosk.claim(count))
    assert isinstance(done, Entry), done
    return done


def test_a_claim_is_paid_in_coins_once(kiosk: WithHopper) -> None:
    told = kiosk.claim(5)
    done = kiosk.begin(told)
    assert isinstance(done, Entry) and not done.postings
    kiosk.order(done)
    kiosk.settle_down()
    (ended,) = [e for e in kiosk.venue.ledger.entries() if e.kind == "payout_ended"]
    assert [(p.account, p.amount) for p in ended.postings] == [
        (f"2910:{done.refs['claim']}", 500),
        ("1020:K1:hopper:1", -500),
    ]
    assert kiosk.peer.paid_out == 5 and kiosk.holds == FULL - 5
    assert refusal(kiosk.begin(told)) == "err.claim_redeemed"
    assert refusal(do(kiosk, RedeemClaim(told, ClientId(""), "x"))) == "err.claim_redeemed"
    assert kiosk.venue.ledger.verify() == []


def test_what_does_not_come_out_is_a_new_claim(kiosk: WithHopper) -> None:
    kiosk.peer.inside = 3
    first = begun(kiosk, 5)
    kiosk.order(first)
    kiosk.settle_down()
    (claim,) = kiosk.venue.ask(OpenClaims(), kiosk.now)
    assert str(claim.value) == "2.00" and claim.why == "pay_out"
    assert claim.id != first.refs["claim"]
    assert kiosk.sum("2910:") == -200 and kiosk.holds == FULL - 3


def test_an_order_that_was_not_carried_out_leaves_the_claim_as_it_was(kiosk: WithHopper) -> None:
    kiosk.peer.block_exit()
    told = kiosk.claim(5)
    done = kiosk.begin(told)
    assert isinstance(done, Entry)
    assert refusal(do(kiosk, RedeemClaim(told, ClientId(""), "x"))) == "err.claim_paying"
    kiosk.order(done)
    kiosk.settle_down()
    assert kiosk.peer.paid_out == 0 and kiosk.holds == FULL
    again = do(kiosk, RedeemClaim(told, ClientId(""), "x"), "cli")
    assert isinstance(again, Entry)


def test_a_start_asks_what_became_of_it_and_begins_nothing(kiosk: WithHopper) -> None:
    done = begun(kiosk, 5)
    made = kiosk.document(done)
    effects = kiosk.tell(DeviceUp(HOPPER, "hopper"))
    assert effects == [LookUpPayOut(HOPPER, str(made["id"]), 5, str(made["mark"]))]
    kiosk.start_again()
    kiosk.settle_down()
    assert kiosk.peer.paid_out == 0 and kiosk.document(done)["state"] == "ended"
    assert kiosk.sum("2910:") == -500


def test_an_end_told_again_or_of_nobody_changes_nothing(kiosk: WithHopper) -> None:
    done = begun(kiosk, 5)
    name = str(done.refs["payout"])
    kiosk.tell(PayOutEnded(HOPPER, name, 5, 0))
    seq = kiosk.venue.ledger.seq
    kiosk.tell(PayOutEnded(HOPPER, name, 0, 5), PayOutUnknown(HOPPER, name, "x"))
    kiosk.tell(PayOutEnded(HOPPER, "nobody", 1, 0))
    assert kiosk.venue.ledger.seq == seq


@pytest.mark.parametrize(("paid", "unpaid"), [(6, 0), (3, 3), (-1, 6)])
def test_counts_that_do_not_add_up_are_doubtful(kiosk: WithHopper, paid: int, unpaid: int) -> None:
    done = begun(kiosk, 5)
    kiosk.tell(PayOutEnded(HOPPER, str(done.refs["payout"]), paid, unpaid))
    assert kiosk.document(done)["state"] == "doubtful"


def test_a_doubtful_pay_out_is_a_task_until_staff_have_counted(kiosk: WithHopper) -> None:
    told = kiosk.claim(5)
    done = kiosk.begin(told)
    assert isinstance(done, Entry)
    name = str(done.refs["payout"])
    settle = SettlePayOut(name, 2, "counted")
    assert refusal(do(kiosk, settle)) == "err.no_such_payout"
    kiosk.tell(PayOutUnknown(HOPPER, name, "another hopper"))
    tasks = [t.sentence for t in kiosk.venue.ask(Tasks(), kiosk.now)]
    assert "task.payout_doubtful" in tasks
    assert refusal(kiosk.begin(told)) == "err.claim_paying"
    assert refusal(kiosk.begin(kiosk.claim(1))) == "err.hopper_busy"
    assert refusal(do(kiosk, CountHopper(HOPPER, rub(1), 7, "x"))) == "err.hopper_busy"
    assert refusal(do(kiosk, SettlePayOut(name, 6, "x"))) == "err.count_wrong"
    assert refusal(do(kiosk, SettlePayOut(name, 2))) == "err.reason_missing"
    assert isinstance(do(kiosk, settle), Entry)
    assert kiosk.holds == FULL - 2
    values = sorted(str(c.value) for c in kiosk.venue.ask(OpenClaims(), kiosk.now))
    assert values == ["1.00", "3.00"]


def test_a_hopper_pays_what_is_in_it_and_nothing_by_halves(kiosk: WithHopper) -> None:
    assert refusal(kiosk.begin(kiosk.claim(FULL + 1))) == "err.hopper_short"
    do(kiosk, FillHopper(HOPPER, rub(1), 1000, "filled"))
    assert refusal(kiosk.begin(kiosk.claim(256))) == "err.hopper_short"
    assert refusal(do(kiosk, FillHopper(HOPPER, rub(1), 5))) == "err.reason_missing"
    assert refusal(do(kiosk, FillHopper(HOPPER, rub(1), 0, "x"))) == "err.count_wrong"
    assert isinstance(do(kiosk, CountHopper(HOPPER, rub(1), 90, "counted")), Entry)
    assert kiosk.holds == 90
    assert refusal(do(kiosk, TryHopper(HOPPER, rub(1), ""))) == "err.hopper_silent"


def test_one_coin_is_tried_for_the_safe(kiosk: WithHopper) -> None:
    stands = kiosk.situation.machine.devices[HOPPER].stands
    done = do(kiosk, TryHopper(HOPPER, rub(1), stands))
    assert isinstance(done, Entry)
    kiosk.order(done)
    kiosk.settle_down()
    assert kiosk.peer.paid_out == 1 and kiosk.holds == FULL - 1
    assert kiosk.sum("1050") == -(FULL - 1) * 100


def test_a_hopper_without_a_total_that_forgot_is_for_staff(venue: Venue) -> None:
    class Simple(Peer):
        def commands(self):  # type: ignore[no-untyped-def]
            return {key: act for key, act in super().commands().items() if key != 168}

    kiosk = WithHopper(venue, Simple())
    kiosk.order(begun(kiosk, 2))
    kiosk.settle_down()
    done = begun(kiosk, 20)
    kiosk.order(done)
    kiosk.poll(2)
    kiosk.peer.power_cut(kiosk.clock_s)
    kiosk.peer.power_up(kiosk.clock_s)
    kiosk.settle_down()
    assert kiosk.document(done)["state"] == "doubtful"
