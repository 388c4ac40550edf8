"""The machine under the kiosk: sound, restart, clock, network, the log of the last hour.

Each work is put on record first, then the shell is sent for it: what needs root is done by a helper
of the machine, or not at all, and then it is said so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from ipaddress import ip_address, ip_interface
from typing import ClassVar, Literal, get_args
from zoneinfo import ZoneInfo

from kiosk.core.desk import carrying, forms
from kiosk.core.desk.carrying import Carrying
from kiosk.core.desk.forms import Field, Form, Said
from kiosk.core.desk.frame import At
from kiosk.core.desk.scenes import Page, SectionName
from kiosk.core.errands import (
    CarryDiagnosis,
    Errand,
    ListZones,
    LogLine,
    LogPage,
    MachineLook,
    ReadLog,
    Restart,
    SetClock,
    SetNetwork,
    SetZone,
    WriteToStick,
    Zones,
)
from kiosk.core.errors import Refused
from kiosk.core.ledger import Entry
from kiosk.core.maintenance import GetVolume, RecordMaintenance, SetVolume, Work
from kiosk.core.messages import ErrandTold, Event, TurnVolume, Volume

VOLUMES: tuple[Volume, ...] = get_args(Volume)
SIGNS = "signs"
"""The keyboard of what is no letter: an address and a password need it."""
LOG_LINES_MAX = 2000
"""The most that is carried away: what the ring holds."""

Stop = Literal["restart", "restart_machine", "switch_off"]
_ERRANDS: dict[Stop, Literal["program", "machine", "off"]] = {
    "restart": "program",
    "restart_machine": "machine",
    "switch_off": "off",
}


@dataclass(frozen=True)
class MachinePage(Page):
    """How the machine is, and what can be done to it."""

    section: ClassVar[SectionName] = "devices"

    look: MachineLook | None
    volume: Volume


@dataclass(frozen=True)
class Stopping(Page):
    """Whether it is really meant; with `errand` it is under way."""

    section: ClassVar[SectionName] = "devices"

    what: Stop
    errand: str = ""


@dataclass(frozen=True)
class ClockForm(Page):
    """The day and the time of day, by the venue's own clock."""

    section: ClassVar[SectionName] = "devices"

    form: Form
    errand: str = ""


@dataclass(frozen=True)
class ZoneSearch(Page):
    """A time zone is looked for by its name; `all` is None until the machine has named them."""

    section: ClassVar[SectionName] = "devices"

    form: Form
    errand: str = ""
    all: tuple[str, ...] | None = field(default=None, repr=False)

    @property
    def found(self) -> tuple[str, ...]:
        """Those that have what was typed in their name."""
        wanted = self.form["zone"].casefold().replace(" ", "_")
        return tuple(z for z in self.all or () if wanted and wanted in z.casefold())


@dataclass(frozen=True)
class NetworkForm(Page):
    """How the machine is in the network."""

    section: ClassVar[SectionName] = "devices"

    form: Form
    errand: str = ""


@dataclass(frozen=True)
class LogShown(Page):
    """A page of the log; `log` is None until it came, `number` its place, newest first."""

    section: ClassVar[SectionName] = "devices"

    errand: str
    log: LogPage | None = None
    starts: tuple[int, ...] = (0,)


@dataclass(frozen=True)
class LogCarried(Page):
    """The log on its way to a stick; `lines` are gathered first, page by page."""

    section: ClassVar[SectionName] = "devices"

    errand: str = ""
    lines: tuple[LogLine, ...] = field(default=(), repr=False)
    carrying: Carrying | None = None


@dataclass(frozen=True)
class DiagnosisCarried(Page):
    """The diagnostic bundle on its way to a stick."""

    section: ClassVar[SectionName] = "devices"

    carrying: Carrying


PAGES = (
    MachinePage,
    Stopping,
    ClockForm,
    ZoneSearch,
    NetworkForm,
    LogShown,
    LogCarried,
    DiagnosisCarried,
)


def opened(at: At, look: MachineLook | None) -> Page:
    """The first page of it."""
    return MachinePage(look, at.ask(GetVolume()))


def touched(at: At, page: Page, name: str, argument: str) -> Page | None:
    """The page after a button; None leads back to the devices."""
    match page:
        case MachinePage():
            return _touched_machine(at, page, name, argument)
        case Stopping():
            return _touched_stopping(at, page, name)
        case ClockForm():
            return _touched_clock(at, page, name, argument)
        case ZoneSearch():
            return _touched_zone(at, page, name, argument)
        case NetworkForm():
            return _touched_network(at, page, name, argument)
        case LogShown():
            return _touched_log(at, page, name)
        case DiagnosisCarried():
            return _touched_diagnosis(at, page, name, argument)
        case LogCarried():
            return _touched_carried(at, page, name, argument)
        case _:
            return page


def _touched_machine(at: At, page: MachinePage, name: str, argument: str) -> Page | None:
    allowed = at.may("RecordMaintenance")
    match name:
        case "back":
            return None
        case "volume" if argument in VOLUMES:
            return _turn(at, page, argument)
        case "restart" | "restart_machine" | "switch_off" if allowed:
            return Stopping(name)
        case "clock" if allowed:
            return ClockForm(_clock_form(at))
        case "zone" if allowed:
            text = Field("zone", Said("desk.field.zone"), "text", most=40)
            return ZoneSearch(forms.form(text), at.errand(ListZones()))
        case "network" if allowed:
            return NetworkForm(_network_form())
        case "log" if allowed:
            return LogShown(at.errand(ReadLog()))
        case _:
            return page


def _turn(at: At, page: MachinePage, argument: str) -> Page:
    volume = next(v for v in VOLUMES if v == argument)
    if volume == page.volume or not isinstance(at.do(SetVolume(volume), "volume"), Entry):
        return page
    at.send(TurnVolume(volume))
    return replace(page, volume=volume)


def _do(at: At, what: Work, errand: Errand, detail: str = "") -> str:
    """Put a work on record and send the shell for it; the errand's id, or "" where refused."""
    done = at.do(RecordMaintenance(what, "", detail), what)
    return at.errand(errand) if isinstance(done, Entry) else ""


def _touched_stopping(at: At, page: Stopping, name: str) -> Page:
    match name:
        case "yes" if not page.errand:
            return replace(page, errand=_do(at, page.what, Restart(_ERRANDS[page.what])))
        case "back" if not page.errand:
            return opened(at, None)
        case _:
            return page


# --- clock and zone ----------------------------------------------------------------------------


def _clock_form(at: At) -> Form:
    local = at.now.wall.astimezone(ZoneInfo(at.venue.time_zone))
    return forms.form(
        Field("day", Said("desk.field.day"), "date", f"{local:%d%m%Y}", most=8),
        Field(
            "time",
            Said("desk.field.time"),
            "digits",
            f"{local:%H%M}",
            most=4,
            says=Said("desk.field.time.says"),
        ),
        at="time",
    )


def _touched_clock(at: At, page: ClockForm, name: str, argument: str) -> Page:
    typed = forms.touched(page.form, name, argument, at.situation.house.languages)
    if typed is not None:
        return replace(page, form=typed)
    if name == "back":
        return opened(at, None)
    if name != "save" or page.errand:
        return page
    try:
        day = forms.date(page.form, "day")
    except Refused as refused:
        return replace(page, form=forms.refused(page.form, refused, "day"))
    told = page.form["time"]
    if not re.fullmatch(r"([01]\d|2[0-3])[0-5]\d", told, re.ASCII):
        wrong = forms.refused(page.form, Refused("err.clock_form"), "time")
        return replace(page, form=wrong)
    if not 2024 <= day.year <= 2099:
        return replace(page, form=forms.refused(page.form, Refused("err.date_form"), "day"))
    zone = ZoneInfo(at.venue.time_zone)
    local = datetime(day.year, day.month, day.day, int(told[:2]), int(told[2:]), tzinfo=zone)
    moment = f"{local.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return replace(page, errand=_do(at, "clock", SetClock(moment), moment))


def _touched_zone(at: At, page: ZoneSearch, name: str, argument: str) -> Page:
    typed = forms.touched(page.form, name, argument, at.situation.house.languages)
    if typed is not None:
        return replace(page, form=typed)
    if name == "back":
        return opened(at, None)
    if name == "this" and argument in page.found and not page.errand:
        return replace(page, errand=_do(at, "zone", SetZone(argument), argument))
    return page


# --- network -----------------------------------------------------------------------------------


def _network_form() -> Form:
    links = (("cable", Said("desk.network.cable")), ("wifi", Said("desk.network.wifi")))
    gives = (("given", Said("desk.network.given")), ("fixed", Said("desk.network.fixed")))
    form = Said("desk.field.address.says")
    return forms.form(
        Field("link", Said("desk.field.link"), "choice", "cable", options=links),
        Field("gives", Said("desk.field.gives"), "choice", "given", options=gives),
        Field("network", Said("desk.field.network"), "text", most=32),
        Field(
            "password",
            Said("desk.field.password"),
            "text",
            most=63,
            says=Said("desk.field.password.says"),
        ),
        Field("address", Said("desk.field.address"), "text", most=45, says=form),
        Field("gateway", Said("desk.field.gateway"), "text", most=45),
        Field("name_server", Said("desk.field.name_server"), "text", most=45),
        at="",
    )


def shown(of: Form) -> tuple[str, ...]:
    """The fields of a network's form that matter as it is filled in."""
    wifi = ("network", "password") if of["link"] == "wifi" else ()
    fixed = ("address", "gateway", "name_server") if of["gives"] == "fixed" else ()
    return ("link", "gives", *wifi, *fixed)


def _touched_network(at: At, page: NetworkForm, name: str, argument: str) -> Page:
    keyboards = (*at.situation.house.languages, SIGNS)
    typed = forms.touched(page.form, name, argument, keyboards)
    if typed is not None:
        if typed.at and typed.at not in shown(typed):
            typed = replace(typed, at="")
        return replace(page, form=typed)
    if name == "back":
        return opened(at, None)
    if name != "save" or page.errand:
        return page
    errand = _network(page.form)
    if isinstance(errand, Form):
        return replace(page, form=errand)
    detail = f"{errand.link} {errand.network} {errand.address or 'dhcp'}".replace("  ", " ")
    return replace(page, errand=_do(at, "network", errand, detail))


def _network(of: Form) -> SetNetwork | Form:
    """What was filled in; or the form with what is wrong in it."""
    wifi, fixed = of["link"] == "wifi", of["gives"] == "fixed"
    name, password = (of["network"], of["password"]) if wifi else ("", "")
    if wifi and not 1 <= len(name.encode()) <= 32:
        return forms.refused(of, Refused("err.network_name"), "network")
    if password and not re.fullmatch(r"[ -~]{8,63}", password):
        return forms.refused(of, Refused("err.network_password"), "password")
    told = {"address": "", "gateway": "", "name_server": ""}
    for field_ in told if fixed else ():
        try:
            told[field_] = _address(of[field_], network=field_ == "address")
        except ValueError:
            return forms.refused(of, Refused("err.address_form"), field_)
    link: Literal["cable", "wifi"] = "wifi" if wifi else "cable"
    return SetNetwork(link, **told, network=name, password=password)


def _address(text: str, *, network: bool) -> str:
    """An address as the helper takes it.

    Raises:
        ValueError: it is none, or it is missing where it may not be.
    """
    if not network:
        return str(ip_address(text)) if text else ""
    found = ip_interface(text)
    if "/" not in text or found.is_loopback or found.is_multicast or found.is_unspecified:
        raise ValueError(text)
    return str(found)


# --- the log -----------------------------------------------------------------------------------


def _touched_log(at: At, page: LogShown, name: str) -> Page:
    match name:
        case "back":
            return opened(at, None)
        case "older" if page.log is not None and page.log.older and not page.errand:
            before = page.log.lines[-1].number
            made = replace(page, errand=at.errand(ReadLog(before)), starts=(*page.starts, before))
            return at.turn(made)
        case "newer" if len(page.starts) > 1 and not page.errand:
            starts = page.starts[:-1]
            return at.turn(replace(page, errand=at.errand(ReadLog(starts[-1])), starts=starts))
        case "look" if not page.errand:
            return at.turn(LogShown(at.errand(ReadLog())))
        case "carry" if not page.errand:
            return LogCarried(at.errand(ReadLog()))
        case "diagnose" if not page.errand:
            file = f"diagnosis-{at.now.wall:%Y-%m-%d-%H%M}.zip"
            return DiagnosisCarried(carrying.begin(at, CarryDiagnosis("", file)))
        case _:
            return page


def _touched_diagnosis(at: At, page: DiagnosisCarried, name: str, argument: str) -> Page:
    if name == "back":
        carrying.leave(at, page.carrying)
        return LogShown(at.errand(ReadLog()))
    made = carrying.touched(at, page.carrying, name, argument)
    return page if made is None else replace(page, carrying=made)


def _touched_carried(at: At, page: LogCarried, name: str, argument: str) -> Page:
    if name == "back":
        if page.carrying is not None:
            carrying.leave(at, page.carrying)
        return LogShown(at.errand(ReadLog()))
    if page.carrying is None:
        return page
    made = carrying.touched(at, page.carrying, name, argument)
    return page if made is None else replace(page, carrying=made)


def _gathered(at: At, page: LogCarried, found: LogPage) -> LogCarried:
    """The next page of the log; with the last one it is taken to a stick."""
    lines = (*page.lines, *found.lines)
    if found.older and len(lines) < LOG_LINES_MAX:
        return replace(page, lines=lines, errand=at.errand(ReadLog(found.lines[-1].number)))
    text = "".join(f"{line.at} {line.level} {line.text}\n" for line in reversed(lines))
    file = f"log-{at.now.wall:%Y-%m-%d-%H%M}.txt"
    return LogCarried(carrying=carrying.begin(at, WriteToStick("", file, text)))


# --- what else happens -------------------------------------------------------------------------


def heard(at: At, page: Page, event: Event) -> Page | None:
    """The page after an errand told of itself; None where that is none of its matters."""
    if isinstance(page, (LogCarried, DiagnosisCarried)) and page.carrying is not None:
        made = carrying.heard(at, page.carrying, event)
        return None if made is None else replace(page, carrying=made)
    errand = getattr(page, "errand", "")
    if not isinstance(event, ErrandTold) or not errand or event.errand != errand:
        return None
    if not event.ended:
        return None
    if isinstance(event.result, Refused):
        at.refuse(event.result)
        return _without(page)
    match page, event.result:
        case LogShown(), LogPage() as log:
            return replace(page, log=log, errand="")
        case LogCarried(), LogPage() as log:
            return _gathered(at, page, log)
        case ZoneSearch(all=None), Zones(names):
            return replace(page, all=names, errand="")
        case ClockForm() | ZoneSearch() | NetworkForm(), None:
            at.say("desk.machine.set")
            return opened(at, None)
        case _:
            # The program, or the machine, ends any moment now.
            return page


def _without(page: Page) -> Page:
    """The page without the errand that was refused; it may be tried again."""
    match page:
        case Stopping() | ClockForm() | ZoneSearch() | NetworkForm() | LogShown() | LogCarried():
            return replace(page, errand="")
        case _:
            return page
