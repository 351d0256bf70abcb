"""What the engine's output says beside the energy: method, cell, cycles, gap."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from crystalmathd.codes.numbers import whole_number
from crystalmathd.codes.pyscf.progress import read_cycle
from crystalmathd.codes.pyscf.report import BANNER, fields, number
from crystalmathd.models.progress import Cycle
from crystalmathd.models.quantities import Charges, Gap
from crystalmathd.models.results import Result, ScfLoop
from crystalmathd.models.structures import Structure, Vector
from crystalmathd.structures.elements import atomic_number
from crystalmathd.structures.formula import formula

_SPINS: Final = {"closed_shell": "restricted", "polarised": "unrestricted"}
_ATOM: Final = re.compile(r"([A-Z][a-z]?)\d*")
_AXES: Final = ("x_a", "y_a", "z_a")
_BEHIND: Final = " (libxc's names)"
Line = tuple[str, dict[str, str]]


def with_details(result: Result, data: bytes) -> Result:
    """Return the result with what else its output says; nothing of other files."""
    lines = data.decode("utf-8", errors="replace").split("\n")[:-1]
    if not any(line.startswith(BANNER) for line in lines):
        return result
    read = [fields(line) for line in lines]
    structure = _structure(read)
    numbers = () if structure is None else structure.atomic_numbers
    mesh = _mesh(_field(read, "MESH", "divisions"))
    spin = _field(read, "METHOD", "spin") or ""
    return replace(
        result,
        calculation="scf",
        functional=_functional(read),
        spin=_SPINS.get(spin),
        initial_structure=structure,
        final_structure=structure,
        formula=formula(numbers) if numbers else None,
        space_group=_field(read, "CELL", "symbol"),
        kpoint_mesh=mesh,
        gaps=tuple(_gaps(read)),
        charges=tuple(_moments(read)),
        wall_time_s=number(_field(read, "TIME", "seconds")),
        scf_loops=_loops(lines, result),
    )


def _field(read: list[Line], word: str, name: str) -> str | None:
    return next((values.get(name) for found, values in read if found == word), None)


def _functional(read: list[Line]) -> str | None:
    printed = _field(read, "FUNCTIONAL", "text")
    if printed is not None:
        return printed.removesuffix(_BEHIND)
    return _field(read, "METHOD", "name")


def _structure(read: list[Line]) -> Structure | None:
    lattice = [_vector(values) for word, values in read if word == "VECTOR"]
    atoms = [values for word, values in read if word == "ATOM"]
    found = [_ATOM.fullmatch(one.get("name", "")) for one in atoms]
    numbers = [atomic_number(one[1]) if one is not None else None for one in found]
    places = [_vector(values) for values in atoms]
    vectors = [one for one in lattice if one is not None]
    known = [one for one in numbers if one is not None]
    points = [one for one in places if one is not None]
    is_whole = len(vectors) == len(lattice) and len(known) == len(points) == len(atoms)
    if not atoms or not is_whole:
        return None
    return Structure(
        dimension=len(vectors),
        lattice_a=tuple(vectors),
        atomic_numbers=tuple(known),
        positions_a=tuple(points),
        labels=tuple(one.get("name", "") for one in atoms),
    )


def _vector(values: dict[str, str]) -> Vector | None:
    x, y, z = (number(values.get(name)) for name in _AXES)
    return None if x is None or y is None or z is None else (x, y, z)


def _mesh(text: str | None) -> tuple[int, int, int] | None:
    parts = [whole_number(part) for part in (text or "").split("x")]
    if len(parts) != len(_AXES):
        return None
    a, b, c = parts
    return None if a is None or b is None or c is None else (a, b, c)


def _gaps(read: list[Line]) -> Iterator[Gap]:
    """Yield the gap: on the mesh of a crystal, of the orbitals of a molecule."""
    for name in ("mesh_gap_ev", "orbital_gap_ev"):
        gap_ev = number(_field(read, "GAP", name))
        if gap_ev is not None:
            yield Gap(gap_ev=max(gap_ev, 0.0))


def _moments(read: list[Line]) -> Iterator[Charges]:
    found = [number(values.get("bohr")) for word, values in read if word == "MOMENT"]
    moments = [one for one in found if one is not None]
    if moments and len(moments) == len(found):
        yield Charges(scheme="mulliken", moments_bohr=tuple(moments))


def _loops(lines: list[str], result: Result) -> tuple[ScfLoop, ...]:
    cycles = list(_cycles(lines))
    if not cycles:
        return ()
    loop = ScfLoop(
        geometry_step=0,
        is_converged=result.is_scf_converged,
        n_cycles=len(cycles),
        energies_ev=tuple(one.energy_ev for one in cycles),
        deltas_ev=tuple(one.delta_ev for one in cycles),
    )
    return (loop,)


def _cycles(lines: list[str]) -> Iterator[Cycle]:
    for line in lines:
        if line.startswith("CYCLE "):
            cycle = read_cycle(line)
            if cycle is not None:
                yield cycle
