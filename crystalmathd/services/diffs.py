"""What differs between inputs, as people read it."""

import difflib
from collections.abc import Iterable


def input_diff(changes: Iterable[tuple[str, bytes, bytes]]) -> str:
    """Return name, old and new text of inputs as one unified diff."""
    lines: list[str] = []
    for name, old, new in changes:
        lines += difflib.unified_diff(
            old.decode("utf-8", "replace").splitlines(),
            new.decode("utf-8", "replace").splitlines(),
            f"a/{name}",
            f"b/{name}",
            n=1,
            lineterm="",
        )
    return "\n".join(lines)
