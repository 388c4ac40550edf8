"""The check of all devices at the desk: what needs somebody comes first, what is new is told."""

from __future__ import annotations

from kiosk.core.checkup import CheckDevices, CheckUp, Examined, Finding, Proposal
from kiosk.core.desk.devices import Devices
from kiosk.core.desk.doctor import CheckUpPage
from kiosk.core.errands import LookAtMachine, MachineLook
from kiosk.core.errors import Refused
from kiosk.core.ids import DeviceId
from kiosk.core.messages import DeviceDown
from kiosk.core.sentences import SENTENCES
from kiosk.screens.view import Line
from tests.core.guest import ACCEPTOR, PRINTER, READER
from tests.screens.desk.hands import CASHIER, Hands, inside

FOUND = CheckUp(
    (
        Examined(READER, "pcsc", "", "at_work"),
        Examined(PRINTER, "escpos", "usb:04b8:0e15", "not_found", "USB printer 04b8:0e15"),
    ),
    (Proposal("coins", "cctalk_coins", {"port": "/dev/ttyUSB1"}, "FOY SIM-C16"),),
    ("/dev/ttyS0",),
    ("serial line /dev/ttyS9: another program uses it",),
)


def at_devices(hands: Hands, found: object) -> list[CheckDevices]:
    asked: list[CheckDevices] = []

    def look(errand: CheckDevices) -> object:
        asked.append(errand)
        return found

    hands.does[LookAtMachine] = lambda errand: MachineLook()
    hands.does[CheckDevices] = look
    hands.sign_in()
    hands.go("devices")
    return asked


def test_what_is_there_is_told_and_what_needs_somebody_first(hands: Hands) -> None:
    asked = at_devices(hands, FOUND)
    hands.tell(DeviceDown(PRINTER, "printer", "there is none"))
    hands.press("doctor")
    assert asked == [CheckDevices(frozenset({READER, ACCEPTOR}))], "of those no line is touched"
    lines = [line.cells[0].text for line in inside(hands.view, Line)]
    assert lines == [PRINTER, READER]
    hands.says("not there: USB printer 04b8:0e15", SENTENCES["desk.doctor.not_found.do"])
    hands.says("FOY SIM-C16", "[devices.coins]", 'driver = "cctalk_coins"', 'port = "/dev/ttyUSB1"')
    hands.says("another program uses it", "/dev/ttyS0: nothing answers")
    hands.press("look_again")
    assert len(asked) == 2
    hands.press("back")
    assert isinstance(hands.page, Devices)


def test_nothing_to_do_is_said_so(hands: Hands) -> None:
    at_devices(hands, CheckUp((Examined(READER, "pcsc", "", "ok"),)))
    hands.press("doctor")
    hands.says("Every device is there as it is declared", "Nothing else was found.")


def test_a_check_that_failed_can_be_made_again(hands: Hands) -> None:
    at_devices(hands, Refused("err.errand_late"))
    hands.press("doctor")
    assert isinstance(hands.page, CheckUpPage) and hands.page.found is None
    hands.press("look_again")


def test_a_cashier_has_no_such_button(hands: Hands) -> None:
    hands.does[LookAtMachine] = lambda errand: MachineLook()
    hands.sign_in(CASHIER)
    assert "doctor" not in hands.shown()


def test_every_finding_has_its_words() -> None:
    findings: tuple[Finding, ...] = (
        *("ok", "at_work", "unseen", "simulated", "not_found", "unplugged", "denied"),
        *("in_use", "silent", "other", "several", "settings"),
    )
    for finding in findings:
        assert f"desk.doctor.{finding}" in SENTENCES
        well = Examined(DeviceId("a"), "gpio", "", finding).well
        assert (f"desk.doctor.{finding}.do" in SENTENCES) != well
