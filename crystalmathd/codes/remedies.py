"""Applying a remedy: typed edits of the inputs of a run."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
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


def apply(
    code: Editor, steps: Sequence[StepRequest], remedy: Remedy, facts: Mapping[str, str]
) -> tuple[ChangedInput, ...]:
    """Return the inputs that a remedy changes, as they are afterwards.

    An edit goes to the step whose input has the key, or else to the first one that
    can take it. Files to leave out and restarts are no edits of an input: they are
    passed over. Nothing is returned if the inputs are already as they should be.

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
    for edit in remedy.edits:
        if not isinstance(edit, RemoveFile | Continue):
            _edit_one(code, changed, edit, facts)
    return tuple(
        ChangedInput(name=after.input.name, text=after.input.text)
        for before, after in zip(steps, changed, strict=True)
        if after.input.text != before.input.text
    )


def _edit_one(
    code: Editor, steps: list[StepRequest], edit: InputEdit, facts: Mapping[str, str]
) -> None:
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
        try:
            text = _edited(code, steps[at], edit, facts)
        except InputRefusedError as error:
            refusals.append(error)
            continue
        name = steps[at].input.name
        steps[at] = replace(steps[at], input=InputFile(name=name, text=text))
        return
    raise refusals[-1] if refusals else InputRefusedError("the run has no input")


def _edited(
    code: Editor, step: StepRequest, edit: InputEdit, facts: Mapping[str, str]
) -> bytes:
    match edit:
        case SetValue(key=key, value=value):
            return code.set_value(step, key, _filled(value, facts))
        case RemoveValue(key=key):
            return code.remove_value(step, key)
        case ScaleValue(key=key):
            present = code.get_value(step, key)
            return code.set_value(step, key, _scaled(edit, present))
        case NextValue(key=key, chain=chain):
            present = code.get_value(step, key)
            return code.set_value(step, key, _following(chain, present))


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


def _scaled(edit: ScaleValue, present: str | None) -> str:
    number = edit.default if present is None else fortran_float(present.strip())
    if number is None:
        raise InputRefusedError(f"{edit.key} is {present}, which is not a number")
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
