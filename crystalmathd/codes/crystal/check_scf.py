"""What is wrong with the SCF block of a deck that can be read."""

from collections.abc import Iterator, Sequence
from typing import Final

from crystalmathd.codes.crystal import libraries
from crystalmathd.codes.crystal.check_functionals import functional_findings
from crystalmathd.codes.crystal.deck import Deck, Keyword
from crystalmathd.codes.crystal.words import LEAVE_ATOMS
from crystalmathd.codes.line_fixes import ON_THIS_LINE
from crystalmathd.codes.places import Places
from crystalmathd.models.inputs import ERROR, WARNING, InputFinding

_TIGHT_FOR_FREQUENCIES: Final = 10
_TOLDEE: Final = (4, 14)
_LARGEST_TOLERANCE: Final = 80
_LARGEST_MIXING: Final = 100
_LAST_ALL_ELECTRON: Final = 36
"""Kr: up to here no library of CRYSTAL has core potentials."""
_WIDE_SMEARING_HA: Final = 0.1
_FINEST_MESH: Final = 100
_SPIN_WORDS: Final = ("SPINLOCK", "SPINLOC2", "ATOMSPIN", "BETALOCK")
_CUTS_OUT: Final = frozenset({"CLUSTER", "MOLECULE"})
"""Edits that make a molecule of a part of the crystal."""


def scf_findings(
    deck: Deck, places: Places, dimension: int | None
) -> Iterator[InputFinding]:
    """Yield the findings; `dimension` is that of the geometry, if it is known."""
    if deck.basis is None:
        return
    yield from _hamiltonian(deck, places)
    yield from _mesh(deck, places, dimension)
    yield from _numbers(deck, places)
    yield from _convergence(deck, places)


def _first(words: Sequence[Keyword], name: str) -> Keyword | None:
    return next((word for word in words if word.name == name), None)


def _hamiltonian(deck: Deck, places: Places) -> Iterator[InputFinding]:
    kinds = ("RHF", "UHF", "ROHF", "DFT", "HF3C", "HFSOL3C")
    given = [word for word in deck.scf if word.name in kinds]
    for word in given[1:]:
        yield places.at(
            word.line,
            "hamiltonian.exclusive",
            ERROR,
            f"{word.name} stands beside {given[0].name} (line {given[0].line}): a run"
            " has one Hamiltonian.",
            fix="keep one of them"
            + (
                "; a DFT run with spin has SPIN in its block"
                if {"UHF", "DFT"} <= {one.name for one in given}
                else ""
            ),
        )
    methods = [word for word in given if word.name in libraries.BASIS_OF_METHOD]
    dft = _first(deck.scf, "DFT")
    if dft is not None:
        yield from functional_findings(dft, places)
        methods += [w for w in dft.children if w.name in libraries.BASIS_OF_METHOD]
        yield from _dispersion(deck, dft, places)
    for method in methods:
        yield from _composite(deck, method, places)


def _dispersion(deck: Deck, dft: Keyword, places: Places) -> Iterator[InputFinding]:
    whole = next((word for word in dft.children if word.name.endswith("-D3")), None)
    for word in deck.scf:
        if whole is not None and word.name == "GRIMME":
            yield places.at(
                word.line,
                "functional.dispersion",
                WARNING,
                f"{whole.name} (line {whole.line}) has its dispersion already:"
                f" {word.name} gives it again.",
                fix=f"leave out {word.name}, or write {whole.name[:-3]} there",
            )


def _composite(deck: Deck, method: Keyword, places: Places) -> Iterator[InputFinding]:
    for word in deck.scf:
        if word.name in {"DFTD3", "GCP", "GRIMME"}:
            yield places.at(
                word.line,
                "functional.composite",
                ERROR,
                f"{method.name} has its own corrections: {word.name} would add them a"
                " second time.",
                fix=f"leave out {word.name}",
            )
    name = deck.basis.name if deck.basis is not None else None
    wanted = libraries.BASIS_OF_METHOD[method.name]
    if name is not None and libraries.key(name) != wanted and deck.basis is not None:
        yield places.at(
            deck.basis.last_line,
            "functional.composite-basis",
            WARNING,
            f"{method.name} was parametrised with the basis set {wanted}, not with"
            f" {name}.",
            fix=f"write {wanted}",
            source='CRYSTAL23: "has to be combined with"',
        )


def is_spin_polarised(deck: Deck) -> bool:
    """Tell whether the run has spins, or was meant to."""
    dft = _first(deck.scf, "DFT")
    words = dft.children if dft is not None else ()
    # Behind EXCHANGE without a functional, SPIN is taken for one.
    in_dft = any(word.name == "SPIN" or "SPIN" in word.values for word in words)
    names = {word.name for word in deck.scf}
    return in_dft or bool(names & {"UHF", "ROHF", "SPINORBIT", "TWOCOMPON"})


def spin_findings(
    deck: Deck, places: Places, *, counts_atoms: bool
) -> Iterator[InputFinding]:
    """Yield what a closed-shell run should not have.

    `counts_atoms`: the atoms and their basis are as they should be.
    """
    if is_spin_polarised(deck) or deck.basis is None:
        return
    electrons = certain_electrons(deck) if counts_atoms else None
    if electrons is not None and electrons % 2:
        yield places.at(
            deck.scf_end or 1,
            "spin.odd-electrons",
            WARNING,
            f"The number of electrons, {electrons}, is odd, and the run is"
            " closed-shell.",
            fix="put SPIN in the DFT block, or UHF",
        )
    dft = _first(deck.scf, "DFT")
    words = [word for word in deck.scf if word.name in _SPIN_WORDS]
    if words:
        more = " and ".join(f"{one.name} (line {one.line})" for one in words[1:])
        yield places.at(
            words[0].line,
            "spin.closed-shell",
            ERROR,
            f"{words[0].name} has no place in a closed-shell run"
            + (f", nor has {more}." if more else "."),
            fix=f"put SPIN in the DFT block, below line {dft.line}"
            if dft is not None
            else "put UHF before it",
        )


def certain_electrons(deck: Deck) -> int | None:
    """Return the electrons of a deck that lists all its atoms; None if it does not."""
    group, basis = deck.geometry.group, deck.basis
    labels = [atom.label for atom in deck.geometry.atoms]
    is_all = group is not None and (group.number == 1 or group.symbol == "P 1")
    is_plain = all(edit.name in LEAVE_ATOMS for edit in deck.edits)
    if not (is_all and is_plain and labels) or basis is None:
        return None
    words = {word.name for word in (*basis.keywords, *deck.scf)}
    if words & {"GHOSTS", "CHEMOD", "CHARGED"} or max(labels) > _LAST_ALL_ELECTRON:
        return None
    return sum(label % 100 for label in labels)


def _mesh(deck: Deck, places: Places, dimension: int | None) -> Iterator[InputFinding]:
    shrink = deck.find("SHRINK")
    if shrink is None:
        is_cut_out = any(edit.name in _CUTS_OUT for edit in deck.edits)
        if dimension and not is_cut_out:
            yield places.at(
                deck.scf_end or len(places.lines),
                "shrink.missing",
                ERROR,
                "A periodic system needs SHRINK: the shrinking factors of its k-point"
                " mesh.",
                fix="put SHRINK and a record such as 8 8 before this END",
            )
        return
    yield from _third_factor(shrink, places)
    first, density, *factors = (shrink.integer(at) for at in range(len(shrink.values)))
    mesh = factors or [first]
    for at, factor in enumerate(mesh):
        if not 1 <= factor <= _FINEST_MESH:
            yield places.at(
                shrink.line + (2 if factors else 1),
                "shrink.factor",
                ERROR if factor < 1 else WARNING,
                f"{factor} is not a usual shrinking factor."
                if factor > 0
                else f"{factor} is not a shrinking factor.",
                fix=f"give 1 to {_FINEST_MESH}",
                word=at,
            )
    if 0 < density < max(mesh):
        yield places.at(
            shrink.line + 1,
            "shrink.gilat",
            WARNING,
            f"The Gilat net (ISP), {density}, is coarser than the Monkhorst-Pack net"
            f" (IS), {max(mesh)}: usual is the same or twice as many points.",
            fix=f"write {max(mesh)}, or {2 * max(mesh)} for a metal",
            word=1,
        )
    if density < 1:
        yield places.at(
            shrink.line + 1,
            "shrink.factor",
            ERROR,
            f"{density} is not a shrinking factor.",
            fix=f"write {max(1, *mesh)}",
            word=1,
        )
    for at, factor in enumerate(factors):
        if dimension is not None and at >= dimension and factor > 1:
            yield places.at(
                shrink.line + 2,
                "shrink.direction",
                ERROR,
                f"The system is not periodic along direction {at + 1}: its shrinking"
                " factor must be 1.",
                fix="write 1",
                word=at,
            )


def _third_factor(shrink: Keyword, places: Places) -> Iterator[InputFinding]:
    """Yield three factors on the record that holds IS and ISP: 8 8 8 is 8 8."""
    written = places.lines[shrink.line].replace(",", " ").split()
    if len(written) == len("xyz") and all(word.isdecimal() for word in written):
        is_, other, third = written
        yield places.at(
            shrink.line + 1,
            "shrink.values",
            WARNING,
            f"SHRINK reads two values here, IS and ISP: {third} is not read.",
            fix=f"give IS ISP, or 0 {is_} and {is_} {other} {third} on the next line",
        )


def _numbers(deck: Deck, places: Places) -> Iterator[InputFinding]:
    tolinteg = deck.find("TOLINTEG")
    if tolinteg is not None:
        values = [tolinteg.integer(at) for at in range(5)]
        wrong = [
            at
            for at, value in enumerate(values)
            if not 1 <= value <= _LARGEST_TOLERANCE
        ]
        if wrong:
            yield places.at(
                tolinteg.line + 1,
                "tolinteg.value",
                ERROR,
                f"{values[wrong[0]]} is not a tolerance: TOLINTEG has exponents T,"
                " which mean 10^-T.",
                fix="give five positive integers, such as 7 7 7 7 14",
                word=wrong[0] if len(wrong) == 1 else None,
            )
        if 1 <= values[4] < values[3]:
            yield _order(tolinteg, values, places)
    for name, low, high in (
        ("FMIXING", 0, _LARGEST_MIXING - 1),
        ("MAXCYCLE", 1, 99_999),
    ):
        word = deck.find(name)
        if word is not None and not low <= word.integer(0) <= high:
            yield places.at(
                word.line + 1,
                f"{name.lower()}.value",
                ERROR,
                f"{name} is {word.integer(0)}; it must be between {low} and {high}.",
                fix=f"give {low} to {high}",
                word=0,
            )
    smear = deck.find("SMEAR")
    if smear is not None and not 0 < smear.number(0) <= _WIDE_SMEARING_HA:
        yield places.at(
            smear.line + 1,
            "smear.value",
            WARNING if smear.number(0) > 0 else ERROR,
            f"SMEAR is {smear.number(0):g} hartree; 0.0005 to 0.01 is usual.",
            fix="give a width in hartree, not in eV or K",
            word=0,
        )


def _order(tolinteg: Keyword, values: list[int], places: Places) -> InputFinding:
    """Return what is said of a fifth tolerance that is below the fourth."""
    *first, fourth, fifth = values
    fix = "give at least as much as the fourth"
    if fourth == first[2]:
        fix = f"write {2 * fourth}"
    elif fifth == first[2]:
        fix = "write " + " ".join(map(str, (*first, fifth, fourth))) + ON_THIS_LINE
    is_pair = fix.endswith(ON_THIS_LINE)
    return places.at(
        tolinteg.line + 1,
        "tolinteg.order",
        WARNING,
        f"The fifth tolerance, {fifth}, is smaller than the fourth, {fourth}"
        + (": they are exchanged." if is_pair else "; twice the fourth is usual."),
        fix=fix,
        word=None if is_pair else 4,
    )


def _convergence(deck: Deck, places: Places) -> Iterator[InputFinding]:
    toldee = deck.find("TOLDEE")
    is_for_frequencies = any(edit.name == "FREQCALC" for edit in deck.edits)
    if toldee is None:
        return
    value, (low, high) = toldee.integer(0), _TOLDEE
    if not 1 <= value <= 2 * high:
        yield places.at(
            toldee.line + 1,
            "toldee.value",
            ERROR,
            f"TOLDEE {value} is not a threshold: it is an exponent T, which means 10^-T"
            " hartree.",
            fix=f"write {-value}" if 1 <= -value <= high else "give 6 to 11",
            word=0,
        )
    elif is_for_frequencies and value < _TIGHT_FOR_FREQUENCIES:
        yield places.at(
            toldee.line + 1,
            "toldee.frequencies",
            WARNING,
            f"TOLDEE {value} is loose for FREQCALC, which gets second derivatives as"
            " differences of gradients.",
            fix=f"write {_TIGHT_FOR_FREQUENCIES}",
            word=0,
            source='CRYSTAL: "PROBABLE LOSS IN FREQCALC ACCURACY; SCF TOL LT 10"',
        )
    elif not low <= value <= high:
        yield places.at(
            toldee.line + 1,
            "toldee.unusual",
            WARNING,
            f"TOLDEE {value} (10^-{value} hartree) is unusual; 6 to 11 is usual.",
            fix="give 6 to 11",
            word=0,
        )
