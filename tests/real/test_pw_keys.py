"""What the table of pw.x says of bad values, the real pw.x does with them.

It stops where it looks for the pseudopotential, behind all that it checks of an input.
"""

import os
import subprocess
from pathlib import Path

import pytest

from tests.key_values import Row, pw_input, rows

pytestmark = pytest.mark.espresso

KNOWN = [row for row in rows("pw_keys.tsv") if row["pw.x"] != "unknown"]
EACH = 1 if os.environ.get("CRYSTALMATH_TEST_ALL_KEYS") else 25
SAMPLE = KNOWN[::EACH]


def is_read(text: str, directory: Path) -> bool:
    (directory / "pw.in").write_text(text)
    done = subprocess.run(
        ["pw.x", "-in", "pw.in"],
        cwd=directory,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Error in routine" in done.stdout
    return "readpp" in done.stdout


@pytest.mark.parametrize("row", SAMPLE, ids=[row["key"] for row in SAMPLE])
def test_pw_x_does_with_both_values_what_is_said(row: Row, tmp_path: Path) -> None:
    assert is_read(pw_input(row, row["good"]), tmp_path)
    is_bad_read = is_read(pw_input(row, row["bad"]), tmp_path)
    assert is_bad_read == (row["pw.x"] == "read")
