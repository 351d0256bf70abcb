"""The inputs of a run from elsewhere, stored so that a copy of it can run here."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from crystalmathd.codes import CODES
from crystalmathd.errors import BlobNotFoundError
from crystalmathd.models.jobs import Auxiliary, StoredInput
from crystalmathd.services.blobs import Blobs
from crystalmathd.services.methods import Inputs
from crystalmathd.services.reading import MainOutput
from crystalmathd.services.trees import HashedFile


def stored_inputs(main: MainOutput, files: Sequence[HashedFile]) -> Inputs:
    """Return the input that is edited, and the files that a run needs beside it.

    Of a code whose input is a directory the first file is edited, as in a job that was
    submitted; without it nothing of the run can be done again.
    """
    there = dict(_plain_names(main, files))
    first = next(iter(CODES[main.code].directory_files), None) or next(iter(there), "")
    own = there.pop(first, None)
    if own is None or own.text is None:
        return (), ()
    auxiliary = tuple(
        Auxiliary(name=plain, sha256=one.sha256, origin=one.path)
        for plain, one in there.items()
        if one.size
    )
    text = StoredInput(name=first, program=main.program, text=own.text)
    return (text,), auxiliary


def keep_auxiliary(
    blobs: Blobs, files: Sequence[HashedFile], auxiliary: Sequence[Auxiliary]
) -> None:
    """Store the files beside an input; the originals may change or go.

    Raises
    ------
    StoreFullError
        If there is no room for them.
    FileMissingError, InputRefusedError
        If a large one has changed since it was read.
    """
    by_sha256 = {one.sha256: one for one in files}
    for wanted in auxiliary:
        one = by_sha256[wanted.sha256 or ""]
        try:
            blobs.path(one.sha256)
        except BlobNotFoundError:
            if one.text is None:
                blobs.keep(Path(one.path))
            else:
                blobs.write(one.text)


def _plain_names(
    main: MainOutput, files: Sequence[HashedFile]
) -> Iterator[tuple[str, HashedFile]]:
    """Yield the inputs under the names that the code reads, `INCAR.relax1` as INCAR."""
    first = next(iter(CODES[main.code].directory_files), None)
    inputs = [one for one in files if one.is_input]
    ending = ""
    if first is not None and inputs and inputs[0].name.startswith(f"{first}."):
        ending = inputs[0].name.removeprefix(first)
    for one in inputs:
        yield one.name.removesuffix(ending), one
