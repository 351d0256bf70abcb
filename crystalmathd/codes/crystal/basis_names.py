"""The basis sets of CRYSTAL's library that a deck may name, for its elements."""

from collections.abc import Iterable

from crystalmathd.codes.crystal.coverage import library_coverage
from crystalmathd.codes.crystal.libraries import NAMES, is_known
from crystalmathd.structures.elements import symbol

_LAST = 98


def fitting(labels: Iterable[int]) -> list[tuple[str, str]]:
    """Return each name with what speaks against it: nothing, or elements it lacks.

    `labels` are conventional atomic numbers; those without a known set come last.
    """
    wanted = {label % 100 for label in labels} - {0}
    found = []
    for name in NAMES:
        coverage = library_coverage(name)
        lacking = sorted(wanted - coverage.elements) if coverage is not None else []
        names = ", ".join(symbol(z) for z in lacking if z <= _LAST)
        found.append((name, f"lacks {names}" if names else ""))
    return sorted(found, key=lambda one: bool(one[1]))


def explained_library(name: str) -> str | None:
    """Return what is known about a name behind BASISSET, as Markdown."""
    if not is_known(name):
        return None
    heading = f"**{name}** · basis set of CRYSTAL's library"
    coverage = library_coverage(name)
    if coverage is None:
        return f"{heading}\n\nElements: not measured."
    elements = _ranges(sorted(coverage.elements))
    return f"{heading}\n\nElements: {elements}\n\n{coverage.source}."


def _ranges(numbers: list[int]) -> str:
    parts: list[list[int]] = []
    for number in numbers:
        if parts and parts[-1][-1] == number - 1:
            parts[-1][1:] = [number]
        else:
            parts.append([number])
    return ", ".join("–".join(symbol(z) for z in part) for part in parts)
