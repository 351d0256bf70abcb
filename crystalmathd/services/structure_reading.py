"""Files that hold a structure → structure with its origin: for the worker."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import msgspec

from crystalmathd.codes import CODES
from crystalmathd.codes.base import InputRefusedError as CodeRefusal
from crystalmathd.codes.crystal.records import DeckError
from crystalmathd.codes.espresso.inputs import read_input
from crystalmathd.codes.numbers import fortran_float
from crystalmathd.errors import StructureUnreadableError
from crystalmathd.models.results import Result
from crystalmathd.models.sourced import Origin, SourcedStructure
from crystalmathd.models.structures import Structure
from crystalmathd.services.records import results_in
from crystalmathd.services.structure_formats import (
    CIF,
    D12,
    FORMATS,
    GUI,
    HEAD_BYTES,
    JSON,
    OUTPUT,
    POSCAR,
    PW_INPUT,
    XYZ,
    guessed_format,
    named_format,
    output_code,
)
from crystalmathd.structures.cif_reading import read_cif
from crystalmathd.structures.elements import atomic_number
from crystalmathd.structures.faults import StructureFaultError
from crystalmathd.structures.json_reading import read_json
from crystalmathd.structures.soundness import check_atoms
from crystalmathd.structures.xyz_reading import read_xyz

MOST_BYTES: Final = 512 << 20


def read_structure(
    name: str,
    text: str | None = None,
    path: str | None = None,
    form: str | None = None,
    block: str | None = None,
) -> list[bytes]:
    """Read a text, or the file at `path`, as JSON of a `SourcedStructure`.

    Raises
    ------
    StructureUnreadableError
        If there is no structure in it; it says where and why.
    """
    data = text.encode() if text is not None else _contents(name, path or "")
    return [msgspec.json.encode(structure_in(data, name, form, block))]


def structure_of_record(record: str, name: str) -> list[bytes]:
    """Return the last structure of a `results.json`, as `read_structure` does.

    Raises
    ------
    StructureUnreadableError
        If it holds none.
    """
    try:
        results = results_in(record)
    except (OSError, msgspec.DecodeError) as error:
        reason = f"its results cannot be read: {error}"
        raise StructureUnreadableError(name=name, reason=reason) from error
    found = [one for one in results if one.final_structure or one.initial_structure]
    if not found:
        reason = "its output has no structure that could be read"
        raise StructureUnreadableError(name=name, reason=reason)
    job_id = name.removeprefix("job ")
    return [msgspec.json.encode(_of_result(found[-1], Origin(kind="job", name=job_id)))]


def structure_in(
    data: bytes, name: str, form: str | None = None, block: str | None = None
) -> SourcedStructure:
    """Read the content of a file.

    Raises
    ------
    StructureUnreadableError
        As `read_structure`.
    """
    origin = Origin(kind="file", name=name, sha256=hashlib.sha256(data).hexdigest())
    try:
        sourced = _read(data, name, form, block, origin)
        check_atoms(sourced)
    except DeckError as error:
        reason = f"line {error.line}: {error.message.removesuffix('.')}"
        raise StructureUnreadableError(name=name, reason=reason) from error
    except (StructureFaultError, CodeRefusal) as error:
        reason = str(error).removesuffix(".")
        raise StructureUnreadableError(name=name, reason=reason) from error
    return sourced


def _contents(name: str, path: str) -> bytes:
    try:
        with Path(path).open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        reason = error.strerror or str(error)
        raise StructureUnreadableError(name=name, reason=reason) from error
    if len(data) > MOST_BYTES:
        reason = f"it is larger than {MOST_BYTES >> 20} MiB"
        raise StructureUnreadableError(name=name, reason=reason)
    return data


def _read(
    data: bytes, name: str, form: str | None, block: str | None, origin: Origin
) -> SourcedStructure:
    if not data.strip():
        raise StructureFaultError("it is empty")
    head = data[:HEAD_BYTES].decode("utf-8", "replace")
    wanted = guessed_format(name, head) if form is None else named_format(form)
    if form is not None and wanted is None:
        known = ", ".join(FORMATS)
        raise StructureFaultError(f"there is no format {form}. Known: {known}")
    if wanted is None:
        raise StructureFaultError(
            "its format is not recognised. Known are CIF, POSCAR, .gui, .d12, inputs "
            "of pw.x, XYZ, JSON of pymatgen and ASE, and outputs of the codes"
        )
    if wanted == OUTPUT:
        return _from_output(data, name, head, origin)
    text = data.decode("utf-8-sig", "replace")
    if wanted == CIF:
        return read_cif(text, origin, block)
    return _READERS[wanted](text, origin)


def _from_output(data: bytes, name: str, head: str, origin: Origin) -> SourcedStructure:
    found = output_code(name, head)
    if found is None:
        raise StructureFaultError("it is no output of a code that is known")
    code, program = found
    result = CODES[code].read_result(program, name, {name: data})
    if result.final_structure is None and result.initial_structure is None:
        raise StructureFaultError(
            f"this output of {program} ({code}) holds no whole structure"
        )
    return _of_result(result, origin)


def _of_result(result: Result, origin: Origin) -> SourcedStructure:
    structure = result.final_structure or result.initial_structure
    assert structure is not None  # noqa: S101 - the callers have looked
    moments = [
        one.moments_bohr
        for one in result.charges
        if len(one.moments_bohr) == structure.n_atoms
    ]
    is_last = result.final_structure is not None
    return SourcedStructure(
        structure=structure,
        origin=origin,
        moments_ub=moments[0] if moments else (),
        charge=result.cell_charge or 0.0,
        title="" if is_last else "as the run began",
    )


def _from_poscar(text: str, origin: Origin) -> SourcedStructure:
    from crystalmathd.codes.vasp import poscar  # noqa: PLC0415 - one code's own

    read = poscar.parse(text)
    structure = read.structure()
    steps: tuple[str, ...] = ()
    if structure is None and not read.symbols:
        # Before VASP 5 the species stood nowhere; most programs put them into the
        # comment, and read them from there.
        words = tuple(read.comment.split())
        structure = read.structure(words) if len(words) == len(read.counts) else None
        steps = ("elements from the comment line",)
    if structure is None:
        named = [one for one in read.symbols if not atomic_number(poscar.element(one))]
        said = f"{', '.join(named)} is no element" if named else "it names no elements"
        raise StructureFaultError(f"{said}; line 6 should hold the symbols", 6)
    return SourcedStructure(
        structure=structure,
        origin=replace(origin, steps=steps),
        title=read.comment.strip(),
        may_move=read.flags,
    )


def _from_gui(text: str, origin: Origin) -> SourcedStructure:
    from crystalmathd.codes.crystal.gui import read_gui  # noqa: PLC0415 - one code's
    from crystalmathd.services.gui_atoms import all_atoms  # noqa: PLC0415 - numpy

    return SourcedStructure(structure=all_atoms(read_gui(text.encode())), origin=origin)


def _from_deck(text: str, origin: Origin) -> SourcedStructure:
    from crystalmathd.codes.crystal.inputs import read_deck  # noqa: PLC0415 - one code's
    from crystalmathd.codes.crystal.meaning import meaning  # noqa: PLC0415 - numpy

    deck = read_deck(text)
    if deck.geometry.kind in {"EXTERNAL", "DLVINPUT"}:
        raise StructureFaultError(
            "the deck reads its geometry from the file .gui (fort.34): read that one",
            deck.geometry.line,
        )
    cell = meaning(deck).cell
    marks = cell.marks or (0,) * len(cell.labels)
    numbers = tuple(
        0 if mark < 0 else label % 100
        for label, mark in zip(cell.labels, marks, strict=True)
    )
    is_plain = all(label < 100 for label in cell.labels)  # noqa: PLR2004
    rows = [(float(x), float(y), float(z)) for x, y, z in cell.positions_a]
    vectors = [(float(x), float(y), float(z)) for x, y, z in cell.lattice_a]
    structure = Structure(
        dimension=cell.dimension,
        lattice_a=tuple(vectors[: cell.dimension]),
        atomic_numbers=numbers,
        positions_a=tuple(rows),
        labels=() if is_plain else tuple(map(str, cell.labels)),
    )
    return SourcedStructure(structure=structure, origin=origin, title=deck.title)


def _from_pw_input(text: str, origin: Origin) -> SourcedStructure:
    from crystalmathd.codes.espresso.meaning import meaning  # noqa: PLC0415 - one code's

    meant = meaning(text)
    values = read_input(text)
    if values.value("space_group"):
        raise StructureFaultError(
            "only pw.x completes the atoms of a space_group; read its output instead"
        )
    if meant.structure is None:
        raise StructureFaultError(_pw_reason(meant.n_atoms, meant.lattice_a))
    charge = fortran_float(values.value("tot_charge") or "0")
    return SourcedStructure(
        structure=meant.structure,
        origin=origin,
        charge=charge or 0.0,
        title=values.value("title") or "",
    )


def _pw_reason(n_atoms: int | None, lattice: tuple[object, ...]) -> str:
    if not n_atoms:
        return "&SYSTEM has no nat"
    if not lattice:
        return "it has no cell: neither ibrav with celldm nor CELL_PARAMETERS"
    return (
        f"ATOMIC_POSITIONS does not hold {n_atoms} atoms with three numbers each "
        "(formulas as 1/3 are not followed)"
    )


_READERS: Final[dict[str, Callable[[str, Origin], SourcedStructure]]] = {
    POSCAR: _from_poscar,
    GUI: _from_gui,
    D12: _from_deck,
    PW_INPUT: _from_pw_input,
    XYZ: read_xyz,
    JSON: read_json,
}
