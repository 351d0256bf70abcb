"""The options of `structure transform`, in the order in which they were typed."""

import math
from collections.abc import Callable, Sequence
from typing import Any, Final

import click
from msgspec.structs import replace

from crystalmath.cli.invocation import Function, parsed
from crystalmath.cli.values import decimal
from crystalmath_protocol.structures import TransformStep

_KEPT: Final = "structure_steps"
_DIAGONAL: Final = 3
_VOIGT: Final = 6
_FULL: Final = 9
_MILLER: Final = 3
_DISPLACEMENT: Final = 4
_SUBSTITUTION: Final = 2

Rows = tuple[tuple[float, float, float], ...]


def _words(word: str) -> list[str]:
    return word.replace(",", " ").split()


def _numbers(word: str, *counts: int) -> list[float]:
    try:
        values = [float(one) for one in _words(word)]
    except ValueError as error:
        raise click.BadParameter(f"{word!r} is not all numbers.") from error
    if not all(map(math.isfinite, values)):
        raise click.BadParameter(f"{word!r}: nan and inf are no values.")
    if len(values) not in counts:
        wanted = " or ".join(map(str, counts))
        raise click.BadParameter(f"{word!r}: {wanted} numbers are wanted.")
    return values


def _rows(values: Sequence[float]) -> Rows:
    a, b, c, d, e, f, g, h, i = values
    return (a, b, c), (d, e, f), (g, h, i)


def supercell_step(word: str) -> TransformStep:
    """Read `2 2 1`, or the nine numbers of a matrix."""
    values = _numbers(word, _DIAGONAL, _FULL)
    if len(values) == _DIAGONAL:
        a, b, c = values
        values = [a, 0, 0, 0, b, 0, 0, 0, c]
    return TransformStep(kind="supercell", matrix=_rows(values))


def strain_step(word: str) -> TransformStep:
    """Read e1 … e6 (Voigt, engineering shear), or the nine numbers of a tensor."""
    values = _numbers(word, _VOIGT, _FULL)
    if len(values) == _VOIGT:
        xx, yy, zz, yz, xz, xy = values
        values = [xx, xy / 2, xz / 2, xy / 2, yy, yz / 2, xz / 2, yz / 2, zz]
    return TransformStep(kind="strain", matrix=_rows(values))


def slab_step(word: str) -> TransformStep:
    """Read `1 0 0`, then `layers=4` or `thickness=12`, `vacuum=15`, `termination=1`."""
    words = _words(word)
    named = dict(one.split("=", 1) for one in words if "=" in one)
    h, k, m = (
        int(x) for x in _numbers(" ".join(w for w in words if "=" not in w), _MILLER)
    )
    unknown = set(named) - {"layers", "thickness", "vacuum", "termination"}
    if unknown:
        raise click.BadParameter(f"a slab has no {', '.join(sorted(unknown))}.")
    values = {name: _numbers(value, 1)[0] for name, value in named.items()}
    layers = values.get("layers")
    return TransformStep(
        kind="slab",
        miller=(h, k, m),
        layers=None if layers is None else int(layers),
        thickness_a=values.get("thickness"),
        vacuum_a=values.get("vacuum"),
        termination=int(values.get("termination", 0)),
    )


def displace_step(word: str) -> TransformStep:
    """Read `ATOM X Y Z`, Å."""
    atom, x, y, z = _numbers(word, _DISPLACEMENT)
    return TransformStep(kind="displace", atoms=(int(atom),), vector_a=(x, y, z))


def rattle_step(word: str) -> TransformStep:
    """Read the amplitude in Å, and the seed (0 if there is none)."""
    amplitude, *seed = _numbers(word, 1, 2)
    return TransformStep(
        kind="rattle", amplitude_a=amplitude, seed=int(seed[0]) if seed else 0
    )


def vacancy_step(word: str) -> TransformStep:
    """Read numbers of atoms, or an element."""
    words = _words(word)
    if words and all(one.isdecimal() for one in words):
        return TransformStep(kind="vacancy", atoms=tuple(map(int, words)))
    if len(words) != 1:
        raise click.BadParameter(f"{word!r} is neither atoms nor an element.")
    return TransformStep(kind="vacancy", element=words[0])


def substitute_step(word: str) -> TransformStep:
    """Read `Mg Ca` (all of them) or `3 Ca` (atom 3; `3+4 Ca`: two atoms)."""
    words = _words(word)
    if len(words) != _SUBSTITUTION:
        raise click.BadParameter(f"{word!r}: what is replaced, and by what, is wanted.")
    old, new = words
    atoms = old.split("+")
    if all(one.isdecimal() for one in atoms):
        return TransformStep(
            kind="substitute", atoms=tuple(map(int, atoms)), new_element=new
        )
    return TransformStep(kind="substitute", element=old, new_element=new)


def reduce_step(word: str) -> TransformStep:
    """Read the number of directions that go on repeating."""
    return TransformStep(kind="reduce", dimension=int(_numbers(word, 1)[0]))


def vacuum_step(word: str) -> TransformStep:
    """Read the empty space, Å."""
    return TransformStep(kind="vacuum", vacuum_a=_numbers(word, 1)[0])


def _plain(kind: Any) -> Callable[[str], TransformStep]:  # noqa: ANN401 - one of three
    return lambda _: TransformStep(kind=kind)


_OPTIONS: Final[
    tuple[tuple[str, str | None, str, Callable[[str], TransformStep]], ...]
] = (
    ("--primitive", None, "The primitive cell.", _plain("primitive")),
    ("--conventional", None, "The conventional cell.", _plain("conventional")),
    (
        "--standardise",
        None,
        "The standard cell, atoms on their sites.",
        _plain("standardised"),
    ),
    (
        "--supercell",
        "'N N N'",
        "Multiples of the vectors, or 9 numbers of a matrix.",
        supercell_step,
    ),
    (
        "--slab",
        "'H K L layers=N'",
        "Cut a slab: also thickness=Å, vacuum=Å (else a true slab), termination=N.",
        slab_step,
    ),
    (
        "--strain",
        "'E1 … E6'",
        "Voigt components (0.01 is 1 %), or 9 numbers of a tensor.",
        strain_step,
    ),
    ("--displace", "'ATOM X Y Z'", "Move an atom, Å.", displace_step),
    (
        "--rattle",
        "'Å SEED'",
        "Move all atoms at random, the same for a seed.",
        rattle_step,
    ),
    (
        "--vacancy",
        "ATOM|ELEMENT",
        "Take out an atom (from 1), or one of an element.",
        vacancy_step,
    ),
    (
        "--substitute",
        "'OLD NEW'",
        "Replace an element, or an atom by its number.",
        substitute_step,
    ),
    (
        "--reduce",
        "N",
        "Of what stands in vacuum: a slab (2), polymer (1) or molecule (0).",
        reduce_step,
    ),
    ("--vacuum", "Å", "Three vectors, with vacuum where nothing repeats.", vacuum_step),
)


def step_options(function: Function) -> Function:
    """Add the options of all steps; `steps_typed` returns them in their order."""
    for name, metavar, description, read in reversed(_OPTIONS):
        function = click.option(
            name,
            is_flag=metavar is None or None,  # False: a value may be left out
            multiple=metavar is not None,
            metavar=metavar,
            expose_value=False,
            callback=_kept(name, read),
            help=description,
        )(function)
    return function


def _kept(name: str, read: Callable[[str], TransformStep]) -> Callable[..., None]:
    """Return what reads every value of an option and keeps the steps by its name."""

    def callback(
        context: click.Context,
        _parameter: click.Parameter,
        value: tuple[str, ...] | bool,  # noqa: FBT001 - click's
    ) -> None:
        steps = context.meta.setdefault(_KEPT, {})
        if value is True:
            steps[name] = [read("")]
        elif value:
            steps[name] = [read(one) for one in value]

    return callback


def symmetry_options(function: Function) -> Function:
    """Add how far atoms may be from the places of their group."""
    shifting = click.option(
        "--may-shift",
        is_flag=True,
        help="Atoms may move by more than 0.01 Å to have the group.",
    )(function)
    return click.option(
        "--tolerance",
        "tolerance_a",
        default="0.01",
        show_default=True,
        metavar="Å",
        callback=parsed(decimal(0, 1)),
        help="Within which symmetry is found.",
    )(shifting)


def steps_typed(
    context: click.Context, tolerance_a: float = 0.01, *, may_shift: bool = False
) -> tuple[TransformStep, ...]:
    """Return the steps in the order in which their options stand in the command."""
    kept: dict[str, list[TransformStep]] = context.meta.get(_KEPT, {})
    waiting = {name: list(steps) for name, steps in kept.items()}
    found = []
    for word in typed_words(context):
        name = word.split("=", 1)[0]
        if waiting.get(name):
            found.append(waiting[name].pop(0))
    found += [step for steps in waiting.values() for step in steps]
    return tuple(
        replace(one, tolerance_a=tolerance_a, may_shift=may_shift) for one in found
    )


def typed_words(context: click.Context) -> Sequence[str]:
    """Return the words of the command line; click keeps no order of options."""
    words: Sequence[str] = context.find_root().obj.words
    return words
