"""Meshes of k-points that no run gets through."""

from typing import Final

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.structures.meshes import Mesh

_MOST: Final = 200
"""Along one vector, as in decks of CRYSTAL."""


def refuse_endless(mesh: Mesh) -> Mesh:
    """Return the mesh.

    Raises
    ------
    InputRefusedError
        If it has more points along a vector than anybody means.
    """
    if max(mesh) > _MOST:
        raise InputRefusedError(
            f"a mesh of {max(mesh)} k-points along one vector; at most {_MOST}"
        )
    return mesh
