"""The options that describe a cluster: of `clusters add` and `clusters set`."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, cast

import click

from crystalmath.cli.invocation import Function, parsed
from crystalmath.cli.quantities import parse_duration, parse_memory
from crystalmath.cli.resources import (
    COUNT,
    added,
    batch_asked,
    batch_options,
    site_word,
)
from crystalmath.cli.values import completing, whole
from crystalmath.cluster_calls import ClusterAsked
from crystalmath.submission import absolute
from crystalmath_protocol.clusters import ProfileAsked
from crystalmath_protocol.queues import QueueAsked

PORT: Final = parsed(whole(1, 65_535))
TRANSPORTS: Final = ("ssh", "local")
SCHEDULERS: Final = ("auto", "slurm", "direct")
LISTS: Final = {"modules", "setup"}
PROFILE_KEYS: Final = "modules, setup, launcher, executable or env.NAME"


def _parse_limit(text: str) -> int:
    """Return an amount of memory in MiB, which may be none at all."""
    return 0 if text.strip() == "0" else parse_memory(text)


def parse_pair(word: str) -> tuple[str, str]:
    """Read `NAME=VALUE`.

    Raises
    ------
    ValueError
        If there is no name, or no equals sign.
    """
    name, equals, value = word.partition("=")
    if not equals or not name.isidentifier():
        raise ValueError(f"{word!r} is not NAME=VALUE.")
    return name, value


def parse_profile(word: str) -> tuple[str, str, str, str]:
    """Read `CODE[/PROGRAM]:KEY=VALUE` as code, program, key and value.

    Raises
    ------
    ValueError
        If it is written otherwise.
    """
    place, equals, value = word.partition("=")
    owner, colon, key = place.partition(":")
    code, _, program = owner.partition("/")
    is_key = key in {*LISTS, "launcher", "executable"} or key.startswith("env.")
    if not (equals and colon and code) or not is_key:
        raise ValueError(
            f"{word!r} is not CODE[/PROGRAM]:KEY=VALUE, as in "
            f"espresso:modules=qe/7.2 or vasp/vasp_std:launcher='srun'; KEY is "
            f"{PROFILE_KEYS}."
        )
    return code, program or "*", key, value


def cluster_fields(function: Function) -> Function:
    """Add every option that describes a cluster."""
    options = (
        click.option("--host", help="Alias of ssh_config or name; else CLUSTER."),
        click.option("--user", help="Else as ssh_config says."),
        click.option("--port", callback=PORT, metavar="N"),
        click.option("--identity", type=click.Path(), help="The file of the key."),
        click.option("--jump", metavar="HOSTS", help="As of ssh -J."),
        click.option("--transport", shell_complete=completing(TRANSPORTS)),
        click.option(
            "--scheduler",
            shell_complete=completing(SCHEDULERS),
            help="slurm or direct; else found out.",
        ),
        click.option("--root", metavar="DIR", help="For the files of jobs, there."),
        click.option("--scratch", metavar="DIR", help="Where programs work, there."),
        click.option(
            "--path",
            multiple=True,
            metavar="DIR",
            help="Where the commands of the batch system are; may be repeated.",
        ),
        click.option(
            "--module",
            "modules",
            multiple=True,
            callback=parsed(site_word),
            help="Loaded for every job; may be repeated.",
        ),
        click.option(
            "--setup",
            multiple=True,
            metavar="LINE",
            help="Shell before every job: 'ulimit -s unlimited'; may be repeated.",
        ),
        click.option(
            "--env",
            "environment",
            multiple=True,
            metavar="NAME=VALUE",
            callback=parsed(parse_pair),
            help="For every job; may be repeated.",
        ),
        click.option(
            "--profile",
            "profiles",
            multiple=True,
            metavar="CODE[/PROGRAM]:KEY=VALUE",
            callback=parsed(parse_profile),
            help=f"For one code: {PROFILE_KEYS}; may be repeated.",
        ),
        click.option(
            "--template",
            type=click.Path(exists=True, dir_okay=False),
            help="A file with the head of the job script, in jinja2.",
        ),
        batch_options,
        click.option(
            "--max-jobs",
            callback=COUNT,
            metavar="N",
            help="In the queue at once, those by hand too.",
        ),
        click.option(
            "--max-cores",
            callback=COUNT,
            metavar="N",
            help="At once, without a batch system.",
        ),
        click.option("--poll", callback=parsed(parse_duration), help="30s, 2m."),
        click.option(
            "--max-poll",
            callback=parsed(parse_duration),
            help="While nothing changes: 5m.",
        ),
        click.option(
            "--fetch-limit",
            callback=parsed(_parse_limit),
            help="Larger files stay there: 64M, 1G.",
        ),
    )
    return added(options, function)


def fields_asked(asked: dict[str, Any]) -> ClusterAsked:
    """Return what was said with the options of `cluster_fields`."""
    queue = batch_asked(asked)
    identity, template = asked["identity"], asked["template"]
    plain: dict[str, Any] = {
        name: asked[name]
        for name in (
            *("host", "user", "port", "transport", "scheduler", "root"),
            *("path", "modules", "setup", "max_jobs", "max_cores"),
        )
    }
    plain |= {
        "identity_file": None if identity is None else absolute(identity),
        "proxy_jump": asked["jump"],
        "scratch_base": asked["scratch"],
        "environment": dict(asked["environment"]),
        "queue": None if queue == QueueAsked() else queue,
        "profiles": profiles_asked(asked["profiles"]),
        "template": None if template is None else Path(template).read_text("utf-8"),
        "poll_interval_s": asked["poll"],
        "max_poll_interval_s": asked["max_poll"],
        "fetch_limit_mb": asked["fetch_limit"],
    }
    said = {name: value for name, value in plain.items() if value not in (None, (), {})}
    return cast("ClusterAsked", said)


def profiles_asked(
    words: Sequence[tuple[str, str, str, str]],
) -> tuple[ProfileAsked, ...]:
    """Put together what is said of each code and program."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for code, program, key, value in words:
        profile = found.setdefault((code, program), {"environment": {}})
        if key == "setup":
            profile["setup"] = (*profile.get("setup", ()), value)
        elif key == "modules":
            more = tuple(word for word in value.split(",") if word)
            profile["modules"] = (*profile.get("modules", ()), *more)
        elif key == "launcher":
            profile["launcher"] = tuple(shlex.split(value))
        elif key == "executable":
            profile["executable"] = value
        else:
            profile["environment"][key.removeprefix("env.")] = value
    return tuple(
        ProfileAsked(code=code, program=program, **fields)
        for (code, program), fields in found.items()
    )
