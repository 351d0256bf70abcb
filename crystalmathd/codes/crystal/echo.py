"""The deck that run scripts copy into an output before the program starts."""

import re
from typing import Final

from crystalmathd.codes.crystal.printed import BANNER_IN_BYTES

_STARTED: Final = re.compile(rb"^ ?E{10} STARTING", re.MULTILINE)
_LONGEST_HEAD: Final = 1 << 20

_GEOMETRY: Final = re.compile(
    rb"^[^\n]*\n[ \t]*(?:CRYSTAL|SLAB|POLYMER|HELIX|MOLECULE|EXTERNAL|DLVINPUT)"
    rb"[ \t\r]*\n",
    re.MULTILINE | re.IGNORECASE,
)
"""A title and the word that opens the first block; neither holds anything else."""

_END: Final = re.compile(
    rb"^[ \t]*(?:(?i:END[A-Z]*)[ \t\r]*(?:\n|\Z)|END(?=[A-Z][a-z]))", re.MULTILINE
)
"""A deck without a line end runs into the script's next words: `ENDDefaulting to`."""


def echoed_deck(output: bytes) -> bytes | None:
    """Return the `.d12` that stands before the first banner, with its own line ends.

    From the title to the last line that is an END: what a script prints after the
    deck is not part of it. None if there is no deck, or only a part of one.
    """
    head = output[:_LONGEST_HEAD]
    starts = [form.search(head) for form in (BANNER_IN_BYTES, _STARTED)]
    head = head[: min((match.start() for match in starts if match), default=0)]
    begin = _GEOMETRY.search(head)
    if begin is None:
        return None
    ends = list(_END.finditer(head, begin.end()))
    return head[begin.start() : ends[-1].end()] if ends else None
