"""A kiosk with a hopper: the driver of ccTalk, the simulated device, and the books, all stepped.

What is on the books and in the hopper outlives the process; orders that were on their way do not.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from importlib import resources

from kiosk.core import tickets
from kiosk.core.claims import IssueClaim
from kiosk.core.coins import CreditCoin
from kiosk.core.errors import DeviceError, Refused
from kiosk.core.ids import DeviceId, note_id
from kiosk.core.ledger import Entry
from kiosk.core.messages import (
    AcknowledgePayOut,
    DeviceDown,
    DeviceUp,
    DispenseCoins,
    Effect,
    LookUpPayOut,
)
from kiosk.core.pay_outs import BeginPayOut, FillHopper
from kiosk.core.venue import Venue
from kiosk.hardware.cctalk_hopper import Hopper
from kiosk.hardware.device import Options
from kiosk.hardware.peers.cctalk_hopper import Hopper as Peer
from kiosk.hardware.transport import MemoryLine, Transport
from tests.core.guest import Guest, rub

HOPPER = DeviceId("hopper")
COINS = DeviceId("coins")
OWNER = "staff:106"
TO_A_HOPPER = (DispenseCoins, LookUpPayOut, AcknowledgePayOut)
FULL = 100


def shipped() -> Options:
    """The driver's options as they ship."""
    text = resources.files("kiosk").joinpath("default.toml").read_text("utf-8")
    options: Options = tomllib.loads(text)["driver"]["cctalk_hopper"]
    return options


class WithHopper(Guest):
    """The kiosk, its driver and the device; `fill` coins are in it, and on the books."""

    def __init__(self, venue: Venue, peer: Peer | None = None) -> None:
        self.options = {**shipped(), "currency": "RUB", "coin": "1.00"}
        self.peer = peer or Peer(coins=FULL)
        self.clock_s = 100.0
        self.claims = 0
        self.running = False
        super().__init__(venue)
        self.running = True
        self.new_driver()
        there = self.peer.inside
        if there:
            self.did(FillHopper(HOPPER, rub(1), there, "filled"), actor=OWNER, key="fill")
        self.up()

    def start_again(self) -> None:
        """The process dies and starts: what was ordered and not sent is gone."""
        super().start_again()
        if self.running:
            self.driver.close()
            self.new_driver()
            self.up()

    def new_driver(self) -> None:
        start = self.situation.house.start
        self.driver = Hopper(HOPPER, self.options, start=start, connect=self._connect)

    def _connect(self) -> Transport:
        self.line = MemoryLine(self.peer, lambda: self.clock_s, self._pass)
        return self.line

    def _pass(self, seconds: float) -> None:
        self.clock_s += seconds

    def up(self) -> None:
        """The worker opens the device, as often as it takes."""
        for _ in range(5):
            try:
                self.driver.open()
                self.obey(self.tell(DeviceUp(HOPPER, "hopper")))
            except (DeviceError, OSError) as error:
                self.tell(DeviceDown(HOPPER, "hopper", str(error)))
            else:
                self.poll(2)
                return
        raise AssertionError("the hopper never came up")

    def obey(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, TO_A_HOPPER):
                self.driver.perform(effect)

    def poll(self, times: int = 1) -> None:
        """The worker polls; a device that fails is opened again."""
        for _ in range(times):
            try:
                for event in self.driver.poll(0.2):
                    self.obey(self.tell(event))
            except (DeviceError, OSError) as error:
                self.tell(DeviceDown(HOPPER, "hopper", str(error)))
                self.driver.close()
                self.up()
                return

    # --- what people do ----------------------------------------------------------------------

    def claim(self, count: int) -> str:
        """A claim of so many coins; the text of its ticket."""
        self.claims += 1
        coin = note_id(COINS, 1, self.claims)
        self.did(CreditCoin(coin, rub(count), ""), actor="kiosk", key=f"coin:{coin}")
        entry = self.did(IssueClaim(coin, "en"), actor="kiosk", key=f"claim:{coin}")
        books = self.venue.books(self.now)
        slip = books.get("slips", str(entry.refs["slip"]))
        assert slip is not None
        return tickets.text(books, slip)

    def begin(self, told: str) -> Entry | Refused:
        """It goes on record that a claim is paid in coins; nothing is ordered yet."""
        stands = self.situation.machine.devices[HOPPER].stands
        command = BeginPayOut(told, HOPPER, rub(1), stands, "en", "change")
        key = f"begin:{self.venue.ledger.seq}"
        return self.venue.do(command, actor=OWNER, key=key, now=self.now)

    def order(self, begun: Entry) -> None:
        """What is on record is ordered."""
        made = self.document(begun)
        order = DispenseCoins(HOPPER, made["id"], made["count"], made["mark"])
        try:
            self.driver.perform(order)
        except (DeviceError, OSError) as error:
            self.tell(DeviceDown(HOPPER, "hopper", str(error)))
            self.driver.close()
            self.up()

    def document(self, begun: Entry) -> dict[str, object]:
        """The pay-out as it stands now."""
        kept = self.venue.store.get("payouts", str(begun.refs["payout"]))
        assert kept is not None
        return kept

    def settle_down(self) -> None:
        """Poll until no pay-out is under way."""
        for _ in range(300):
            self.poll()
            if all(one["state"] != "ordered" for one in self.payouts):
                self.poll(25)
                return
        raise AssertionError("a pay-out never ends")

    # --- what is -----------------------------------------------------------------------------

    @property
    def payouts(self) -> list[dict[str, object]]:
        return [dict(one) for one in self.venue.store.table("payouts")]

    @property
    def holds(self) -> int:
        """Coins in the hopper, by the books."""
        return self.sum("1020:") // 100

    def sum(self, *accounts: str) -> int:
        """Balances of all accounts that begin so, in minor units."""
        found = self.venue.store.table("balances")
        return sum(int(b["amount"]) for b in found if b["account"].startswith(accounts))
