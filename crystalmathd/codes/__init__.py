"""Every DFT code that this daemon can run."""

from typing import Final

from crystalmathd.codes.base import Code
from crystalmathd.codes.crystal import Crystal
from crystalmathd.codes.espresso import Espresso
from crystalmathd.codes.pyscf import Pyscf
from crystalmathd.codes.vasp import Vasp

CODES: Final[dict[str, Code]] = {
    code.name: code for code in (Crystal(), Espresso(), Pyscf(), Vasp())
}
