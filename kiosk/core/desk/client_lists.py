"""Lists of clients, and of a client's: segments, who may be one, codes, top-ups of the desk."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import ClassVar, get_args

from kiosk.core.desk import client_card, client_deeds
from kiosk.core.desk.client_card import ClientCard
from kiosk.core.desk.frame import At
from kiosk.core.desk.scenes import Page, SectionName
from kiosk.core.desk_top_ups import DeskTopUp, DeskTopUps
from kiosk.core.duplicates import Duplicates, Pair
from kiosk.core.promo_codes import PromoCode, PromoCodes
from kiosk.core.segments import ROWS_MAX, ListSegment, Segment, SegmentPage

SEGMENTS: tuple[Segment, ...] = get_args(Segment)


@dataclass(frozen=True)
class SegmentList(Page):
    """A page of the absent, of the evening regulars, or of those who spent most (C15)."""

    section: ClassVar[SectionName] = "clients"

    segment: Segment
    found: SegmentPage
    number: int
    came: Page = field(repr=False)


@dataclass(frozen=True)
class DuplicateList(Page):
    """Who may be registered twice; `chosen` is the pair that is looked at (C32)."""

    section: ClassVar[SectionName] = "clients"

    pairs: tuple[Pair, ...]
    came: Page = field(repr=False)
    chosen: int | None = None


@dataclass(frozen=True)
class CodeList(Page):
    """The promo codes of a client (C38)."""

    section: ClassVar[SectionName] = "clients"

    card: ClientCard
    codes: tuple[PromoCode, ...]


@dataclass(frozen=True)
class DeskTopUpList(Page):
    """What a client paid in at the desk, and can get back."""

    section: ClassVar[SectionName] = "clients"

    card: ClientCard
    top_ups: tuple[DeskTopUp, ...]


# --- segments -------------------------------------------------------------------------------------


def open_segment(at: At, segment: Segment, number: int, came: Page) -> Page:
    """A page of a segment, from 0."""
    found = at.ask(ListSegment(segment, number))
    return at.turn(SegmentList(segment, found, number, came))


def segment_touched(at: At, page: SegmentList, name: str, argument: str) -> Page:
    """A button of a segment."""
    match name:
        case "back":
            return at.turn(page.came)
        case "segment" if argument in SEGMENTS:
            chosen = next(s for s in SEGMENTS if s == argument)
            return open_segment(at, chosen, 0, page.came)
        case "older" if ROWS_MAX * (page.number + 1) < page.found.total:
            return open_segment(at, page.segment, page.number + 1, page.came)
        case "newer" if page.number:
            return open_segment(at, page.segment, page.number - 1, page.came)
        case "client":
            for row in page.found.rows:
                if row.client.client == argument:
                    return client_card.opened(at, row.client.client, page)
    return page


# --- who may be one -------------------------------------------------------------------------------


def open_duplicates(at: At, came: Page) -> Page:
    """The pairs that nobody has decided."""
    return at.turn(DuplicateList(at.ask(Duplicates()), came))


def fresh_duplicates(at: At, page: DuplicateList) -> DuplicateList:
    """The same list as it is now; a pair that is looked at may have been decided."""
    pairs = at.ask(Duplicates())
    looked_at = page.pairs[page.chosen] if page.chosen is not None else None
    chosen = pairs.index(looked_at) if looked_at in pairs else None
    return replace(page, pairs=pairs, chosen=chosen)


def duplicates_touched(at: At, page: DuplicateList, name: str, argument: str) -> Page:
    """A button of the list, or of a pair: which of the two stays, or that they are two."""
    match name:
        case "back" if page.chosen is not None:
            return at.turn(replace(page, chosen=None))
        case "back":
            return at.turn(page.came)
        case "pair" if argument in map(str, range(len(page.pairs))):
            return at.turn(replace(page, chosen=int(argument)))
    if page.chosen is None:
        return page
    pair = page.pairs[page.chosen]
    both = {row.client: row for row in (pair.client, pair.other)}
    if name == "apart":
        argument = pair.client.client
    if name not in ("keep", "apart") or argument not in both:
        return page
    keep = next(client for client in both if client == argument)
    other = next(client for client in both if client != argument)
    card = client_card.card_of(at, keep, page)
    deed = "merge" if name == "keep" else "apart"
    came = replace(page, chosen=None)
    return client_deeds.open_deed(at, deed, card, other, about(both[other].name, other), came)


def about(name: str, client: str) -> str:
    """How a client is called in a sentence: by name, else by number."""
    return name or client


# --- codes and top-ups ----------------------------------------------------------------------------


def open_codes(at: At, card: ClientCard) -> Page:
    """The codes that a client was given."""
    return at.turn(CodeList(card, at.ask(PromoCodes(card.client.id))))


def codes_touched(at: At, page: CodeList, name: str, argument: str) -> Page:
    """A button of the list."""
    del argument
    match name:
        case "back":
            return client_card.again(at, page.card)
        case "issue_code" | "redeem_code":
            return client_deeds.open_deed(at, name, page.card, came=page)
        case _:
            return page


def open_top_ups(at: At, card: ClientCard) -> Page:
    """What a client paid in at the desk."""
    return at.turn(DeskTopUpList(card, at.ask(DeskTopUps(card.client.id))))


def top_ups_touched(at: At, page: DeskTopUpList, name: str, argument: str) -> Page:
    """A button of the list: undo one of this shift, or say that the bank took one back."""
    if name == "back":
        return client_card.again(at, page.card)
    for top_up in page.top_ups:
        if name in ("void", "charge_back") and top_up.receipt == argument:
            about_ = f"{top_up.number:06}"
            return client_deeds.open_deed(at, name, page.card, top_up.receipt, about_, page)
    return page


def fresh(at: At, page: Page) -> Page:
    """Any of these lists as the books have it now."""
    match page:
        case SegmentList():
            return replace(page, found=at.ask(ListSegment(page.segment, page.number)))
        case DuplicateList():
            return fresh_duplicates(at, page)
        case CodeList():
            return replace(page, codes=at.ask(PromoCodes(page.card.client.id)))
        case DeskTopUpList():
            return replace(page, top_ups=at.ask(DeskTopUps(page.card.client.id)))
        case _:
            return page
