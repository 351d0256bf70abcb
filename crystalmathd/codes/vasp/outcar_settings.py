"""The head of an OUTCAR: program, settings, species, first structure."""

import re
from typing import Final

from crystalmathd.codes.numbers import fortran_float, whole_number
from crystalmathd.codes.vasp.outcar import Outcar
from crystalmathd.codes.vasp.run import Run, Species, row, tensor, vector
from crystalmathd.models.structures import Structure, Vector
from crystalmathd.structures.elements import atomic_number

_VERSION: Final = re.compile(r"^ *vasp\.(\S+)\s*(.*?)\s*$")
_RANKS: Final = re.compile(
    r"running +(?:on +)?(\d{1,9}) +(?:total cores|mpi-ranks|nodes)"
)
_THREADS: Final = re.compile(r"with +(\d{1,9}) +threads/rank")
_TAG: Final = re.compile(r"\b([A-Z][A-Z0-9_]{2,})\s*=\s*([^\s;]+)")
_ELEMENT: Final = re.compile(r"VRHFIN *= *([A-Za-z]{1,2})\b")
_VALENCE: Final = re.compile(r"ZVAL\s*=\s*(\S+)")
_OPERATORS: Final = re.compile(r"Found +(\d{1,9}) space group")
_MESH: Final = re.compile(r"generate k-points for: *(\d{1,9}) +(\d{1,9}) +(\d{1,9})\b")
_PLANE_WAVES: Final = re.compile(r"k-point +\d+ :\s*(.*?)\s*plane waves: *(\d{1,9})\b")

EXCHANGE: Final = {"PAW_PBE": "PE", "PAW_GGA": "91", "PAW": "CA", "PAW_LDA": "CA"}
"""What the first word of a POTCAR's title says of its functional."""


def read_settings(outcar: Outcar, run: Run) -> None:
    """Read all that stands before the first electronic step."""
    end = outcar.first("iteration")
    end = len(outcar.lines) if end is None else end
    if match := _VERSION.match(outcar.first_line("version")):
        run.version, run.build = match[1], match[2] or None
    if match := _RANKS.search(outcar.first_line("running")):
        run.n_ranks = int(match[1])
    elif outcar.all("serial"):
        run.n_ranks = 1
    if match := _THREADS.search(outcar.first_line("running")):
        run.n_threads = int(match[1])
    run.is_image = bool(outcar.all("image"))
    _read_tags(outcar, run, end)
    _read_species(outcar, run)
    _read_cell(outcar, run)
    run.n_kpoints = run.integer("NKPTS")
    if match := _MESH.search(outcar.first_line("mesh")):
        run.mesh = int(match[1]), int(match[2]), int(match[3])
    run.is_line_mode = bool(outcar.all("line_mode"))
    run.n_operators = _operators(outcar)
    run.n_plane_waves = _plane_waves(outcar, end)


def _read_tags(outcar: Outcar, run: Run, end: int) -> None:
    """Read the INCAR as it is echoed, then what VASP made of it."""
    start = outcar.first("incar")
    if start is not None:
        stop = outcar.first("potcar")
        if stop is None or stop < start:
            stop = start
        # VASP 6 echoes the whole INCAR, version 5 only the heading.
        for line in outcar.lines[start:stop]:
            run.tags.update((key, value) for key, value in _TAG.findall(line))
    for line in outcar.lines[outcar.first("settings") or 0 : end]:
        if "=" in line and "non-selfconsistent" not in line:
            run.tags.update(_TAG.findall(line))
    if match := re.search(r"IVDW\s*=\s*(\d+)", outcar.first_line("dispersion")):
        run.tags["IVDW"] = match[1]
    if match := re.search(r"METAGGA\s*=\s*(\w+)", outcar.last_line("metagga")):
        run.tags["METAGGA"] = match[1]
    if outcar.all("hubbard"):
        run.tags["LDAU"] = "T"


def _read_species(outcar: Outcar, run: Run) -> None:
    """Read the POTCARs; with little to write (NWRITE) there are only their titles."""
    said = outcar.first_line("counts").partition("=")[2].split()
    counts = [whole_number(word) for word in said]
    for title in _titles(outcar, "title", "=") or _titles(outcar, "potcar", ":"):
        words = title.split()
        symbol = words[1].partition("_")[0] if len(words) > 1 else ""
        run.species.append(Species(symbol=symbol, title=title))
        if len(run.species) == len(counts):
            break
    for kind, place in zip(run.species, outcar.all("element"), strict=False):
        match = _ELEMENT.search(outcar.lines[place])
        if match and atomic_number(match[1]):
            kind.symbol = match[1]
    tags = _titles(outcar, "exchange", "=")
    for number, kind in enumerate(run.species):
        made_with = EXCHANGE.get(kind.title.partition(" ")[0])
        kind.exchange = tags[number] if number < len(tags) else made_with
    for kind, place in zip(run.species, outcar.all("valence"), strict=False):
        if match := _VALENCE.search(outcar.lines[place]):
            kind.valence = fortran_float(match[1])
    if len(counts) == len(run.species):
        for kind, count in zip(run.species, counts, strict=True):
            kind.count = count


def _titles(outcar: Outcar, name: str, mark: str) -> list[str]:
    lines = [outcar.lines[place] for place in outcar.all(name)]
    return [line.partition(mark)[2].strip() for line in lines]


def lattice_after(outcar: Outcar, place: int) -> tuple[Vector, ...]:
    """Return the three direct vectors printed below a heading; empty if cut."""
    rows = tensor([row(line) for line in outcar.lines[place + 1 : place + 4]])
    return () if rows is None else rows


def _read_cell(outcar: Outcar, run: Run) -> None:
    place = outcar.first("initial")
    if place is None:
        return
    # VASP 6 prints the primitive cell too, before the cell of the run.
    before = [found for found in outcar.all("lattice") if found < place]
    numbers = run.atomic_numbers
    if not before or not numbers:
        return
    lines = outcar.lines[place + 1 : place + 1 + len(numbers)]
    positions = [found for line in lines if (found := vector(row(line))) is not None]
    lattice = lattice_after(outcar, before[-1])
    if len(positions) == len(numbers) and lattice:
        run.initial = Structure(
            dimension=3,
            lattice_a=lattice,
            atomic_numbers=numbers,
            positions_a=tuple(positions),
        )


def _operators(outcar: Outcar) -> int | None:
    """Return the operators with the moments considered, or of the last analysis."""
    found = [
        _OPERATORS.search(outcar.lines[place]) for place in outcar.all("operators")
    ]
    counts = [int(match[1]) for match in found if match]
    return counts[-1] if counts else None


def _plane_waves(outcar: Outcar, end: int) -> int | None:
    start, stop = outcar.first("initial"), outcar.first("plane_waves")
    if start is None or stop is None:
        return None
    for line in outcar.lines[start : min(stop, end)]:
        match = _PLANE_WAVES.search(line)
        if match and not any(row(match[1])):
            return int(match[2])
    return None
