"""Which keys the user's known_hosts files name for a host, and on which line."""

import hmac
import os
from base64 import b64decode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import asyncssh

SSH_PORT: Final = 22
Matches = tuple[list[asyncssh.SSHKey], ...]
"""Trusted keys, trusted authorities, revoked keys, and four that stand for X.509."""


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownKey:
    """A line of a known_hosts file that is about a host."""

    file: Path
    line: int
    key: asyncssh.SSHKey
    is_authority: bool = False
    is_revoked: bool = False


class KnownHosts:
    """What all of the files say. Lines that cannot be read are passed over, as ssh does."""  # noqa: E501

    def __init__(self, files: Sequence[Path]) -> None:
        self._lines = [
            (file, number, line)
            for file in files
            for number, line in enumerate(_text(file).splitlines(), start=1)
            if line.strip() and not line.lstrip().startswith("#")
        ]

    def find(self, name: str, port: int) -> Iterator[KnownKey]:
        """Return every key that is known for exactly this name and port."""
        wanted = spelled(name, port)
        for file, number, line in self._lines:
            if not may_name(line, wanted):
                continue
            try:
                entry = asyncssh.import_known_hosts(line)
            except ValueError:
                continue
            keys, authorities, revoked, *_ = entry.match(wanted, "", None)
            for key in (*keys, *authorities, *revoked):
                yield KnownKey(
                    file=file,
                    line=number,
                    key=key,
                    is_authority=bool(authorities),
                    is_revoked=bool(revoked),
                )

    def matches(self, name: str, port: int) -> Matches:
        """Return what asyncssh is to trust."""
        found = list(self.find(name, port))
        authorities = [one.key for one in found if one.is_authority]
        revoked = [one.key for one in found if one.is_revoked]
        keys = [one.key for one in found if not (one.is_authority or one.is_revoked)]
        return keys, authorities, revoked, [], [], [], []


def spelled(name: str, port: int) -> str:
    """Return how known_hosts names a host: with its port if it is not ssh's own."""
    return name if port == SSH_PORT else f"[{name}]:{port}"


def may_name(line: str, wanted: str) -> bool:
    """Tell lines about other hosts by their first words: decoding keys takes long.

    Source: SSH_KNOWN_HOSTS FILE FORMAT in sshd(8); hashed names are
    `|1|salt|HMAC-SHA1 of the name`.
    """
    words = line.split(None, 2)
    names = words[1] if words[0].startswith("@") and len(words) > 1 else words[0]
    if not names.startswith("|"):
        return any(sign in names for sign in "*?!") or wanted in names.split(",")
    try:
        _, _, salt, digest = names.split("|")
        key, told = b64decode(salt), b64decode(digest)
    except ValueError:
        return False
    return hmac.compare_digest(hmac.digest(key, wanted.encode(), "sha1"), told)


def fingerprint(key: asyncssh.SSHKey) -> str:
    return key.get_fingerprint("sha256")


def add_key(file: Path, name: str, port: int, key: asyncssh.SSHKey) -> None:
    """Append a key to a known_hosts file, on a line of its own."""
    file.parent.mkdir(0o700, parents=True, exist_ok=True)
    line = f"{spelled(name, port)} {key.export_public_key().decode().strip()}\n"
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
    with os.fdopen(os.open(file, flags, 0o600), "r+b") as known:
        size = known.seek(0, os.SEEK_END)
        if size:
            known.seek(-1, os.SEEK_END)
            if known.read(1) != b"\n":
                line = "\n" + line
        known.write(line.encode())
        known.flush()
        os.fsync(known.fileno())


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8", "replace")
    except (FileNotFoundError, NotADirectoryError):
        return ""
