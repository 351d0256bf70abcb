"""What keeps a box apart from its images. Source: INPUT_PW, assume_isolated."""

from typing import Final

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.models.inputs import WARNING, InputFinding
from crystalmathd.models.structures import Structure

MAKOV_PAYNE: Final = "makov-payne"
MARTYNA_TUCKERMAN: Final = "martyna-tuckerman"
TWO_DIMENSIONS: Final = "2D"
_ALLOWED: Final = {
    0: (MAKOV_PAYNE, MARTYNA_TUCKERMAN, "esm"),
    2: ("esm", TWO_DIMENSIONS),
}
_AXES: Final = 3
_TAIL_A: Final = 3.0
"""How far the density of a molecule reaches beyond its nuclei."""


def isolation(asked: str | None, given: Structure, length_a: float) -> str | None:
    """Return what was asked for; for a molecule in a box that is large enough, more.

    martyna-tuckerman wants a cell twice as long as the density. `length_a`: of the
    box along z.

    Raises
    ------
    InputRefusedError
        If it is none, or not for as many periodic directions.
    """
    n_periodic = len(given.lattice_a)
    if asked is not None:
        allowed = _ALLOWED.get(n_periodic, ())
        if asked not in allowed:
            raise InputRefusedError(
                f"assume_isolated {asked}: this structure repeats in {n_periodic}"
                f" directions; {', '.join(allowed) or 'none'} would do"
            )
        return asked
    if n_periodic:
        return None
    span = max(
        max(at[axis] for at in given.positions_a)
        - min(at[axis] for at in given.positions_a)
        for axis in range(_AXES)
    )
    return MARTYNA_TUCKERMAN if length_a >= 2 * (span + _TAIL_A) else None


def charge_findings(
    charge: float, isolated: str | None, given: Structure
) -> tuple[InputFinding, ...]:
    """Warn of a charge in a box that sees its images."""
    n_periodic = len(given.lattice_a)
    if not charge or n_periodic == _AXES or isolated is not None:
        return ()
    known = ", ".join(_ALLOWED.get(n_periodic, ()))
    return (
        InputFinding(
            code="charge.periodic_images",
            severity=WARNING,
            message="a charge in a box interacts with its images",
            fix=f"assume_isolated: {known}" if known else "",
        ),
    )
