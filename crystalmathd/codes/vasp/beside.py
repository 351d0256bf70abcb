"""Whether the files of one VASP job belong together."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from crystalmathd.codes.base import InputRefusedError, StepRequest
from crystalmathd.codes.vasp import poscar
from crystalmathd.codes.vasp.potcar_assembly import (
    POTCAR,
    SPEC,
    SpecRefusedError,
    read_spec,
)
from crystalmathd.models.inputs import ERROR, InputFinding

SPECIES: Final = "potcar.species"
SPEC_UNREADABLE: Final = "potcar.spec_unreadable"


def check_beside(
    steps: Sequence[StepRequest], texts: Mapping[str, bytes]
) -> tuple[InputFinding, ...]:
    """Return what contradicts; `texts`: the other files of the job by name.

    That is a POTCAR.spec: a POTCAR is compared by the check of the POSCAR, which says
    as well if it cannot be read itself.
    """
    files = {**texts, **{step.input.name: step.input.text for step in steps}}
    structure = _structure(files)
    if POTCAR in files or SPEC not in files:
        return ()
    return tuple(_of_spec(structure, files[SPEC].decode("utf-8", "replace")))


def _structure(files: Mapping[str, bytes]) -> poscar.Poscar | None:
    try:
        return poscar.parse(files.get("POSCAR", b"").decode("utf-8", "replace"))
    except InputRefusedError:
        return None


def _of_spec(structure: poscar.Poscar | None, text: str) -> Iterator[InputFinding]:
    try:
        spec = read_spec(text)
    except SpecRefusedError as refusal:
        yield InputFinding(
            code=SPEC_UNREADABLE, severity=ERROR, message=str(refusal), file=SPEC
        )
        return
    wanted = [poscar.element(name) for name in structure.symbols] if structure else []
    given = [poscar.element(one.symbol.partition("_")[0]) for one in spec.datasets]
    if wanted and wanted != given:
        yield _species(
            f"POSCAR has the species {' '.join(wanted)}, {SPEC} {' '.join(given)}:"
            " VASP takes them in this order.",
            SPEC,
        )


def _species(sentence: str, file: str) -> InputFinding:
    return InputFinding(
        code=SPECIES,
        severity=ERROR,
        message=sentence,
        fix="one dataset for each species of POSCAR, in its order",
        file=file,
    )
