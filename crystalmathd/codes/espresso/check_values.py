"""Whether pw.x reads the values of a namelist, and takes them.

Source: runs of pw.x 6.7 made by gfortran, which stopped, or did not, at each value; its
reader takes some that the Fortran standard does not know, and other compilers refuse.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from crystalmathd.codes.espresso.inputs import QUOTED, Assignment, unquoted
from crystalmathd.codes.espresso.pw_keys import KeyFacts, keys
from crystalmathd.codes.numbers import fortran_float
from crystalmathd.codes.places import Places, shown
from crystalmathd.codes.spellings import near
from crystalmathd.models.inputs import ERROR, WARNING, InputFinding

SOURCE: Final = "https://www.quantum-espresso.org/Doc/INPUT_PW.html"
_ITEM: Final = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|[^\s,]+")
_REPEATED: Final = re.compile(r"(\d{1,6})\*(.*)")
_LOGICAL: Final = re.compile(r"\.?[tf](?:rue|alse)?\.?", re.IGNORECASE)
_SAID_LOGICAL: Final = re.compile(r"\.?[tf]", re.IGNORECASE)
_INTEGER: Final = re.compile(r"[+-]?\d+")
_NUMBER: Final = re.compile(r"[\d.+-][\w.+-]*")
_QUADRUPLE: Final = re.compile(r"(?<=[\d.])q(?=[+-]?\d)", re.IGNORECASE)
_PATH: Final = re.compile(r"/[^\s,!'\"=]+")
_KINDS: Final = {
    "l": "a logical (.true. or .false.)",
    "i": "an integer",
    "r": "a number",
    "s": "a string in quotes",
}
_LISTS: Final = """
celldm starting_charge starting_magnetization hubbard_beta hubbard_u hubbard_alpha
hubbard_j0 hubbard_j hubbard_v hubbard_u_back hubbard_alpha_back backall lback l1back
reserv reserv_back starting_ns_eigenvalue angle1 angle2 fixed_magnetization london_c6
london_rvdw efield_cart nhgrp fnhscl fnosep b_field amprp solute_lj
solute_epsilon solute_sigma diis_nrot diis_rothr a_pen alpha_pen sigma_pen ion_radius
tranp
"""
_STOPPING: Final = """
calculation occupations restart_mode ibrav nspin smearing mixing_mode diagonalization
constrained_magnetization efield_phase ion_dynamics ion_temperature cell_dofree
cell_dynamics memory electron_dynamics
"""
_STRICT: Final = frozenset(_STOPPING.split())
"""Keys whose unknown options stop the program at once."""
_AT_LEAST_0: Final = """
nstep dt max_seconds etot_conv_thr forc_conv_thr nat ecfixed qcutz q2sigma wmass zgate
"""
_LEAST: Final = {
    **dict.fromkeys(_AT_LEAST_0.split(), 0.0),
    "iprint": 1.0,
    "ntyp": 1.0,
    "ndr": 50.0,
}
_LIKELY: Final = {
    "mixing_beta": (1.0, "a fraction of the new density, above 0 and at most 1"),
    "conv_thr": (1e-2, "the largest error of the energy, Ry, above 0"),
}
"""What pw.x takes without a word, though no SCF ends well with it: most, meaning."""

_ABOVE_0: Final = frozenset({"tempw", "fnosep", "celldm(1)"})


def items(value: str) -> list[str]:
    """Return the items of a value, with `3*1.0` written out."""
    found: list[str] = []
    for item in _ITEM.findall(value):
        match = _REPEATED.fullmatch(item)
        found += [item] if match is None else [match[2]] * min(int(match[1]), 1000)
    return found


def is_true(value: str) -> bool:
    return value.strip().lstrip(".")[:1] in {"t", "T"}


def value_findings(
    one: Assignment, values: Mapping[str, str], places: Places
) -> Iterator[InputFinding]:
    """Yield what is wrong with a value, once; `values`: what counts, by name."""
    facts = keys().get(one.name.partition("(")[0])
    if facts is None or one.namelist != facts.namelist:
        return
    for check in (_type, _length, _option, _range):
        finding = check(one, facts, values, places)
        if finding is not None:
            yield finding
            return


def _at(
    one: Assignment,
    places: Places,
    code: str,
    severity: str,
    message: str,
    fix: str = "",
) -> InputFinding:
    return places.span(
        one.start, one.end, code, severity, message, fix=fix, source=SOURCE
    )


def _type(
    one: Assignment, facts: KeyFacts, _values: Mapping[str, str], places: Places
) -> InputFinding | None:
    one = _with_path(one, places) if facts.type == "s" else one
    found = items(one.value)
    is_option = facts.options and unquoted(one.value).isdecimal()
    if is_option or all(_is_plain(item, facts.type) for item in found):
        return None
    said = f"{facts.name} is {_KINDS[facts.type]}, not {shown(one.value)}"
    is_read = all(_is_read_by_some(item, facts.type) for item in found)
    if not is_read:
        fix = f"write '{one.value}'" if facts.type == "s" else ""
        return _at(one, places, "pw.type", ERROR, f"{said}.", fix)
    fix = {"s": f"write '{one.value}'", "l": ""}.get(facts.type, "write a plain number")
    if facts.type == "l":
        fix = "write .true." if is_true(one.value) else "write .false."
    message = f"{said}; some compilers read it all the same."
    return _at(one, places, "pw.type", WARNING, message, fix)


def _with_path(one: Assignment, places: Places) -> Assignment:
    """Return an unquoted value with what follows from a `/` on: `./tmp` is one."""
    line, column = places.position(one.end)
    match = _PATH.match(places.lines[line - 1], column - 1)
    if match is None or QUOTED.match(one.value):
        return one
    return replace(one, value=one.value + match[0], end=one.end + len(match[0]))


def _is_plain(item: str, type_: str) -> bool:
    """Tell whether every Fortran reads an item for a variable of this type."""
    if type_ == "s":
        return QUOTED.fullmatch(item) is not None
    if type_ == "l":
        return _LOGICAL.fullmatch(item) is not None
    if type_ == "i":
        return not item or _INTEGER.fullmatch(item) is not None
    is_number = _NUMBER.fullmatch(item) is not None and "_" not in item
    return not item or (is_number and fortran_float(item) is not None)


def _is_read_by_some(item: str, type_: str) -> bool:
    if type_ == "s":
        return _is_plain(item, type_) or item.isdecimal()
    if type_ == "l":
        return _SAID_LOGICAL.match(item) is not None
    item = item.rstrip(";")
    if type_ == "r":
        item = _QUADRUPLE.sub("e", item)
        if item.lower().lstrip("+-") in {"inf", "infinity", "nan"}:
            return True
    return _is_plain(item, type_)


def _length(
    one: Assignment, facts: KeyFacts, _values: Mapping[str, str], places: Places
) -> InputFinding | None:
    found = items(one.value)
    if len(found) <= 1 or facts.name in _LISTS.split():
        return None
    message = f"{facts.name} takes one value, not {len(found)}."
    is_comma = re.fullmatch(r"[+-]?\d+,\d+", one.value) and facts.type == "r"
    fix = f"write {one.value.replace(',', '.')}" if is_comma else "give one value"
    return _at(one, places, "pw.length", ERROR, message, fix)


def _option(
    one: Assignment, facts: KeyFacts, values: Mapping[str, str], places: Places
) -> InputFinding | None:
    value = unquoted(one.value).strip()
    if facts.type == "i":
        number = fortran_float(items(one.value)[0])
        value = value if number is None else f"{number:.0f}"
    if not facts.options or value in facts.options:
        return None
    close = [option for option in facts.options if option.lower() == value.lower()]
    close = close or near(value.lower(), facts.options)
    close = close or [one for one in facts.options if one.startswith(value.lower())]
    is_used = facts.name != "smearing" or values.get("occupations") == "smearing"
    if facts.namelist == "cell":
        is_used = values.get("calculation", "").startswith("vc-")
    quote = "'" if facts.type == "s" else ""
    if facts.name == "vdw_corr":
        return _dispersion(one, facts, value, places) if value else None
    return _at(
        one,
        places,
        "pw.option",
        ERROR if facts.name in _STRICT and is_used else WARNING,
        f"{facts.name} is one of {', '.join(facts.options)}, not {shown(value)}.",
        f"write {quote}{(close or facts.options)[0]}{quote}",
    )


def _dispersion(
    one: Assignment, facts: KeyFacts, value: str, places: Places
) -> InputFinding:
    """Return the finding of a correction that pw.x does not know, and leaves out."""
    number = next((digit for digit in value if digit.isdecimal()), "")
    meant = {"2": "grimme-d2", "3": "grimme-d3"}.get(number)
    close = [] if number else near(value.lower(), facts.options)
    fix = meant or (close[0] if close else "")
    return _at(
        one,
        places,
        "pw.option",
        WARNING,
        f"vdw_corr has no {shown(value)}: pw.x goes on without any correction.",
        f"write '{fix}'" if fix else "write grimme-d3, ts or xdm, or delete vdw_corr",
    )


def _range(
    one: Assignment, facts: KeyFacts, values: Mapping[str, str], places: Places
) -> InputFinding | None:
    number = fortran_float(unquoted(one.value)) if facts.type in "ir" else None
    least = _LEAST.get(one.name)
    if number is None or (one.name == "celldm(1)" and "a" in values):
        return None
    severity = ERROR
    if one.name in _ABOVE_0 and number <= 0:
        message = f"{one.name} is above 0, not {number:g}."
    elif least is not None and number < least:
        message = f"{one.name} is {least:g} or more, not {number:g}."
    elif one.name == "zgate" and number > 1:
        message = f"zgate is a fraction of the cell, not {number:g}."
    elif one.name in _LIKELY and not 0 < number <= _LIKELY[one.name][0]:
        severity = WARNING
        message = f"{one.name} = {number:g}: it is {_LIKELY[one.name][1]}."
    else:
        return None
    default = facts.default if facts.default not in {None, "required", "old"} else None
    fix = f"write {default}" if default else "give another number"
    return _at(one, places, "pw.range", severity, message, fix)
