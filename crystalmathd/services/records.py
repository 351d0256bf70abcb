"""The `results.json` of an attempt, read again: for the worker, as it may be long."""

from pathlib import Path

import msgspec

from crystalmathd.models.results import Result


class _Record(msgspec.Struct):
    """The part of a record that is made something of."""

    results: tuple[Result, ...] = ()


def results_in(record: str) -> tuple[Result, ...]:
    """Return the results of a record, with their series.

    Raises
    ------
    OSError, msgspec.DecodeError
        If it cannot be read.
    """
    return msgspec.json.decode(Path(record).read_bytes(), type=_Record).results
