"""What ssh_config and the environment say about a target."""

import getpass
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from asyncssh.config import ConfigParseError, SSHClientConfig

from crystalmathd.errors import SshConfigError
from crystalmathd.runners.targets import Target, parse_jump

DEFAULT_KEYS: Final = ("id_ed25519", "id_ecdsa", "id_rsa", "id_ed25519_sk")
KEY_VARIABLE: Final = "SSH_KEY_PATH"
SYSTEM_KNOWN_HOSTS: Final = ("/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2")


@dataclass(frozen=True, kw_only=True, slots=True)
class Route:
    """How a target is reached and who logs in there, from every source.

    `key_name`: under which name its key stands in known_hosts, without the port.
    `files`: the configuration that was read.
    """

    hostname: str
    port: int
    user: str
    jump: Target | None
    identity_files: tuple[Path, ...]
    certificate_files: tuple[Path, ...]
    has_only_these_identities: bool
    agent_path: str
    key_name: str
    known_hosts: tuple[Path, ...]
    has_own_key_algorithms: bool
    files: tuple[str, ...]


def resolve(target: Target, file: Path | None, environ: Mapping[str, str]) -> Route:
    """Read the configuration; blocks, and runs what `Match exec` names.

    Raises
    ------
    SshConfigError
        If it cannot be read; ssh would not use it either.
    """
    home = Path(environ.get("HOME") or Path.home())
    path = file or home / ".ssh" / "config"
    files = (str(path),) if path.is_file() else ()
    try:
        config = _load(target, files)
        jump = parse_jump(target.proxy_jump or config.get("ProxyJump") or "")
    except (ConfigParseError, OSError, ValueError) as error:
        raise SshConfigError(host=target.host, reason=error) from error
    hostname = str(config.get("Hostname", target.host))
    identities = _paths(config.get("IdentityFile", ()), home)
    named = target.identity_file or environ.get(KEY_VARIABLE)
    if named:
        identities = (*_paths([named], home), *identities)
    elif not identities:
        identities = tuple(home / ".ssh" / name for name in DEFAULT_KEYS)
    known = config.get("UserKnownHostsFile", ())
    if not known:  # also for `none`: keys are verified everywhere
        known = (home / ".ssh" / "known_hosts", home / ".ssh" / "known_hosts2")
    shared = config.get("GlobalKnownHostsFile", SYSTEM_KNOWN_HOSTS)
    return Route(
        hostname=hostname,
        port=int(config.get("Port", 22)),
        user=str(config.get("User", getpass.getuser())),
        jump=jump,
        identity_files=identities,
        certificate_files=_paths(config.get("CertificateFile", ()), home),
        has_only_these_identities=bool(config.get("IdentitiesOnly")),
        agent_path=_agent(config, environ, home),
        key_name=str(config.get("HostKeyAlias") or hostname).lower(),
        known_hosts=_paths([*known, *shared], home),
        has_own_key_algorithms=config.get("HostKeyAlgorithms") is not None,
        files=files,
    )


def _load(target: Target, files: Sequence[str]) -> Any:  # noqa: ANN401  # values of many types
    about = (getpass.getuser(), target.user or (), target.host, target.port or ())
    config = SSHClientConfig.load(None, list(files), False, False, False, *about)
    if config.has_match_final():
        config = SSHClientConfig.load(config, list(files), True, False, True, *about)
    return config


def _paths(names: Sequence[str | Path], home: Path) -> tuple[Path, ...]:
    return tuple(
        home / str(name)[2:] if str(name).startswith("~/") else Path(name)
        for name in names
    )


def _agent(config: Any, environ: Mapping[str, str], home: Path) -> str:  # noqa: ANN401
    """Return the socket of the agent, empty for none; IdentityAgent may name it."""
    named = config.get("IdentityAgent", "SSH_AUTH_SOCK")
    if named is None:
        return ""
    if named == "SSH_AUTH_SOCK" or named.startswith("$"):
        name = named.lstrip("$").strip("{}")
        return environ.get(name, "")
    return str(_paths([named], home)[0])
