"""An input of each language with one mistake, and what an editor must show of it."""

from dataclasses import dataclass

from tests.harness import deck


def _dataset(kind: str, element: str, functional: str) -> str:
    return (
        f"  {kind} {element} 13Apr2007\n"
        "   2.00000000000000\n"
        " parameters from PSCTR are:\n"
        f"   VRHFIN ={element}: s2p0\n"
        f"   LEXCH  = {functional}\n"
        f"   TITEL  = {kind} {element} 13Apr2007\n"
        "   ENMAX  =  200.000; ENMIN  =  100.000 eV\n"
        "END of PSCTR-controll parameters\n"
        " local part\n"
        "  1.0\n"
        " End of Dataset\n"
    )


PROPERTIES = "BNAD\nMgO bands\n1 8 20 1 10 1 0\n0 0 0  4 0 4\nEND\n"
INCAR = "ENCUT = 400\nISMER = 0\nSIGMA=0.05 # eV\n"
POSCAR = """MgO
4.2
0 0.5 0.5
0.5 0 0.5
0.5 0.5 0
Mg O
1 1
Fractional
0 0 0
0.5 0.5 0.5
"""
KPOINTS = "two points\n2\nPoints\n0 0 0 1\n0.5 0 0 10\n"
PW = """&CONTROL
calculatoin = 'scf'
/
&SYSTEM
ibrav = 2, celldm(1) = 7.9, nat = 1, ntyp = 1, ecutwfc = 30
/
&ELECTRONS
/
ATOMIC_SPECIES
Si 28.086 Si.upf
ATOMIC_POSITIONS alat
Si 0 0 0
K_POINTS automatic
4 4 4 0 0 0
"""


@dataclass(frozen=True, kw_only=True)
class BadInput:
    """Lines and columns count from 1, as the daemon's; a place is a line and a column.

    `fix` is the title of the quick fix, and `right` what it makes of `wrong`;
    `aligned`: lines that formatting makes; `folds`: the lines that can be folded.
    """

    name: str
    text: str
    filetype: str
    code: str
    line: int
    column: int
    wrong: str = ""
    right: str = ""
    hover: tuple[int, int] | None = None
    explained: str = ""
    complete: tuple[int, int] | None = None
    completed: str = ""
    aligned: tuple[str, ...] = ()
    symbols: tuple[str, ...]
    folds: tuple[tuple[int, int], ...] = ()
    lenses: tuple[str, ...] = ("Submit", "Explain")
    coloured: tuple[int, int, str] = (1, 1, "comment")
    """A place, and the type of semantic token that stands there."""

    @property
    def fixed(self) -> list[str]:
        return self.text.replace(self.wrong, self.right).splitlines()


BAD_INPUTS = (
    BadInput(
        name="mgo.d12",
        text=deck().replace("SHRINK", "SHRIMK"),
        filetype="crystal",
        code="keyword.unknown",
        line=11,
        column=1,
        wrong="SHRIMK",
        right="SHRINK",
        hover=(10, 1),
        explained="basis set of CRYSTAL",
        complete=(11, 3),
        completed="SHRINK",
        aligned=("12  0.   0.   0.", " 8  0.5  0.5  0.5"),
        symbols=("MgO", "CRYSTAL", "STO-3G", "SCF"),
        folds=((2, 8), (6, 8), (9, 10), (11, 13)),
        coloured=(2, 1, "namespace"),
    ),
    BadInput(
        name="mgo.d3",
        text=PROPERTIES,
        filetype="crystal-properties",
        code="keyword.unknown",
        line=1,
        column=1,
        wrong="BNAD",
        right="BAND",
        hover=(5, 1),
        explained="closes the PROPERTIES",
        complete=(5, 1),
        completed="END",
        aligned=("1  8  20  1  10  1  0", "0  0  0  4  0  4"),
        symbols=("properties", "BAND"),
        folds=((1, 5),),
        coloured=(1, 1, "keyword"),
    ),
    BadInput(
        name="INCAR",
        text=INCAR,
        filetype="incar",
        code="incar.unknown",
        line=2,
        column=1,
        wrong="ISMER",
        right="ISMEAR",
        hover=(1, 1),
        explained="Cutoff",
        complete=(1, 4),
        completed="ENCUT",
        aligned=("ENCUT  = 400", "SIGMA  = 0.05  # eV"),
        symbols=("ENCUT", "ISMEAR", "SIGMA"),
        coloured=(3, 1, "property"),
    ),
    BadInput(
        name="POSCAR",
        text=POSCAR,
        filetype="poscar",
        code="poscar.mode",
        line=8,
        column=1,
        wrong="Fractional",
        right="Direct",
        hover=(2, 1),
        explained="factor of lattice",
        complete=(8, 0),
        completed="Direct",
        aligned=("  0.5  0    0.5", "  0.5  0.5  0.5"),
        symbols=("MgO", "lattice", "species", "Direct"),
        folds=((2, 5), (6, 7), (8, 10)),
        lenses=(),
    ),
    BadInput(
        name="KPOINTS",
        text=KPOINTS,
        filetype="kpoints",
        code="kpoints.style",
        line=3,
        column=1,
        wrong="Points",
        right="Reciprocal",
        hover=(2, 1),
        explained="number of points",
        complete=(3, 0),
        completed="Reciprocal",
        aligned=("  0    0  0   1", "  0.5  0  0  10"),
        symbols=("two points", "Reciprocal"),
        folds=((3, 5),),
        lenses=(),
    ),
    BadInput(
        name="POTCAR",
        text=_dataset("PAW_PBE", "Mg", "PE") + _dataset("PAW", "O", "CA"),
        filetype="potcar",
        code="potcar.functionals",
        line=1,
        column=3,
        symbols=("Mg", "O"),
        folds=((1, 11), (12, 22)),
        lenses=(),
        coloured=(1, 3, "comment"),
    ),
    BadInput(
        name="scf.in",
        text=PW,
        filetype="pwscf",
        code="pw.unknown",
        line=2,
        column=1,
        wrong="calculatoin",
        right="calculation",
        hover=(5, 1),
        explained="Bravais",
        complete=(2, 3),
        completed="calculation",
        aligned=("  calculation = 'scf'", "  Si  28.086  Si.upf"),
        symbols=("&CONTROL", "&SYSTEM", "&ELECTRONS", "ATOMIC_SPECIES"),
        folds=((1, 3), (4, 6), (7, 8), (9, 10), (11, 12), (13, 14)),
        coloured=(1, 1, "namespace"),
    ),
)
