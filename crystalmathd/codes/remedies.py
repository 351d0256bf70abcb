"""Applying a remedy: typed edits of the inputs of a run."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from crystalmathd.codes.base import InputFile, InputRefusedError, StepRequest
from crystalmathd.codes.numbers import fortran_float
from crystalmathd.models.faults import (
    Continue,
    NextValue,
    Remedy,
    RemoveFile,
    RemoveValue,
    ScaleValue,
    SetValue,
)
from crystalmathd.models.restarts import ChangedInput

_FACT: Final = re.compile(r"\{(\w+)\}")

InputEdit = SetValue | RemoveValue | ScaleValue | NextValue


class Editor(Protocol):
    """What a `Code` tells of the values in its inputs."""

    def get_value(self, step: StepRequest, key: str) -> str | None: ...
    def set_value(self, step: StepRequest, key: str, value: str) -> bytes: ...
    def remove_value(self, step: StepRequest, key: str) -> bytes: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Settled:
    """An edit with its place and its value; without one the key is taken out."""

    input: str
    key: str
    value: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Applied:
    """What a remedy does to the inputs of a run: nothing if they are so already."""

    edits: tuple[Settled, ...]
    inputs: tuple[ChangedInput, ...]
    is_done_already: bool = False
    """It has edits, and the inputs are as they want them."""


def settle(
    code: Editor, steps: Sequence[StepRequest], remedy: Remedy, facts: Mapping[str, str]
) -> Applied:
    """Return what a remedy does to the inputs of a run.

    An edit goes to the step whose input has the key, or else to the first one that
    can take it. Files to leave out and restarts are no edits of an input: they are
    passed over.

    Parameters
    ----------
    steps
        Those the fault was found in, or all of the run where that is not known.
    facts
        Of the finding (`Finding.facts`); they fill the values of edits.

    Raises
    ------
    InputRefusedError
        If no input can take one of the edits, or a fact is missing.
    """
    changed = list(steps)
    wanted = [e for e in remedy.edits if not isinstance(e, RemoveFile | Continue)]
    settled = [_edit_one(code, changed, edit, facts) for edit in wanted]
    edits = tuple(one for one in settled if one is not None)
    inputs = tuple(
        ChangedInput(name=after.input.name, text=after.input.text)
        for before, after in zip(steps, changed, strict=True)
        if after.input.text != before.input.text
    )
    return Applied(
        edits=edits, inputs=inputs, is_done_already=bool(wanted) and not edits
    )


def _edit_one(
    code: Editor, steps: list[StepRequest], edit: InputEdit, facts: Mapping[str, str]
) -> Settled | None:
    """Carry an edit out in the step that takes it; None if nothing changes."""
    refusals: list[InputRefusedError] = []
    takers: list[int] = []
    for at, step in enumerate(steps):
        try:
            present = code.get_value(step, edit.key)
        except InputRefusedError as error:
            refusals.append(error)
            continue
        takers.insert(0 if present is not None else len(takers), at)
    for at in takers:
        step = steps[at]
        try:
            value = _new_value(edit, code.get_value(step, edit.key), facts)
            text = (
                code.remove_value(step, edit.key)
                if value is None
                else code.set_value(step, edit.key, value)
            )
        except InputRefusedError as error:
            refusals.append(error)
            continue
        if text == step.input.text:
            return None
        steps[at] = replace(step, input=InputFile(name=step.input.name, text=text))
        return Settled(input=step.input.name, key=edit.key, value=value)
    raise refusals[-1] if refusals else InputRefusedError("the run has no input")


def _new_value(
    edit: InputEdit, present: str | None, facts: Mapping[str, str]
) -> str | None:
    match edit:
        case SetValue(value=value):
            return _filled(value, facts)
        case RemoveValue():
            return None
        case ScaleValue():
            return scaled(edit, present)
        case NextValue(chain=chain):
            return _following(chain, present)


def _filled(value: str, facts: Mapping[str, str]) -> str:
    """Put what the output said into a value.

    Raises
    ------
    InputRefusedError
        If it did not say it.
    """
    for name in _FACT.findall(value):
        if name not in facts:
            raise InputRefusedError(f"the output did not say the {name} to set")
    return _FACT.sub(lambda match: facts[match[1]], value)


def scaled(edit: ScaleValue, present: str | None) -> str:
    """Return the new value of a key that has a value, or none yet (None).

    Raises
    ------
    InputRefusedError
        If the value is no number.
    """
    if present is None:
        default = edit.default
        numbers = default if isinstance(default, tuple) else (default,)
    else:
        numbers = _numbers(edit.key, present)
    return " ".join(_scaled_one(edit, number) for number in numbers)


def _numbers(key: str, text: str) -> tuple[float, ...]:
    found = []
    for word in text.split() or [text]:
        number = fortran_float(word)
        if number is None:
            raise InputRefusedError(f"{key} is {text}, which is not a number")
        found.append(number)
    return tuple(found)


def _scaled_one(edit: ScaleValue, number: float) -> str:
    new = number * edit.factor
    new = new if edit.least is None else max(new, edit.least)
    new = new if edit.most is None else min(new, edit.most)
    return str(round(new)) if edit.is_integer else f"{new:.6g}"


def _following(chain: Sequence[str], present: str | None) -> str:
    known = [one.casefold() for one in chain]
    wanted = "" if present is None else present.strip().casefold()
    if wanted not in known:
        return chain[0]
    return chain[min(known.index(wanted) + 1, len(chain) - 1)]
