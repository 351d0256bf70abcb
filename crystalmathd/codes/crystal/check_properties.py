"""What is wrong with an input of properties that can be read."""

from collections.abc import Iterator
from typing import Final

from crystalmathd.codes.crystal.check_uses import remark_findings
from crystalmathd.codes.crystal.deck import Keyword, Properties
from crystalmathd.codes.places import Places
from crystalmathd.models.inputs import ERROR, WARNING, InputFinding

_NEED_EIGENVECTORS: Final = frozenset({"DOSS", "ANBD", "BOLTZTRA", "COOP", "COHP"})


def band_titles(places: Places) -> Iterator[InputFinding]:
    """Yield titles of BAND that are the record which should stand behind one."""
    for at, line in enumerate(places.lines[:-1], start=1):
        title = places.lines[at].split()
        is_data = len(title) == len("NLISSNS") and all(
            one.lstrip("-").isdecimal() for one in title
        )
        if line.split()[:1] == ["BAND"] and is_data:
            yield places.at(
                at + 1,
                "band.title",
                ERROR,
                "BAND reads its title here: the numbers stand below it.",
                fix="put a title on a line before this one",
            )


def property_findings(source: Properties, places: Places) -> Iterator[InputFinding]:
    yield from remark_findings(source.remarks, places)
    has_mesh = False
    for word in source.words:
        if word.name == "NEWK":
            has_mesh = True
        elif word.name == "BAND":
            has_mesh = False
            yield from _band(word, places)
        elif word.name in _NEED_EIGENVECTORS and not has_mesh:
            yield places.at(
                word.line,
                "properties.newk",
                WARNING,
                f"{word.name} needs the eigenvectors of a k-point mesh, which NEWK"
                " computes and BAND replaces.",
                fix="put NEWK with its shrinking factors before it",
            )


def _band(word: Keyword, places: Places) -> Iterator[InputFinding]:
    """Yield ends of lines that are no points of the zone in units of 1/ISS."""
    values = word.values[1:8]
    if len(values) == len("NLISSNS") and not int(values[1]) > 0:
        yield places.at(
            word.line + 2,
            "band.unit",
            ERROR,
            f"ISS is {values[1]}: the ends of lines are in units of 1/ISS, which must"
            " be above 0.",
            fix="give the common denominator of the k-points, such as 8",
            word=1,
        )
    if len(values) == len("NLISSNS") and int(values[4]) < int(values[3]):
        yield places.at(
            word.line + 2,
            "band.range",
            ERROR,
            f"The last band, {values[4]}, is below the first, {values[3]}.",
            fix="give the first band (INZB), then the last (IFNB)",
            word=4,
        )
