"""Eigenvalues, charges and moments of the last step of an OUTCAR."""

import re
from typing import Final

from crystalmathd.codes.numbers import fortran_float
from crystalmathd.codes.vasp.outcar import Outcar
from crystalmathd.codes.vasp.run import Run, row
from crystalmathd.models.quantities import Bands, Charges
from crystalmathd.models.structures import Vector

_FERMI: Final = re.compile(r"E-fermi :\s*(\S+)")
_EXACT: Final = re.compile(r"^ *Fermi energy:\s*(\S+)")
_KPOINT: Final = re.compile(r"^ *k-point +(\d{1,9}) :\s*(.*?)\s*$")

Block = tuple[tuple[float, ...], tuple[float, ...]]
"""Energies and occupations of the bands at one k-point."""


def read_bands(outcar: Outcar, run: Run) -> None:
    """Read the last eigenvalues that were printed whole; before them E-fermi."""
    for place in reversed(outcar.all("fermi")):
        blocks, kpoints = _blocks(outcar, run, place)
        if not blocks:
            continue
        n_spins = 2 if run.integer("ISPIN") == 2 else 1  # noqa: PLR2004  # ISPIN = 2
        n_kpoints = len(blocks) // n_spins
        if n_kpoints * n_spins != len(blocks):
            continue
        spins = [blocks[i * n_kpoints : (i + 1) * n_kpoints] for i in range(n_spins)]
        run.fermi_ev = _fermi(outcar, place)
        run.bands = Bands(
            energies_ev=tuple([tuple([e for e, _ in spin]) for spin in spins]),
            kpoints=tuple(kpoints[:n_kpoints]),
            fermi_ev=run.fermi_ev,
        )
        run.occupations = tuple([tuple([o for _, o in spin]) for spin in spins])
        return
    if (last := outcar.last("fermi")) is not None:
        run.fermi_ev = _fermi(outcar, last)


def _fermi(outcar: Outcar, place: int) -> float | None:
    """Return the Fermi energy; VASP 6.4 prints it with more digits below."""
    for line in outcar.lines[place + 1 : place + 4]:
        if match := _EXACT.match(line):
            return fortran_float(match[1])
    match = _FERMI.search(outcar.lines[place])
    return fortran_float(match[1]) if match else None


def _blocks(outcar: Outcar, run: Run, place: int) -> tuple[list[Block], list[Vector]]:
    n_bands, n_kpoints = run.integer("NBANDS"), run.n_kpoints
    if not n_bands or not n_kpoints:
        return [], []
    n_expected = n_kpoints * (2 if run.integer("ISPIN") == 2 else 1)  # noqa: PLR2004
    blocks: list[Block] = []
    kpoints: list[Vector] = []
    lines = outcar.lines
    end = min(len(lines), place + n_expected * (n_bands + 5) + 20)
    at = place + 1
    while at < end and len(blocks) < n_expected:
        match = _KPOINT.match(lines[at])
        if match is None:
            at += 1
            continue
        if int(match[1]) != len(blocks) % n_kpoints + 1:
            return [], []  # another list of points (KPOINTS_OPT)
        block = _block(lines[at + 2 : at + 2 + n_bands], n_bands)
        point = row(match[2])
        if block is None or len(point) != len("xyz"):
            return [], []
        blocks.append(block)
        kpoints.append((point[0], point[1], point[2]))
        at += 2 + n_bands
    following = [_KPOINT.match(line) for line in lines[at : at + 3]]
    is_whole = len(blocks) == n_expected and not any(following)
    return (blocks, kpoints) if is_whole else ([], [])


def _block(lines: list[str], n_bands: int) -> Block | None:
    """Read the lines `number energy occupation` of one k-point."""
    words = " ".join(lines).split()
    if len(words) != 3 * n_bands:
        rows = [row(line) for line in lines]
        if len(rows) != n_bands or any(len(values) < 3 for values in rows):  # noqa: PLR2004
            return None
        return tuple([v[1] for v in rows]), tuple([v[2] for v in rows])
    try:
        return tuple(map(float, words[1::3])), tuple(map(float, words[2::3]))
    except ValueError:
        return None


def read_charges(outcar: Outcar, run: Run) -> None:
    """Read the charges and moments inside the spheres of LORBIT, the last ones.

    Of a noncollinear run, a moment is the length of the vector.
    """
    n_atoms = run.integer("NIONS")
    if not n_atoms:
        return
    tables = (
        (place, _totals(outcar, place, n_atoms))
        for place in reversed(outcar.all("charge"))
    )
    # Other lines begin with these words, but have no such table below them.
    place, electrons = next((one for one in tables if one[1]), (-1, ()))
    if not electrons:
        return
    parts = [
        _totals(outcar, found, n_atoms)
        for found in outcar.all("moments")
        if found > place
    ]
    moments: tuple[float, ...] = ()
    if len(parts) == 1:
        moments = parts[0]
    elif len(parts) == len("xyz") and all(parts):
        moments = tuple(
            [sum(m * m for m in atom) ** 0.5 for atom in zip(*parts, strict=True)]
        )
    run.charges = Charges(scheme="projected", electrons=electrons, moments_bohr=moments)


def _totals(outcar: Outcar, place: int, n_atoms: int) -> tuple[float, ...]:
    """Return the last column of a table by atoms; empty if a line is missing."""
    lines = outcar.lines[place + 1 : place + 6]
    for offset, line in enumerate(lines, start=place + 1):
        if line.lstrip().startswith("# of ion"):
            start = offset + 2
            break
    else:
        return ()
    rows = [row(line) for line in outcar.lines[start : start + n_atoms]]
    if len(rows) < n_atoms or any(len(values) < 3 for values in rows):  # noqa: PLR2004
        return ()
    return tuple([values[-1] for values in rows])
