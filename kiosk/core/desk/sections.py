"""The sections of the desk, in the order of the rail."""

from __future__ import annotations

from kiosk.core.desk import (
    audit,
    cards,
    cash,
    clients,
    devices,
    minutes,
    reports,
    settings,
    today,
    visits,
)
from kiosk.core.desk.frame import Section
from kiosk.core.desk.scenes import Attendant, SectionName

SECTIONS: tuple[Section, ...] = (
    today.SECTION,
    clients.SECTION,
    visits.SECTION,
    cards.SECTION,
    minutes.SECTION,
    cash.SECTION,
    reports.SECTION,
    devices.SECTION,
    settings.SECTION,
    audit.SECTION,
)


def section(name: SectionName) -> Section:
    """A section by its name."""
    return next(s for s in SECTIONS if s.name == name)


def offered_to(person: Attendant) -> tuple[Section, ...]:
    """The sections that a person sees."""
    return tuple(s for s in SECTIONS if not s.needs or s.needs & person.may)
