"""Whether the pseudopotentials that came with a job belong together."""

from collections.abc import Mapping, Sequence

from crystalmathd.codes.base import StepRequest
from crystalmathd.codes.espresso.atoms import element
from crystalmathd.codes.espresso.check_electrons import electron_findings
from crystalmathd.codes.espresso.meaning import Species, meaning
from crystalmathd.codes.espresso.pseudopotentials import mixed_functionals
from crystalmathd.codes.espresso.upf import Pseudopotential, read_head
from crystalmathd.models.inputs import ERROR, InputFinding
from crystalmathd.structures.elements import symbol

WRONG_ELEMENT = "pseudo.element"


def check_beside(
    steps: Sequence[StepRequest], texts: Mapping[str, bytes]
) -> tuple[InputFinding, ...]:
    """Return what contradicts; `texts`: the other files of the job by name.

    Files that are not there, as those of the cluster's library, are not judged.
    """
    found: list[InputFinding] = []
    for step in steps:
        if step.program != "pw.x":
            continue
        text = step.input.text.decode("utf-8", "replace")
        species = meaning(text).species
        heads = {
            one.label: (one, head)
            for one in species
            if (head := _head(one, texts)) is not None
        }
        found += mixed_functionals(
            [head for _, head in heads.values()], file=step.input.name
        )
        found += [
            _wrong(one, head, step.input.name)
            for one, head in heads.values()
            if element(one.label) and symbol(element(one.label)) != head.element
        ]
        known = {label: head for label, (_, head) in heads.items()}
        found += electron_findings(text, known, step.input.name)
    return tuple(found)


def _head(one: Species, texts: Mapping[str, bytes]) -> Pseudopotential | None:
    data = texts.get(one.pseudopotential)
    return None if data is None else read_head(one.pseudopotential, data)


def _wrong(one: Species, head: Pseudopotential, file: str) -> InputFinding:
    return InputFinding(
        code=WRONG_ELEMENT,
        severity=ERROR,
        message=f"{one.pseudopotential} at {one.label} is for {head.element}",
        fix=f"name a pseudopotential of {symbol(element(one.label))}",
        file=file,
    )
