"""What is wrong in an INCAR: tags, types, and what the other inputs say against it."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.numbers import fortran_float, whole_number
from crystalmathd.codes.places import Places, shown
from crystalmathd.codes.spellings import near
from crystalmathd.codes.vasp import incar, poscar
from crystalmathd.codes.vasp.check_words import word_findings
from crystalmathd.codes.vasp.incar import Incar, Tag
from crystalmathd.codes.vasp.incar_limits import limit_findings
from crystalmathd.codes.vasp.incar_rules import Case, rule_findings
from crystalmathd.codes.vasp.incar_tags import UNDOCUMENTED, TagFacts, tags
from crystalmathd.codes.vasp.poscar import Poscar
from crystalmathd.models.inputs import ERROR, NOTE, WARNING, InputFinding

_NO_EQUALS: Final = re.compile(
    r"^[ \t]*([A-Z_0-9]+)[ \t]+[^=:\s][^=\n]*$", re.MULTILINE
)
_COLON: Final = re.compile(r"^[ \t]*([A-Z_0-9]+)[ \t]*(:)(?![^\n]*=)", re.MULTILINE)
_COMMA: Final = re.compile(r"[+-]?\d+,\d+(?:[EeDd][+-]?\d+)?")
_LOGICAL: Final = re.compile(r"\.?(?:T|TRUE|F|FALSE)\.?", re.IGNORECASE)
_LOST: Final = re.compile(r"\s([A-Za-z]\w*)\s*=")
_KINDS: Final = {
    "l": "a logical (.TRUE. or .FALSE.)",
    "i": "an integer",
    "r": "a number",
    "I": "integers",
    "R": "numbers",
}
_OPEN_FAMILIES: Final = ("ML_", "LIBXC", "VDW_", "ELPH_", "IFC_", "PHON_")
"""Families of tags that grow with every version."""


def check_incar(
    name: str, text: str, beside: Mapping[str, bytes]
) -> Iterator[InputFinding]:
    """Yield what is wrong; POSCAR and POTCAR among `beside` are looked at."""
    places = Places(text, name)
    read = incar.parse(text)
    seen: dict[str, Tag] = {}
    if read.unclosed is not None:
        yield _unclosed(read, read.unclosed, places)
    for tag in read.tags:
        if read.unclosed is None or tag.start < read.unclosed:
            yield from _tag(tag, seen, places)
        seen.setdefault(tag.name, tag)
    for match in _NO_EQUALS.finditer(text):
        if match[1] in tags() and not _is_inside(read, match.start(1)):
            yield places.span(
                match.start(1),
                match.end(1),
                "incar.no-equals",
                WARNING,
                f"{match[1]} has no = behind it: VASP does not read this line.",
                fix=f"write {match[1]} = …",
            )
    yield from _colons(read, places)
    structure = structure_beside(beside)
    case = Case(read=read, structure=structure, beside=beside, places=places)
    yield from rule_findings(case)
    yield from limit_findings(case)


def _colons(read: Incar, places: Places) -> Iterator[InputFinding]:
    for match in _COLON.finditer(read.text):
        if match[1] in tags() and not _is_inside(read, match.start(1)):
            yield places.span(
                match.start(2),
                match.end(2),
                "incar.no-equals",
                WARNING,
                f"{match[1]} has : for its =: VASP does not read this line.",
                fix="write =",
            )


def _unclosed(read: Incar, at: int, places: Places) -> InputFinding:
    sign, other = ('"', '"') if read.text[at] == '"' else ("{", "}")
    end = read.text.find("\n", at)
    return places.span(
        at,
        len(read.text) if end < 0 else end,
        "incar.unclosed",
        ERROR,
        f"The {sign} here is never closed: what stands behind it is not read as it is"
        " meant.",
        fix=f"put {other} behind the last line that belongs to it",
    )


def structure_beside(beside: Mapping[str, bytes]) -> Poscar | None:
    """Return the POSCAR that lies beside, if it can be read."""
    try:
        return poscar.parse(beside["POSCAR"].decode("utf-8", "replace"))
    except (KeyError, InputRefusedError):
        return None


def _is_inside(read: Incar, offset: int) -> bool:
    return any(tag.start <= offset < tag.end for tag in read.tags)


def _tag(tag: Tag, seen: Mapping[str, Tag], places: Places) -> Iterator[InputFinding]:
    end = tag.name_end
    facts = tags().get(tag.name)
    if facts is None:
        yield from _unknown(tag, places, end)
        return
    if tag.name in seen:
        first = seen[tag.name]
        yield places.span(
            tag.start,
            max(tag.end, end),
            "incar.twice",
            WARNING,
            f"{tag.name} stands on line {places.position(first.start)[0]} already;"
            f" VASP takes the first, {shown(first.value)}.",
            fix="delete this statement",
        )
        return
    if tag.value:
        yield from _value(tag, facts, places)
    else:
        yield places.span(
            tag.start,
            max(tag.end, end),
            "incar.value",
            ERROR if facts.type in "lir" else WARNING,
            f"{tag.name} has no value.",
            fix="give a value, or delete the tag",
        )


def _unknown(tag: Tag, places: Places, end: int) -> Iterator[InputFinding]:
    if tag.name.startswith(_OPEN_FAMILIES) or tag.name in UNDOCUMENTED:
        return
    close = near(tag.name, tags())
    written = tag.name[-(end - tag.start) :].count("/")
    # Of a tag in a block, its groups are written before.
    right = ["/".join(close[0].split("/")[-1 - written :])] if close else []
    yield places.span(
        tag.start,
        end,
        "incar.unknown",
        WARNING,
        f"{tag.name} is no tag that is documented; VASP passes over what it does not"
        " know.",
        fix=f"write {right[0]}" if right else "",
    )


def _value(tag: Tag, facts: TagFacts, places: Places) -> Iterator[InputFinding]:
    words = incar.words(tag.value)
    comma = _comma(words) if facts.type in "rR" else None
    if comma is not None:
        is_first = tag.value.startswith(comma)
        right = comma.replace(",", ".")
        yield places.span(
            tag.value_start,
            tag.value_start + len(comma) if is_first else tag.end,
            "incar.type",
            ERROR,
            f"{shown(comma)} has a comma for its point.",
            fix=f"write {right}" if is_first else f"write {right} for {comma}",
            source=facts.source,
        )
    elif not is_of_type(words, facts):
        kind = _KINDS.get(facts.type, ".FALSE., .TRUE., Auto or On")
        yield places.span(
            tag.value_start,
            tag.end,
            "incar.type",
            ERROR,
            f"{tag.name} is {kind}, not {shown(tag.value)}.",
            fix=f"the default is {facts.default}" if facts.default else "",
            source=facts.source,
        )
    elif facts.type in "ls":
        yield from word_findings(tag, facts, places)
        yield from _remark(tag, facts, words, places)
    elif facts.options and _is_no_option(words[0], facts):
        is_number = whole_number(words[0].lstrip("+-")) is not None
        if is_number or len(facts.options) > 1:
            yield places.span(
                tag.value_start,
                tag.end,
                "incar.option",
                WARNING,
                f"{tag.name} is one of {' '.join(facts.options)}, not"
                f" {shown(words[0])}.",
                source=facts.source,
            )
    else:
        yield from _remark(tag, facts, words, places)


def _comma(words: tuple[str, ...]) -> str | None:
    """Return the word that ends the numbers of a value, if it has a decimal comma."""
    word = next((one for one in words if fortran_float(one) is None), "")
    return word if _COMMA.fullmatch(word) else None


def _remark(
    tag: Tag, facts: TagFacts, words: tuple[str, ...], places: Places
) -> Iterator[InputFinding]:
    if facts.type not in "lir" or len(words) == 1 or "!" in tag.value:
        return
    lost = _LOST.search(tag.value)
    if lost is not None and lost[1].upper() in tags():
        yield places.span(
            tag.value_start + lost.start(1),
            tag.end,
            "incar.remark",
            WARNING,
            f"{lost[1]} stands behind the value of {tag.name}, where it is not read.",
            fix=f"put ; before {lost[1]}",
        )
    else:
        yield places.span(
            tag.value_start,
            tag.end,
            "incar.remark",
            NOTE,
            f"{tag.name} takes one value; {shown(' '.join(words[1:]))} is not read.",
            fix="put # before a remark",
        )


def _is_no_option(word: str, facts: TagFacts) -> bool:
    is_logical = facts.type == "i" and _LOGICAL.fullmatch(word) is not None
    return word.upper() not in facts.options and facts.type != "r" and not is_logical


def is_of_type(words: tuple[str, ...], facts: TagFacts) -> bool:
    """Tell whether a value begins with what VASP reads for this tag."""
    first = words[0] if words else ""
    if facts.type == "l":
        return _LOGICAL.match(first) is not None
    if facts.name == "LORBIT" and _LOGICAL.fullmatch(first):  # .FALSE. ran
        return True
    if facts.type in "iI":
        return re.match(r"[+-]?\d+(?:\.0*)?(?![\w.])", first) is not None
    if facts.type in "rR":
        return fortran_float(first.rstrip(",;")) is not None
    if facts.name == "LREAL":
        return first.upper().lstrip(".")[:1] in {"T", "F", "A", "O"} and len(first) <= 7  # noqa: PLR2004
    return True
