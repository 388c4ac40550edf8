"""How a kiosk is that runs as a process: by command, for a monitoring server, in a bundle."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.e2e.machine import Kiosk, free_port

pytestmark = [pytest.mark.e2e, pytest.mark.beside]


def test_a_running_kiosk_is_backed_up_monitored_and_diagnosed(
    kiosk_on: Callable[..., Kiosk], tmp_path: Path
) -> None:
    kiosk, port, copies = kiosk_on(), free_port(), tmp_path / "copies"
    copies.mkdir()
    with kiosk.config.open("a") as config:
        config.write(f"[api]\nenabled = true\nport = {port}\n[backup]\nto = '{copies}'\n")
    token = kiosk.command("token", "new", "bar", "monitor").splitlines()[1]
    kiosk.start().ready()
    assert "nightly backup: NONE YET" in kiosk.command("health")
    assert "proven" in kiosk.command("backup", "--nightly")
    assert kiosk.command("backup", "--nightly").strip() == "", "none is due any more"
    (made,) = copies.glob("*.db")
    assert made.name in kiosk.command("health")
    headers = {"Authorization": f"Bearer {token}"}
    url = f"http://127.0.0.1:{port}/metrics"
    text = httpx.get(url, headers=headers, trust_env=False, timeout=60).text
    told = {
        sample.name: sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert told["foyer_ready"] == told["foyer_backup_wanted"] == 1
    assert told["foyer_backup_age_seconds"] >= 0 and told["foyer_proof_problems"] == 0
    kiosk.command("diagnose", str(tmp_path / "made.zip"))
    with zipfile.ZipFile(tmp_path / "made.zip") as packed:
        whole = b"".join(packed.read(name) for name in packed.namelist())
    assert b"kiosk.api.door: the door for tills is open" in whole
    assert token.encode() not in whole
