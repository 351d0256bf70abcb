"""Changes of one line of a text, with the lines of the new text that show them."""

import random

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


def misspelt(word: str, rng: random.Random, *, within: int = 99) -> str:
    """Return a word with one slip: letters swapped, left out, twice or wrong.

    `within`: how many letters count.
    """
    if len(word) < 3:
        return f"{word}q"
    at = rng.randrange(1, min(len(word), within) - 1)
    return rng.choice(
        (
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
            word[:at] + "Q" + word[at + 1 :],
        )
    )


def any_deleted(lines: list[str], of: list[int], rng: random.Random) -> Edit | None:
    """Take out one of these lines; None if there is none."""
    return deleted(lines, rng.choice(sorted(of))) if of else None


def any_doubled(lines: list[str], of: list[int], rng: random.Random) -> Edit | None:
    """Write one of these lines twice."""
    if not of:
        return None
    at = rng.choice(sorted(of))
    return inserted(lines, at, lines[at - 1])


def any_exchanged(lines: list[str], of: list[int], rng: random.Random) -> Edit | None:
    """Exchange one of these lines with the one below."""
    of = [at for at in of if at < len(lines)]
    return exchanged(lines, rng.choice(sorted(of))) if of else None


def any_garbled(lines: list[str], of: list[int], rng: random.Random) -> Edit | None:
    """Put a letter into the first word of one of these lines."""
    of = [at for at in of if lines[at - 1].split()]
    if not of:
        return None
    at = rng.choice(sorted(of))
    word = lines[at - 1].split()[0]
    place = rng.randrange(len(word))
    bad = word[:place] + rng.choice("OlxB") + word[place + 1 :]
    return replaced(lines, at, lines[at - 1].replace(word, bad, 1))
