"""Spins of a deck: from what was asked for, and from the moments of the structure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from crystalmathd.codes.crystal.options import CrystalOptions
from crystalmathd.codes.open_shells import magnetic_elements, unknown_moments
from crystalmathd.models.inputs import ERROR, NOTE, WARNING, InputFinding
from crystalmathd.models.sourced import SourcedStructure

_SMALLEST_MOMENT_UB: Final = 0.3
"""Moments below it are what neighbours induce; the SCF finds them by itself."""

_PAIRS_A_LINE: Final = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class SpinChoice:
    """`atoms`: 1, -1 or 0 for each given atom; `lock`: SPINLOCK's two numbers."""

    is_polarised: bool
    atoms: tuple[int, ...]
    lock: tuple[int, int] | None = None
    findings: tuple[InputFinding, ...] = ()

    def records(self, order: Sequence[int]) -> list[str]:
        """Return SPINLOCK and ATOMSPIN; `order`: for CRYSTAL's atoms the given ones."""
        records = []
        if self.lock is not None:
            records += ["SPINLOCK", f"{self.lock[0]} {self.lock[1]}"]
        signs = [(at + 1, self.atoms[given]) for at, given in enumerate(order)]
        pairs = [f"{number} {sign}" for number, sign in signs if sign]
        if pairs:
            records += ["ATOMSPIN", str(len(pairs))]
            records += [
                "  ".join(pairs[start : start + _PAIRS_A_LINE])
                for start in range(0, len(pairs), _PAIRS_A_LINE)
            ]
        return records


def chosen_spins(source: SourcedStructure, options: CrystalOptions) -> SpinChoice:
    """Return the spins; the moments of the structure make them, if nothing is said."""
    n_atoms = source.structure.n_atoms
    moments = source.moments_ub or (0.0,) * n_atoms
    signs = [_sign(moment) for moment in moments]
    for atom, sign in options.atom_spins.items():
        signs[atom - 1] = sign
    is_asked = options.is_spin_polarised
    is_polarised = (
        is_asked
        if is_asked is not None
        else bool(any(signs) or options.spin_lock is not None)
    )
    findings: list[InputFinding] = []
    is_known = source.moments_ub or options.atom_spins or options.spin_lock is not None
    if is_asked is None and not is_known:
        findings += unknown_moments(
            magnetic_elements(source.structure),
            "Give atom_spins, or is_spin_polarised=false to say that it is so.",
        )
    if is_asked is False and any(signs):
        findings.append(
            InputFinding(
                code="spin.moments",
                severity=NOTE,
                message="The structure has magnetic moments; closed shells were asked "
                "for and they are left out.",
            )
        )
    return SpinChoice(
        is_polarised=is_polarised,
        atoms=tuple(signs) if is_polarised else (0,) * n_atoms,
        lock=options.spin_lock if is_polarised else None,
        findings=tuple(findings),
    )


def parity_findings(
    spin: SpinChoice, parity: int, options: CrystalOptions, dimension: int
) -> tuple[InputFinding, ...]:
    """Tell of a SPINLOCK, or of closed shells, that the number of electrons excludes.

    Bands of a metal are filled in part: an odd number is nothing special there.
    """
    if parity and not spin.is_polarised and options.smear_hartree is None:
        return (_odd(ERROR if not dimension else WARNING),)
    if spin.lock is None or spin.lock[0] % 2 == parity:
        return ()
    return (
        InputFinding(
            code="spin.parity",
            severity=ERROR,
            message=f"{spin.lock[0]} more α than β electrons is not possible: their "
            f"number in the cell is {'odd' if parity else 'even'}.",
            fix=f"Give spin_lock an {'odd' if parity else 'even'} first number.",
        ),
    )


def _odd(severity: str) -> InputFinding:
    return InputFinding(
        code="electrons.odd",
        severity=severity,
        message="The cell has an odd number of electrons and closed shells.",
        fix="Ask for spins (is_spin_polarised), or give a charge; if it is a metal, "
        "is_metal with smear_hartree.",
    )


def _sign(moment_ub: float) -> int:
    if abs(moment_ub) < _SMALLEST_MOMENT_UB:
        return 0
    return 1 if moment_ub > 0 else -1
