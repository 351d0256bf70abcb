"""The inputs of a VASP directory: where they contradict, and their single values."""

from collections.abc import Sequence

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.vasp import incar, kpoints, poscar
from crystalmathd.codes.vasp.poscar import Poscar
from crystalmathd.codes.vasp.potcar import Dataset


def contradictions(structure: Poscar, datasets: Sequence[Dataset]) -> tuple[str, ...]:
    """Return a sentence for each thing that no calculation should be made with."""
    said = (mixed_functionals(datasets), other_species(structure, datasets))
    return tuple(one for one in said if one is not None)


def mixed_functionals(datasets: Sequence[Dataset]) -> str | None:
    functionals = {one.exchange for one in datasets if one.exchange}
    if len(functionals) <= 1:
        return None
    return f"The POTCAR mixes functionals: {', '.join(sorted(functionals))}."


def other_species(structure: Poscar, datasets: Sequence[Dataset]) -> str | None:
    """Return what is wrong if the POTCAR's species are not those of the POSCAR."""
    if len(datasets) != len(structure.counts):
        return (
            f"POSCAR has {len(structure.counts)} species, the POTCAR {len(datasets)}."
        )
    wanted = [poscar.element(name) for name in structure.symbols]
    given = [one.element for one in datasets]
    if wanted in ([], given):
        return None
    return (
        f"POSCAR has the species {' '.join(wanted)}, the POTCAR {' '.join(given)}:"
        " VASP takes them in this order."
    )


def edited(name: str, text: str, key: str, value: str | None) -> str:
    """Return an input with one value set, or taken out if `value` is None.

    Raises
    ------
    InputRefusedError
        If this input has no such value.
    """
    if name.startswith("KPOINTS"):
        if value is None:
            raise InputRefusedError(f"KPOINTS needs its {key}")
        return kpoints.set_value(text, key, value)
    if name.startswith("INCAR"):
        if value is None:
            return incar.remove_value(text, key)
        return incar.set_value(text, key, value)
    raise InputRefusedError(f"single values of {name} cannot be changed")


def value_of(name: str, text: str, key: str) -> str | None:
    """Return one value of an input as it is written; None if it is not there."""
    if name.startswith("KPOINTS"):
        return kpoints.get_value(text, key)
    if name.startswith("INCAR"):
        return incar.get_value(text, key)
    raise InputRefusedError(f"single values of {name} cannot be read")
