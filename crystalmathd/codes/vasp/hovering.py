"""What stands at a place of an input of VASP, explained."""

from typing import Final

from crystalmathd.codes.draft import Draft
from crystalmathd.codes.places import Places
from crystalmathd.codes.vasp import incar
from crystalmathd.codes.vasp.incar_tags import WIKI, TagFacts, tags
from crystalmathd.codes.vasp.poscar_parts import parts_of
from crystalmathd.codes.vasp.potcar_hovering import cutoffs_beside
from crystalmathd.models.editing import Hover, Range

_TYPES: Final = {
    "l": "logical",
    "i": "integer",
    "r": "number",
    "s": "word",
    "I": "integers",
    "R": "numbers",
    "x": "anything",
}
_CUTOFFS: Final = frozenset({"ENCUT", "ENMAX"})
_POSCAR_HEAD: Final = (
    "**comment** · free text",
    (
        "**scale** · factor of lattice and Cartesian positions; negative: the volume"
        " in Å³; three numbers: one an axis"
    ),
    *["**lattice vector** · times the scale in Å"] * 3,
)
_KPOINTS_HEAD: Final = (
    "**comment** · free text",
    "**number of points** · 0: a mesh is made; in line mode the points of each line",
    (
        "**mode** · the first letter counts: Gamma or Monkhorst (a mesh), Automatic (by"
        " one length), Line-mode, or Cartesian and Reciprocal for listed points"
    ),
)


def hover_incar(draft: Draft, line: int, column: int) -> Hover | None:
    """Explain a tag: on its name and on its value."""
    offset = draft.offset(line, column)
    places = Places(draft.text, "")
    for tag in incar.parse(draft.text).tags:
        facts = tags().get(tag.name)
        if facts is not None and tag.start <= offset <= max(tag.end, tag.value_start):
            end = tag.name_end
            first, last = places.position(tag.start), places.position(end)
            place = Range(
                line=first[0], column=first[1], end_line=last[0], end_column=last[1]
            )
            parts = [explained(facts)]
            if tag.name in _CUTOFFS:
                parts += filter(None, [cutoffs_beside(draft)])
            return Hover(markdown="\n\n".join(parts), range=place)
    return None


def explained(facts: TagFacts) -> str:
    """Return the facts as Markdown."""
    description = facts.description[:1].upper() + facts.description[1:]
    parts = [f"**{facts.name}** · {_TYPES[facts.type]}", f"{description}."]
    if facts.default:
        parts.append(f"Default: `{facts.default}`")
    if facts.options:
        parts.append(f"May be: {', '.join(f'`{one}`' for one in facts.options)}")
    parts.append(f"[vasp.at wiki]({facts.source})")
    return "\n\n".join(parts)


def hover_poscar(draft: Draft, line: int, column: int) -> Hover | None:
    """Explain a line."""
    del column
    parts = parts_of(draft.lines)
    if line <= len(_POSCAR_HEAD):
        said: str | None = _POSCAR_HEAD[line - 1]
    else:
        said = {
            parts.symbols: "**species** · in the order of the POTCAR",
            parts.counts: "**numbers of atoms** · one for each species",
            parts.selective: "**selective dynamics** · T or F behind each coordinate",
            parts.mode: "**mode** · C or K: Cartesian, everything else: Direct",
        }.get(line)
        first = parts.first
        if said is None and first is not None and first <= line < first + parts.n_atoms:
            said = f"**atom {line - first + 1}** {_species(draft, line - first)}"
    return _of_line(draft, line, said, "POSCAR")


def _species(draft: Draft, index: int) -> str:
    """Return the species of an atom, by the numbers of atoms."""
    parts = parts_of(draft.lines)
    names = draft.line(parts.symbols or 0).split()
    counts = draft.line(parts.counts or 0).split()
    for name, count in zip(names, counts, strict=False):
        index -= int(count[:9]) if count.isdecimal() else 0
        if index < 0:
            return f"· {name}"
    return ""


def hover_kpoints(draft: Draft, line: int, column: int) -> Hover | None:
    """Explain a line of the head."""
    del column
    said = _KPOINTS_HEAD[line - 1] if line <= len(_KPOINTS_HEAD) else None
    is_mesh = draft.line(2).split()[:1] == ["0"]
    if said is None and is_mesh:
        said = {
            4: "**mesh** · divisions along the reciprocal vectors",
            5: "**shift** · of the mesh, in units of its step",
        }.get(line)
    return _of_line(draft, line, said, "KPOINTS")


def _of_line(draft: Draft, line: int, said: str | None, page: str) -> Hover | None:
    if said is None or not draft.line(line).strip():
        return None
    markdown = f"{said}\n\n[vasp.at wiki]({WIKI}{page})"
    return Hover(markdown=markdown, range=draft.filled(line))
