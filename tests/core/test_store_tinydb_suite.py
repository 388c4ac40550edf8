"""TinyDB's own tests, run against our store (issue 2, part 1: the store)."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SUITE = ROOT / "build" / "tinydb-tests"
MODULES = ("test_tinydb.py", "test_tables.py", "test_queries.py", "test_operations.py")
# Not run: test_storages, test_middlewares and test_utils test TinyDB's own storages and caches,
# nothing of which is under our store.


def test_tinydbs_own_tests_pass_on_our_store(tmp_path: Path) -> None:
    if not (SUITE / "state").exists():
        pytest.skip("TinyDB's own tests are not here; setup/tinydb_tests.sh fetches them")
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rfEX", "-p", "on_store", "-c", os.devnull]
        + ["--rootdir", str(SUITE), "-p", "no:cacheprovider", f"--basetemp={tmp_path / 'base'}"]
        + [f"tests/{module}" for module in MODULES],
        cwd=SUITE,
        env=os.environ
        | {"PYTHONPATH": f"{Path(__file__).parent / 'tinydb_suite'}{os.pathsep}{ROOT}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout[-8000:] + ran.stderr[-2000:]
    passed = re.search(r"(\d+) passed", ran.stdout)
    assert passed and int(passed[1]) > 150, ran.stdout[-500:]
