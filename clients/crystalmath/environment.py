"""The values of the client's environment that travel with a submission."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from crystalmath.place import home_directory
from crystalmath_protocol.submissions import EnvironmentValue

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
    "VASP_PP_PATH",
    "PMG_VASP_PSP_DIR",
)
"""Where programs and scratch are. Never a secret: a name with KEY or TOKEN is not for
this table, nor for the plan that these values are stored in."""
_OF_PATHS: Final = ("_ROOT", "DIR", "_BASE", "_PSEUDO", "_PATH")
"""How the names end whose values are paths."""
ENVIRONMENT_ORIGIN: Final = "environment of the client"


def environment_values(
    directory: Path | None = None, environ: Mapping[str, str] | None = None
) -> tuple[EnvironmentValue, ...]:
    """Return the allowed values: the environment's, else the project file's.

    A relative path is made absolute, for the daemon is somewhere else: below the
    directory, or below that of the project file if it stands there.
    """
    environ = os.environ if environ is None else environ
    directory = Path.cwd() if directory is None else directory
    project = project_file(directory, environ)
    in_file = _read(project) if project else {}
    found = []
    for name in ALLOWED:
        value, origin, base = environ.get(name), ENVIRONMENT_ORIGIN, directory
        if not value and project:
            value, origin, base = in_file.get(name), str(project), project.parent
        if value:
            plain = _plain(value, base) if name.endswith(_OF_PATHS) else value
            found.append(EnvironmentValue(name=name, value=plain, origin=origin))
    return tuple(found)


def project_file(directory: Path, environ: Mapping[str, str]) -> Path | None:
    """Return the nearest `.env`, looking upwards as far as the home directory.

    Outside the home only the directory itself counts, and never a file of
    another user: it would say which program runs.
    """
    home = Path(environ.get("HOME") or home_directory()).resolve()
    here = directory.resolve()
    above = [here, *here.parents]
    places = above[: above.index(home) + 1] if home in above else [here]
    for place in places:
        candidate = place / ".env"
        if candidate.is_file() and candidate.stat().st_uid == os.geteuid():
            return candidate
    return None


def _plain(value: str, base: Path) -> str:
    try:
        return str(base / Path(value).expanduser())
    except RuntimeError:  # the home of a user who does not exist
        return value


def _read(path: Path) -> dict[str, str | None]:
    from dotenv import dotenv_values  # noqa: PLC0415 - only where there is a file

    return dotenv_values(path)
