"""Questions in the grammar of OPTIMADE, for one provider.

Source: OPTIMADE specification 1.2, section "The Filter Language".
"""

from typing import Final

from crystalmathd.models.materials import Bound, MaterialQuery

BOUNDS: Final = {"n_sites": "nsites", "n_elements": "nelements"}
"""Other bounds have no standard field that every provider must be able to ask for."""
NOT_ASKED: Final = "None of the ids is one of this provider."


class FilterError(Exception):
    """The filter is not OPTIMADE's grammar, or the question cannot be put in it."""


def filter_for(query: MaterialQuery, provider: str) -> str | None:
    """Return the filter; None if only entries of other providers are meant.

    Raises
    ------
    FilterError
        If a bound has no field of OPTIMADE, there is no criterion at all, or the
        filter that was given is not one.
    """
    foreign = [bound.name for bound in query.bounds if bound.name not in BOUNDS]
    if foreign:
        known = ", ".join(BOUNDS)
        raise FilterError(
            f"OPTIMADE has no field for {', '.join(foreign)} (it has {known}); "
            "a filter may use the provider's own fields, as in _mp_band_gap > 1"
        )
    parts = _plain(query)
    if query.material_ids:
        ids = [own for one in query.material_ids if (own := own_id(one, provider))]
        if not ids:
            return None
        parts.append(" OR ".join(f"id={_quoted(one)}" for one in ids))
    if query.optimade_filter is not None:
        parse(query.optimade_filter)
        parts.append(query.optimade_filter)
    if not parts:
        raise FilterError("it has no criterion and would ask for everything")
    whole = parts[0] if len(parts) == 1 else " AND ".join(f"({one})" for one in parts)
    parse(whole)
    return whole


def _plain(query: MaterialQuery) -> list[str]:
    parts = []
    if query.formula:
        parts.append(f"chemical_formula_reduced={_quoted(query.formula)}")
    if query.elements:
        parts.append(f"elements HAS ALL {_listed(query.elements)}")
    if query.chemical_system:
        elements = query.chemical_system.split("-")
        parts.append(
            f"elements HAS ALL {_listed(elements)} AND nelements={len(elements)}"
        )
    return parts + [part for bound in query.bounds for part in _limits(bound)]


def own_id(material_id: str, provider: str) -> str | None:
    """Return the id within a provider: of `provider/id`, or a plain `provider-…`.

    Ids may have slashes themselves; the name of a provider has none.
    """
    first, slash, rest = material_id.partition("/")
    if slash:
        return rest if first == provider and rest else None
    return material_id if material_id.startswith(f"{provider}-") else None


def parse(text: str) -> None:
    """Check a filter; FilterError says where it breaks off."""
    from optimade.exceptions import BadRequest  # noqa: PLC0415
    from optimade.filterparser import LarkParser  # noqa: PLC0415

    try:
        LarkParser().parse(text)
    except BadRequest as error:
        said = str(error).partition("Lark traceback:")[2].strip() or str(error)
        where = said.partition("\n")[0].partition(". Expected")[0]
        raise FilterError(f"{text!r} is no OPTIMADE filter: {where}") from error


def _limits(bound: Bound) -> list[str]:
    field = BOUNDS[bound.name]
    if bound.least is not None and bound.least == bound.most:
        return [f"{field}={bound.least:g}"]
    limits = ((">=", bound.least), ("<=", bound.most))
    return [f"{field}{sign}{limit:g}" for sign, limit in limits if limit is not None]


def _listed(elements: tuple[str, ...] | list[str]) -> str:
    return ",".join(_quoted(element) for element in elements)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
