"""The machine under the kiosk by touches: sound, restart, clock, network, ports, the log."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from kiosk.core.desk.machine import (
    ClockForm,
    DiagnosisCarried,
    LogCarried,
    LogShown,
    MachinePage,
    NetworkForm,
    Stopping,
    ZoneSearch,
)
from kiosk.core.errands import (
    CarryDiagnosis,
    ChoosePort,
    Errand,
    ListPorts,
    ListSticks,
    ListZones,
    LogLine,
    LogPage,
    LookAtMachine,
    MachineLook,
    Ports,
    ReadLog,
    Restart,
    SerialPort,
    SetClock,
    SetNetwork,
    SetZone,
    Stick,
    Sticks,
    WriteToStick,
    Written,
    Zones,
)
from kiosk.core.errors import Refused
from kiosk.core.maintenance import GetVolume
from kiosk.core.messages import StartErrand, TurnVolume
from kiosk.screens.view import Entry as Field
from kiosk.screens.view import Tile
from tests.core.guest import ACCEPTOR
from tests.screens.desk.hands import CASHIER, Hands, attendant, inside

OLD, NEW = "/dev/serial/by-id/usb-old", "/dev/serial/by-id/usb-new"
PASSWORD = "Tea & 2 cups"


@pytest.fixture
def sent() -> list[Errand]:
    """The errands that the shell was sent on."""
    return []


@pytest.fixture
def machine(sent: list[Errand]) -> Any:
    with attendant(ports={ACCEPTOR: OLD}) as hands:

        def does(result: object) -> Any:
            def do(errand: Errand) -> object:
                sent.append(errand)
                return result

            return do

        hands.does[LookAtMachine] = lambda errand: MachineLook("Pi 4", 54, 31, 3600, helper=True)
        for kind in (Restart, ChoosePort, SetClock, SetZone, SetNetwork):
            hands.does[kind] = does(None)
        hands.does[ListZones] = lambda errand: Zones(("Asia/Tbilisi", "Europe/Moscow"))
        hands.sign_in()
        hands.go("devices")
        yield hands


def maintained(hands: Hands) -> dict[str, Any]:
    entry = hands.entry
    assert entry.kind == "machine_maintained" and entry.actor == "staff:106"
    return dict(entry.refs)


# --- sound -------------------------------------------------------------------------------------


def test_how_loud_it_is_is_kept_in_the_books_and_told_the_buzzer(machine: Hands) -> None:
    effects = machine.press("Machine", "Low")
    assert TurnVolume("low") in effects and machine.asked(GetVolume()) == "low"
    assert (machine.entry.kind, machine.entry.actor) == ("volume_set", "staff:106")
    seq = machine.entry.seq
    assert machine.press("volume:low") == [] and machine.entry.seq == seq
    machine.tell_button("volume:deafening")
    assert machine.entry.seq == seq
    machine.start_again()
    machine.sign_in()
    machine.go("devices")
    machine.press("Machine")
    assert isinstance(machine.page, MachinePage) and machine.page.volume == "low"


def test_a_cashier_turns_it_down_and_is_offered_nothing_else(machine: Hands) -> None:
    machine.sign_in(CASHIER)
    machine.go("devices")
    machine.press("Machine", "Off")
    assert machine.asked(GetVolume()) == "off"
    offered = set(machine.pressable())
    for absent in ("restart", "restart_machine", "switch_off", "clock", "zone", "network", "log"):
        assert absent not in offered
        machine.tell_button(absent)
        assert isinstance(machine.page, MachinePage)
    assert "machine_maintained" not in machine.kinds()


# --- restart -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("button", "what"),
    [("restart", "program"), ("restart_machine", "machine"), ("switch_off", "off")],
)
def test_who_restarts_it_is_asked_and_on_record_before_it_is_done(
    machine: Hands, sent: list[Errand], button: str, what: Any
) -> None:
    machine.press("Machine", button, "No, leave it")
    assert isinstance(machine.page, MachinePage) and "machine_maintained" not in machine.kinds()
    machine.press(button, "yes")
    assert maintained(machine) == {"what": button} and sent == [Restart(what)]
    machine.says("It is being done now")
    machine.tell_button("yes")
    assert len(sent) == 1 and machine.kinds().count("machine_maintained") == 1


def test_what_the_machine_cannot_do_is_said_and_may_be_tried_again(machine: Hands) -> None:
    machine.does[Restart] = lambda errand: Refused("err.no_helper")
    machine.press("Machine", "restart_machine", "yes")
    assert "its helper is not set up" in machine.notice and machine.tone == "bad"
    assert machine.page == Stopping("restart_machine")
    machine.press("yes")


# --- clock and zone ----------------------------------------------------------------------------


def test_the_clock_is_set_by_the_venues_own_time(machine: Hands, sent: list[Errand]) -> None:
    machine.press("Machine", "Set the clock")
    machine.fill("day", "24122026")
    machine.fill("time", "0930")
    machine.press("save")
    assert sent == [SetClock("2026-12-24T06:30:00Z")]
    assert maintained(machine) == {"what": "clock", "detail": "2026-12-24T06:30:00Z"}
    assert machine.notice == "It is set." and isinstance(machine.page, MachinePage)


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("time", "", "not a time of day"),
        ("time", "2460", "not a time of day"),
        ("time", "93", "not a time of day"),
        ("day", "31022026", "no such day"),
        ("day", "", "no such day"),
        ("day", "01011970", "no such day"),
    ],
)
def test_a_time_that_is_none_is_refused_beside_its_field(
    machine: Hands, sent: list[Errand], field: str, typed: str, told: str
) -> None:
    machine.press("Machine", "Set the clock")
    machine.fill(field, typed)
    machine.press("save")
    problems = [f.problem for f in inside(machine.view, Field) if f.id == f"field:{field}"]
    assert len(problems) == 1 and told in problems[0]
    assert not sent and isinstance(machine.page, ClockForm)
    assert "machine_maintained" not in machine.kinds()


def test_a_time_zone_is_found_by_a_part_of_its_name(machine: Hands, sent: list[Errand]) -> None:
    machine.press("Machine", "Time zone")
    machine.says("Type a few letters")
    machine.type("qq")
    machine.says("There is no time zone of this name.")
    machine.press("clear")
    machine.type("mosc")
    machine.tell_button("this:Mars/Olympus")
    assert not sent and isinstance(machine.page, ZoneSearch)
    machine.press("this:Europe/Moscow")
    assert sent == [SetZone("Europe/Moscow")]
    assert maintained(machine) == {"what": "zone", "detail": "Europe/Moscow"}


# --- network -----------------------------------------------------------------------------------


def test_a_wifi_is_joined_and_its_password_stands_nowhere(
    machine: Hands, sent: list[Errand]
) -> None:
    machine.press("Machine", "Network", "choose:link=wifi")
    machine.press("field:network")
    for char in "Cafe":
        machine.press(f"key:{char}")
    machine.press("field:password")
    typed = "Teaand2cups!"
    for char in typed:
        machine.tell_button(f"digit:{char}" if char.isdigit() else f"key:{char}")
    machine.silent(typed, typed[:6])
    machine.press("save")
    (errand,) = sent
    assert isinstance(errand, SetNetwork)
    assert errand.link == "wifi" and errand.network.casefold() == "cafe"
    assert errand.password.casefold() == typed.casefold()
    assert errand.password not in repr(errand)
    assert maintained(machine)["detail"] == f"wifi {errand.network} dhcp"
    everything = repr(list(machine.venue.ledger.entries())) + repr(machine.situation)
    assert errand.password not in everything


def test_signs_are_on_a_keyboard_of_their_own(machine: Hands) -> None:
    machine.press("Machine", "Network", "choose:gives=fixed", "field:address")
    machine.press("keyboard", "keyboard")
    machine.type("192")
    machine.press("key:.")
    machine.press("keyboard")
    assert isinstance(machine.page, NetworkForm) and machine.page.form["address"] == "192."


def test_a_fixed_address_goes_with_its_network(machine: Hands, sent: list[Errand]) -> None:
    machine.press("Machine", "Network", "choose:gives=fixed")
    fill(machine, address="192.168.1.20/24", gateway="192.168.1.1", name_server="9.9.9.9")
    machine.press("save")
    assert sent == [SetNetwork("cable", "192.168.1.20/24", "192.168.1.1", "9.9.9.9")]
    assert maintained(machine) == {"what": "network", "detail": "cable 192.168.1.20/24"}


def fill(hands: Hands, **fields: str) -> None:
    for name, text in fields.items():
        hands.press(f"field:{name}", "clear")
        for char in text:
            hands.tell_button(f"digit:{char}" if char.isdigit() else f"key:{char}")


@pytest.mark.parametrize(
    ("choices", "fields", "wrong"),
    [
        ("wifi", {"network": ""}, "network"),
        ("wifi", {"network": "ж" * 17}, "network"),
        ("wifi", {"network": "Cafe", "password": "short"}, "password"),
        ("wifi", {"network": "Cafe", "password": "парольпароль"}, "password"),
        ("fixed", {"address": ""}, "address"),
        ("fixed", {"address": "192.168.1.20"}, "address"),
        ("fixed", {"address": "127.0.0.1/8"}, "address"),
        ("fixed", {"address": "999.1.1.1/24"}, "address"),
        ("fixed", {"address": "10.0.0.2/8", "gateway": "the door"}, "gateway"),
        ("fixed", {"address": "10.0.0.2/8", "name_server": "x"}, "name_server"),
    ],
)
def test_bad_input_is_refused_beside_its_field_and_nothing_is_sent(
    machine: Hands, sent: list[Errand], choices: str, fields: dict[str, str], wrong: str
) -> None:
    choice = "choose:link=wifi" if choices == "wifi" else "choose:gives=fixed"
    machine.press("Machine", "Network", choice)
    fill(machine, **fields)
    machine.press("save")
    problems = {f.id for f in inside(machine.view, Field) if f.problem}
    assert problems == {f"field:{wrong}"}
    assert not sent and "machine_maintained" not in machine.kinds()
    assert isinstance(machine.page, NetworkForm)
    assert machine.page.form[wrong].casefold() == fields[wrong].casefold()


# --- ports -------------------------------------------------------------------------------------


def ports(*names: str) -> Ports:
    return Ports(tuple(SerialPort(name, "FT232R") for name in names))


def test_a_port_is_found_by_unplugging_and_plugging_in(machine: Hands, sent: list[Errand]) -> None:
    answers = [ports(OLD), ports(OLD, NEW)]
    machine.does[ListPorts] = lambda errand: answers.pop(0)
    machine.press("Note acceptor", "Choose the port")
    machine.says("Unplug the device", f"Now: {OLD}")
    machine.press("look")
    machine.says("Plug it in again")
    machine.press("look")
    machine.says("This one came.", NEW)
    assert "this:1" not in machine.pressable()
    machine.press(NEW)
    assert sent == [ChoosePort(ACCEPTOR, NEW)]
    assert maintained(machine) == {"what": "port", "device": "acceptor", "detail": NEW}
    machine.press("Restart the program", "yes")
    assert sent[-1] == Restart("program")


def test_where_nothing_came_it_is_chosen_by_name_or_tried_again(machine: Hands) -> None:
    answers = [ports(OLD), ports(OLD), ports(), ports()]
    machine.does[ListPorts] = lambda errand: answers.pop(0)
    machine.press("Note acceptor", "Choose the port", "look", "look")
    machine.says("Nothing new was seen.", OLD)
    machine.tell_button("this:7")
    machine.press("Start again", "look", "look")
    machine.says("The kiosk sees no line at all.")
    machine.press("back")
    assert "machine_maintained" not in machine.kinds()


def test_a_port_that_cannot_be_kept_is_not_said_to_be(machine: Hands) -> None:
    answers = [ports(), ports(NEW)]
    machine.does[ListPorts] = lambda errand: answers.pop(0)
    machine.does[ChoosePort] = lambda errand: Refused("err.port_not_kept")
    machine.press("Note acceptor", "Choose the port", "look", "look", NEW)
    machine.says("The port could not be kept: the old one counts.")
    machine.silent("It is kept")


def test_a_device_without_a_line_is_offered_none(machine: Hands) -> None:
    machine.press("Receipt printer")
    assert "port" not in machine.pressable()
    machine.tell_button("port")
    assert "no line of its own" in machine.notice


# --- the log -----------------------------------------------------------------------------------


def lines(first: int, last: int) -> tuple[LogLine, ...]:
    at = "2026-11-22T15:00:0{}+00:00"
    return tuple(LogLine(n, at.format(n), "warning", f"line {n}") for n in range(last, first, -1))


def log(errand: ReadLog) -> LogPage:
    return LogPage(lines(3, 5), older=True) if not errand.before else LogPage(lines(0, 3), False)


def test_the_log_is_read_page_by_page(machine: Hands) -> None:
    machine.does[ReadLog] = log
    machine.press("Machine", "Log of the last hour")
    machine.says("line 5", "line 4", "18:00:05")
    machine.press("Older")
    machine.says("line 3", "line 1")
    assert "older" not in machine.pressable()
    machine.press("Newer")
    machine.says("line 5")
    machine.press("Read again", "back")
    assert isinstance(machine.page, MachinePage)


def test_the_whole_log_goes_to_a_stick_oldest_first(machine: Hands) -> None:
    written: list[WriteToStick] = []

    def write(errand: WriteToStick) -> Written:
        written.append(errand)
        return Written(errand.file, len(errand.text))

    machine.does |= {
        ReadLog: log,
        ListSticks: lambda errand: Sticks((Stick("/media/a", "A", 10**9),)),
        WriteToStick: write,
    }
    machine.press("Machine", "Log of the last hour", "To a stick")
    (file,) = written
    assert file.file == "log-2026-11-22-1500.txt"
    assert [line.split()[-1] for line in file.text.splitlines()] == ["1", "2", "3", "4", "5"]
    assert isinstance(machine.page, LogCarried)
    machine.press("back")
    assert isinstance(machine.page, LogShown)


def test_the_diagnostic_bundle_goes_to_a_stick(machine: Hands) -> None:
    written: list[CarryDiagnosis] = []

    def write(errand: CarryDiagnosis) -> Written:
        written.append(errand)
        return Written(errand.file, 4096)

    machine.does |= {
        ReadLog: log,
        ListSticks: lambda errand: Sticks((Stick("/media/a", "A", 10**9),)),
        CarryDiagnosis: write,
    }
    machine.press("Machine", "Log of the last hour", "Diagnostics to a stick")
    (file,) = written
    assert (file.stick, file.file) == ("/media/a", "diagnosis-2026-11-22-1500.zip")
    assert isinstance(machine.page, DiagnosisCarried)
    machine.press("back")
    assert isinstance(machine.page, LogShown)


def test_an_answer_that_comes_too_late_changes_nothing(machine: Hands) -> None:
    effects = machine.press("Machine", "Log of the last hour")
    started = next(e for e in effects if isinstance(e, StartErrand))
    machine.press("back")
    page = machine.page
    machine.does[ReadLog] = log
    machine.run_errands([started])
    assert machine.page == page


def test_what_the_board_tells_of_power_wear_and_clock_is_told_at_the_desk(machine: Hands) -> None:
    machine.press("Machine")
    machine.says("Life of its memory", "unknown")
    machine.silent("Power supply")
    machine.press("back")
    look = MachineLook("Pi 4", 54, 31, 3600, helper=True, power_weak=True, slowed=False)
    machine.does[LookAtMachine] = lambda errand: replace(look, worn_percent=90, clock_set=False)
    machine.press("lock")
    machine.sign_in()
    machine.go("devices")
    (tile,) = (t for t in inside(machine.view, Tile) if t.id == "machine")
    assert tile.tone == "warning" and "Its power is too weak" in tile.note
    machine.press("Machine")
    machine.says("too weak", "at full pace", "90 % used up", "not set by the network")
