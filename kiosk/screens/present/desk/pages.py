"""Which page of the desk is put into words by whom."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kiosk.core.desk.scenes import Page
from kiosk.screens.present.desk import (
    audit,
    cards,
    cash,
    cash_counts,
    cash_notes,
    cash_paper,
    client_forms,
    client_lists,
    clients,
    devices,
    minutes,
    reports,
    settings,
    settings_logo,
    settings_machine,
    settings_staff,
    today,
    updates,
    visits,
)
from kiosk.screens.present.desk.words import Body, DeskWords

Present = Callable[[DeskWords, Any], Body]

PAGES: Mapping[type[Page], Present] = {
    **today.PAGES,
    **visits.PAGES,
    **clients.PAGES,
    **client_forms.PAGES,
    **client_lists.PAGES,
    **cards.PAGES,
    **minutes.PAGES,
    **cash.PAGES,
    **cash_counts.PAGES,
    **cash_notes.PAGES,
    **cash_paper.PAGES,
    **reports.PAGES,
    **settings.PAGES,
    **settings_logo.PAGES,
    **settings_machine.PAGES,
    **settings_staff.PAGES,
    **devices.PAGES,
    **updates.PAGES,
    **audit.PAGES,
}
