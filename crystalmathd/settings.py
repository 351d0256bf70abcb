"""The daemon's own settings, fixed at start, each with where it comes from.

Command line > environment > `.env` in the working directory > the user's TOML file >
default.
"""

import os
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from dotenv import dotenv_values

from crystalmathd.errors import SettingInvalidError, SettingUnknownError

SECRETS: Final = ("MP_API_KEY", "MPCONTRIBS_API_KEY", "ANTHROPIC_API_KEY")
"""Shown as set or not set, never with their value."""

VERBOSITIES: Final = ("silent", "normal", "verbose")
LONGEST_S: Final = 3600.0
JOB_UNITS: Final = ("auto", "always", "never")
"""Whether jobs start as transient units; auto: if the daemon is a unit itself."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Profile:
    """How a site runs one program: what the code's own default cannot know.

    `launcher` may hold {ranks} and {threads}.
    """

    executable: str | None = None
    launcher: tuple[str, ...] | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    origin: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """Every setting; `origins` says where each value was taken from."""

    database: Path
    scratch_base: Path
    cores: int
    grace_s: int
    poll_interval_s: int
    submission_grace_s: int
    absence_spacing_s: int
    ssh_login_spacing_s: float
    ssh_connect_s: float
    ssh_login_s: float
    ssh_keepalive_s: float
    ssh_probe_s: float
    keep_scratch: bool
    events_kept: int
    events_kept_days: int
    backups_kept: int
    allow_network_store: bool
    job_units: str
    verbosity: str
    config: Path
    environment: Mapping[str, tuple[str, str]]
    """Variables for the codes: name → (value, origin)."""
    profiles: Mapping[tuple[str, str, str], Profile]
    """(cluster, code, program) → profile; program "*" stands for all."""
    origins: Mapping[str, str]

    def profile(self, cluster: str, code: str, program: str) -> Profile:
        """Return the profile of a program, or that of all programs of its code."""
        found = self.profiles.get((cluster, code, program))
        return found or self.profiles.get((cluster, code, "*")) or Profile()


def load_settings(
    options: Mapping[str, str | None], environ: Mapping[str, str]
) -> Settings:
    """Collect the settings.

    Raises
    ------
    SettingInvalidError
        If a value cannot be used; the message names it and its origin.
    """
    home = Path(environ.get("HOME") or Path.home())
    config_home = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    data_home = Path(environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    config = Path(options.get("config") or config_home / "crystalmath/config.toml")
    layers = _Layers(options, environ, config)
    settings = Settings(
        database=layers.take(
            "database",
            _path,
            data_home / "crystalmath" / "crystalmath.db",
            variable="CRYSTAL_TUI_DB",
        ),
        scratch_base=layers.take(
            "scratch_base", _path, home / "tmp_crystal", variable="CRY_SCRATCH_BASE"
        ),
        cores=layers.take("cores", _positive, len(os.sched_getaffinity(0))),
        grace_s=layers.take("grace_s", _positive, 10),
        poll_interval_s=layers.take("poll_interval_s", _positive, 30),
        submission_grace_s=layers.take("submission_grace_s", _positive, 120),
        absence_spacing_s=layers.take("absence_spacing_s", _positive, 10),
        ssh_login_spacing_s=layers.take("ssh_login_spacing_s", _seconds, 15.0),
        ssh_connect_s=layers.take("ssh_connect_s", _seconds, 20.0),
        ssh_login_s=layers.take("ssh_login_s", _seconds, 60.0),
        ssh_keepalive_s=layers.take("ssh_keepalive_s", _seconds, 12.0),
        ssh_probe_s=layers.take("ssh_probe_s", _seconds, 60.0),
        keep_scratch=layers.take("keep_scratch", _truth, default=False),
        events_kept=layers.take("events_kept", _positive, 100_000),
        events_kept_days=layers.take("events_kept_days", _positive, 30),
        backups_kept=layers.take("backups_kept", _positive, 7),
        allow_network_store=layers.take("allow_network_store", _truth, default=False),
        job_units=layers.take("job_units", _one_of(JOB_UNITS), "auto"),
        verbosity=layers.take("verbosity", _one_of(VERBOSITIES), "normal"),
        config=config,
        environment=layers.variables(),
        profiles=_profiles(layers.table.get("profile", {}), str(config)),
        origins=layers.origins,
    )
    layers.refuse_unknown()
    return settings


class _Layers:
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


def _profiles(
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


def _path(value: str) -> Path:
    return Path(value).expanduser().absolute()


def _positive(value: str | int) -> int:
    number = int(value)
    if number < 1:
        raise ValueError("it must be at least 1")
    return number


def _seconds(value: str | float) -> float:
    number = float(value)
    if not 0 < number <= LONGEST_S:
        raise ValueError(f"it must be above 0 and at most {LONGEST_S:g} seconds")
    return number


def _truth(value: str | bool) -> bool:  # noqa: FBT001
    words = {"1": True, "true": True, "yes": True, "0": False, "false": False}
    words["no"] = False
    if str(value).lower() not in words:
        raise ValueError("it must be true or false")
    return words[str(value).lower()]


def _one_of(words: Sequence[str]) -> Callable[[str], str]:
    def convert(value: str) -> str:
        if value not in words:
            raise ValueError(f"it must be one of {', '.join(words)}")
        return value

    return convert
