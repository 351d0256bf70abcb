"""Words, logicals and blocks of INCAR: what VASP makes of a slip is told."""

import pytest

from crystalmathd.codes.checks import check
from crystalmathd.models.inputs import ERROR, WARNING, InputFinding

WANNIER = """\
LWANNIER90 = .TRUE.
WANNIER90_WIN = "
num_wann = 8
begin projections
Si:sp3
end projections
ENCUT 500
dis_win_max = 17 # a remark
"
"""
PLUGINS = """\
PLUGINS {
  FORCE_AND_STRESS = T
  LOCAL_POTENTIAL = .FALSE. ; STRUCTURE = F
}
"""
KERNEL = "KERNEL_TRUNCATION { LTRUNCATE = T\n  IDIMENSIONALITY = 2 }\n"


def found(text: str) -> tuple[InputFinding, ...]:
    return check("vasp", "vasp_std", "INCAR", text, {})


@pytest.mark.parametrize(
    ("statement", "means", "fix"),
    [
        ("ALGO = Fats", "which means Fast", "write Fast"),
        ("ALGO = Nromal", "which means Normal", "write Normal"),
        ("ALGO = Dampled", "which means Damped", "write Damped"),
        ("ALGO = Quick", "VASP may go on with Normal", ""),
        ("PREC = Acurate", "which means Accurate", "write Accurate"),
        ("PREC = Nomal", "which means Normal", "write Normal"),
        ("PRECFOCK = Fsat", "which means Fast", "write Fast"),
        ("LREAL = Atuo", "which means Auto", "write Auto"),
        ("LREAL = .FASLE.", "which means .FALSE.", "write .FALSE."),
        ("LWAVE = FLASE", "which means .FALSE.", "write .FALSE."),
        ("LCHARG = .TURE.", "which means .TRUE.", "write .TRUE."),
        ("LCHARG = Fasle", "which means .FALSE.", "write .FALSE."),
        ("GGA = PBE", "'PBE' is PB, Perdew-Becke", "write PE"),
        ("GGA = PBEsol", "'PBEsol' is PB, Perdew-Becke", "write PS"),
        ("GGA = QQ", "'QQ' is no GGA", ""),
        ("METAGGA = SCNA; LASPH = T", "'SCNA' is no METAGGA", "write SCAN"),
        ("ML_MODE = trian", "'trian' is no ML_MODE", "write TRAIN"),
    ],
)
def test_a_misspelt_word_is_told_with_what_vasp_makes_of_it(
    statement: str, means: str, fix: str
) -> None:
    (one,) = found(f"{statement}\n")
    assert (one.code, one.severity, one.fix) == ("incar.option", WARNING, fix)
    assert means in one.message
    assert ".." not in one.message
    assert one.column == statement.index("=") + 3


@pytest.mark.parametrize(
    "statement",
    [
        *("ALGO = N", "ALGO = veryfast", "ALGO = Very_Fast", "ALGO = A", "ALGO = None"),
        *("ALGO = scGW0", "ALGO = G0W0R", "ALGO = Conj", "ALGO=Fast# quick"),
        *("PREC = Med", "PREC = Acc", "prec = s", "PREC = normal", "PREC=Accurate;"),
        *("LREAL = A", "LREAL = auto", "LREAL = .F.", "LREAL = T", "LREAL = O"),
        *("LWAVE = .TRUE.", "LWAVE = T", "LWAVE = F", "LWAVE = false", "LWAVE = .f"),
        *("GGA = PE", "GGA = ps", "GGA = 91", 'GGA = "PE"', "GGA = RPBE", "GGA = --"),
        *("PRECFOCK = Fast", "PRECFOCK = n", "SYSTEM = Flase"),
    ],
)
def test_what_vasp_documents_or_takes_by_its_beginning_is_silent(
    statement: str,
) -> None:
    assert found(f"{statement}\n") == ()


def test_a_functional_of_a_newer_version_is_silent() -> None:
    assert found("METAGGA = NEWGGA27\nLASPH = T\n") == ()


@pytest.mark.parametrize("block", [WANNIER, PLUGINS, KERNEL, "PLUGINS/STRUCTURE = T\n"])
def test_a_block_is_silent_and_a_typo_behind_it_is_found(block: str) -> None:
    assert found(block) == ()
    (one,) = found(f"{block}ENCTU = 300\n")
    assert (one.code, one.fix) == ("incar.unknown", "write ENCUT")
    assert one.line == block.count("\n") + 1


def test_a_typo_within_a_block_is_found_in_its_place() -> None:
    text = PLUGINS.replace("LOCAL_POTENTIAL", "LOCAL_POTENTAIL")
    (one,) = found(text)
    assert (one.code, one.line, one.column, one.end_column) == (
        *("incar.unknown", 3, 3),
        3 + len("LOCAL_POTENTAIL"),
    )
    assert one.fix == "write LOCAL_POTENTIAL"


def test_a_typo_of_a_whole_name_is_marked_as_a_whole() -> None:
    (one,) = found("PLUGINS/STRUCTUER = T\n")
    assert (one.fix, one.end_column) == ("write PLUGINS/STRUCTURE", 18)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('ENCUT = 300\nWANNIER90_WIN = "\nnum_wann = 8\nENCUT = 500\n', 2),
        ("PLUGINS {\n STRUCTURE = T\nENCUT = 300\nISPIN = 2\n", 1),
    ],
)
def test_a_block_that_is_never_closed_is_told_once_where_it_begins(
    text: str, line: int
) -> None:
    (one,) = found(text)
    assert (one.code, one.severity, one.line) == ("incar.unclosed", ERROR, line)
