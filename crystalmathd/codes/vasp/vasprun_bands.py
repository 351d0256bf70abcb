"""Eigenvalues and densities of states of a vasprun.xml."""

import re
from operator import add
from typing import Final

from crystalmathd.codes.vasp import markup
from crystalmathd.codes.vasp.run import Run
from crystalmathd.models.quantities import Bands, DensityOfStates, Projection
from crystalmathd.structures.elements import symbol

_SPINS: Final = ("up", "down")
_SPIN: Final = re.compile(rb'<set comment="spin *\d+">')
_KPOINT: Final = re.compile(rb'<set comment="kpoint *\d+">')
_WIDTH: Final = 3
"""Energy, total and integrated density of one spin."""
_ION: Final = re.compile(rb'<set comment="ion *\d+">')
_FIELD: Final = re.compile(rb"<field>([^<]*)</field>")

Channel = tuple[tuple[float, ...], ...]


def read_eigenvalues(data: bytes, run: Run) -> None:
    """Read the last eigenvalues that are not repeated beside projections."""
    text = _last(data, b"<eigenvalues>", b"</eigenvalues>")
    spins = [_channel(part) for part in _SPIN.split(text)[1:]]
    if not spins or any(spin is None for spin in spins):
        return
    whole = [spin for spin in spins if spin is not None]
    head = markup.between(data, b"<kpoints>", b"</kpoints>")
    rows = markup.array(head, b"kpointlist")
    points = tuple([(a, b, c) for a, b, c in rows])
    # The k-points of a hybrid's own mesh may stand elsewhere.
    points = points if len(points) == len(whole[0][0]) else ()
    run.fermi_ev = markup.value(_last(data, b"<dos>", b"</dos>"), b"efermi")
    run.bands = Bands(
        energies_ev=tuple([energies for energies, _ in whole]),
        kpoints=points,
        fermi_ev=run.fermi_ev,
    )
    run.occupations = tuple([occupations for _, occupations in whole])


def _last(data: bytes, opening: bytes, closing: bytes) -> bytes:
    """Return the last whole piece that is not inside `<projected>`."""
    end = data.rfind(closing)
    while end >= 0:
        begin = data.rfind(opening, 0, end)
        if begin < 0:
            return b""
        if not data[max(0, begin - 40) : begin].rstrip().endswith(b"<projected>"):
            return data[begin:end]
        end = data.rfind(closing, 0, begin)
    return b""


def _channel(text: bytes) -> tuple[Channel, Channel] | None:
    energies: list[tuple[float, ...]] = []
    occupations: list[tuple[float, ...]] = []
    for part in _KPOINT.split(text)[1:]:
        found = _rows(part)
        if not found or len(found) % 2:
            return None
        energies.append(found[0::2])
        occupations.append(found[1::2])
    return (tuple(energies), tuple(occupations)) if energies else None


def _rows(part: bytes) -> tuple[float, ...]:
    """Return the numbers of the lines `<r> … </r>`; empty if one is none."""
    body = part.partition(b"</set>")[0].replace(b"<r>", b"").replace(b"</r>", b"")
    return markup.finite(body.split())


def read_dos(data: bytes, run: Run) -> None:
    """Read the total density of states and its parts by elements and orbitals."""
    text = _last(data, b"<dos>", b"</dos>")
    total = markup.between(text, b"<total>", b"</total>")
    width = len(_FIELD.findall(total)) or _WIDTH
    spins = [_rows(part) for part in _SPIN.split(total)[1:]]
    if not spins or any(not one or len(one) % width for one in spins):
        return
    names = _SPINS if len(spins) == len(_SPINS) else (None,)
    curves = [
        Projection(name="total", spin=spin, density=one[1::width])
        for spin, one in zip(names, spins, strict=False)
    ]
    energies = spins[0][0::width]
    if any(len(curve.density) != len(energies) for curve in curves):
        return
    partial = markup.between(text, b"<partial>", b"</partial>")
    curves += _partial(partial, len(energies), run)
    run.dos = DensityOfStates(
        energies_ev=energies,
        curves=tuple(curves),
        fermi_ev=markup.value(text, b"efermi"),
    )


def _partial(text: bytes, n_energies: int, run: Run) -> list[Projection]:
    """Return one curve an element, orbital momentum and spin: `Si s`, `O p`.

    Atoms and magnetic quantum numbers are summed over: a file can hold thousands.
    """
    fields = [field.decode("latin-1").strip() for field in _FIELD.findall(text)]
    numbers = run.atomic_numbers
    parts = _ION.split(text)[1:]
    if len(parts) != len(numbers):
        return []
    sums: dict[tuple[str, str | None], tuple[float, ...]] = {}
    for number, part in zip(numbers, parts, strict=True):
        spins = [_rows(one) for one in _SPIN.split(part)[1:]]
        names = _SPINS if len(spins) == len(_SPINS) else (None,)
        # Four parts are the total and the moment's x, y and z: not spins.
        for spin, found in zip(names, spins, strict=False):
            if len(found) != n_energies * len(fields):
                return []
            for column, field in enumerate(fields[1:], start=1):
                key = f"{symbol(number)} {_momentum(field)}", spin
                values = found[column :: len(fields)]
                known = sums.get(key)
                sums[key] = tuple(map(add, known, values)) if known else values
    return [
        Projection(name=name, spin=spin, density=density)
        for (name, spin), density in sums.items()
    ]


def _momentum(field: str) -> str:
    """Return s, p, d or f of `s`, `py`, `dxy`, `x2-y2`, `f-3`."""
    return "d" if field.startswith("x2") else field[:1]
