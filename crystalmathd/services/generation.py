"""Inputs made of a structure and options, with where they come from: for the worker.

What makes them needs pymatgen, spglib or basis_set_exchange, which are imported here
when the first input of a kind is made.
"""

import functools
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib import metadata
from typing import Any, Final, NamedTuple, TypeVar

import msgspec

from crystalmathd import __version__
from crystalmathd.codes.base import InputRefusedError
from crystalmathd.errors import GenerationRefusedError
from crystalmathd.models.inputs import (
    ERROR,
    WARNING,
    GeneratedInput,
    InputFinding,
    Provenance,
)
from crystalmathd.models.sourced import Origin, SourcedStructure
from crystalmathd.services import potcars
from crystalmathd.services.pseudopotentials import library_directory, read_library
from crystalmathd.structures.elements import SYMBOLS
from crystalmathd.structures.formula import unit_formula
from crystalmathd.structures.told_groups import other_group

T = TypeVar("T")

LIBRARIES: Final = ("pymatgen", "spglib", "basis_set_exchange", "numpy")


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """What was made; no file and no provenance if an error was not forced."""

    generated: GeneratedInput
    provenance: Provenance | None
    may_be_forced: bool = True
    """Whether there would be files if all errors were forced."""


def _as_given(
    _sourced: SourcedStructure, options: Mapping[str, Any]
) -> Mapping[str, Any]:
    return options


class Method(NamedTuple):
    """How a method of the protocol makes its input of a structure.

    `complete` puts what was read of a library in place of where it lies.
    """

    code: str
    make: Callable[[SourcedStructure, Mapping[str, Any], str], GeneratedInput]
    complete: Callable[[SourcedStructure, Mapping[str, Any]], Mapping[str, Any]] = (
        _as_given
    )


VASP: Final = "generate_vasp_inputs"
ESPRESSO: Final = "generate_espresso_input"
PROPERTIES: Final = "generate_properties_input"
"""The method that makes an input of a deck."""


def _crystal(
    sourced: SourcedStructure, options: Mapping[str, Any], name: str
) -> GeneratedInput:
    from crystalmathd.codes.crystal.generation import generated  # noqa: PLC0415 - heavy
    from crystalmathd.codes.crystal.options import CrystalOptions  # noqa: PLC0415

    wanted = msgspec.convert(options, CrystalOptions, str_keys=True)
    return generated(sourced, wanted, name or stem_of(sourced))


def _vasp(
    sourced: SourcedStructure, options: Mapping[str, Any], _name: str
) -> GeneratedInput:
    from crystalmathd.codes.vasp.generation import generate  # noqa: PLC0415 - heavy
    from crystalmathd.codes.vasp.options import VaspOptions  # noqa: PLC0415

    return generate(sourced, msgspec.convert(options, VaspOptions))


def _with_potcars(
    sourced: SourcedStructure, options: Mapping[str, Any]
) -> Mapping[str, Any]:
    from crystalmathd.codes.vasp.options import VaspOptions  # noqa: PLC0415 - heavy

    wanted = msgspec.convert(options, VaspOptions)
    numbers = sorted(set(sourced.structure.atomic_numbers))
    filled = potcars.completed(wanted, [SYMBOLS[one] for one in numbers])
    plain, usual = msgspec.to_builtins((filled, VaspOptions()))
    return {name: one for name, one in plain.items() if one != usual[name]}


def _espresso(
    sourced: SourcedStructure, options: Mapping[str, Any], name: str
) -> GeneratedInput:
    from crystalmathd.codes.espresso.generation import generate  # noqa: PLC0415 - heavy
    from crystalmathd.codes.espresso.options import EspressoOptions  # noqa: PLC0415

    wanted = msgspec.convert(options, EspressoOptions)
    directory = library_directory(wanted.pseudo_dir, {})
    wanted = replace(wanted, prefix=wanted.prefix or name or None)
    library = read_library(directory)
    return generate(sourced, wanted, library, directory=str(directory))


METHODS: Final[dict[str, Method]] = {
    "generate_crystal_input": Method("crystal", _crystal),
    VASP: Method("vasp", _vasp, _with_potcars),
    ESPRESSO: Method("espresso", _espresso),
}


def stem_of(sourced: SourcedStructure) -> str:
    """Return what the files of a structure are called if nobody says."""
    return unit_formula(sourced.structure).lower() or "input"


def generate(
    method: str,
    sourced: Mapping[str, Any],
    options: Mapping[str, Any],
    name: str,
    force: list[str],
) -> list[bytes]:
    """Make an input; `method` is one of METHODS, `options` those of its code.

    Raises
    ------
    GenerationRefusedError
        If the options are none, or a library is not installed.
    """
    structure = msgspec.convert(sourced, SourcedStructure)
    code, make, complete = METHODS[method]
    options = _carried_out(code, lambda: complete(structure, options))
    generated = _carried_out(
        code,
        lambda: _told_of_atoms(
            code, structure, lambda: make(structure, options, name), force
        ),
    )
    source = {"structure": {"atoms": _as_atoms(structure)}}
    return _made(
        generated, method, structure.origin, {**source, "options": options}, name, force
    )


def generate_properties(
    deck: str,
    gui: str | None,
    origin: Mapping[str, Any],
    options: Mapping[str, Any],
    name: str,
    force: list[str],
) -> list[bytes]:
    """Make an input of `properties` for the wavefunction that a deck makes.

    Raises
    ------
    GenerationRefusedError
        As `generate`.
    """

    def make() -> GeneratedInput:
        from crystalmathd.codes.crystal.gui import read_gui  # noqa: PLC0415 - heavy
        from crystalmathd.codes.crystal.properties_generation import (  # noqa: PLC0415
            PropertiesOptions,
            generated_properties,
        )
        from crystalmathd.codes.crystal.records import DeckError  # noqa: PLC0415

        wanted = msgspec.convert(options, PropertiesOptions)
        try:
            file = None if gui is None else read_gui(gui.encode())
        except DeckError as error:
            raise InputRefusedError(str(error)) from error
        return generated_properties(deck, wanted, name, file)

    generated = _carried_out("crystal", make)
    source: dict[str, Any] = {"structure": {"text": deck, "file_name": f"{name}.d12"}}
    if gui is not None:
        source["gui"] = gui
    known = msgspec.convert(origin, Origin)
    return _made(
        generated, PROPERTIES, known, {**source, "options": options}, name, force
    )


def _told_of_atoms(
    code: str,
    sourced: SourcedStructure,
    make: Callable[[], GeneratedInput],
    force: list[str],
) -> GeneratedInput:
    """Make an input and tell of atoms that overlap, which may be why there is none.

    And of a group that the database does not say. The same for every code, of the
    atoms as they were given.
    """
    from crystalmathd.structures.overlaps import overlap_findings  # noqa: PLC0415

    overlaps = overlap_findings(sourced.structure)
    try:
        generated = make()
    except InputRefusedError as refusal:
        if not any(one.severity == ERROR for one in overlaps):
            raise
        if not {one.code for one in overlaps} <= set(force):
            return GeneratedInput(
                code=code, program="", files=(), settings={}, findings=overlaps
            )
        reasons = " ".join(one.message for one in overlaps)
        raise InputRefusedError(f"{reasons} {refusal}") from refusal
    told = (*overlaps, *_group_findings(sourced))
    return replace(generated, findings=(*told, *generated.findings))


def _group_findings(sourced: SourcedStructure) -> list[InputFinding]:
    warned = other_group(sourced)
    if warned is None:
        return []
    return [
        InputFinding(
            code=warned.code,
            severity=WARNING,
            message=warned.message,
            fix=warned.fix,
        )
    ]


def _carried_out(code: str, make: Callable[[], T]) -> T:
    try:
        return make()
    except (msgspec.ValidationError, InputRefusedError) as mistake:
        raise GenerationRefusedError(code=code, reason=str(mistake)) from mistake
    except ModuleNotFoundError as missing:
        reason = (
            f"{missing.name} is not installed; pip install 'crystalmathd[materials]'"
        )
        raise GenerationRefusedError(code=code, reason=reason) from missing


def _made(
    generated: GeneratedInput,
    method: str,
    origin: Origin,
    params: dict[str, Any],
    name: str,
    force: list[str],
) -> list[bytes]:
    """Return what was made with where it comes from; nothing after an error."""
    errors = {one.code for one in generated.findings if one.severity == ERROR}
    if errors - set(force) or not generated.files:
        made = Made(
            generated=replace(generated, files=()),
            provenance=None,
            may_be_forced=bool(generated.files),
        )
        return [msgspec.json.encode(made)]
    if name:
        params["name"] = name
    if errors:
        params["force"] = sorted(errors)
    provenance = Provenance(
        method=method,
        params=params,
        crystalmath=__version__,
        libraries=_libraries(),
        origin=origin,
        references=generated.references,
        sha256={
            one.name: hashlib.sha256(one.text.encode()).hexdigest()
            for one in generated.files
        },
    )
    return [msgspec.json.encode(Made(generated=generated, provenance=provenance))]


def _as_atoms(sourced: SourcedStructure) -> dict[str, Any]:
    """Return a structure as `AtomsGiven` of the protocol has it; defaults left out."""
    structure = sourced.structure
    known: dict[str, Any] = {
        "lattice_a": structure.lattice_a,
        "atomic_numbers": structure.atomic_numbers,
        "positions_a": structure.positions_a,
        "labels": structure.labels,
        "moments_ub": sourced.moments_ub,
        "may_move": sourced.may_move,
        "charge": sourced.charge,
        "title": sourced.title,
        "origin": sourced.origin,
    }
    always = ("lattice_a", "atomic_numbers", "positions_a")
    return {name: one for name, one in known.items() if one or name in always}


@functools.cache
def _libraries() -> dict[str, str]:
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found
