"""Inputs made of a structure and options, with where they come from: for the worker.

What makes them needs pymatgen, spglib or basis_set_exchange, which are imported here
when the first input of a kind is made.
"""

import functools
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from crystalmathd import __version__
from crystalmathd.codes.base import InputRefusedError
from crystalmathd.errors import GenerationRefusedError
from crystalmathd.models.inputs import ERROR, GeneratedInput, Provenance
from crystalmathd.models.sourced import SourcedStructure
from crystalmathd.services.pseudopotentials import heads_in
from crystalmathd.structures.formula import reduced_formula

LIBRARIES: Final = ("pymatgen", "spglib", "basis_set_exchange", "numpy")


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """What was made; no file and no provenance if an error was not forced."""

    generated: GeneratedInput
    provenance: Provenance | None


class Method(NamedTuple):
    """How a method of the protocol makes its input."""

    code: str
    make: Callable[[SourcedStructure, Mapping[str, Any], str], GeneratedInput]


def _crystal(
    sourced: SourcedStructure, options: Mapping[str, Any], name: str
) -> GeneratedInput:
    from crystalmathd.codes.crystal.generation import generated  # noqa: PLC0415 - heavy
    from crystalmathd.codes.crystal.options import CrystalOptions  # noqa: PLC0415

    wanted = msgspec.convert(options, CrystalOptions)
    return generated(sourced, wanted, name or stem_of(sourced))


def _properties(
    sourced: SourcedStructure, options: Mapping[str, Any], name: str
) -> GeneratedInput:
    from crystalmathd.codes.crystal.properties_generation import (  # noqa: PLC0415
        PropertiesOptions,
        generate_properties,
    )

    wanted = msgspec.convert(options, PropertiesOptions)
    return generate_properties(sourced, wanted, name or stem_of(sourced))


def _vasp(
    sourced: SourcedStructure, options: Mapping[str, Any], _name: str
) -> GeneratedInput:
    from crystalmathd.codes.vasp.generation import generate  # noqa: PLC0415 - heavy
    from crystalmathd.codes.vasp.options import VaspOptions  # noqa: PLC0415

    return generate(sourced, msgspec.convert(options, VaspOptions))


def _espresso(
    sourced: SourcedStructure, options: Mapping[str, Any], name: str
) -> GeneratedInput:
    from crystalmathd.codes.espresso.generation import generate  # noqa: PLC0415 - heavy
    from crystalmathd.codes.espresso.options import EspressoOptions  # noqa: PLC0415

    wanted = msgspec.convert(options, EspressoOptions)
    if wanted.pseudo_dir is None:
        raise InputRefusedError(
            "it is not known where pseudopotentials are: give pseudo_dir, or set "
            "ESPRESSO_PSEUDO"
        )
    wanted = replace(wanted, prefix=wanted.prefix or name or None)
    library = heads_in(Path(wanted.pseudo_dir))
    return generate(sourced, wanted, library, directory=wanted.pseudo_dir)


METHODS: Final[dict[str, Method]] = {
    "generate_crystal_input": Method("crystal", _crystal),
    "generate_properties_input": Method("crystal", _properties),
    "generate_vasp_inputs": Method("vasp", _vasp),
    "generate_espresso_input": Method("espresso", _espresso),
}


def stem_of(sourced: SourcedStructure) -> str:
    """Return what the files of a structure are called if nobody says."""
    formula, _ = reduced_formula(sourced.structure.atomic_numbers)
    return formula.lower() or "input"


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
    code, make = METHODS[method]
    try:
        generated = make(structure, options, name)
    except (msgspec.ValidationError, InputRefusedError) as mistake:
        raise GenerationRefusedError(code=code, reason=str(mistake)) from mistake
    except ModuleNotFoundError as missing:
        reason = (
            f"{missing.name} is not installed; pip install 'crystalmathd[materials]'"
        )
        raise GenerationRefusedError(code=code, reason=reason) from missing
    errors = {one.code for one in generated.findings if one.severity == ERROR}
    if errors - set(force) or not generated.files:
        made = Made(generated=replace(generated, files=()), provenance=None)
        return [msgspec.json.encode(made)]
    params = {
        "structure": {"atoms": _as_atoms(structure)},
        "options": dict(options),
        "name": name,
    }
    if errors:
        params["force"] = sorted(errors)
    provenance = Provenance(
        method=method,
        params=params,
        crystalmath=__version__,
        libraries=_libraries(),
        origin=structure.origin,
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
