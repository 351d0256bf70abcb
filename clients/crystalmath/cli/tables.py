"""Plain columns: what `jobs` and its neighbours print."""

from collections.abc import Callable, Collection, Sequence

Row = Sequence[str]


def columns(
    header: Row,
    rows: Sequence[Row],
    *,
    right: Collection[int] = (),
    style: Callable[[str, int], str] | None = None,
) -> str:
    """Return aligned text; an empty header is left out.

    `right` holds the indices of right-aligned columns. `style(cell, column)`
    colours a cell of the rows after it was padded.
    """
    has_header = any(header)
    lines = [header, *rows] if has_header else list(rows)
    widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
    text = []
    for number, line in enumerate(lines):
        cells = [
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        cells[-1] = cells[-1].rstrip()
        if style is not None and (number or not has_header):
            cells = [style(cell, column) for column, cell in enumerate(cells)]
        text.append("  ".join(cells).rstrip())
    return "\n".join(text)


def facts(pairs: Sequence[tuple[str, str]]) -> str:
    """Return `name  value` lines; further lines of a value stand below the first."""
    width = max((len(name) for name, _ in pairs), default=0)
    below = "\n" + " " * (width + 2)
    return "\n".join(
        f"{name:<{width}}  {value.replace(chr(10), below)}".rstrip()
        for name, value in pairs
    )
