"""Structures: looked at, changed, written in other formats, drawn, and kept by name."""

from typing import Annotated, Literal

import msgspec

from crystalmath_protocol.calculations import Cell, Vector
from crystalmath_protocol.method import Message, Method, Params, Result, ShortText
from crystalmath_protocol.sourced import Origin, SourcedStructure, StructureSource

StructureName = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_.+-]{0,63}$(?!\n)",
        description="at most 64 letters, digits and . _ + -, not a sign first",
    ),
]
Format = Literal["cif", "poscar", "xyz", "gui", "d12", "pw", "pymatgen", "ase", "json"]
"""`pw`: the cards of a pw.x input. `pymatgen`, `ase`: JSON in their layouts."""

Tags = Annotated[tuple[ShortText, ...], msgspec.Meta(max_length=50)]
Tolerance = Annotated[float, msgspec.Meta(gt=0, le=1)]
Atom = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]


class TransformStep(Message, frozen=True, kw_only=True):
    """One change of a structure; `kind` says which fields count.

    supercell: `matrix`, 3 × 3 whole numbers, rows in units of the old vectors.
    primitive, conventional: other vectors for the same atoms. standardised: the
    conventional cell in its standard orientation, atoms on their exact sites; a shift
    above 0.01 Å is refused unless `may_shift`.
    slab: `miller` of the conventional cell, `layers` of atoms or `thickness_a`,
    `termination` (which layer is the lowest, from 0), `vacuum_a` (null: a slab that
    repeats in two directions).
    strain: `matrix`, x → (1 + matrix) x. displace: `atoms` (from 1) by `vector_a`.
    rattle: every atom at random, by `amplitude_a` at most, from `seed`.
    vacancy: `atoms`, or one of `element`. substitute: `atoms`, or all of `element`, by
    `new_element`. reduce: keep `dimension` directions, those without vacuum.
    vacuum: three vectors, with `vacuum_a` where nothing repeats.
    """

    kind: Literal[
        "supercell",
        "primitive",
        "conventional",
        "standardised",
        "slab",
        "strain",
        "displace",
        "rattle",
        "vacancy",
        "substitute",
        "reduce",
        "vacuum",
    ]
    matrix: Annotated[tuple[Vector, ...], msgspec.Meta(max_length=3)] = ()
    tolerance_a: Tolerance = 0.01
    may_shift: bool = False
    miller: tuple[int, int, int] | None = None
    layers: Annotated[int, msgspec.Meta(ge=1, le=1000)] | None = None
    thickness_a: float | None = None
    termination: Annotated[int, msgspec.Meta(ge=0, le=10_000)] = 0
    vacuum_a: float | None = None
    atoms: Annotated[tuple[Atom, ...], msgspec.Meta(max_length=20_000)] = ()
    vector_a: Vector | None = None
    amplitude_a: float | None = None
    seed: Annotated[int, msgspec.Meta(ge=0, lt=2**53)] = 0
    element: ShortText | None = None
    new_element: ShortText | None = None
    dimension: Annotated[int, msgspec.Meta(ge=0, le=2)] | None = None


class Symmetry(Result, frozen=True, kw_only=True):
    """The group within a tolerance: a space group, layer group or point group.

    `number` is null of a point group, whose `symbol` is Schoenflies'.
    `n_operators`: null if there is no end to them.
    `largest_shift_a`: how far an atom is from its exact site at most; null: not known.
    """

    tolerance_a: float
    kind: str
    number: int | None
    symbol: str
    n_operators: int | None
    largest_shift_a: float | None


class Contact(Result, frozen=True, kw_only=True):
    """The shortest distance, of two atoms (from 1); `radii_a`: covalent, summed."""

    distance_a: float
    first: int
    second: int
    radii_a: float


class Gap(Result, frozen=True, kw_only=True):
    """Empty space across a direction of the cell."""

    direction: str
    width_a: float


class Warned(Result, frozen=True, kw_only=True):
    """Something that may be a mistake; `code` is stable."""

    code: str
    message: str
    fix: str = ""


class Look(Result, frozen=True, kw_only=True):
    """How an element is drawn: Jmol's colour, its covalent radius in Å."""

    atomic_number: int
    symbol: str
    colour: str
    radius_a: float
    count: int


class Preview(Result, frozen=True, kw_only=True):
    """A structure with what is seen of it before anything is computed.

    `formula`: Hill order, the whole cell; `reduced_formula` is of one of its
    `n_units`. `bonded_dimension`: in how many directions bonds go on without end.
    `symmetries`: at 0.001, 0.01 and 0.1 Å, where a group is found.
    """

    sourced: SourcedStructure
    formula: str
    reduced_formula: str
    n_units: int
    n_atoms: int
    dimension: int
    cell: Cell | None
    volume_a3: float | None
    area_a2: float | None
    density_g_cm3: float | None
    bonded_dimension: int | None
    gaps: tuple[Gap, ...]
    shortest: Contact | None
    symmetries: tuple[Symmetry, ...]
    warnings: tuple[Warned, ...]
    looks: tuple[Look, ...]


class NamedStructure(Result, frozen=True, kw_only=True):
    """A structure of the library, without its atoms; `created_ms` since 1970, UTC."""

    name: str
    formula: str
    n_atoms: int
    dimension: int
    origin: Origin
    tags: tuple[str, ...]
    created_ms: int


class ImportStructureParams(Params, frozen=True, kw_only=True):
    """Keep a structure in the library; `replace`: also if the name is taken."""

    name: StructureName
    source: StructureSource
    steps: Annotated[tuple[TransformStep, ...], msgspec.Meta(max_length=50)] = ()
    tags: Tags = ()
    replace: bool = False


class ImportStructureResult(Result, frozen=True, kw_only=True):
    structure: NamedStructure


class PreviewStructureParams(Params, frozen=True, kw_only=True):
    source: StructureSource


class PreviewStructureResult(Result, frozen=True, kw_only=True):
    """`preview` is null if it has more than 1 MiB: it lies as JSON under `blob`."""

    preview: Preview | None
    blob: str | None


class TransformStructureParams(Params, frozen=True, kw_only=True):
    """Change a structure, step by step."""

    source: StructureSource
    steps: Annotated[tuple[TransformStep, ...], msgspec.Meta(max_length=50)]


class Transformed(Result, frozen=True, kw_only=True):
    """What came of the steps; `notes`: what is to be said of each, as its symmetry."""

    sourced: SourcedStructure
    notes: tuple[str, ...] = ()


class TransformStructureResult(Result, frozen=True, kw_only=True):
    """`transformed` is null if it has more than 1 MiB: it lies as JSON under `blob`."""

    transformed: Transformed | None
    blob: str | None


class ConvertStructureParams(Params, frozen=True, kw_only=True):
    """Write a structure, after `steps`, in a format.

    `symmetry`: with operators and irreducible atoms only, within `tolerance_a` (cif,
    gui; a d12 always); a shift above 0.01 Å is refused unless `may_shift`.
    """

    source: StructureSource
    format: Format
    steps: Annotated[tuple[TransformStep, ...], msgspec.Meta(max_length=50)] = ()
    symmetry: bool = False
    tolerance_a: Tolerance = 0.01
    may_shift: bool = False


class ConvertStructureResult(Result, frozen=True, kw_only=True):
    """`text` is null if it has more than 1 MiB: it lies under `blob`."""

    format: str
    text: str | None
    blob: str | None
    notes: tuple[str, ...] = ()


class DrawStructureParams(Params, frozen=True, kw_only=True):
    source: StructureSource
    steps: Annotated[tuple[TransformStep, ...], msgspec.Meta(max_length=50)] = ()


class DrawStructureResult(Result, frozen=True, kw_only=True):
    """A picture (PNG), stored under its sha256: `get_blob` returns it."""

    blob: str
    size: int


class FetchStructuresParams(Params, frozen=True, kw_only=True):
    """The structures of the library, or those with a tag."""

    tag: ShortText | None = None


class FetchStructuresResult(Result, frozen=True, kw_only=True):
    structures: tuple[NamedStructure, ...]


class DeleteStructureParams(Params, frozen=True, kw_only=True):
    name: StructureName


class DeleteStructureResult(Result, frozen=True, kw_only=True):
    name: str


METHODS = (
    Method(
        name="import_structure",
        summary="Keep a structure in the library under a name.",
        params=ImportStructureParams,
        result=ImportStructureResult,
        access="write",
    ),
    Method(
        name="preview_structure",
        summary="Look at a structure: formula, cell, symmetry, distances, warnings.",
        params=PreviewStructureParams,
        result=PreviewStructureResult,
        access="read",
    ),
    Method(
        name="transform_structure",
        summary="Change a structure step by step: supercell, slab, strain, defects.",
        params=TransformStructureParams,
        result=TransformStructureResult,
        access="read",
    ),
    Method(
        name="convert_structure",
        summary="Write a structure as CIF, POSCAR, XYZ, .gui, .d12, pw.x cards, JSON.",
        params=ConvertStructureParams,
        result=ConvertStructureResult,
        access="read",
    ),
    Method(
        name="draw_structure",
        summary="Draw a structure as PNG.",
        params=DrawStructureParams,
        result=DrawStructureResult,
        access="read",
    ),
    Method(
        name="fetch_structures",
        summary="List the structures of the library.",
        params=FetchStructuresParams,
        result=FetchStructuresResult,
        access="read",
    ),
    Method(
        name="delete_structure",
        summary="Forget a structure of the library.",
        params=DeleteStructureParams,
        result=DeleteStructureResult,
        access="write",
    ),
)
