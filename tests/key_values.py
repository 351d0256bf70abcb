"""One good and one bad value of every tag of INCAR and every key of pw.x.

The tables are `tests/data/keys/*.tsv`. `beside`: what else has to be given so that the
good value has a meaning. `pw.x`: what pw.x 6.7 did with the bad value (`refused` it,
`read` it, or does not know the key: `unknown`). `source`: where the good value ran or
is described (`parameters in`, `INCAR of`: a file of the corpora);
`type alone`: nowhere, it has the type that the table of this repository gives.
"""

import csv
import re
from typing import Final

from tests.harness import ROOT

Row = dict[str, str]

_GIVEN: Final = re.compile(r"(\w+)\.([\w()]+)=(\S+)")


def rows(name: str) -> list[Row]:
    path = ROOT / "tests" / "data" / "keys" / name
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))


def pw_input(row: Row, value: str) -> str:
    """Return a complete input; its pseudopotential is nowhere, where pw.x stops."""
    given: dict[str, dict[str, str]] = {
        "control": {"pseudo_dir": "'./nowhere'"},
        "system": {
            "ibrav": "1",
            "celldm(1)": "8",
            "nat": "1",
            "ntyp": "1",
            "ecutwfc": "10",
        },
        **{name: {} for name in ("electrons", "ions", "cell", "fcp", "rism")},
    }
    for namelist, key, other in _GIVEN.findall(row["beside"]):
        given[namelist][key] = other
    given[row["namelist"]].pop(row["key"], None)
    given[row["namelist"]][row["key"]] = value
    text = ""
    for namelist, values in given.items():
        if values or namelist not in {"fcp", "rism"}:
            lines = "".join(f"  {key} = {one}\n" for key, one in values.items())
            text += f"&{namelist.upper()}\n{lines}/\n"
    cards = "ATOMIC_SPECIES\nH 1.0 H.upf\nATOMIC_POSITIONS crystal\nH 0 0 0\n"
    return f"{text}{cards}K_POINTS gamma\n"


def incar(row: Row, value: str) -> str:
    others = [f"{one.replace('=', ' = ')}\n" for one in row["beside"].split()]
    group, _, name = row["tag"].rpartition("/")
    line = f"{name} = {value}\n"
    return "".join(others) + (f"{group} {{\n{line}}}\n" if group else line)
