"""The records of explicit basis sets, from the first `NAT NSHL` to `99 0`."""

from collections.abc import Iterable, Iterator

from crystalmathd.codes.crystal.deck import AtomBasis, CorePotential, Shell

_LAST = "99 0"


def basis_records(entries: Iterable[AtomBasis]) -> list[str]:
    """Return the records of these sets, with the one that closes the list."""
    lines = [line for entry in entries for line in _entry(entry)]
    return [*lines, _LAST]


def _entry(entry: AtomBasis) -> Iterator[str]:
    yield f"{entry.label} {len(entry.shells)}"
    if entry.core_potential is not None:
        yield from _potential(entry.core_potential)
    for shell in entry.shells:
        yield from _shell(shell)


def _potential(potential: CorePotential) -> Iterator[str]:
    if potential.library is not None:
        yield potential.library
        return
    yield "INPUT"
    yield " ".join([f"{potential.effective_charge:.1f}", *map(str, potential.counts)])
    for exponent, factor, power in potential.terms:
        yield f"  {exponent!r:<20} {factor!r:<22} {power}"


def _shell(shell: Shell) -> Iterator[str]:
    head = f"{shell.source.value} {shell.type.value} {shell.n_primitives}"
    yield f"{head} {shell.electrons!r} {shell.scale!r}"
    for one in shell.primitives:
        row = f"  {one.exponent!r:<20} {one.coefficient!r}"
        yield row if one.p_coefficient is None else f"{row:<44} {one.p_coefficient!r}"
