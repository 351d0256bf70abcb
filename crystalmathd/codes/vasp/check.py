"""What is wrong in an input of VASP; the file's name says which one it is."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Final

from crystalmathd.codes.places import Places
from crystalmathd.codes.vasp import potcar
from crystalmathd.codes.vasp.check_incar import check_incar, structure_beside
from crystalmathd.codes.vasp.check_kpoints import check_kpoints
from crystalmathd.codes.vasp.check_poscar import check_poscar
from crystalmathd.codes.vasp.inputs import contradictions
from crystalmathd.codes.vasp.potcar_assembly import SPEC
from crystalmathd.models.inputs import ERROR, WARNING, InputFinding

Check = Callable[[str, str, Mapping[str, bytes]], Iterator[InputFinding]]


def check_input(
    name: str, text: str, beside: Mapping[str, bytes]
) -> Iterator[InputFinding]:
    """Yield what is wrong; nothing for a file of another name.

    The list that a POTCAR is made by is held against POSCAR by `beside`.
    """
    base = PurePosixPath(name).name.upper()
    if base == SPEC.upper():
        return
    for begin, check in _CHECKS.items():
        if base.startswith(begin) or base.endswith(f".{begin}"):
            yield from check(name, text, beside)
            return


def _potcar(
    name: str, text: str, beside: Mapping[str, bytes]
) -> Iterator[InputFinding]:
    places = Places(text, name)
    datasets = potcar.parse(text.encode())
    if not datasets:  # an ultrasoft one of old is written in another way
        yield places.at(
            1, "potcar.unreadable", WARNING, "No complete dataset of a POTCAR is here."
        )
        return
    structure = structure_beside(beside)
    if structure is not None:
        for sentence in contradictions(structure, datasets):
            yield places.at(1, "potcar.species", ERROR, sentence)
    elif len({one.exchange for one in datasets if one.exchange}) > 1:
        yield places.at(
            1, "potcar.functionals", ERROR, "The POTCAR mixes functionals (LEXCH)."
        )


_CHECKS: Final[dict[str, Check]] = {
    "INCAR": check_incar,
    "POSCAR": check_poscar,
    "CONTCAR": check_poscar,
    "KPOINTS": check_kpoints,
    "POTCAR": _potcar,
}
