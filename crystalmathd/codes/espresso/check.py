"""What is wrong in an input of pw.x."""

import re
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Final

from crystalmathd.codes.espresso.check_cards import card_findings
from crystalmathd.codes.espresso.check_namelists import namelist_findings, unclosed
from crystalmathd.codes.espresso.programs import NAMELISTS
from crystalmathd.codes.places import Places
from crystalmathd.models.inputs import ERROR, InputFinding

_PROGRAM: Final = "pw.x"
_FIRST: Final = re.compile(r"^[ \t]*&(\w+)", re.MULTILINE)
_OF_OTHERS: Final = frozenset(chain.from_iterable(NAMELISTS.values())) - {"control"}


def check_input(
    program: str, name: str, text: str, beside: Mapping[str, bytes]
) -> Iterator[InputFinding]:
    """Yield what is wrong; nothing for another program than pw.x.

    An input of another program is refused as a whole, where it is submitted.
    """
    first = _FIRST.search(text)
    is_of_other = first is not None and first[1].lower() in _OF_OTHERS
    if program != _PROGRAM or is_of_other:
        return
    places = Places(text, name)
    if "&" not in text and "$" not in text:
        yield places.at(
            1,
            "pw.namelist-missing",
            ERROR,
            "There is no namelist here: an input of pw.x begins with &CONTROL.",
            fix="begin with &CONTROL",
        )
        return
    lost = unclosed(text, places)
    if lost is not None:
        yield lost
        return
    yield from namelist_findings(text, places)
    yield from card_findings(text, places, beside)
