"""How a site runs its programs, in the user's TOML file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from crystalmathd.errors import SettingInvalidError


@dataclass(frozen=True, kw_only=True, slots=True)
class Profile:
    """How a site runs one program: what the code's own default cannot know.

    `launcher` may hold {ranks} and {threads}.
    """

    executable: str | None = None
    launcher: tuple[str, ...] | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    origin: str = ""


def profiles_in(
    table: Mapping[str, Any], origin: str
) -> dict[tuple[str, str, str], Profile]:
    """Read `[profile.<cluster>.<code>."<program>"]`; the program may be "*"."""
    found = {}
    try:
        for cluster, codes in table.items():
            for code, programs in codes.items():
                for program, values in programs.items():
                    launcher = values.pop("launcher", None)
                    found[cluster, code, program] = Profile(
                        launcher=None if launcher is None else tuple(launcher),
                        origin=f"profile {cluster}.{code}.{program} in {origin}",
                        **values,
                    )
    except (AttributeError, TypeError) as error:
        raise SettingInvalidError(
            name="profile", value=str(table), origin=origin, reason=error
        ) from error
    return found
