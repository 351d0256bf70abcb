"""Changes of one line of a text, with the lines of the new text that show them."""

Edit = tuple[list[str], set[int]]


def deleted(lines: list[str], at: int) -> Edit:
    """Take out line `at` (from 1)."""
    return lines[: at - 1] + lines[at:], {at - 1, at}


def inserted(lines: list[str], at: int, text: str) -> Edit:
    """Put a line in behind line `at`."""
    return [*lines[:at], text, *lines[at:]], {at, at + 1}


def replaced(lines: list[str], at: int, text: str) -> Edit:
    """Write another text on line `at`."""
    return [*lines[: at - 1], text, *lines[at:]], {at}


def exchanged(lines: list[str], at: int) -> Edit:
    """Exchange line `at` with the one below."""
    new = [*lines[: at - 1], lines[at], lines[at - 1], *lines[at + 1 :]]
    return new, {at, at + 1}


def misspelt(word: str, how: int, at: int) -> str:
    """Return a word with one slip: letters swapped, left out, twice or wrong."""
    return (
        word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        word[:at] + word[at + 1 :],
        word[:at] + word[at] + word[at:],
        word[:at] + "Q" + word[at + 1 :],
    )[how]
