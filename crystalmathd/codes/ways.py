"""One way to go on from a run while it is looked at, for every code."""

from collections.abc import Callable
from dataclasses import dataclass, field

from crystalmathd.codes.base import InputRefusedError, StepRequest
from crystalmathd.codes.edits import edited
from crystalmathd.models.faults import Effect
from crystalmathd.models.restarts import ChangedInput, RestartOption


@dataclass(slots=True)
class Way:
    """What speaks for a way to go on and against it, and what the successor takes."""

    checks: list[str] = field(default_factory=list)
    obstacles: list[str] = field(default_factory=list)
    roles: list[str] = field(default_factory=list)
    inputs: list[ChangedInput] = field(default_factory=list)

    def add(self, found: tuple[list[str], list[str]]) -> None:
        self.checks += found[0]
        self.obstacles += found[1]

    def change(self, step: StepRequest, edit: Callable[[str], str]) -> None:
        """Make the successor's main input, unless there are obstacles already."""
        if self.obstacles:
            return
        try:
            text = edited(step, edit)
        except InputRefusedError as refusal:
            self.obstacles.append(str(refusal))
            return
        if text != step.input.text:
            self.inputs.append(ChangedInput(name=step.input.name, text=text))

    def option(
        self, kind: str, title: str, keeps: str, effect: Effect = Effect.NONE
    ) -> RestartOption:
        """Return the way; one that cannot be gone takes and changes nothing."""
        return RestartOption(
            kind=kind,
            title=title,
            keeps=keeps,
            effect=effect,
            roles=tuple(self.roles) if not self.obstacles else (),
            inputs=tuple(self.inputs) if not self.obstacles else (),
            checks=tuple(self.checks),
            obstacles=tuple(self.obstacles),
        )
