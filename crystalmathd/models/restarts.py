"""What a run leaves for a successor."""

from dataclasses import dataclass

from crystalmathd.models.faults import Effect


@dataclass(frozen=True, kw_only=True, slots=True)
class LeftFile:
    """A file that a job has left: its name in `outputs/` (or `inputs/`) and its role.

    `data` is the whole file if it is short text that the code asked for, else its
    first bytes; `is_whole` tells. `is_here` is false of a file that stays on the
    machine where the job ran: then there is no data, only the size.
    """

    name: str
    role: str
    size: int
    data: bytes = b""
    is_whole: bool = False
    is_here: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class RestartNeeds:
    """What must be the same in a job that takes a file, or it does not fit.

    `keys`: values of the input. `same_ranks`: it is written by rank.
    """

    keys: tuple[str, ...] = ()
    same_ranks: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ChangedInput:
    """An input of the successor: its name beside the others and its text."""

    name: str
    text: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class RestartOption:
    """One way to go on from a run.

    `kind`: a word of the code (`guess`, `optimisation`, `frequencies`, `geometry`,
    `charge_density`, `restart` …). `roles`: which files of the old job the new one
    takes (see `inputs_from`). `inputs`: those inputs that differ. `checks`: what was
    looked at and found right; `obstacles`: why it cannot be done — offered only if
    there are none. `keeps` says what of the old run is kept.
    """

    kind: str
    title: str
    keeps: str
    effect: Effect = Effect.NONE
    roles: tuple[str, ...] = ()
    inputs: tuple[ChangedInput, ...] = ()
    checks: tuple[str, ...] = ()
    obstacles: tuple[str, ...] = ()

    @property
    def is_offered(self) -> bool:
        return not self.obstacles
