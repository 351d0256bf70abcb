"""What a library of POTCARs says of datasets; the files here are made up."""

import gzip
from pathlib import Path

from crystalmathd.codes.vasp.options import VaspOptions
from crystalmathd.services.potcars import datasets_of, with_library

DATASET = (
    "  PAW_PBE O 01Jan2000\n   6.0\n   VRHFIN =O: s2p4\n   LEXCH  = PE\n"
    "   TITEL  = PAW_PBE O 01Jan2000\n"
    "   POMASS =   16.000; ZVAL   =    6.000    mass and valenz\n"
    "   ENMAX  =  400.000; ENMIN  =  300.000 eV\n"
    "   END of PSCTR-controll parameters\n End of Dataset\n"
)


def test_cutoff_electrons_and_sum_are_known(tmp_path: Path) -> None:
    place = tmp_path / "potpaw_PBE.54" / "O" / "POTCAR"
    place.parent.mkdir(parents=True)
    place.write_text(DATASET)
    found = datasets_of("PBE_54", ["O"], {"VASP_PP_PATH": str(tmp_path)})
    assert (found["O"].enmax_ev, found["O"].valence) == (400.0, 6.0)
    filled = with_library(VaspOptions(enmax_ev={"O": 500.0}), found, runs_here=True)
    assert filled.enmax_ev == {"O": 500.0}
    assert filled.valence_electrons == {"O": 6.0}
    assert filled.potcar_sha256 == {"O": found["O"].sha256}
    elsewhere = with_library(VaspOptions(), found, runs_here=False)
    assert elsewhere.potcar_sha256 == {}


def test_packed_files_have_the_sum_of_their_content(tmp_path: Path) -> None:
    directory = tmp_path / "POT_GGA_PAW_PBE_54"
    directory.mkdir()
    (directory / "POTCAR.O.gz").write_bytes(gzip.compress(DATASET.encode()))
    plain = tmp_path / "other" / "potpaw_PBE.54" / "O"
    plain.mkdir(parents=True)
    (plain / "POTCAR").write_text(DATASET)
    packed = datasets_of("PBE_54", ["O"], {"PMG_VASP_PSP_DIR": str(tmp_path)})
    other = datasets_of("PBE_54", ["O"], {"VASP_PP_PATH": str(tmp_path / "other")})
    assert packed["O"].sha256 == other["O"].sha256


def test_a_library_without_one_symbol_says_nothing(tmp_path: Path) -> None:
    place = tmp_path / "potpaw_PBE.54" / "O"
    place.mkdir(parents=True)
    (place / "POTCAR").write_text(DATASET)
    variables = {"VASP_PP_PATH": str(tmp_path)}
    assert datasets_of("PBE_54", ["O", "H"], variables) == {}
    assert datasets_of("LDA_54", ["O"], variables) == {}
    assert datasets_of("PBE_54", ["O"], {}) == {}
    (place / "POTCAR").write_text(DATASET.replace("PE\n", "CA\n"))
    assert datasets_of("PBE_54", ["O"], variables) == {}
    (place / "POTCAR").unlink()
    (place / "POTCAR.gz").write_bytes(b"no archive")
    assert datasets_of("PBE_54", ["O"], variables) == {}
