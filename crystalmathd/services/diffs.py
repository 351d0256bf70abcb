"""What differs between inputs, as people read it."""

import difflib
from collections.abc import Iterable


def input_diff(changes: Iterable[tuple[str, bytes, bytes]]) -> str:
    """Return name, old and new text of inputs as one unified diff."""
    lines: list[str] = []
    for name, old, new in changes:
        lines += diff_lines(old, new, (f"a/{name}", f"b/{name}"), n_around=1)
    return "\n".join(lines)


def diff_lines(
    old: bytes, new: bytes, names: tuple[str, str], *, n_around: int
) -> list[str]:
    """Return a unified diff of two texts; `n_around`: lines shown beside a change."""
    return list(
        difflib.unified_diff(
            old.decode("utf-8", "replace").splitlines(),
            new.decode("utf-8", "replace").splitlines(),
            *names,
            n=n_around,
            lineterm="",
        )
    )
