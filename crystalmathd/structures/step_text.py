"""A step of a transformation in one line, so that it can be done again."""

from collections.abc import Iterator
from typing import Final

from crystalmathd.models.transforms import (
    CONVENTIONAL,
    PRIMITIVE,
    RATTLE,
    SLAB,
    STANDARDISED,
    Step,
)

DEFAULT_TOLERANCE_A: Final = Step(kind=SLAB).tolerance_a
_WITH_TOLERANCE: Final = frozenset({PRIMITIVE, CONVENTIONAL, STANDARDISED, SLAB})


def described(step: Step) -> str:
    """Return the kind of a step and every value that it was made with."""
    return " ".join((step.kind, *_values(step), *_chosen(step)))


def _values(step: Step) -> Iterator[str]:
    if step.matrix:
        yield "; ".join(" ".join(f"{x!r}" for x in row) for row in step.matrix)
    if step.miller is not None:
        yield "(" + " ".join(map(str, step.miller)) + ")"
    for name in ("layers", "thickness_a", "vacuum_a", "dimension", "amplitude_a"):
        value = getattr(step, name)
        if value is not None:
            yield f"{name} {value}"
    if step.kind == SLAB:
        yield f"termination {step.termination}"
    if step.kind == RATTLE:
        yield f"seed {step.seed}"
    if step.kind in _WITH_TOLERANCE and step.tolerance_a != DEFAULT_TOLERANCE_A:
        yield f"tolerance_a {step.tolerance_a:g}"
    if step.kind == STANDARDISED and step.may_shift:
        yield "may_shift"


def _chosen(step: Step) -> Iterator[str]:
    if step.element is not None:
        yield step.element
    if step.atoms:
        yield "atoms " + " ".join(map(str, step.atoms))
    if step.vector_a is not None:
        yield "by " + " ".join(f"{x!r}" for x in step.vector_a)
    if step.new_element is not None:
        yield f"by {step.new_element}"
