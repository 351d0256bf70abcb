"""Times, sizes and energies as people type and read them."""

import re
import time
from typing import Final

from crystalmath.durations import duration

_UNIT_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_UNIT_MEGABYTES: Final = {"K": 1 / 1024, "M": 1, "G": 1024, "T": 1024**2}
_PARTS: Final = re.compile(r"(?:\d+(?:\.\d+)?[smhdw])+")
_CLOCK: Final = re.compile(r"(?:(\d+)-)?(\d+):(\d{1,2})(?::(\d{1,2}))?")
_MEMORY: Final = re.compile(r"(\d+(?:\.\d+)?)([KMGT]?)(?:I?B)?")
_SIXTY: Final = 60


def parse_duration(text: str) -> int:
    """Return seconds: `90`, `30m`, `1h30m`, `2:00:00`, `1-12:00:00` (days first).

    A bare number is seconds. `H:MM` is hours and minutes after days, as Slurm
    has it, and refused without: to Slurm `30:00` is half an hour.

    Raises
    ------
    ValueError
        If it is none of these, or zero.
    """
    word = text.strip().lower()
    if word.isascii() and word.isdigit():
        seconds = int(word)
    elif _PARTS.fullmatch(word):
        found = re.findall(r"(\d+(?:\.\d+)?)([smhdw])", word)
        seconds = round(sum(float(n) * _UNIT_SECONDS[unit] for n, unit in found))
    else:
        seconds = _parse_clock(word)
    if seconds <= 0:
        raise ValueError(f"{text!r} is not a duration; write 90, 30m, 2h or 1-12:00:00")
    return seconds


def _parse_clock(word: str) -> int:
    match = _CLOCK.fullmatch(word)
    if match is None:
        return 0
    days, hours, minutes, seconds = match.groups()
    if days is None and seconds is None:
        raise ValueError(f"{word!r} can be read twice; write {word}:00, or 30m, or 2h")
    if int(minutes) >= _SIXTY or int(seconds or 0) >= _SIXTY:
        return 0
    clock = int(hours) * 3600 + int(minutes) * 60 + int(seconds or 0)
    return int(days or 0) * 86_400 + clock


def parse_memory(text: str) -> int:
    """Return megabytes of 2**20 bytes, as Slurm counts: `500`, `500M`, `4G`, `4GB`.

    Raises
    ------
    ValueError
        If it is none of these, or less than one.
    """
    match = _MEMORY.fullmatch(text.strip().upper())
    megabytes = float(match[1]) * _UNIT_MEGABYTES[match[2] or "M"] if match else 0
    if megabytes < 1:
        raise ValueError(f"{text!r} is not an amount of memory; write 500M or 4G")
    return round(megabytes)


def between(start_ms: int | None, end_ms: int | None) -> str:
    """Return how long it took, or takes; empty before the start."""
    if start_ms is None:
        return ""
    return duration(((now_ms() if end_ms is None else end_ms) - start_ms) / 1000)


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def moment(time_ms: int | None) -> str:
    """Return a time on the clock of this place, with its offset."""
    if time_ms is None:
        return ""
    return time.strftime("%Y-%m-%d %H:%M:%S %z", time.localtime(time_ms / 1000))


def size(n_bytes: int) -> str:
    """Return `312 B`, `4.1 KiB`, `2.0 GiB`."""
    amount = float(n_bytes)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if amount < 1024:  # noqa: PLR2004 - a kibibyte
            return f"{amount:.0f} B" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} TiB"


def energy(energy_ev: float | None) -> str:
    """Return eV to a µeV; empty if there is none."""
    return "" if energy_ev is None else f"{energy_ev:.6f}"
