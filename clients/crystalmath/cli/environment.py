"""The values of the client's environment that travel with a submission."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from crystalmath_protocol.jobs import EnvironmentValue

ALLOWED: Final = (
    "CRY23_ROOT",
    "CRY_VERSION",
    "CRY_ARCH",
    "CRY_BIN_DIR",
    "CRY23_EXEDIR",
    "CRY_SCRATCH_BASE",
    "ESPRESSO_ROOT",
    "ESPRESSO_BIN_DIR",
    "ESPRESSO_PSEUDO",
    "VASP_ROOT",
)
"""Where programs and scratch are. Never a secret: a name with KEY or TOKEN is not for
this table, nor for the plan that these values are stored in."""
ENVIRONMENT_ORIGIN: Final = "environment of the client"


def environment_values(
    directory: Path | None = None, environ: Mapping[str, str] | None = None
) -> tuple[EnvironmentValue, ...]:
    """Return the allowed values: the environment's, else the project file's."""
    environ = os.environ if environ is None else environ
    directory = Path.cwd() if directory is None else directory
    project = project_file(directory, environ)
    in_file = _read(project) if project else {}
    found = []
    for name in ALLOWED:
        value, origin = environ.get(name), ENVIRONMENT_ORIGIN
        if not value:
            value, origin = in_file.get(name), str(project)
        if value:
            plain = str(Path(value).expanduser()) if value.startswith("~") else value
            found.append(EnvironmentValue(name=name, value=plain, origin=origin))
    return tuple(found)


def project_file(directory: Path, environ: Mapping[str, str]) -> Path | None:
    """Return the nearest `.env`, looking upwards as far as the home directory.

    Outside the home only the directory itself counts, and never a file of
    another user: it would say which program runs.
    """
    home = Path(environ.get("HOME") or Path.home()).resolve()
    here = directory.resolve()
    above = [here, *here.parents]
    places = above[: above.index(home) + 1] if home in above else [here]
    for place in places:
        candidate = place / ".env"
        if candidate.is_file() and candidate.stat().st_uid == os.geteuid():
            return candidate
    return None


def _read(path: Path) -> dict[str, str | None]:
    from dotenv import dotenv_values  # noqa: PLC0415 - only where there is a file

    return dotenv_values(path)
