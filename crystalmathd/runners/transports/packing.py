"""Many small files with one command, where each alone would cost round trips."""

from __future__ import annotations

import io
import secrets
import tarfile
from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final, Protocol

from crystalmathd.runners.transports.base import (
    CommandResult,
    RemoteFileError,
    TransportError,
)
from crystalmathd.runners.transports.remote_errors import sorted_error
from crystalmathd.runners.transports.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

DEADLINE_S: Final = 300.0
MAX_BYTES: Final = 16 << 20
"""Of one command, so that its answer can be held in memory."""
MAX_WORDS: Final = 400
MAX_PACKED: Final = 100
"""Files of one archive; they may have a MiB each."""
MAX_LETTERS: Final = 60_000
"""Of the arguments of one command: Linux allows 128 KiB a word, 2 MiB together."""

READ: Final = """
n=$1; shift
while test $# -gt 0; do
  if test -f "$1" && test -r "$1"; then
    printf + && tail -c +$(($2 + 1)) -- "$1" | head -c "$3"
  else
    printf -
  fi
  printf %s "$n"
  shift 3
done 2>/dev/null
"""
"""For each path, offset and limit: a sign, what is there, and the nonce."""

UNPACK: Final = """
umask 077; LC_ALL=C; export LC_ALL
mkdir -p -- "$1" && cd -- "$1" && mkdir -- "$2" || exit 1
shift; d=$1; shift; c=0; n=0
trap 'rm -rf -- "$d"; exit 1' HUP INT TERM
tar -xof - -C "$d" || { rm -rf -- "$d"; exit 1; }
chmod 400 "$d"/*
sync "$d"/* 2>/dev/null || :  # older ones take no names
for t do
  if test -d "$t"; then echo "$t: Is a directory" >&2; c=1
  else mv -f -- "$d/$n" "$t" || c=1; fi
  n=$((n + 1))
done
rm -rf -- "$d"
exit $c
"""
"""Into a directory of its own first; from there each file gets its name at once."""


class Run(Protocol):
    async def __call__(
        self,
        arguments: Sequence[str],
        *,
        deadline_s: float,
        max_output: int = ...,
        stdin: bytes = ...,
    ) -> CommandResult: ...


async def read_many(
    run: Run, requests: Sequence[tuple[str, int, int]]
) -> list[bytes | None]:
    """Read parts of files; None for what is none, or may not be read."""
    found: list[bytes | None] = []
    for batch in batches(requests):
        nonce = f"@@CM:{secrets.token_hex(8)}@@"
        words = [str(word) for request in batch for word in request]
        room = sum(limit + len(nonce) + 1 for _, _, limit in batch)
        done = await run(
            ["/bin/sh", "-c", READ, "sh", nonce, *words],
            deadline_s=DEADLINE_S,
            max_output=room,
        )
        parts = done.stdout.split(nonce.encode())
        if len(parts) != len(batch) + 1 or parts[-1]:
            raise TransportError("an answer about many files was cut off")
        found += [part[1:] if part[:1] == b"+" else None for part in parts[:-1]]
    return found


def batches(
    requests: Sequence[tuple[str, int, int]],
) -> Iterator[Sequence[tuple[str, int, int]]]:
    """Split requests so that neither command nor answer grows too long."""
    batch: list[tuple[str, int, int]] = []
    letters = size = 0
    for request in requests:
        path, _, limit = request
        length = len(path.encode("utf-8", "surrogateescape"))
        is_full = (
            letters + length > MAX_LETTERS
            or size + limit > MAX_BYTES
            or len(batch) >= MAX_WORDS
        )
        if batch and is_full:
            yield batch
            batch, letters, size = [], 0, 0
        batch.append(request)
        letters += length
        size += limit
    if batch:
        yield batch


async def put_packed(run: Run, files: Sequence[tuple[Path, str]]) -> None:
    """Bring small files there as streams of tar, each whole, read-only."""
    directories: dict[str, list[tuple[Path, str]]] = {}
    for source, path in files:
        directories.setdefault(str(PurePosixPath(path).parent), []).append(
            (source, path)
        )
    for directory, inside in directories.items():
        for start in range(0, len(inside), MAX_PACKED):
            part = inside[start : start + MAX_PACKED]
            packed = await in_thread(directory, partial(pack, part))
            words = [path for _, path in part]
            own = f".cm-{secrets.token_hex(8)}"
            done = await run(
                ["/bin/sh", "-c", UNPACK, "sh", directory, own, *words],
                deadline_s=DEADLINE_S,
                stdin=packed,
            )
            if done.exit_code:
                raise sorted_error(directory, done.stderr.decode("utf-8", "replace"))


def pack(files: Sequence[tuple[Path, str]]) -> bytes:
    """Return an archive in which each file's name is its number."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for number, (source, path) in enumerate(files):
            try:
                data = source.read_bytes()
            except OSError as error:
                raise RemoteFileError(path, error.strerror or str(error)) from error
            member = tarfile.TarInfo(str(number))
            member.size, member.mode = len(data), 0o600
            archive.addfile(member, io.BytesIO(data))
    return packed.getvalue()
