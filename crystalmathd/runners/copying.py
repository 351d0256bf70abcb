"""Copying files from one directory of a machine to another, on that machine."""

from collections.abc import Sequence
from typing import Final

from crystalmathd.runners.transports.base import (
    RemoteFileError,
    Transport,
    TransportError,
)

DEADLINE_S: Final = 1800.0
AT_ONCE: Final = 100
COPY: Final = """
umask 077
sum() {
    if command -v sha256sum >/dev/null 2>&1; then sha256sum <"$1"
    elif command -v shasum >/dev/null 2>&1; then shasum -a 256 <"$1"
    else openssl dgst -sha256 -r <"$1"; fi
}
while [ $# -ge 2 ]; do
    if [ -f "$1" ] && [ ! -h "$1" ] && cp -- "$1" "$2.part" &&
        chmod 400 "$2.part" && mv -f -- "$2.part" "$2"
    then sum "$2" | cut -d' ' -f1
    else rm -f -- "$2.part"; echo -; fi
    shift 2
done
"""
"""Prints the sha256 of each copy, `-` for what could not be copied."""


async def copy_there(
    transport: Transport, pairs: Sequence[tuple[str, str]]
) -> list[str]:
    """Copy files (source, target) on their machine; return the sha256 of each copy.

    Raises
    ------
    RemoteFileError
        If one is not there, or there is no room for it.
    TransportError
        If the machine did not answer.
    """
    sums: list[str] = []
    for start in range(0, len(pairs), AT_ONCE):
        part = pairs[start : start + AT_ONCE]
        words = [path for pair in part for path in pair]
        done = await transport.run(
            ["/bin/sh", "-c", COPY, "sh", *words], deadline_s=DEADLINE_S
        )
        said = done.stdout.decode("ascii", "replace").split()
        words_of_error = done.stderr.decode("utf-8", "replace").strip()[-500:]
        if len(said) != len(part):
            raise TransportError(f"no word of each copy: {words_of_error}")
        for (source, _), sha256 in zip(part, said, strict=True):
            if sha256 == "-":
                raise RemoteFileError(source, words_of_error or "it is not there")
        sums += said
    return sums
