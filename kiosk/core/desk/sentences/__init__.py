"""What the desk says, in English: a file for each of its sections, one for what all have."""

from __future__ import annotations

from kiosk.core.desk.sentences import (
    audit,
    cabinet,
    cards,
    cash,
    clients,
    device_faults,
    devices,
    doctor,
    exact_faults,
    frame,
    machine,
    minutes,
    reports,
    setting_rows,
    settings,
    today,
    updates,
    visits,
)

SENTENCES: dict[str, str | tuple[str, str]] = {
    **frame.SENTENCES,
    **today.SENTENCES,
    **clients.SENTENCES,
    **visits.SENTENCES,
    **minutes.SENTENCES,
    **cards.SENTENCES,
    **cash.SENTENCES,
    **reports.SENTENCES,
    **devices.SENTENCES,
    **doctor.SENTENCES,
    **device_faults.SENTENCES,
    **cabinet.SENTENCES,
    **exact_faults.SENTENCES,
    **machine.SENTENCES,
    **updates.SENTENCES,
    **settings.SENTENCES,
    **setting_rows.SENTENCES,
    **audit.SENTENCES,
}
