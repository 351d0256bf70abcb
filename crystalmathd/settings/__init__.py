"""The daemon's own settings, fixed at start, each with where it comes from.

Command line > environment > `.env` in the working directory > the user's TOML file >
default.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from crystalmathd.settings.layers import SECRETS, Layers
from crystalmathd.settings.materials import material_settings
from crystalmathd.settings.profiles import Profile, profiles_in
from crystalmathd.settings.values import one_of, path, positive, seconds, truth

VERBOSITIES: Final = ("silent", "normal", "verbose")
JOB_UNITS: Final = ("auto", "always", "never")
"""Whether jobs start as transient units; auto: if the daemon is a unit itself."""


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
    layers = Layers(options, environ, config)
    settings = Settings(
        database=layers.take(
            "database",
            path,
            data_home / "crystalmath" / "crystalmath.db",
            variable="CRYSTAL_TUI_DB",
        ),
        scratch_base=layers.take(
            "scratch_base", path, home / "tmp_crystal", variable="CRY_SCRATCH_BASE"
        ),
        cores=layers.take("cores", positive, len(os.sched_getaffinity(0))),
        grace_s=layers.take("grace_s", positive, 10),
        poll_interval_s=layers.take("poll_interval_s", positive, 30),
        submission_grace_s=layers.take("submission_grace_s", positive, 120),
        absence_spacing_s=layers.take("absence_spacing_s", positive, 10),
        ssh_login_spacing_s=layers.take("ssh_login_spacing_s", seconds, 15.0),
        ssh_connect_s=layers.take("ssh_connect_s", seconds, 20.0),
        ssh_login_s=layers.take("ssh_login_s", seconds, 60.0),
        ssh_keepalive_s=layers.take("ssh_keepalive_s", seconds, 12.0),
        ssh_probe_s=layers.take("ssh_probe_s", seconds, 60.0),
        keep_scratch=layers.take("keep_scratch", truth, default=False),
        events_kept=layers.take("events_kept", positive, 100_000),
        events_kept_days=layers.take("events_kept_days", positive, 30),
        backups_kept=layers.take("backups_kept", positive, 7),
        allow_network_store=layers.take("allow_network_store", truth, default=False),
        job_units=layers.take("job_units", one_of(JOB_UNITS), "auto"),
        verbosity=layers.take("verbosity", one_of(VERBOSITIES), "normal"),
        **material_settings(layers),
        config=config,
        environment=layers.variables(),
        profiles=profiles_in(layers.table.get("profile", {}), str(config)),
        origins=layers.origins,
        secrets={n: found[0][1] for n in SECRETS if (found := layers.secret(n))},
    )
    layers.refuse_unknown()
    return settings
