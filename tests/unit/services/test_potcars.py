"""What a library of POTCARs says of datasets; the files here are made up."""

import gzip
import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from crystalmathd.codes.vasp.options import VaspOptions
from crystalmathd.errors import GenerationRefusedError
from crystalmathd.services.generation import VASP
from crystalmathd.services.potcars import datasets_of, with_library
from tests.unit.services.generated_inputs import MGO, made

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
    found = datasets_of("PBE_54", ["O"], [tmp_path])
    assert (found["O"].enmax_ev, found["O"].valence) == (400.0, 6.0)
    filled = with_library(VaspOptions(enmax_ev={"O": 500.0}), found, with_sums=True)
    assert filled.enmax_ev == {"O": 500.0}
    assert filled.valence_electrons == {"O": 6.0}
    assert filled.potcar_sha256 == {"O": found["O"].sha256}
    elsewhere = with_library(VaspOptions(), found, with_sums=False)
    assert elsewhere.potcar_sha256 == {}


def compressed(text: str) -> bytes:
    """Return what `compress -b 9` could write: every code is a letter, of 9 bits."""
    codes = sum(letter << 9 * at for at, letter in enumerate(text.encode()))
    return b"\x1f\x9d\x09" + codes.to_bytes((9 * len(text) + 7) // 8, "little")


@pytest.mark.parametrize("place", ["O/POTCAR.Z", "POTCAR.O.Z"])
def test_files_of_compress_are_read_as_the_job_reads_them(
    tmp_path: Path, place: str
) -> None:
    path = tmp_path / "potpaw_PBE.54" / place
    path.parent.mkdir(parents=True)
    path.write_bytes(compressed(DATASET))
    found = datasets_of("PBE_54", ["O"], [tmp_path])
    assert found["O"].sha256 == hashlib.sha256(DATASET.encode()).hexdigest()
    path.write_bytes(b"no archive")
    assert datasets_of("PBE_54", ["O"], [tmp_path]) == {}


def test_packed_files_have_the_sum_of_their_content(tmp_path: Path) -> None:
    directory = tmp_path / "POT_GGA_PAW_PBE_54"
    directory.mkdir()
    (directory / "POTCAR.O.gz").write_bytes(gzip.compress(DATASET.encode()))
    plain = tmp_path / "other" / "potpaw_PBE.54" / "O"
    plain.mkdir(parents=True)
    (plain / "POTCAR").write_text(DATASET)
    packed = datasets_of("PBE_54", ["O"], [tmp_path])
    other = datasets_of("PBE_54", ["O"], [tmp_path / "other"])
    assert packed["O"].sha256 == other["O"].sha256


def test_a_library_without_one_symbol_says_nothing(tmp_path: Path) -> None:
    place = tmp_path / "potpaw_PBE.54" / "O"
    place.mkdir(parents=True)
    (place / "POTCAR").write_text(DATASET)
    roots = [tmp_path]
    assert datasets_of("PBE_54", ["O", "H"], roots) == {}
    assert datasets_of("LDA_54", ["O"], roots) == {}
    assert datasets_of("PBE_54", ["O"], []) == {}
    (place / "POTCAR").write_text(DATASET.replace("PE\n", "CA\n"))
    assert datasets_of("PBE_54", ["O"], roots) == {}
    (place / "POTCAR").unlink()
    (place / "POTCAR.gz").write_bytes(b"no archive")
    assert datasets_of("PBE_54", ["O"], roots) == {}


def dataset(symbol: str, enmax_ev: float, valence: float) -> str:
    return (
        f"  PAW_PBE {symbol} 01Jan2000\n   {valence:.1f}\n   LEXCH  = PE\n"
        f"   TITEL  = PAW_PBE {symbol} 01Jan2000\n"
        f"   POMASS =   16.000; ZVAL   =   {valence:6.3f}    mass and valenz\n"
        f"   ENMAX  =  {enmax_ev:.3f}; ENMIN  =  100.000 eV\n"
        "   END of PSCTR-controll parameters\n End of Dataset\n"
    )


@pytest.fixture
def library(tmp_path: Path) -> str:
    """Return a directory as VASP_PP_PATH names one, with what MgO takes."""
    for symbol, enmax_ev, valence in (("Mg_pv", 404.0, 8.0), ("O", 410.0, 6.0)):
        place = tmp_path / "potpaw_PBE.54" / symbol / "POTCAR"
        place.parent.mkdir(parents=True)
        place.write_text(dataset(symbol, enmax_ev, valence))
    return str(tmp_path)


def test_cutoff_and_electrons_of_an_input_are_those_of_the_library(
    library: str,
) -> None:
    sourced = replace(MGO, charge=1.0)
    refused = made(VASP, MGO)
    assert refused.generated.settings["incar"]["ENCUT"] == 520
    first = made(VASP, sourced, {"potcar_libraries": [library]})
    tags = first.generated.settings["incar"]
    assert tags["ENCUT"] == 540  # 1.3 × 410 is 533; tens of eV, upwards
    assert tags["NELECT"] == 8 + 6 - 1
    codes = [one.code for one in first.generated.findings]
    assert "vasp.encut_without_enmax" not in codes
    [spec] = [one.text for one in first.generated.files if one.name == "POTCAR.spec"]
    assert spec == "functional PBE_54\nMg_pv\nO\n"


def test_the_provenance_makes_the_same_input_where_the_library_is_not(
    library: str,
) -> None:
    asked = {"potcar_libraries": [library], "wants_potcar_sums": True}
    first = made(VASP, MGO, asked)
    assert first.provenance is not None
    params = first.provenance.params["options"]
    assert library not in str(first.provenance)
    assert made(VASP, MGO, params).generated.files == first.generated.files
    [spec] = [one.text for one in first.generated.files if one.name == "POTCAR.spec"]
    expected = hashlib.sha256(dataset("O", 410.0, 6.0).encode()).hexdigest()
    assert f"O sha256={expected}\n" in spec


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"potcar_libraries": ["library"]}, "absolute"),
        ({"wants_potcar_sums": True}, "no potcar_libraries"),
        ({"wants_potcar_sums": True, "potcar_libraries": ["/no"]}, "not all datasets"),
    ],
)
def test_sums_that_cannot_be_had_are_refused(
    options: dict[str, Any], said: str
) -> None:
    with pytest.raises(GenerationRefusedError, match=said):
        made(VASP, MGO, options)


def test_a_set_keeps_its_own_cutoff(library: str) -> None:
    asked = {"input_set": "MPStaticSet", "potcar_libraries": [library]}
    with_library = made(VASP, MGO, asked).generated.files
    assert with_library == made(VASP, MGO, {"input_set": "MPStaticSet"}).generated.files


def test_a_symbol_that_is_a_path_leads_nowhere(tmp_path: Path) -> None:
    asked = {"potcar_libraries": [str(tmp_path)], "potcar_symbols": {"Mg": "../../x"}}
    with pytest.raises(GenerationRefusedError, match="Mg cannot be"):
        made(VASP, MGO, asked)
