"""Structures of clients as the daemon's own, and back."""

import msgspec

from crystalmath_protocol import sourced as messages
from crystalmathd.models.sourced import Origin, SourceAsked, SourcedStructure
from crystalmathd.models.structures import Structure


def source_asked(source: messages.StructureSource) -> SourceAsked:
    """Return which structure is meant, in the daemon's own words."""
    return SourceAsked(
        text=source.text,
        blob=source.blob,
        material=source.material,
        library=source.library,
        job_id=None if source.job_id is None else int(source.job_id),
        sourced=None if source.atoms is None else _given(source.atoms),
        format=source.format,
        file_name=source.file_name,
        block=source.block,
    )


def _given(atoms: messages.AtomsGiven) -> SourcedStructure:
    return SourcedStructure(
        structure=Structure(
            dimension=len(atoms.lattice_a),
            lattice_a=atoms.lattice_a,
            atomic_numbers=atoms.atomic_numbers,
            positions_a=atoms.positions_a,
            labels=atoms.labels,
        ),
        origin=_origin(atoms.origin),
        moments_ub=atoms.moments_ub,
        charge=atoms.charge,
        title=atoms.title,
        may_move=atoms.may_move,
    )


def _origin(given: messages.OriginGiven | None) -> Origin:
    if given is None:
        return Origin(kind="request", name="atoms")
    return msgspec.convert(given, Origin, from_attributes=True)
