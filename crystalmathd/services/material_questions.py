"""Questions to the materials databases, brought into their one normal form."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from crystalmathd.errors import MaterialQuestionError
from crystalmathd.models.materials import BOUND_NAMES, Bound, MaterialQuery
from crystalmathd.structures.composition import (
    alphabetical_formula,
    checked_symbol,
    composition,
)

MOST_MATERIALS: Final = 500
MOST_IDS: Final = 100
_SYSTEM: Final = re.compile(r"[A-Z][a-z]*(?:-[A-Z][a-z]*)+")
MATERIAL_ID: Final = re.compile(r"(?:mp|mvc)-[a-z0-9]+|[a-z0-9][a-z0-9_.-]*/\S+")
"""As in the protocol, so that clients take the same words for ids."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MaterialAsked:
    """A question as it was typed; `text` is understood by its form.

    `Mg-O` is a chemical system, `mp-1265` and `cod/1000041` are ids, all else is a
    formula.
    """

    text: str | None = None
    formula: str | None = None
    elements: tuple[str, ...] = ()
    chemical_system: str | None = None
    material_ids: tuple[str, ...] = ()
    optimade_filter: str | None = None
    bounds: tuple[Bound, ...] = ()
    limit: int = 20


def is_material_id(text: str) -> bool:
    """Tell whether a text has the form of an id: `mp-1265` or `provider/id`."""
    return bool(MATERIAL_ID.fullmatch(text))


def checked_id(text: str) -> str:
    """Return an id of a material.

    Raises
    ------
    MaterialQuestionError
        If it has the form of none.
    """
    word = text.strip()
    if not is_material_id(word):
        reason = "an id is mp-1265, or the provider's name and its own id: cod/1000041"
        raise MaterialQuestionError(what=text, reason=reason)
    return word


def normalised(asked: MaterialAsked) -> MaterialQuery:
    """Return the normal form of a question: equal questions become equal.

    Raises
    ------
    MaterialQuestionError
        If something in it cannot be meant, or it asks for everything.
    """
    formula, system, ids = asked.formula, asked.chemical_system, asked.material_ids
    text = (asked.text or "").strip()
    if text and is_material_id(text):
        ids = (*ids, text)
    elif text and _SYSTEM.fullmatch(text):
        system = _only("chemical system", text, system)
    elif text:
        formula = _only("formula", text, formula)
    if not 0 < asked.limit <= MOST_MATERIALS:
        reason = f"the limit is from 1 to {MOST_MATERIALS}"
        raise MaterialQuestionError(what=str(asked.limit), reason=reason)
    if len(ids) > MOST_IDS:
        reason = f"at most {MOST_IDS} ids are looked up at once"
        raise MaterialQuestionError(what=f"{len(ids)} ids", reason=reason)
    query = MaterialQuery(
        formula=None if formula is None else _formula(formula),
        elements=_elements(asked.elements),
        chemical_system=None if system is None else _system(system),
        material_ids=tuple(sorted({checked_id(one) for one in ids})),
        optimade_filter=_filter(asked.optimade_filter),
        bounds=_bounds(asked.bounds),
        limit=asked.limit,
    )
    _refuse_everything(query)
    return query


def _refuse_everything(query: MaterialQuery) -> None:
    if query == MaterialQuery(limit=query.limit):
        reason = (
            "name a formula, elements, a chemical system, ids, a filter or bounds; "
            "nobody is asked for everything"
        )
        raise MaterialQuestionError(what="the question", reason=reason)


def _only(what: str, text: str, other: str | None) -> str:
    if other is not None and other != text:
        reason = f"{text} and {other} cannot both be the {what}"
        raise MaterialQuestionError(what="the question", reason=reason)
    return text


def _formula(text: str) -> str:
    try:
        return alphabetical_formula(composition(text))
    except ValueError as error:
        raise MaterialQuestionError(what=text, reason=error) from error


def _elements(words: Sequence[str]) -> tuple[str, ...]:
    try:
        return tuple(sorted({checked_symbol(word.strip()) for word in words}))
    except ValueError as error:
        raise MaterialQuestionError(what=",".join(words), reason=error) from error


def _system(text: str) -> str:
    try:
        symbols = {checked_symbol(word.strip()) for word in text.split("-")}
    except ValueError as error:
        raise MaterialQuestionError(what=text, reason=error) from error
    return "-".join(sorted(symbols))


def _filter(text: str | None) -> str | None:
    """Return a filter with single blanks; quoted texts keep theirs."""
    if text is None or not text.strip():
        return None
    parts = re.split(r'("(?:[^"\\]|\\.)*")', text.strip())
    return "".join(
        part if number % 2 else re.sub(r"\s+", " ", part)
        for number, part in enumerate(parts)
    )


def _bounds(bounds: Sequence[Bound]) -> tuple[Bound, ...]:
    names = [bound.name for bound in bounds]
    for bound in bounds:
        if bound.name not in BOUND_NAMES:
            near = get_close_matches(bound.name, BOUND_NAMES, n=1)
            hint = f" (is {near[0]} meant?)" if near else ""
            reason = f"there is no such property{hint}. Known: {', '.join(BOUND_NAMES)}"
            raise MaterialQuestionError(what=bound.name, reason=reason)
        if names.count(bound.name) > 1:
            reason = "it is bounded twice"
            raise MaterialQuestionError(what=bound.name, reason=reason)
        _refuse_empty(bound)
    return tuple(sorted(bounds, key=lambda bound: bound.name))


def _refuse_empty(bound: Bound) -> None:
    least, most = bound.least, bound.most
    ends = [end for end in (least, most) if end is not None]
    if not ends:
        reason = "both ends are open"
    elif not all(map(math.isfinite, ends)):
        reason = "an end is no finite number; leave it out to have it open"
    elif least is not None and most is not None and least > most:
        reason = f"nothing is at least {least:g} and at most {most:g}"
    else:
        return
    raise MaterialQuestionError(what=bound.name, reason=reason)
