"""image/bundle.sh: what it makes is taken with its own certificate, and nothing else is."""

from __future__ import annotations

import os
import random
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ARCH = "amd64"

pytestmark = pytest.mark.appliance


def run(*words: str | Path, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        list(map(str, words)),
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **environ},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `image/build` leaves, very small, and two owners' keys."""
    out = tmp_path_factory.mktemp("built")
    release = out / "tree/usr/lib/os-release"
    release.parent.mkdir(parents=True)
    release.write_text('ID=debian\nIMAGE_ID=foyer\nIMAGE_VERSION="1.2.0-202611231820"\n')
    made = run("mksquashfs", out / "tree", out / "root.verity", "-quiet", "-no-progress")
    assert made.returncode == 0, made.stderr
    (out / "boot.vfat").write_bytes(random.Random(1).randbytes(1 << 20))
    for owner in ("ours", "foreign"):
        told = run("image/rauc/keys.sh", out / owner)
        assert told.returncode == 0 and "NEW KEYS" in told.stderr, told.stderr
    return out


@pytest.fixture(scope="module")
def bundle(built: Path) -> Path:
    made = run("image/bundle.sh", ARCH, OUT=str(built), KEYS=str(built / "ours"))
    assert made.returncode == 0, made.stderr
    return built / "foyer-1.2.0-202611231820.raucb"


def taken(bundle: Path, owner: Path) -> subprocess.CompletedProcess[str]:
    """Whether RAUC takes a bundle with an owner's certificate, by the rules of the image."""
    conf = bundle.parent / f"{owner.name}.conf"
    text = (ROOT / "image/rauc/system.conf").read_text().replace("@ARCH@", ARCH)
    text = text.replace("/etc/rauc/keyring.pem", str(owner / "ca.pem"))
    text = text.replace("/data/system/rauc.status", str(bundle.parent / "status"))
    # What only the RAUC of the image knows.
    newer = ("boot-attempts", "min-bundle-version")
    conf.write_text("".join(x for x in text.splitlines(True) if not x.startswith(newer)))
    return run("rauc", f"--conf={conf}", "info", "--output-format=json", bundle)


def test_a_bundle_of_ours_is_taken_and_says_what_the_image_says(built: Path, bundle: Path) -> None:
    told = taken(bundle, built / "ours")
    assert told.returncode == 0, told.stderr
    assert '"compatible":"foyer-amd64"' in told.stdout
    assert "Verified detached signature" in told.stderr, "the plain format"
    assert '"version":"1.2.0-202611231820"' in told.stdout
    assert (built / "newest-amd64.txt").read_text() == (
        "version = 1.2.0-202611231820\nbundle = foyer-1.2.0-202611231820.raucb\n"
    )
    assert not list(built.glob("bundle-*")), "nothing is left beside"


def test_a_bundle_of_somebody_else_is_refused(built: Path, bundle: Path) -> None:
    told = taken(bundle, built / "foreign")
    assert told.returncode and "signature verification failed" in told.stderr


def test_a_bundle_without_a_signature_is_refused(built: Path, bundle: Path) -> None:
    """A bundle's last eight bytes say how long its signature is."""
    data = bundle.read_bytes()
    signature = int.from_bytes(data[-8:], "big")
    assert 0 < signature < 65_536
    plain = built / "plain.raucb"
    for cut in (data[: -8 - signature], data[: -8 - signature] + bytes(8)):
        plain.write_bytes(cut)
        assert taken(plain, built / "ours").returncode


def test_a_signature_over_other_contents_is_refused(built: Path, bundle: Path) -> None:
    data = bytearray(bundle.read_bytes())
    end = len(data) - 8 - int.from_bytes(data[-8:], "big")
    changed = built / "changed.raucb"
    # All before it is signed, each byte.
    data[end // 2] ^= 1
    changed.write_bytes(data)
    told = taken(changed, built / "ours")
    assert told.returncode and "erif" in told.stderr


def test_keys_are_made_once_and_only_the_certificate_is_for_everybody(built: Path) -> None:
    ours = built / "ours"
    before = {file.name: file.read_bytes() for file in ours.iterdir()}
    assert sorted(before) == ["ca.key", "ca.pem", "signing.key", "signing.pem"]
    again = run("image/rauc/keys.sh", ours)
    assert again.stdout.strip() == str(ours) and not again.stderr
    assert {file.name: file.read_bytes() for file in ours.iterdir()} == before
    for key in ours.glob("*.key"):
        assert key.stat().st_mode & 0o777 == 0o600
    (ours / "signing.pem").rename(built / "away.pem")
    lost = run("image/rauc/keys.sh", ours)
    assert lost.returncode == 1 and "signing.pem is missing" in lost.stderr
    (built / "away.pem").rename(ours / "signing.pem")


def test_without_an_image_there_is_no_bundle(tmp_path: Path) -> None:
    made = run("image/bundle.sh", ARCH, OUT=str(tmp_path))
    assert made.returncode == 1 and "make image" in made.stderr
