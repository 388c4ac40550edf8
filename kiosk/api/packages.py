"""Packages of minutes: what is offered, sold to a client, taken back."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field

from kiosk.api.callers import Reader, Seller
from kiosk.api.forms import Approval, Form, Minor, Name, Pin, Remark, Told, Written, all_told
from kiosk.core.package_sales import SellPackage, UndoPackage
from kiosk.core.packages import Packages
from kiosk.core.tenders import Tender

router = APIRouter(prefix="/v1/packages", tags=["packages"])


class PackageTold(Told):
    """So many minutes of a kind for a price."""

    id: str
    kind: Literal["game", "internet"]
    minutes: int
    price: int


class PackagesTold(Told):
    """What is offered now."""

    packages: list[PackageTold]
    currency: str


class Selling(Form):
    """A package for a client, as `identify` names him.

    ``price``: what the guest was told; refused where it costs another by now. ``card``: the card
    that he showed; its ``pin``, where the kiosk asks for it.
    """

    client: Name
    package: Name
    tender: Tender
    card: Name | None = None
    price: Minor | None = None
    pin: Annotated[Pin | None, Field(repr=False)] = None
    approval: Approval | None = None
    reason: Remark | None = None


class Undoing(Form):
    """A sale that is taken back; ``pro_rata``: only what is left of it, where some was spent."""

    sale: Name
    pro_rata: bool = False
    approval: Approval | None = None
    reason: Remark | None = None


@router.get("")
async def packages(caller: Reader) -> PackagesTold:
    """The packages that are offered now."""
    return await caller.ask(
        lambda at: PackagesTold(
            packages=all_told(PackageTold, at.ask(Packages())), currency=at.currency
        )
    )


@router.post("/sell")
async def sell(what: Selling, caller: Seller) -> Written:
    """Sell a package: an additional service, on its own receipt."""
    return await caller.write(
        lambda at: SellPackage(
            client=what.client,
            package=what.package,
            tender=what.tender,
            card=what.card or "",
            price=None if what.price is None else at.money(what.price),
            override=at.approval(what.approval),
            pin=what.pin or "",
            reason=what.reason or "",
        )
    )


@router.post("/undo")
async def undo(what: Undoing, caller: Seller) -> Written:
    """Take a sale back; for a person who is signed in and may."""
    return await caller.write(
        lambda at: UndoPackage(
            what.sale, what.pro_rata, at.approval(what.approval), what.reason or ""
        )
    )
