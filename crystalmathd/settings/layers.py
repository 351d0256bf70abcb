"""The places that settings and secrets come from."""

import tomllib
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from dotenv import dotenv_values

from crystalmathd.errors import SettingInvalidError, SettingUnknownError

SECRETS: Final = ("MP_API_KEY", "MPCONTRIBS_API_KEY", "ANTHROPIC_API_KEY")
"""Shown as set or not set, never with their value."""


class Layers:
    """The places that a value may come from, in their order."""

    def __init__(
        self,
        options: Mapping[str, str | None],
        environ: Mapping[str, str],
        config: Path,
    ) -> None:
        self.options = options
        self.environ = environ
        self.file = Path.cwd() / ".env"
        found = dotenv_values(self.file) if self.file.is_file() else {}
        self.dotenv = {name: value for name, value in found.items() if value}
        self.table = _read_toml(config)
        self.config = config
        self.origins: dict[str, str] = {}

    def refuse_unknown(self) -> None:
        """See that the file names no setting that was not asked for by now."""
        for name in self.table:
            if name not in {*self.origins, "environment", "profile"}:
                near = get_close_matches(name, self.origins, n=1)
                hint = f" Did you mean {near[0]}?" if near else ""
                raise SettingUnknownError(name=name, origin=self.config, hint=hint)

    def take(
        self,
        name: str,
        convert: Callable[[Any], Any],
        default: Any,  # noqa: ANN401  # the type that `convert` returns
        variable: str | None = None,
    ) -> Any:  # noqa: ANN401
        variable = variable or f"CRYSTALMATH_{name.upper()}"
        places: tuple[tuple[Any, str], ...] = (
            (self.options.get(name), f"--{name.replace('_', '-')}"),
            (self.environ.get(variable), f"environment: {variable}"),
            (self.dotenv.get(variable), f"{self.file}: {variable}"),
            (self.table.get(name), str(self.config)),
        )
        for value, origin in places:
            if value is None or value == "":
                continue
            self.origins[name] = origin
            try:
                return convert(value)
            except (ValueError, TypeError) as error:
                raise SettingInvalidError(
                    name=name, value=str(value), origin=origin, reason=error
                ) from error
        self.origins[name] = "default"
        return default

    def secret(self, name: str) -> list[tuple[str, str]]:
        """Return (value, origin) wherever a secret stands, what counts first."""
        places = (
            (self.environ.get(name), f"environment: {name}"),
            (self.dotenv.get(name), f"{self.file}: {name}"),
            (self.table.get("environment", {}).get(name), str(self.config)),
        )
        return [(str(value), origin) for value, origin in places if value]

    def variables(self) -> dict[str, tuple[str, str]]:
        """Return every variable that is not a secret, for the codes to pick from."""
        table = self.table.get("environment", {})
        merged = {n: (str(v), str(self.config)) for n, v in table.items()}
        merged |= {n: (v, str(self.file)) for n, v in self.dotenv.items()}
        merged |= {n: (v, "environment of the daemon") for n, v in self.environ.items()}
        return {n: v for n, v in merged.items() if n not in SECRETS}


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise SettingInvalidError(
            name="config", value=str(path), origin="file", reason=error
        ) from error


def find_secret(name: str, environ: Mapping[str, str], config: Path) -> str | None:
    """Return a secret from the environment, `.env` or the user's TOML file.

    It is no part of the settings, which are shown.
    """
    found = Layers({}, environ, config).secret(name)
    return found[0][0] if found else None
