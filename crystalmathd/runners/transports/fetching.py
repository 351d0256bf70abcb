"""Files of another machine on their way here, verified before they get their names."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Final

from crystalmathd.runners.transports.arrivals import Arrival
from crystalmathd.runners.transports.base import TransportError
from crystalmathd.runners.transports.packing import Run, batches, read_many
from crystalmathd.runners.transports.threads import do_all, in_thread

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from crystalmathd.runners.transports.sftp_files import SftpFiles

PACKED_ABOVE: Final = 50
PACKED_SIZE: Final = 256 << 10
AT_ONCE: Final = 4
SLOWEST_SUM: Final = 20 << 20
"""Bytes a second that a machine is expected to read for a sum."""
SUM_LINE: Final = re.compile(rb"^\\?([0-9a-f]{64}) [ *]", re.MULTILINE)
NO_PROGRAM: Final = 3
SUM: Final = f"""
if command -v sha256sum >/dev/null 2>&1; then exec sha256sum -- "$@"; fi
if command -v shasum >/dev/null 2>&1; then exec shasum -a 256 -- "$@"; fi
exit {NO_PROGRAM}
"""


class Fetching:
    def __init__(
        self, files: SftpFiles, run: Run, wanted: Sequence[tuple[str, Path]]
    ) -> None:
        self._files = files
        self._run = run
        self._wanted = wanted
        self._arrivals: list[tuple[str, Arrival]] = []

    async def run(self) -> None:
        """Bring all of the files; those that changed on the way get no name here."""
        before = await self._files.stamps([path for path, _ in self._wanted])
        try:
            for path, target in self._wanted:
                arrival = await in_thread(str(target), partial(Arrival, target))
                self._arrivals.append((path, arrival))
            sizes = {path: size for path, (size, _) in before.items()}
            await self._bring(sizes)
            await self._verify(before)
            for _, arrival in self._arrivals:
                await in_thread(str(arrival.target), arrival.accept)
        finally:
            for _, arrival in self._arrivals:
                arrival.drop()

    async def _bring(self, sizes: dict[str, int]) -> None:
        small, large = [], self._arrivals
        if len(self._arrivals) > PACKED_ABOVE:
            small = [one for one in self._arrivals if sizes[one[0]] <= PACKED_SIZE]
            large = [one for one in self._arrivals if sizes[one[0]] > PACKED_SIZE]
        # One byte more than there was shows that a file has grown.
        requests = [(path, 0, sizes[path] + 1) for path, _ in small]
        parts = await read_many(self._run, requests)
        for (path, arrival), part in zip(small, parts, strict=True):
            if part is None:
                raise TransportError(f"{path} changed while it was fetched")
            await in_thread(str(arrival.target), partial(_fill, arrival, part))
        fetch = self._files.fetch
        works = [partial(fetch, path, sizes[path], one) for path, one in large]
        await do_all(works, AT_ONCE)

    async def _verify(self, before: dict[str, tuple[int, int]]) -> None:
        """See that there is the same there as here.

        Raises
        ------
        TransportError
            If a file is not what it was.
        """
        sums = await self._sums({path: size for path, (size, _) in before.items()})
        if sums is None:  # the machine has no program for it
            after = await self._files.stamps(list(before))
            changed = [path for path in before if after[path] != before[path]]
        else:
            changed = [p for p, one in self._arrivals if one.sha256 != sums[p]]
        if changed:
            raise TransportError(f"{changed[0]} changed while it was fetched")

    async def _sums(self, sizes: dict[str, int]) -> dict[str, str] | None:
        found: dict[str, str] = {}
        for batch in batches([(path, 0, 1) for path in sizes]):
            paths = [path for path, _, _ in batch]
            deadline_s = 60 + sum(sizes[path] for path in paths) / SLOWEST_SUM
            ask = ["/bin/sh", "-c", SUM, "sh", *paths]
            done = await self._run(ask, deadline_s=deadline_s)
            if done.exit_code == NO_PROGRAM:
                return None
            sums = [one[1].decode() for one in SUM_LINE.finditer(done.stdout)]
            if done.exit_code or len(sums) != len(paths):
                said = done.stderr.decode("utf-8", "replace").strip()
                raise TransportError(said or f"{paths[0]}: no sum was given")
            found |= dict(zip(paths, sums, strict=True))
        return found


def _fill(arrival: Arrival, data: bytes) -> None:
    arrival.write(data)
    arrival.finish()
