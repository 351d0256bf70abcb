"""vasprun.xml, whole or as far as it was written.

pymatgen reads it too, but gives up a file that is cut or holds `****`, and takes
many times as long (tests/bench/vasp_outputs.py compares both).
"""

import math
import re
from typing import Final

from crystalmathd.codes.numbers import fortran_float, whole_number
from crystalmathd.codes.vasp import markup
from crystalmathd.codes.vasp.outcar_response import dielectric_of
from crystalmathd.codes.vasp.outcar_settings import EXCHANGE
from crystalmathd.codes.vasp.run import Run, Species, Step, tensor, vector
from crystalmathd.codes.vasp.vasprun_bands import read_dos, read_eigenvalues
from crystalmathd.codes.vasp.verdict import is_relaxing
from crystalmathd.models.quantities import Mode, Phonons, Vibrations
from crystalmathd.structures.elements import atomic_number
from crystalmathd.units import GPA_PER_KBAR

_LOOP: Final = re.compile(rb"<scstep>.*?</scstep>", re.DOTALL)
_CELL: Final = re.compile(rb"<c>([^<]*)</c>")
_CM_PER_THZ: Final = 1e12 / 29_979_245_800
_CM_PER_ROOT: Final = (
    math.sqrt(1.602176634e-19 / 1.66053906892e-27) * 1e-2 / (2 * math.pi) * _CM_PER_THZ
)
"""cm⁻¹ for an eigenvalue of 1 eV/(Å² u): 15.633 THz. CODATA 2022."""
_ROUNDING_EV: Final = 1e-7


def read_vasprun(data: bytes, name: str) -> Run:
    """Read a vasprun.xml; what was not written whole is absent."""
    run = Run(file=name)
    first = data.find(b"<calculation>")
    head = data if first < 0 else data[:first]
    generator = markup.settings(markup.between(head, b"<generator>", b"</generator>"))
    run.version = generator.get("VERSION")
    run.build = generator.get("SUBVERSION")
    run.tags = markup.settings(markup.between(head, b"<incar>", b"</incar>"))
    parameters = head.find(b"<parameters>")
    if parameters >= 0:
        run.tags |= markup.settings(head[parameters:])
    _read_species(head, run)
    _read_kpoints(head, run)
    initial = markup.element(head, b"structure", b"initialpos")
    run.initial = markup.structure(initial, run.atomic_numbers)
    chunks = _calculations(data)
    for chunk in chunks:
        run.steps.append(_step(chunk, len(run.steps) + 1, run))
    read_eigenvalues(data, run)
    read_dos(data, run)
    _read_response(data, run)
    run.has_ended = b"</modeling>" in data[-200:]
    # There are no such words in this file: an optimisation that ended of itself
    # before its last allowed step has reached EDIFFG, and one may with that step.
    n_allowed = run.integer("NSW") or 0
    if not run.has_ended:
        run.has_accuracy = None
    elif is_relaxing(run):
        run.has_accuracy = len(run.steps) < n_allowed or _has_settled(run)
    return run


def _has_settled(run: Run) -> bool:
    """Say whether the last step changed the energy by less than EDIFFG asks for."""
    limit = run.number("EDIFFG")
    free = [step.free_ev for step in run.steps[-2:] if step.free_ev is not None]
    is_pair = len(free) == len("ab")
    return is_pair and limit is not None and abs(free[1] - free[0]) < limit


def _read_species(head: bytes, run: Run) -> None:
    atoms = markup.between(head, b"<atoms>", b"</atoms>").strip()
    if atoms.isdigit():
        run.tags["NIONS"] = atoms.decode()
    table = markup.element(head, b"array", b"atomtypes")
    for line in markup.pieces(table, b"<rc>", b"</rc>"):
        cells = [cell.decode("latin-1").strip() for cell in _CELL.findall(line)]
        if len(cells) != len(["count", "symbol", "mass", "valence", "title"]):
            continue
        count, symbol, _, valence, title = cells
        words = title.split()
        if len(words) > 1 and not atomic_number(symbol):
            symbol = words[1].partition("_")[0]
        run.species.append(
            Species(
                symbol=symbol,
                title=title,
                valence=fortran_float(valence),
                count=whole_number(count),
                exchange=EXCHANGE.get(words[0]) if words else None,
            )
        )


def _read_kpoints(head: bytes, run: Run) -> None:
    text = markup.between(head, b"<kpoints>", b"</kpoints>")
    run.n_kpoints = len(markup.array(text, b"kpointlist")) or None
    run.is_line_mode = b'param="listgenerated"' in text
    words = markup.settings(text).get("DIVISIONS", "").split()
    counts = [n for word in words if (n := whole_number(word)) is not None]
    if len(words) == len(counts) == len("abc"):
        run.mesh = counts[0], counts[1], counts[2]


def _calculations(data: bytes) -> list[bytes]:
    """Return the ionic steps; the last one may have been cut while written."""
    chunks = data.split(b"<calculation>")[1:]
    if chunks:
        chunks[-1] = chunks[-1].partition(b"</calculation>")[0]
    return chunks


def _step(chunk: bytes, number: int, run: Run) -> Step:
    """Read one ionic step; those of a linear response stand behind its structure."""
    step = Step(number=number)
    before, _, after = chunk.partition(b"<structure>")
    after = b"<structure>" + _LOOP.sub(b"", after) if after else b""
    loops = markup.pieces(before, b"<scstep>", b"</scstep>")
    frees = [markup.value(loop, b"e_fr_energy") for loop in loops]
    step.energies_ev = [markup.value(loop, b"e_0_energy") for loop in loops]
    step.deltas_ev = [None, *map(_difference, frees, frees[1:])][: len(frees)]
    step.n_cycles = len(loops)
    step.changes_ev = (step.deltas_ev[-1],) if len(frees) > 1 else ()
    _take_energies(step, loops, after)
    step.structure = markup.structure(after, run.atomic_numbers)
    forces = [vector(one) for one in markup.array(after, b"forces")]
    step.forces_ev_a = tuple([one for one in forces if one is not None])
    if stress := markup.tensors(after, b"stress"):
        step.stress_gpa = tensor(
            [tuple(x * GPA_PER_KBAR for x in one) for one in stress]
        )
    step.is_converged = _is_converged(step, run) if after or not loops else False
    return step


def _difference(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else other - one


def _take_energies(step: Step, loops: list[bytes], after: bytes) -> None:
    """Take F of the ionic step, and from the last loop how the others differ.

    Version 5 writes E0 under the name of the energy without entropy behind the loop,
    and −TS under that of E0: there the differences say more.
    """
    energy = markup.between(after, b"<energy>", b"</energy>")
    free = markup.value(energy, b"e_fr_energy")
    if free is None:
        return
    step.free_ev = free
    if not loops:
        return
    last_free = markup.value(loops[-1], b"e_fr_energy")
    internal = markup.value(loops[-1], b"e_wo_entrp")
    zero = markup.value(loops[-1], b"e_0_energy")
    if last_free is None or internal is None or zero is None:
        return
    step.internal_ev = round(free + internal - last_free, 8)
    step.zero_ev = round(free + zero - last_free, 8)
    said = markup.value(energy, b"e_0_energy")
    if said is not None and abs(said - step.zero_ev) < _ROUNDING_EV:
        step.zero_ev = said


def _is_converged(step: Step, run: Run) -> bool | None:
    nelm, limit = run.integer("NELM"), run.number("EDIFF")
    if nelm is None or not step.n_cycles:
        return None
    if step.n_cycles < nelm or run.is_exact:
        return True
    change = step.changes_ev[0] if step.changes_ev else None
    return change is not None and limit is not None and abs(change) < limit


def _read_response(data: bytes, run: Run) -> None:
    electronic = markup.tensors(data, b"epsilon")
    run.dielectric = dielectric_of(electronic, markup.tensors(data, b"epsilon_ion"))
    text = markup.element(data, b"array", b"born_charges")
    rows = [tensor(_triples(one)) for one in markup.pieces(text, b"<set>", b"</set>")]
    born = tuple(one for one in rows if one is not None)
    born = born if len(born) == run.integer("NIONS") else ()
    modes = _modes(markup.between(data, b"<dynmat>", b"</dynmat>"))
    if born or modes:
        points = (Phonons(q=(0.0, 0.0, 0.0), modes=modes),) if modes else ()
        run.vibrations = Vibrations(points=points, born_charges=born)


def _modes(text: bytes) -> tuple[Mode, ...]:
    """Return the modes from the softest.

    The eigenvalues are those of the negative second derivatives divided by the
    masses, in eV/(Å² u), or in THz² where version 6 says so.
    """
    values = markup.numbers(markup.element(text, b"v", b"eigenvalues"))
    per_root = _CM_PER_THZ if b"THz^2" in text else _CM_PER_ROOT
    signed = [-math.copysign(math.sqrt(abs(value)), value) for value in values]
    return tuple(Mode(frequency_cm=one * per_root + 0.0) for one in sorted(signed))


def _triples(piece: bytes) -> list[tuple[float, ...]]:
    found = markup.numbers(piece)
    return [found[i : i + 3] for i in range(0, len(found), 3)]


def complete(run: Run, fuller: Run) -> Run:
    """Add to an OUTCAR what only vasprun.xml has, if both are of one run."""
    if not is_same_run(run, fuller):
        run.warnings.append(f"{fuller.file} is of another run than {run.file}")
        return run
    run.tags = fuller.tags | run.tags
    run.species = run.species or fuller.species
    run.mesh = run.mesh or fuller.mesh
    run.n_kpoints = run.n_kpoints or fuller.n_kpoints
    run.is_line_mode = run.is_line_mode or fuller.is_line_mode
    run.initial = fuller.initial or run.initial
    run.dos = fuller.dos
    run.dielectric = run.dielectric or fuller.dielectric
    run.vibrations = run.vibrations or fuller.vibrations
    if run.bands is None:
        run.bands, run.occupations = fuller.bands, fuller.occupations
    if run.fermi_ev is None:
        run.fermi_ev = fuller.fermi_ev
    for step, other in zip(run.steps, fuller.steps, strict=False):
        # Eight digits instead of five.
        step.structure = other.structure or step.structure
        step.forces_ev_a = other.forces_ev_a or step.forces_ev_a
    return run


_SAME_EV: Final = 1e-4


def is_same_run(run: Run, other: Run) -> bool:
    """Say whether two files have the same atoms, k-points and energies."""
    if (run.integer("NIONS"), run.n_kpoints) != (
        other.integer("NIONS"),
        other.n_kpoints,
    ):
        return None in {run.integer("NIONS"), other.integer("NIONS")}
    pairs = zip(run.steps, other.steps, strict=False)
    return all(
        one.free_ev is None
        or two.free_ev is None
        or abs(one.free_ev - two.free_ev) < _SAME_EV
        for one, two in pairs
    )
