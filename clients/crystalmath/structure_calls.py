"""The calls about structures; as those in `calls`."""

from collections.abc import Sequence

import msgspec

from crystalmath.call import Call, Flow
from crystalmath.result_calls import document
from crystalmath_protocol import structures
from crystalmath_protocol.sourced import StructureSource


def import_structure(
    name: str,
    source: StructureSource,
    *,
    steps: Sequence[structures.TransformStep] = (),
    tags: Sequence[str] = (),
    replace: bool = False,
) -> Call[structures.ImportStructureResult]:
    """Keep a structure in the library under a name."""
    params = structures.ImportStructureParams(
        name=name, source=source, steps=tuple(steps), tags=tuple(tags), replace=replace
    )
    return Call("import_structure", params, structures.ImportStructureResult)


def preview_structure(source: StructureSource) -> Flow[structures.Preview]:
    """Look at a structure: formula, cell, symmetry, distances, warnings."""
    params = structures.PreviewStructureParams(source=source)
    found: structures.PreviewStructureResult
    found = yield Call("preview_structure", params, structures.PreviewStructureResult)
    if found.preview is not None:
        return found.preview
    data = yield from document(found.blob or "")
    return msgspec.json.decode(data, type=structures.Preview)


def transform_structure(
    source: StructureSource, steps: Sequence[structures.TransformStep]
) -> Flow[structures.Transformed]:
    """Change a structure step by step."""
    params = structures.TransformStructureParams(source=source, steps=tuple(steps))
    found: structures.TransformStructureResult
    found = yield Call(
        "transform_structure", params, structures.TransformStructureResult
    )
    if found.transformed is not None:
        return found.transformed
    data = yield from document(found.blob or "")
    return msgspec.json.decode(data, type=structures.Transformed)


def convert_structure(
    source: StructureSource,
    format: structures.Format,  # noqa: A002  # the protocol's word
    *,
    steps: Sequence[structures.TransformStep] = (),
    symmetry: bool = False,
    tolerance_a: float = 0.01,
    may_shift: bool = False,
) -> Flow[structures.ConvertStructureResult]:
    """Write a structure, after some steps, in a format; `text` is always there."""
    params = structures.ConvertStructureParams(
        source=source,
        format=format,
        steps=tuple(steps),
        symmetry=symmetry,
        tolerance_a=tolerance_a,
        may_shift=may_shift,
    )
    found: structures.ConvertStructureResult
    found = yield Call("convert_structure", params, structures.ConvertStructureResult)
    if found.text is not None:
        return found
    data = yield from document(found.blob or "")
    return msgspec.structs.replace(found, text=data.decode(), blob=None)


def draw_structure(
    source: StructureSource, *, steps: Sequence[structures.TransformStep] = ()
) -> Flow[bytes]:
    """Return a picture of a structure (PNG)."""
    params = structures.DrawStructureParams(source=source, steps=tuple(steps))
    drawn: structures.DrawStructureResult
    drawn = yield Call("draw_structure", params, structures.DrawStructureResult)
    return (yield from document(drawn.blob))


def fetch_structures(
    *, tag: str | None = None
) -> Call[structures.FetchStructuresResult]:
    """List the structures of the library."""
    params = structures.FetchStructuresParams(tag=tag)
    return Call("fetch_structures", params, structures.FetchStructuresResult)


def delete_structure(name: str) -> Call[structures.DeleteStructureResult]:
    """Forget a structure of the library."""
    params = structures.DeleteStructureParams(name=name)
    return Call("delete_structure", params, structures.DeleteStructureResult)
