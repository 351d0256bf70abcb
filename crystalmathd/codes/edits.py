"""Editing an input as text, whatever bytes stand in its comments."""

from collections.abc import Callable

from crystalmathd.codes.base import StepRequest


def edited(step: StepRequest, edit: Callable[[str], str]) -> bytes:
    """Return the step's input after an edit of its text."""
    text = step.input.text.decode("utf-8", "surrogateescape")
    return edit(text).encode("utf-8", "surrogateescape")


def value_of(step: StepRequest, read: Callable[[str], str | None]) -> str | None:
    """Return what is read from the step's input; bytes that are no text become �."""
    value = read(step.input.text.decode("utf-8", "surrogateescape"))
    if value is None:
        return None
    return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def line_ending(text: str) -> str:
    """Return how the lines of a text end: those that are added end so too."""
    return "\r\n" if text.partition("\n")[0].endswith("\r") else "\n"
