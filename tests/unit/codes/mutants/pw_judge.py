"""A judge of pw.x inputs: a strict reader of namelists and cards in pw.x's order.

It shares no code with the checker. The keys are those of INPUT_PW as ase lists them
(pw_keys.tsv; `?`: a type that was not looked up); `tests/real` holds the judge against
pw.x itself.
"""

import csv
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from tests.unit.codes.mutants.pw_cards import CARDS, read_cards
from tests.unit.codes.mutants.verdicts import RefusedError

ORDER = ("control", "system", "electrons", "ions", "cell", "fcp", "rism")
_STATEMENT = re.compile(
    r"\s*([A-Za-z_]\w*)\s*(?:\(([^)]*)\))?\s*=\s*('[^']*'|\"[^\"]*\"|[^,\s/'\"]+)"
    r"((?:\s*,?\s+[\d.+-][\d.DdEe+-]*(?![\w=]))*)\s*,?"
)
_TYPES = {
    "s": re.compile(r"['\"]"),
    "l": re.compile(r"\.?[TtFf]"),
    "i": re.compile(r"[+-]?\d+$"),
    "r": re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([EeDd][+-]?\d+)?$"),
    "?": re.compile(r""),
}
_OPTIONS = {
    "calculation": "scf nscf bands relax md vc-relax vc-md",
    "occupations": "smearing tetrahedra tetrahedra_lin tetrahedra_opt fixed from_input",
    "restart_mode": "from_scratch restart",
    "diagonalization": "david cg ppcg paro rmm-davidson rmm-paro",
    "mixing_mode": "plain TF local-TF",
}
_REQUIRED = ("ecutwfc", "nat", "ntyp")
_MOVING = {"relax", "md", "vc-relax", "vc-md"}


@dataclass
class PwReading:
    """Lines, what each was taken for, the values of keys and where they stand."""

    lines: list[str]
    roles: dict[int, str] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)
    where: dict[str, int] = field(default_factory=dict)
    opened: dict[str, int] = field(default_factory=dict)
    closed: dict[str, int] = field(default_factory=dict)


@cache
def _keys() -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    path = Path(__file__).with_name("pw_keys.tsv")
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream, delimiter="\t"):
            for name in row["keys"].split():
                found[name] = row["namelist"], row["type"]
    return found


def judge_pw(text: str) -> PwReading:
    """Read an input; raises `RefusedError`."""
    read = PwReading(text.replace("\r\n", "\n").removesuffix("\n").split("\n"))
    line = 1
    while line <= len(read.lines):
        bare = bare_line(read.lines[line - 1])
        if bare.startswith("&"):
            line = _namelist(read, line)
        elif _card(bare) is None and bare:
            _stray(read, bare, line)
            line += 1
        elif bare:
            break
        else:
            line += 1
    _whole(read)
    read_cards(read.lines, line, read.values, read.where, read.roles)
    return read


def bare_line(line: str) -> str:
    """Return a line without its remark and blanks around."""
    return re.sub(r"(^\s*#.*|!(?=(?:[^']*'[^']*')*[^']*$).*)$", "", line).strip()


def _card(bare: str) -> str | None:
    word = bare.split(maxsplit=1)[0].upper() if bare.split() else ""
    return word if word in CARDS else None


def _stray(read: PwReading, bare: str, line: int) -> None:
    if _STATEMENT.match(bare):
        raise RefusedError({line - 1, line}, "a statement outside of namelists")
    # pw.x goes past a / too many on its way to the next namelist.
    if read.opened and bare != "/":
        raise RefusedError({line - 1, line}, "no card")


def _namelist(read: PwReading, line: int) -> int:
    """Read a namelist from its `&`; return the line behind its `/`."""
    first = bare_line(read.lines[line - 1])
    name = first[1:].split()[0].lower() if first[1:].split() else ""
    if name not in ORDER:
        raise RefusedError({line}, "no such namelist")
    before = [one for one in read.opened if ORDER.index(one) >= ORDER.index(name)]
    if before:
        raise RefusedError({line, read.opened[before[0]]}, "namelists out of order")
    read.opened[name] = line
    read.roles[line] = "namelist"
    rest = first[1 + len(name) :].strip()
    at = line
    while True:
        if rest and _statements(read, rest, name, at):
            read.roles[at] = "close" if rest.startswith("/") else "statement"
            read.closed[name] = at
            return at + 1
        at += 1
        if at > len(read.lines):
            raise RefusedError({line, at - 1}, "a namelist without /")
        rest = bare_line(read.lines[at - 1])
        if rest.startswith("&") and rest.lower() != "&end":
            raise RefusedError(_unclosed(read, at), "a namelist without /")
        if _card(rest) and "=" not in rest:
            raise RefusedError(_unclosed(read, at), "a namelist without /")
        if rest:
            read.roles[at] = "statement"


def _unclosed(read: PwReading, line: int) -> set[int]:
    before = line - 1
    while before > 1 and not bare_line(read.lines[before - 1]):
        before -= 1
    return set(range(before, line + 1))


def _statements(read: PwReading, rest: str, namelist: str, line: int) -> bool:
    """Read the statements of one line; return whether it closes the namelist."""
    while rest:
        if rest.startswith("/") or rest.lower() == "&end":
            return True
        match = _STATEMENT.match(rest)
        if match is None:
            raise RefusedError({line}, f"no statement: {rest!r}")
        key, value = match[1].lower(), match[3]
        home, kind = _keys().get(key, ("", "?"))
        if home != namelist:
            raise RefusedError({line}, f"{key} is no key of {namelist}")
        values = [value, *match[4].replace(",", " ").split()]
        if not all(_TYPES[kind].match(one) for one in values):
            raise RefusedError({line}, f"{key} cannot be {value}")
        options = _OPTIONS.get(key)
        if options and value.strip("'\" ") not in options.split():
            raise RefusedError({line}, f"{key} cannot be {value}")
        read.values[key] = value.strip("'\" ")
        read.where[key] = line
        rest = rest[match.end() :].strip()
    return False


def _whole(read: PwReading) -> None:
    """See that the namelists and keys are there that pw.x cannot do without."""
    calculation = read.values.get("calculation", "scf")
    wanted = ["control", "system", "electrons"]
    wanted += ["ions"] if calculation in _MOVING else []
    wanted += ["cell"] if calculation.startswith("vc-") else []
    for name in wanted:
        if name not in read.opened:
            asked = read.where.get("calculation", 1)
            raise RefusedError({1, asked, *read.opened.values()}, f"no &{name}")
    for key in _REQUIRED:
        if key not in read.values:
            around = {read.opened["system"], read.closed["system"]}
            raise RefusedError(around, f"no {key}")
    if "ibrav" not in read.values and "space_group" not in read.values:
        raise RefusedError({read.opened["system"], read.closed["system"]}, "no ibrav")
    _spins(read, calculation)
    if read.values.get("occupations") == "smearing" and "degauss" not in read.values:
        around = {read.opened["system"], read.closed["system"]}
        raise RefusedError(around | {read.where["occupations"]}, "no degauss")


def _spins(read: PwReading, calculation: str) -> None:
    """See that the spins begin from something; iosys of pw.x 6.7 stops otherwise."""
    values, where = read.values, read.where
    around = {read.opened["system"], read.closed["system"]}
    has_total = "tot_magnetization" in values
    if values.get("nspin", "1") != "2":
        if has_total:
            raise RefusedError(
                {*around, where["tot_magnetization"]}, "a total without spins"
            )
        return
    around.add(where["nspin"])
    is_fixed = values.get("occupations", "fixed") == "fixed"
    is_free = not has_total and "starting_magnetization" not in values
    if is_fixed and not has_total:
        raise RefusedError(around, "fixed occupations without a total")
    if is_free and calculation != "nscf":
        raise RefusedError(around, "spins that start from nothing")
