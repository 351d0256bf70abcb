"""The text of a pw.x input. Source: INPUT_PW of Quantum ESPRESSO 6.7."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from crystalmathd.codes.espresso.options import Value

NAMELISTS: Final = ("CONTROL", "SYSTEM", "ELECTRONS", "IONS", "CELL")


def namelists_text(namelists: Mapping[str, Mapping[str, Value]]) -> str:
    """Write the namelists in the order in which pw.x reads them, empty ones too."""
    blocks = []
    for name in NAMELISTS:
        if name in namelists:
            lines = [f"  {key} = {_value(v)}" for key, v in namelists[name].items()]
            blocks.append("\n".join([f"&{name}", *lines, "/"]))
    return "\n".join(blocks) + "\n"


def card_text(head: str, rows: Iterable[str]) -> str:
    return "\n".join([head, *rows]) + "\n"


def numbers(values: Sequence[float]) -> str:
    """Write numbers to 15 decimals: 1/3 and the like stay what they are."""
    return " ".join(f"{value:20.15f}" for value in values)


def _value(value: Value) -> str:
    if isinstance(value, bool):
        return ".true." if value else ".false."
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return repr(value)
