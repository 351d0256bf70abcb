"""The four inputs of a VASP directory together, and where they contradict."""

from collections.abc import Mapping
from dataclasses import dataclass

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.vasp import incar, kpoints, poscar, potcar
from crystalmathd.codes.vasp.incar import Incar
from crystalmathd.codes.vasp.kpoints import Kpoints
from crystalmathd.codes.vasp.poscar import Poscar
from crystalmathd.codes.vasp.potcar import Dataset


@dataclass(frozen=True, kw_only=True, slots=True)
class Inputs:
    """What was given of INCAR, POSCAR, KPOINTS and POTCAR."""

    incar: Incar | None = None
    poscar: Poscar | None = None
    kpoints: Kpoints | None = None
    potcar: tuple[Dataset, ...] = ()


def read_inputs(files: Mapping[str, bytes]) -> Inputs:
    """Read the files by their names.

    Raises
    ------
    InputRefusedError
        If VASP could not read one of them.
    """
    texts = {
        name: files[name].decode("utf-8", "surrogateescape")
        for name in ("INCAR", "POSCAR", "KPOINTS")
        if name in files
    }
    return Inputs(
        incar=incar.parse(texts["INCAR"]) if "INCAR" in texts else None,
        poscar=poscar.parse(texts["POSCAR"]) if "POSCAR" in texts else None,
        kpoints=kpoints.parse(texts["KPOINTS"]) if "KPOINTS" in texts else None,
        potcar=potcar.parse(files.get("POTCAR", b"")),
    )


def contradictions(inputs: Inputs) -> tuple[str, ...]:
    """Return a sentence for each thing that no calculation should be made with."""
    found = []
    functionals = {one.exchange for one in inputs.potcar if one.exchange}
    if len(functionals) > 1:
        names = ", ".join(sorted(functionals))
        found.append(f"The POTCAR mixes functionals: {names}.")
    structure, sets = inputs.poscar, inputs.potcar
    if structure is None or not sets:
        return tuple(found)
    if len(sets) != len(structure.counts):
        found.append(
            f"POSCAR has {len(structure.counts)} species, the POTCAR {len(sets)}."
        )
    elif structure.symbols:
        wanted = [poscar.element(name) for name in structure.symbols]
        given = [one.element for one in sets]
        if wanted != given:
            found.append(
                f"POSCAR has the species {' '.join(wanted)}, the POTCAR"
                f" {' '.join(given)}: VASP takes them in this order."
            )
    return tuple(found)


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
