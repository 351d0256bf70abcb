"""What is wrong in an input of VASP; the file's name says which one it is."""

import re
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
    kind = input_kind(name)
    if kind is not None:
        yield from _CHECKS[kind](name, text, beside)


def input_kind(name: str) -> str | None:
    """Return which input a file is by its name: `INCAR.relax` is an `incar`."""
    base = PurePosixPath(name).name
    match = _ENDING.search(base.lower()) or _BEGINNING.match(base)
    if match is None or _OF_OTHER_KINDS.search(base.lower()) is not None:
        return None
    kind = match[1].lower()
    return "poscar" if kind in {"contcar", "vasp"} else kind


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
    "incar": check_incar,
    "poscar": check_poscar,
    "kpoints": check_kpoints,
    "potcar": _potcar,
}
_ENDING: Final = re.compile(r"\.(incar|poscar|contcar|vasp|kpoints|potcar)$")
# The clients' rule is in the protocol, which this room does not know; one list of files
# holds both together.
_OF_OTHER_KINDS: Final = re.compile(
    r"\.(?:txt|md|rst|py|sh|jsonl?|ya?ml|toml|csv|html?|xml|png|svg|pdf|cif|xyz|log|out"
    r"|gz|bz2|xz|zst|zip|tar|h5|npy|ipynb)$"
)
_BEGINNING: Final = re.compile(r"(INCAR|POSCAR|CONTCAR|KPOINTS|POTCAR)(?:[._-]|$)")
