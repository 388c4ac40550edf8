"""The pages of the venue's settings: groups, lists, and the form that changes any of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from kiosk.core.desk.forms import Form, Label
from kiosk.core.desk.scenes import Page, SectionName

ITEMS_SHOWN = 40


@dataclass(frozen=True)
class SettingsHome(Page):
    """What can be set."""

    section: ClassVar[SectionName] = "settings"


@dataclass(frozen=True)
class Shown:
    """A setting and what it is now, in words; `touch` is its button's argument, or empty."""

    name: Label
    says: Label
    value: tuple[Label, ...]
    touch: str = ""


@dataclass(frozen=True)
class SettingGroup(Page):
    """The settings of a group."""

    section: ClassVar[SectionName] = "settings"

    group: str
    rows: tuple[Shown, ...]
    first: int = 0


@dataclass(frozen=True)
class SettingItems(Page):
    """The items of a list, so many at a time; `of` is how many there are."""

    section: ClassVar[SectionName] = "settings"

    group: str
    items: tuple[Shown, ...]
    first: int
    of: int


@dataclass(frozen=True)
class SettingForm(Page):
    """A setting, or an item of a list, as it is typed, and then as it is to be confirmed.

    Attributes:
        group: of `GROUPS` or of `LISTS`.
        row: the setting's place in its group; of an item nothing.
        item: the item's place in its list; of a new one nothing.
        before: what it was when the page was opened, in the form of the file.
        after: what it is to be; None while it is typed.
        changes: what then changes: name, before, after.
        removing: the item is to be taken out.
    """

    section: ClassVar[SectionName] = "settings"

    group: str
    form: Form
    row: int | None = None
    item: int | None = None
    before: Any = field(default=None, repr=False)
    after: Any = field(default=None, repr=False)
    changes: tuple[tuple[Label, tuple[Label, ...], tuple[Label, ...]], ...] = ()
    removing: bool = False
