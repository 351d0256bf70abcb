"""What is wrong in an input of VASP; the file's name says which one it is."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Final

from crystalmathd.codes.places import Places
from crystalmathd.codes.vasp import potcar
from crystalmathd.codes.vasp.check_incar import check_incar
from crystalmathd.codes.vasp.check_kpoints import check_kpoints
from crystalmathd.codes.vasp.check_poscar import check_poscar
from crystalmathd.codes.vasp.inputs import mixed_functionals
from crystalmathd.codes.vasp.potcar_assembly import SPEC
from crystalmathd.models.inputs import ERROR, WARNING, InputFinding

Check = Callable[[str, str, Mapping[str, bytes]], Iterator[InputFinding]]


def check_input(
    name: str, text: str, beside: Mapping[str, bytes]
) -> Iterator[InputFinding]:
    """Yield what is wrong; nothing for a file of another name."""
    base = PurePosixPath(name).name.upper()
    for begin, check in _CHECKS.items():
        if base.startswith(begin) or base.endswith(f".{begin}"):
            yield from check(name, text, beside)
            return


def _potcar(
    name: str, text: str, _beside: Mapping[str, bytes]
) -> Iterator[InputFinding]:
    """Yield what is wrong in itself; the POSCAR's check compares the species."""
    if PurePosixPath(name).name == SPEC:  # a list of datasets, read by `beside`
        return
    places = Places(text, name)
    datasets = potcar.parse(text.encode())
    if not datasets:  # an ultrasoft one of old is written in another way
        yield places.at(
            1, "potcar.unreadable", WARNING, "No complete dataset of a POTCAR is here."
        )
    sentence = mixed_functionals(datasets)
    if sentence is not None:
        fix = "take all datasets from one library"
        yield places.at(1, "potcar.functionals", ERROR, sentence, fix=fix)


_CHECKS: Final[dict[str, Check]] = {
    "INCAR": check_incar,
    "POSCAR": check_poscar,
    "CONTCAR": check_poscar,
    "KPOINTS": check_kpoints,
    "POTCAR": _potcar,
}
