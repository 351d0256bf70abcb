"""What is wrong in an input of pw.x."""

from collections.abc import Iterator, Mapping
from typing import Final

from crystalmathd.codes.espresso.check_cards import card_findings
from crystalmathd.codes.espresso.check_namelists import namelist_findings, unclosed
from crystalmathd.codes.places import Places
from crystalmathd.models.inputs import ERROR, InputFinding

_PROGRAM: Final = "pw.x"


def check_input(
    program: str, name: str, text: str, beside: Mapping[str, bytes]
) -> Iterator[InputFinding]:
    """Yield what is wrong; nothing for another program than pw.x."""
    if program != _PROGRAM:
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
