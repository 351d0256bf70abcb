"""Whether a tag exists, and takes a value of this kind.

Source: the table of tags that pymatgen has (io/vasp/incar_parameters.json).
"""

import functools
import json
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.vasp.options import Value

_OF_ATOMS: Final = frozenset({"MAGMOM", "LDAUL", "LDAUU", "LDAUJ", "LANGEVIN_GAMMA"})


def check_tags(tags: Mapping[str, Value]) -> dict[str, Value]:
    """Return the tags in capitals.

    Raises
    ------
    InputRefusedError
        If a tag is not known, or its value has another type than VASP reads.
    """
    return {name.upper(): _checked(name.upper(), value) for name, value in tags.items()}


def _checked(name: str, value: Value) -> Value:
    known = _table()
    said = known.get(name)
    if said is None:
        near = get_close_matches(name, known, n=1)
        also = f"; {near[0]} is one" if near else ""
        raise InputRefusedError(f"VASP has no tag {name}{also}")
    kinds = str(said.get("type", "str")).split(" | ")
    if not any(_is_kind(value, kind) for kind in kinds):
        wanted = " or ".join(kinds)
        raise InputRefusedError(f"{name} is {wanted} in VASP, not {value!r}")
    allowed = said.get("values")
    if allowed and isinstance(value, (str, int)) and not _is_among(value, allowed):
        listed = ", ".join(map(str, allowed))
        raise InputRefusedError(f"{name} is one of {listed}, not {value!r}")
    return value


def _is_kind(value: Value, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "bool"
    if isinstance(value, int):
        return kind in {"int", "float"}
    if isinstance(value, float):
        return kind == "float"
    if isinstance(value, str):
        return kind in {"str", "bool | str"}
    return kind == "list" and all(
        isinstance(one, (int, float)) and not isinstance(one, bool) for one in value
    )


def _is_among(value: str | int, allowed: Sequence[Any]) -> bool:
    return str(value).lower() in {str(one).lower() for one in allowed}


@functools.cache
def _table() -> Mapping[str, Mapping[str, Any]]:
    from pymatgen.io.vasp import inputs  # noqa: PLC0415  # heavy

    path = Path(str(inputs.__file__)).with_name("incar_parameters.json")
    table: Mapping[str, Mapping[str, Any]] = json.loads(path.read_text())
    return table
