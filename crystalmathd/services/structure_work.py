"""What is done to structures in the worker: looked at, changed, written, drawn."""

from typing import Any

import msgspec

from crystalmathd.errors import StructureRefusedError
from crystalmathd.models.sourced import SourcedStructure
from crystalmathd.models.transforms import Step
from crystalmathd.services.structure_drawing import drawn
from crystalmathd.services.structure_writing import written
from crystalmathd.structures.faults import StructureFaultError


def preview_structure(sourced: dict[str, Any]) -> list[bytes]:
    """Return a `Preview` as JSON.

    Raises
    ------
    StructureRefusedError
        If the structure is too large to be looked at.
    """
    from crystalmathd.structures.preview import preview  # noqa: PLC0415 - numpy

    given = _decoded(sourced)
    try:
        return [msgspec.json.encode(preview(given))]
    except ValueError as error:
        raise _refused(given, error) from error


def transform_structure(
    sourced: dict[str, Any], steps: list[dict[str, Any]]
) -> list[bytes]:
    """Return a `Transformed` as JSON.

    Raises
    ------
    StructureRefusedError
        If a step cannot be done.
    """
    from crystalmathd.structures.transforming import transformed  # noqa: PLC0415 - numpy

    given = _decoded(sourced)
    asked = msgspec.convert(steps, tuple[Step, ...], strict=False)
    try:
        return [msgspec.json.encode(transformed(given, asked))]
    except StructureFaultError as error:
        raise _refused(given, error) from error


def write_structure(
    sourced: dict[str, Any],
    form: str,
    tolerance_a: float,
    *,
    has_symmetry: bool,
    may_shift: bool,
) -> list[bytes]:
    """Return the bytes of a file.

    Raises
    ------
    StructureRefusedError
        If the format cannot hold the structure.
    """
    given = _decoded(sourced)
    try:
        made = written(
            given,
            form,
            has_symmetry=has_symmetry,
            tolerance_a=tolerance_a,
            may_shift=may_shift,
        )
    except ValueError as error:
        raise _refused(given, error) from error
    return [made]


def draw_structure(sourced: dict[str, Any]) -> list[bytes]:
    """Return a picture as PNG.

    Raises
    ------
    PlotUnavailableError
        If matplotlib is not installed.
    StructureRefusedError
        If there are too many atoms for a picture.
    """
    given = _decoded(sourced)
    try:
        return [drawn(given)]
    except ValueError as error:
        raise _refused(given, error) from error


def _decoded(sourced: dict[str, Any]) -> SourcedStructure:
    return msgspec.convert(sourced, SourcedStructure, strict=False)


def _refused(given: SourcedStructure, error: Exception) -> StructureRefusedError:
    reason = str(error).removesuffix(".")
    return StructureRefusedError(name=given.origin.name, reason=reason)
