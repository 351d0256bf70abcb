"""Electrons of a cell: those of the nuclei, those of the shells, and its charge."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from crystalmathd.codes.crystal.basis_choice import BasisChoice
from crystalmathd.codes.crystal.basis_sets import AtomSet
from crystalmathd.codes.crystal.deck import CAPACITY, Shell, ShellType
from crystalmathd.models.inputs import ERROR, WARNING, InputFinding
from crystalmathd.structures.elements import symbol

_WHOLE: Final = 1e-6


@dataclass(frozen=True, kw_only=True, slots=True)
class Electrons:
    """What a cell holds. `explicit`: None for a library's set, which may have cores.

    `sets` are those of the basis with the charge in their shells; `parity` is that of
    all electrons, which cores do not change.
    """

    explicit: int | None
    parity: int
    sets: Mapping[int, AtomSet]
    findings: tuple[InputFinding, ...] = ()


def counted(basis: BasisChoice, labels: Sequence[int], charge_e: float) -> Electrons:
    """Count the electrons of atoms with these conventional numbers (ghosts left out).

    A charge goes into the shells of one element, in whole electrons an atom: of the
    least electronegative one for a cation, of the most for an anion.
    """
    findings: list[InputFinding] = []
    charge = round(charge_e)
    if abs(charge_e - charge) > _WHOLE:
        findings.append(
            _error(
                "charge.fraction",
                f"The cell would have the charge {charge_e:g}, no whole number.",
                "Give charge_e of the cell as it is computed.",
            )
        )
    parity = (sum(label % 100 for label in labels) - charge) % 2
    if basis.library is not None:
        if charge:
            findings.append(
                _error(
                    "charge.library",
                    "A library's basis set has the electrons of neutral atoms; CRYSTAL "
                    "refuses it for a charged cell.",
                    "Write the shells: basis_form explicit.",
                )
            )
        return Electrons(
            explicit=None, parity=parity, sets={}, findings=tuple(findings)
        )
    sets = dict(basis.sets)
    if charge:
        changed = _charged(sets, Counter(labels), charge)
        if changed is None:
            findings.append(
                _error(
                    "charge.place",
                    f"The charge {charge:+d} cannot be put into the shells of one "
                    "element in whole electrons an atom.",
                    "Give one atom a second_basis, or the shells as text.",
                )
            )
        else:
            sets = changed
    nuclei = sum(label % 100 - sets[label].n_core for label in labels) - charge
    shells = sum(sets[label].electrons for label in labels)
    if abs(shells - nuclei) > _WHOLE and not findings:
        findings.append(
            _error(
                "basis.electrons",
                f"The shells hold {shells:g} electrons; the nuclei and the charge make "
                f"{nuclei}.",
                "Correct the charges of the shells (CHE).",
            )
        )
    return Electrons(
        explicit=nuclei, parity=parity, sets=sets, findings=tuple(findings)
    )


def charge_findings(charge_e: float, dimension: int) -> tuple[InputFinding, ...]:
    """Tell what the energy of a charged periodic cell means."""
    if not charge_e or not dimension:
        return ()
    return (
        InputFinding(
            code="charge.periodic",
            severity=WARNING,
            message="A charged periodic cell is computed in a uniform background of "
            "the opposite charge; its energy depends on the size of the cell.",
            fix="Compare cells of one size only, or correct for the background.",
        ),
    )


def _error(code: str, message: str, fix: str) -> InputFinding:
    return InputFinding(code=code, severity=ERROR, message=message, fix=fix)


def _charged(
    sets: Mapping[int, AtomSet], counts: Counter[int], charge: int
) -> dict[int, AtomSet] | None:
    from pymatgen.core.periodic_table import Element  # noqa: PLC0415

    order = sorted(
        counts,
        key=lambda label: float(Element(symbol(label % 100)).X or 0.0),
        reverse=charge < 0,
    )
    for label in order:
        if abs(charge) % counts[label]:
            continue
        shells = _with_fewer(sets[label].entry.shells, charge // counts[label])
        if shells is not None:
            entry = replace(sets[label].entry, shells=shells)
            return {**sets, label: replace(sets[label], entry=entry)}
    return None


def _with_fewer(shells: tuple[Shell, ...], fewer: int) -> tuple[Shell, ...] | None:
    """Take electrons out of the outermost shells, or put some in; None: no room."""
    changed = list(shells)
    left = fewer
    outermost = sorted(
        range(len(shells)), key=lambda at: min(_exponents(shells[at]), default=0.0)
    )
    if fewer < 0:
        # Into shells that are begun first, then into empty ones.
        outermost.sort(key=lambda at: shells[at].electrons == 0)
    for at in outermost:
        shell = changed[at]
        room = shell.electrons if left > 0 else CAPACITY[shell.type] - shell.electrons
        if fewer < 0 and shell.type in (ShellType.D, ShellType.F, ShellType.G):
            room = room if shell.electrons else 0.0
        moved = min(abs(left), room)
        sign = 1 if left > 0 else -1
        changed[at] = replace(shell, electrons=shell.electrons - sign * moved)
        left -= sign * round(moved)
        if not left:
            return tuple(changed)
    return None


def _exponents(shell: Shell) -> list[float]:
    return [row.exponent for row in shell.primitives]
