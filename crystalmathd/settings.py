"""The daemon's own settings, fixed at start, each with where it comes from.

Command line > environment > `.env` in the working directory > the user's TOML file >
default.
"""

import math
import os
import re
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


OPTIMADE_PROVIDERS: Final[Mapping[str, str]] = {
    "mp": "https://optimade.materialsproject.org",
    "cod": "https://www.crystallography.net/cod/optimade",
    "oqmd": "https://oqmd.org/optimade",
    "aflow": "https://aflow.org/API/optimade",
    "alexandria": "https://alexandria.icams.rub.de/pbe",
    "mc3d": "https://optimade.materialscloud.org/main/mc3d-pbe-v1",
    "mc2d": "https://optimade.materialscloud.org/main/mc2d",
    "odbx": "https://optimade.odbx.science",
    "jarvis": "https://jarvis.nist.gov/optimade/jarvisdft",
}
"""Base URLs without the version, as the providers' own index databases name them."""
_PROVIDER: Final = re.compile(r"[a-z0-9][a-z0-9_.-]*")
_URL: Final = re.compile(r"https?://[^\s/@]+(?:/\S*)?")


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
    mp_api_endpoint: str
    mpcontribs_api_host: str
    optimade_providers: Mapping[str, str]
    """Name → base URL."""
    optimade_mp_base_url: str | None
    """Stands in place of the provider `mp`."""
    materials_structure_days: float
    materials_search_days: float
    materials_property_days: float
    materials_empty_hours: float
    materials_timeout_s: float
    """Of one request; `materials_deadline_s` of all that one source is asked."""
    materials_deadline_s: float
    materials_retries: int
    materials_retry_budget_s: float
    materials_failures: int
    """In a row; a source that failed so often is left alone for a while."""
    materials_pause_s: float
    materials_workers: int
    materials_idle_s: float
    config: Path
    environment: Mapping[str, tuple[str, str]]
    """Variables for the codes: name → (value, origin)."""
    profiles: Mapping[tuple[str, str, str], Profile]
    """(cluster, code, program) → profile; program "*" stands for all."""
    origins: Mapping[str, str]
    secrets: Mapping[str, str]
    """Name of a secret that was found → where; never its value."""

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
        **_materials(layers),
        config=config,
        environment=layers.variables(),
        profiles=_profiles(layers.table.get("profile", {}), str(config)),
        origins=layers.origins,
        secrets={n: found[0][1] for n in SECRETS if (found := layers.secret(n))},
    )
    layers.refuse_unknown()
    return settings


def find_secret(name: str, environ: Mapping[str, str], config: Path) -> str | None:
    """Return a secret from the environment, `.env` or the user's TOML file.

    It is no part of the settings, which are shown.
    """
    found = _Layers({}, environ, config).secret(name)
    return found[0][0] if found else None


def _materials(layers: "_Layers") -> dict[str, Any]:
    """Return the settings of the materials search; names as users know them."""
    return {
        "mp_api_endpoint": layers.take(
            "mp_api_endpoint",
            _url,
            "https://api.materialsproject.org",
            variable="MP_API_ENDPOINT",
        ),
        "mpcontribs_api_host": layers.take(
            "mpcontribs_api_host",
            str,
            "contribs-api.materialsproject.org",
            variable="MPCONTRIBS_API_HOST",
        ),
        "optimade_providers": layers.take(
            "optimade_providers", _providers, OPTIMADE_PROVIDERS
        ),
        "optimade_mp_base_url": layers.take(
            "optimade_mp_base_url", _url, None, variable="OPTIMADE_MP_BASE_URL"
        ),
        "materials_structure_days": layers.take(
            "materials_structure_days",
            _above_zero,
            30.0,
            variable="MATERIALS_CACHE_TTL_DAYS",
        ),
        "materials_search_days": layers.take("materials_search_days", _above_zero, 7.0),
        "materials_property_days": layers.take(
            "materials_property_days", _above_zero, 7.0
        ),
        "materials_empty_hours": layers.take("materials_empty_hours", _above_zero, 1.0),
        "materials_timeout_s": layers.take(
            "materials_timeout_s",
            _seconds,
            30.0,
            variable="MATERIALS_REQUEST_TIMEOUT",
        ),
        "materials_deadline_s": layers.take("materials_deadline_s", _seconds, 120.0),
        "materials_retries": layers.take(
            "materials_retries", _whole, 3, variable="MATERIALS_MAX_RETRIES"
        ),
        "materials_retry_budget_s": layers.take(
            "materials_retry_budget_s", _seconds, 60.0
        ),
        "materials_failures": layers.take("materials_failures", _positive, 3),
        "materials_pause_s": layers.take("materials_pause_s", _seconds, 60.0),
        "materials_workers": layers.take("materials_workers", _positive, 2),
        "materials_idle_s": layers.take("materials_idle_s", _seconds, 60.0),
    }


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


def _whole(value: str | int) -> int:
    number = int(value)
    if number < 0:
        raise ValueError("it must not be negative")
    return number


def _above_zero(value: str | float) -> float:
    number = float(value)
    if not 0 < number < math.inf:
        raise ValueError("it must be above 0")
    return number


def _url(value: str) -> str:
    if not _URL.fullmatch(value):
        raise ValueError("it must be a URL: http:// or https://, without a user")
    return value


def _providers(value: str | Mapping[str, str]) -> dict[str, str]:
    """Read a table, or `name=url,name=url`."""
    if isinstance(value, str):
        pairs = [part.partition("=")[::2] for part in value.split(",") if part.strip()]
        value = {name.strip(): url.strip() for name, url in pairs}
    for name in value:
        if not _PROVIDER.fullmatch(name):
            raise ValueError(f"{name!r} is no name of a provider")
    return {name: _url(url) for name, url in value.items()}


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
