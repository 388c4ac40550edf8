"""A skip is one line that says why; with CI=true it is a failure."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SKIPPED_TEST = "import pytest\n\ndef test_it():\n    pytest.skip('no root here')\n"
SKIPPED_FILE = "import pytest\n\npytest.skip('no display here', allow_module_level=True)\n"
EXPECTED_FAILURE = (
    "import pytest\n\n@pytest.mark.xfail(reason='known')\ndef test_it():\n    assert 0\n"
)


def run(tmp_path: Path, source: str, ci: str) -> tuple[int, str]:
    shutil.copy(Path(__file__).with_name("conftest.py"), tmp_path)
    tmp_path.joinpath("pytest.ini").write_text("[pytest]\naddopts = -ra\n")
    tmp_path.joinpath("test_one.py").write_text(source)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "test_one.py"],
        cwd=tmp_path,
        env=os.environ | {"CI": ci, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize(
    ("source", "reason"),
    [(SKIPPED_TEST, "no root here"), (SKIPPED_FILE, "no display here")],
)
def test_a_skip_fails_in_ci_and_says_why_elsewhere(
    tmp_path: Path, source: str, reason: str
) -> None:
    code, output = run(tmp_path, source, ci="true")
    assert code != 0
    assert f"was not run, and with CI=true nothing may be: Skipped: {reason}" in output

    code, output = run(tmp_path, source, ci="")
    assert code in (0, pytest.ExitCode.NO_TESTS_COLLECTED)
    assert re.search(rf"^SKIPPED \[1\] test_one.py:\d+: {reason}$", output, re.MULTILINE)


def test_an_expected_failure_stays_one(tmp_path: Path) -> None:
    assert run(tmp_path, EXPECTED_FAILURE, ci="true")[0] == 0
