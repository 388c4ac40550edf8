"""G11: packages of minutes by kind, and the one that is about to be bought."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.core.guest.minutes import PAGE, PackageChoice, PackageDeal
from kiosk.core.money import Money
from kiosk.core.packages import Package
from kiosk.screens.present.words import Scenes, Words
from kiosk.screens.view import Button, DealView, Figure, Option, OptionsView, Pager, View

ICONS = {"game": "game", "internet": "internet"}


def choice(words: Words, scene: PackageChoice) -> View:
    """The packages of a kind, the cheapest minute marked."""
    say, texts = words.say, words.texts
    held = _held(scene)
    offered = scene.offered
    best = _best(offered)
    shown = offered[scene.first : scene.first + PAGE]
    return OptionsView(
        frame=words.frame(say("minutes.title"), words.masked(scene.card.number), words.leaving()),
        says=say(
            f"minutes.choose_{scene.kind}",
            amount=texts.money(scene.client.wallet),
            minutes=texts.count(held),
        ),
        options=tuple(_option(words, p, p == best) for p in shown),
        back=words.back(),
        tabs=tuple(
            Button(f"kind:{kind}", say(f"button.{kind}"), ICONS[kind]) for kind in scene.kinds
        )
        if len(scene.kinds) > 1
        else (),
        current=f"kind:{scene.kind}",
        pager=pager(words, scene.first, PAGE, len(offered)),
    )


def pager(words: Words, first: int, page: int, number: int) -> Pager | None:
    """Arrows for a list of so many, of which a page is shown from `first` on; None where all is."""
    if number <= page:
        return None
    place = words.say("minutes.page", from_=first + 1, to=min(first + page, number), all=number)
    earlier, later = max(first - page, 0), first + page
    return Pager(
        Button(f"from:{earlier}", words.say("button.earlier"), "chevron_left") if first else None,
        Button(f"from:{later}", words.say("button.later"), "chevron") if later < number else None,
        place,
    )


def _held(scene: PackageChoice) -> int:
    client = scene.client
    return client.minutes_game if scene.kind == "game" else client.minutes_net


def _best(offered: Sequence[Package]) -> Package | None:
    """Whose minute costs least; None where that says nothing, for one or for several."""
    if len(offered) < 2:
        return None
    first, second = sorted(offered, key=lambda p: p.price.minor / p.minutes)[:2]
    # The very same price a minute, in whole numbers.
    same = first.price.minor * second.minutes == second.price.minor * first.minutes
    return None if same else first


def _option(words: Words, package: Package, best: bool) -> Option:
    say, texts = words.say, words.texts
    minute = Money(_half_up(package.price.minor, package.minutes), package.price.currency)
    return Option(
        button=Button(f"package:{package.id}", "", ICONS[package.kind]),
        figure=Figure(texts.count(package.minutes), say("minutes.unit")),
        text=texts.money(package.price),
        note=say("minutes.a_minute", amount=texts.money(minute)),
        mark=say("minutes.best") if best else "",
        tone="internet" if package.kind == "internet" else "game",
    )


def _half_up(value: int, divisor: int) -> int:
    return (2 * value + divisor) // (2 * divisor)


def deal(words: Words, scene: PackageDeal) -> View:
    """What the package takes and gives, before and after; Yes books it, No nothing."""
    say, texts, package, client = words.say, words.texts, scene.package, scene.client
    kind, missing = package.kind, scene.missing
    held = client.minutes_game if kind == "game" else client.minutes_net
    sums = [(say("minutes.balance_now"), texts.money(client.wallet))]
    if missing is None:
        sums.append((say("minutes.balance_after"), texts.money(client.wallet - package.price)))
    sums.append((say(f"minutes.now_{kind}"), texts.count(held)))
    if missing is None:
        sums.append((say(f"minutes.after_{kind}"), texts.count(held + package.minutes)))
    if missing is None and scene.visit is not None and scene.visit.unpaid.minor:
        sums.insert(2, (say("minutes.visit"), texts.money(scene.visit.unpaid)))
    problem, why = "", words.why("buy_minutes")
    if scene.visit_lacks is not None:
        problem = say("minutes.visit_short", amount=texts.money(scene.visit_lacks))
    if scene.changed:
        problem = say("minutes.changed")
    if missing is not None:
        # Points are there, and would not help (C-03).
        key = "err.bonus_only_play" if client.bonus else "minutes.missing"
        problem = say(key, amount=texts.money(missing))
    text = say("button.yes_buy", amount=texts.whole(package.price))
    yes = Button("yes", text, "", "primary", enabled=not why, why=why)
    note = "" if words.situation.venue.conversion else say(f"minutes.stay_{kind}")
    return DealView(
        frame=words.frame(say("minutes.title"), words.masked(scene.card.number), words.leaving()),
        name=texts.plural(f"minutes.{kind}", package.minutes),
        figure=words.figure(package.price),
        sums=tuple(sums),
        note=note,
        yes=yes if missing is None else None,
        no=words.button("no", "", "quiet"),
        problem=problem,
        other=words.top_up_button() if missing is not None else None,
    )


SCENES: Scenes = {PackageChoice: choice, PackageDeal: deal}
