"""G11: a guest buys minutes with the balance of a card (M9-M13, M28, M34).

Packages of a kind, then one of them with what it takes and what is then there, and Yes or No. On
No nothing is booked (M10). A package that was changed meanwhile is shown anew, and not sold.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from kiosk.core.bills import Visit
from kiosk.core.cards import Card, GetCard
from kiosk.core.clients import Client, GetClient
from kiosk.core.errors import Refused
from kiosk.core.guest import paying, pin
from kiosk.core.guest.frame import Journey, Result
from kiosk.core.guest.scenes import GuestScene, Purpose, SceneWord, Wait
from kiosk.core.ids import CardId
from kiosk.core.journey import Step, conclude, enter, home, jobs_due, open_card, why_not
from kiosk.core.money import Money
from kiosk.core.package_sales import SellPackage
from kiosk.core.packages import KINDS, Kind, Package, Packages
from kiosk.core.situation import Problem
from kiosk.core.visits import OpenVisit

PAGE = 6
"""So many packages stand on a screen; guest screens never scroll."""


@dataclass(frozen=True)
class PackageChoice(GuestScene):
    """The packages of a kind; `first` is the place of the first one shown."""

    word: ClassVar[SceneWord] = "minutes"

    card: Card
    client: Client
    packages: tuple[Package, ...]
    kind: Kind
    first: int = 0

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of which there are packages."""
        return tuple(kind for kind in KINDS if any(p.kind == kind for p in self.packages))

    @property
    def offered(self) -> tuple[Package, ...]:
        """All packages of the kind that is shown."""
        return tuple(p for p in self.packages if p.kind == self.kind)


@dataclass(frozen=True)
class PackageDeal(GuestScene):
    """One package: is it to be bought? `changed`: it is another than when it was chosen.

    `visit` is the open visit that the same balance pays, where there is one.
    """

    word: ClassVar[SceneWord] = "minutes"
    waits: ClassVar[Wait] = "idle"

    card: Card
    client: Client
    package: Package
    changed: bool = False
    visit: Visit | None = None

    @property
    def missing(self) -> Money | None:
        """What the balance lacks; None where it is enough."""
        lacks = self.package.price - self.client.wallet
        return lacks if lacks.minor > 0 else None

    @property
    def visit_lacks(self) -> Money | None:
        """What the visit would lack once the package is paid; None where nothing."""
        if self.visit is None:
            return None
        lacks = self.visit.unpaid - (self.client.wallet - self.package.price)
        return lacks if lacks.minor > 0 else None


def begin(at: Step, card: CardId) -> Result:
    """The guest wants to buy minutes; nothing happens where that is not offered."""
    packages = at.ask(Packages())
    if why_not(at.situation, "buy_minutes") or not packages:
        return at.situation, ()
    found, client = holder(at, card)
    kind: Kind = "game" if any(p.kind == "game" for p in packages) else "internet"
    return enter(at, PackageChoice(found, client, packages, kind)), ()


def holder(at: Step, card: CardId) -> tuple[Card, Client]:
    """A card that is on file, and who holds it, as the books have them now."""
    found = at.ask(GetCard(card))
    assert found is not None, "a card that was found is on file"
    client = at.ask(GetClient(found.client))
    assert client is not None, "every card on file has a client"
    return found, client


def _touched(at: Step, scene: PackageChoice | PackageDeal, name: str, argument: str) -> Result:
    if isinstance(scene, PackageDeal):
        return _touched_deal(at, scene, name)
    match name:
        case "kind" if argument in scene.kinds:
            kind: Kind = "game" if argument == "game" else "internet"
            return replace(at.situation, scene=replace(scene, kind=kind, first=0)), ()
        case "from" if argument.isdecimal() and int(argument) < len(scene.offered):
            return replace(at.situation, scene=replace(scene, first=int(argument))), ()
        case "package":
            chosen = next((p for p in scene.packages if p.id == argument), None)
            if chosen is None:
                return at.situation, ()
            return enter(at, _deal(at, scene.card, scene.client, chosen)), ()
        case "back":
            return open_card(at, scene.card.id), ()
        case _:
            return at.situation, ()


def _deal(
    at: Step, card: Card, client: Client, package: Package, *, changed: bool = False
) -> PackageDeal:
    """The question about a package, with the visit that this very balance pays."""
    visit = at.ask(OpenVisit(card.id))
    own = visit if visit is not None and visit.personal else None
    return PackageDeal(card, client, package, changed, own)


def _touched_deal(at: Step, scene: PackageDeal, name: str) -> Result:
    match name:
        case "yes" if scene.missing is None and not why_not(at.situation, "buy_minutes"):
            return _buy(at, scene)
        case "top_up":
            return paying.begin(at, Purpose("top_up", scene.card.id, then=scene), scene)
        case "no" | "back":
            return _all(at, scene)
        case _:
            return at.situation, ()


def _all(at: Step, scene: PackageDeal) -> Result:
    """Back to the packages of this kind, on the page where this one stands."""
    after, effects = begin(at, scene.card.id)
    shown = after.scene
    if not isinstance(shown, PackageChoice):
        return open_card(at, scene.card.id), effects
    kind: Kind = "internet" if scene.package.kind == "internet" else "game"
    if kind in shown.kinds:
        shown = replace(shown, kind=kind)
    ids = [p.id for p in shown.offered]
    place = ids.index(scene.package.id) if scene.package.id in ids else 0
    return replace(after, scene=replace(shown, first=place - place % PAGE)), effects


def _buy(at: Step, scene: PackageDeal, digits: str = "") -> Result:
    situation, package = at.situation, scene.package
    command = SellPackage(
        client=scene.client.id,
        package=package.id,
        tender="wallet",
        card=scene.card.id,
        price=package.price,
        pin=digits,
    )
    key = f"minutes:{situation.house.start}/{situation.session}/{situation.page}"
    entry = at.do(command, key, "guest")
    if isinstance(entry, Refused):
        return _refused(at, scene, entry)
    _, client = holder(at, scene.card.id)
    held = client.minutes_game if package.kind == "game" else client.minutes_net
    return conclude(
        at,
        f"minutes_{package.kind}",
        scene.card.id,
        jobs_due(entry),
        args={
            "minutes": str(package.minutes),
            "held": str(held),
            "price": package.price,
            "balance": client.wallet,
        },
    )


def _refused(at: Step, scene: PackageDeal, refused: Refused) -> Result:
    asked = pin.ask(at, scene.card, scene, refused)
    if asked is not None:
        return asked
    if refused.key in ("err.package_changed", "err.no_such_package", "err.wallet_short"):
        after, effects = _fresh(at, scene)
        # Whatever it is that changed, no touch of the old page may still count.
        return enter(at, after.scene), effects
    back = home(at, scene.card.id)
    return enter(at, Problem(refused.key, "nothing", told(at, refused), back)), ()


def told(at: Step, refused: Refused) -> dict[str, str | Money]:
    """What fills a refusal's sentence: the limit of a sum as money, as people read it."""
    args: dict[str, str | Money] = dict(refused.args_by_name)
    if refused.key == "err.limited":
        args["limit"] = Money.parse(str(args["limit"]), at.situation.venue.currency)
    return args


def _fresh(at: Step, scene: PackageChoice | PackageDeal) -> Result:
    """The packages and the balance as they are now; another price is another page."""
    card, client = holder(at, scene.card.id)
    if card.state != "active":
        return open_card(at, card.id), ()
    packages = at.ask(Packages())
    if isinstance(scene, PackageChoice):
        same = replace(scene, card=card, client=client, packages=packages)
        if not same.offered:
            return begin(at, card.id) if packages else (open_card(at, card.id), ())
        if same.first >= len(same.offered):
            same = replace(same, first=0)
        return replace(at.situation, scene=same), ()
    found = next((p for p in packages if p.id == scene.package.id), None)
    if found is None:
        return _all(at, scene)
    if found != scene.package:
        return enter(at, _deal(at, card, client, found, changed=True)), ()
    same_deal = _deal(at, card, client, found, changed=scene.changed)
    return replace(at.situation, scene=same_deal), ()


def _proved(at: Step, scene: PackageDeal, digits: str) -> Result:
    return _buy(at, scene, digits)


JOURNEY = Journey((PackageChoice, PackageDeal), _touched, fresh=_fresh, proved=_proved)
