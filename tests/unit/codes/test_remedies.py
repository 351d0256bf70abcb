"""A remedy becomes an edit of the input, or is refused with the reason."""

import pytest

from crystalmathd.codes.base import InputFile, InputRefusedError, StepRequest
from crystalmathd.codes.remedies import Applied, Settled, settle
from crystalmathd.models.faults import (
    Continue,
    NextValue,
    Remedy,
    RemoveFile,
    RemoveValue,
    ScaleValue,
    SetValue,
)


class Table:
    """A code whose inputs are lines `key=value`; a step called deaf takes nothing."""

    def get_value(self, step: StepRequest, key: str) -> str | None:
        return self._values(step).get(key)

    def set_value(self, step: StepRequest, key: str, value: str) -> bytes:
        return self._text(self._values(step) | {key: value})

    def remove_value(self, step: StepRequest, key: str) -> bytes:
        values = self._values(step)
        values.pop(key, None)
        return self._text(values)

    def _values(self, step: StepRequest) -> dict[str, str]:
        if step.program == "deaf":
            raise InputRefusedError("values cannot be set in this one")
        lines = step.input.text.decode().splitlines()
        return dict(line.split("=", 1) for line in lines)

    def _text(self, values: dict[str, str]) -> bytes:
        return "".join(f"{key}={value}\n" for key, value in values.items()).encode()


TEXT = "cycles=20\nmixing=linear\nwidth=\nrange=1 4\n"


def step(text: str = TEXT, program: str = "run", name: str = "a.in") -> StepRequest:
    return StepRequest(program=program, input=InputFile(name=name, text=text.encode()))


def applied(
    *edits: SetValue | RemoveValue | ScaleValue | NextValue,
    facts: dict[str, str] | None = None,
) -> str:
    """Return the input afterwards; it is the only one."""
    remedy = Remedy(text="", edits=edits)
    changed = settle(Table(), [step()], remedy, facts or {}).inputs
    return changed[0].text.decode() if changed else "as it was"


def test_a_value_is_set() -> None:
    changed = applied(SetValue(key="cycles", value="50"))
    assert changed == "cycles=50\nmixing=linear\nwidth=\nrange=1 4\n"


def test_a_value_takes_what_the_output_said() -> None:
    changed = applied(SetValue(key="size", value="{n} {m}"), facts={"n": "7", "m": "8"})
    assert changed == TEXT + "size=7 8\n"


def test_a_value_that_the_output_did_not_say_is_refused() -> None:
    with pytest.raises(InputRefusedError, match="did not say the n "):
        applied(SetValue(key="size", value="{n}"))


def test_a_value_is_removed() -> None:
    assert applied(RemoveValue(key="mixing")) == "cycles=20\nwidth=\nrange=1 4\n"


@pytest.mark.parametrize(
    ("edit", "line"),
    [
        (ScaleValue(key="cycles", factor=2, default=50, is_integer=True), "cycles=40"),
        (ScaleValue(key="other", factor=0.5, default=50, is_integer=True), "other=25"),
        (ScaleValue(key="cycles", factor=0.125, default=1), "cycles=2.5"),
        (ScaleValue(key="cycles", factor=9, default=1, most=100), "cycles=100"),
        (ScaleValue(key="cycles", factor=0.1, default=1, least=15), "cycles=15"),
        (ScaleValue(key="range", factor=2, default=1), "range=2 8"),
        (ScaleValue(key="other", factor=2, default=(3, 5)), "other=6 10"),
    ],
)
def test_a_number_is_scaled_within_its_bounds(edit: ScaleValue, line: str) -> None:
    assert line in applied(edit).splitlines()


def test_what_is_no_number_is_not_scaled() -> None:
    with pytest.raises(InputRefusedError, match="mixing is linear, which is not a num"):
        applied(ScaleValue(key="mixing", factor=2, default=1))


@pytest.mark.parametrize(
    ("key", "chain", "line"),
    [
        ("mixing", ("Linear", "diis", "broyden"), "mixing=diis"),
        ("mixing", ("diis", "broyden"), "mixing=diis"),
        ("other", ("a", "b"), "other=a"),
    ],
)
def test_the_next_value_of_a_chain_is_taken(
    key: str, chain: tuple[str, ...], line: str
) -> None:
    assert line in applied(NextValue(key=key, chain=chain)).splitlines()


def test_at_the_end_of_a_chain_nothing_changes() -> None:
    assert applied(NextValue(key="mixing", chain=("diis", "linear"))) == "as it was"


def test_what_is_so_already_is_told_apart_from_what_has_no_edits() -> None:
    same = Remedy(text="", edits=(SetValue(key="cycles", value="20"),))
    assert settle(Table(), [step()], same, {}).is_done_already
    assert not settle(Table(), [step()], Remedy(text=""), {}).is_done_already


def test_several_edits_of_a_remedy_stand_in_one_input() -> None:
    changed = applied(SetValue(key="cycles", value="9"), RemoveValue(key="width"))
    assert changed == "cycles=9\nmixing=linear\nrange=1 4\n"


def test_edits_are_told_with_their_place_and_value() -> None:
    edits = (
        ScaleValue(key="cycles", factor=2, default=1, is_integer=True),
        RemoveValue(key="width"),
        SetValue(key="mixing", value="linear"),
    )

    applied = settle(Table(), [step()], Remedy(text="", edits=edits), {})

    assert applied.edits == (
        Settled(input="a.in", key="cycles", value="40"),
        Settled(input="a.in", key="width", value=None),
    )


def test_files_and_restarts_are_no_edits_of_an_input() -> None:
    remedy = Remedy(text="", edits=(RemoveFile(name="CHGCAR"), Continue(kind="guess")))
    assert settle(Table(), [step()], remedy, {}) == Applied(edits=(), inputs=())


def test_an_edit_goes_to_the_step_that_has_the_key() -> None:
    steps = [step(name="a.in", text="x=1\n"), step(name="b.in")]
    remedy = Remedy(text="", edits=(RemoveValue(key="mixing"),))

    (changed,) = settle(Table(), steps, remedy, {}).inputs

    assert changed.name == "b.in"


def test_an_edit_passes_over_a_step_that_cannot_take_it() -> None:
    steps = [step(program="deaf", name="a.in"), step(name="b.in")]
    remedy = Remedy(text="", edits=(SetValue(key="new", value="1"),))

    (changed,) = settle(Table(), steps, remedy, {}).inputs

    assert changed.name == "b.in"


@pytest.mark.parametrize("steps", [[], [step(program="deaf")]])
def test_an_edit_that_no_step_can_take_is_refused(steps: list[StepRequest]) -> None:
    with pytest.raises(InputRefusedError):
        settle(
            Table(), steps, Remedy(text="", edits=(SetValue(key="a", value="1"),)), {}
        )
