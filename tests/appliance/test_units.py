"""The units of the image, asked of the image's own systemd, and seen at work in a container."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.appliance.container import Container
from tests.appliance.data import SIMULATED, prepared
from tests.appliance.frames import NEAR, difference
from tests.appliance.test_container import asked, welcome
from tests.test_install import EXPOSURE, INSTANCES, SERVICES, UNITS

pytestmark = [pytest.mark.appliance, pytest.mark.timeout(600)]

NOT_OURS = ("systemd-journald@.service", "Failed to attach", "compat systemd cgroup")
"""What systemd says of its own units in a container."""


@pytest.fixture(scope="module")
def container(amd64: Path, kept: Path) -> Iterator[Container]:
    data, of_people = prepared(kept / "disk", SIMULATED, amd64 / "tree")
    made = Container(kept, amd64 / "tree", data, of_people)
    try:
        yield made.start()
    finally:
        made.end()


@pytest.fixture
def serving(container: Container) -> Container:
    """The machine, with a kiosk that serves."""
    container.until(lambda: container.active("kiosk.service"), "READY")
    welcome(container)
    return container


@pytest.mark.parametrize("unit", UNITS)
def test_the_images_systemd_has_nothing_to_say_about_a_unit(
    container: Container, unit: str
) -> None:
    # A container's mounts are none of units, as those of the image are (/etc/fstab).
    for name in ("data", "secrets"):
        text = rf"[Mount]\nWhat=/dev/foyer/{name}\nWhere=/{name}\n"
        container.run(f"mkdir -p /run/mounts; printf '{text}' >/run/mounts/{name}.mount")
    where = "SYSTEMD_UNIT_PATH=/run/mounts:"
    code, told = container.say(
        f"{where} systemd-analyze verify --man=no {INSTANCES.get(unit, unit)}"
    )
    lines = [line for line in told.splitlines() if not any(own in line for own in NOT_OURS)]
    assert lines == [], "\n".join(lines)
    assert code == 0


def test_a_mistake_would_be_heard_by_it(container: Container) -> None:
    container.run("sed s/WatchdogSec=30/WatchdogSecs=30/ /etc/systemd/system/kiosk.service >/run/k")
    told = container.say(
        "mkdir -p /run/x && mv /run/k /run/x/kiosk.service && "
        "systemd-analyze verify /run/x/kiosk.service"
    )[1]
    assert "WatchdogSecs" in told


@pytest.mark.parametrize("unit", [*SERVICES, "seatd.service"])
def test_the_images_systemd_counts_as_little_exposure(container: Container, unit: str) -> None:
    told = container.say(f"systemd-analyze security --no-pager {INSTANCES.get(unit, unit)}")[1]
    found = re.search(r"Overall exposure level for \S+ ([\d.]+)", told)
    assert found, told
    print(f"{unit}: exposure {found[1]} of 10")
    most = {"seatd.service": 4.0, **EXPOSURE}
    assert float(found[1]) <= most.get(unit, 2.0)


def test_the_screen_and_the_kiosk_run_as_users_without_rights(serving: Container) -> None:
    for unit, user in (("kiosk", "kiosk"), ("kiosk-display", "foyer-display")):
        pid = serving.shown(f"{unit}.service", "MainPID")
        status = serving.run(f"cat /proc/{pid}/status; id -u {user}").splitlines()
        facts = dict(line.split(":", 1) for line in status if ":" in line)
        assert set(facts["Uid"].split()) == {status[-1]}
        assert int(facts["CapEff"], 16) == int(facts["CapBnd"], 16) == 0
        assert facts["NoNewPrivs"].strip() == "1"


@pytest.mark.parametrize(
    ("unit", "what", "result"),
    [
        ("kiosk-display.service", "systemctl kill --signal=KILL kiosk-display", "signal"),
        ("kiosk-display.service", "kill -STOP $(pgrep -x cage)", "watchdog"),
    ],
)
def test_a_screen_that_ends_or_hangs_comes_back_with_the_kiosk_on_it(
    serving: Container, unit: str, what: str, result: str
) -> None:
    before, pictures = serving.shown(unit, "NRestarts"), serving.picture()
    starts = serving.shown("kiosk.service", "NRestarts")
    serving.run(what)
    serving.until(lambda: serving.shown(unit, "NRestarts") != before, "another screen")
    told = serving.run(f"journalctl --no-pager -u {unit}")
    assert f"Failed with result '{result}'" in told
    serving.until(lambda: serving.shown("kiosk.service", "NRestarts") != starts, "another kiosk")
    serving.until(lambda: serving.active("kiosk.service"), "READY")
    welcome(serving)
    serving.until(lambda: difference(serving.picture(), pictures) < NEAR, "the welcome screen")
    # A failure on the way to the next try leads to no out-of-service picture.
    assert "kiosk-failed" not in serving.run("journalctl --no-pager -u kiosk-failed")


def test_a_clock_that_nobody_may_set_is_told_so(serving: Container) -> None:
    """A container may not: that the answer comes back through all the units is what is seen."""
    told = asked(serving, "set-time", at="2026-12-24T06:30:00Z")
    assert told["ok"] is False
    assert told["problem"] == "failed"


def test_a_network_that_is_not_there_leaves_things_as_they_were(serving: Container) -> None:
    empty = dict.fromkeys(("address", "gateway", "name_server", "network", "password"), "")
    told = asked(serving, "set-network", link="cable", **empty)
    assert told["problem"] == "failed"
    assert not serving.run("ls /etc/NetworkManager/system-connections").strip()


def test_a_cable_is_given_an_address(serving: Container) -> None:
    serving.run("ip link add foyer0 type veth peer name foyer1 && ip link set foyer1 up")
    serving.until(
        lambda: "foyer0" in serving.run("nmcli --get-values DEVICE device"), "NetworkManager"
    )
    serving.run("nmcli device set foyer0 managed yes")
    told = asked(
        serving,
        "set-network",
        link="cable",
        address="10.98.0.2/24",
        gateway="10.98.0.1",
        name_server="10.98.0.1",
        network="",
        password="",
    )
    assert told["ok"], serving.run("journalctl --no-pager -u kiosk-helper -u NetworkManager")
    assert "10.98.0.2/24" in serving.run("ip -brief address")
    # It stands on data, and its folder is root's: a password may be in it.
    listed = serving.run("stat -c '%a %U %n' /data/network/*")
    assert listed.strip() == "600 root /data/network/foyer-cable.nmconnection"
