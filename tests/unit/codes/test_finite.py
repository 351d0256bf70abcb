"""What a Result holds can be written as JSON and read again: no number is NaN."""

import math
import random
from dataclasses import fields, is_dataclass

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crystalmathd.codes import CODES
from crystalmathd.codes.finite import LEFT_OUT, only_finite
from crystalmathd.models.quantities import Gap
from crystalmathd.models.results import IonicStep, Result
from crystalmathd.models.structures import Structure
from tests.unit.codes import corpora

_FOLDERS = {"crystal": "open/crystal", "espresso": "open/qe", "vasp": "open/vasp"}
_MOST_BYTES = 300_000
_NUMBER = st.sampled_from(("NaN", "-NaN", "Infinity", "inf", "1e400", "9E+307", "1.0"))


def strange(value: object, at: str = "") -> list[str]:
    """Return the places of what is not finite."""
    if isinstance(value, float):
        return [] if math.isfinite(value) else [at]
    if isinstance(value, dict):
        return [x for key, one in value.items() for x in strange(one, f"{at}.{key}")]
    if isinstance(value, tuple):
        return [x for one in value for x in strange(one, f"{at}[]")]
    if is_dataclass(value):
        names = [one.name for one in fields(value)]
        return [x for n in names for x in strange(getattr(value, n), f"{at}.{n}")]
    return []


def check(result: Result) -> None:
    assert strange(result) == []
    whole = msgspec.json.encode(result)
    assert msgspec.json.decode(whole, type=Result) == result


HEAD = """ vasp.6.4.2 20Jul23 (build) complex
 executed on             LinuxGNU date 2026.01.01  00:00:00
   POTCAR:    PAW_PBE H 15Jun2001
   VRHFIN =H: ultrasoft test
   ions per type =               1
   number of dos      NEDOS =    301   number of ions     NIONS =      1
   k-points           NKPTS =      1   k-points in BZ     NKDIM =      1   number of\
 bands    NBANDS=      1
   NELM   =     60;   NELMIN=  2; NELMDL= -5     # of ELM steps
   EDIFF  = 0.1E-03   stopping-criterion for ELM
------------------- Iteration      1(   1)  -------------------
 total energy-change (2. order) :-0.1E+01  (-0.2E-05)
  energy without entropy =       -1.00000000  energy(sigma->0) =       -1.00000000
------------------------ aborting loop because EDIFF is reached ----------------------
 E-fermi :   {n}     XC(G=0):  -1.0     alpha+bet : -1.0

 k-point     1 :       0.0000    0.0000    0.0000
  band No.  band energies     occupation
      1      {n}      2.00000

  in kB       {n}      {n}     {n}     0.0     0.0    0.0
 POSITION                                       TOTAL-FORCE (eV/Angst)
 ----------------------------------------------------------------------
      0.00000      0.00000      0.00000        {n}      0.000000      0.000000
 ----------------------------------------------------------------------
    total drift:                                {n}      0.000000     -0.000000
  free  energy   TOTEN  =        -1.00000000 eV
  energy  without entropy=       -1.00000000  energy(sigma->0) =       -1.00000000
"""


@given(number=_NUMBER)
def test_a_run_with_nan_stress_and_forces_keeps_its_energy(number: str) -> None:
    data = HEAD.format(n=number).encode()
    result = CODES["vasp"].read_result("vasp_std", "OUTCAR", {"OUTCAR": data})
    check(result)
    assert result.energy_ev == -1.0
    if number != "1.0":
        assert result.stress_gpa is None or number == "9E+307"


@pytest.mark.parametrize("code", _FOLDERS)
def test_every_result_is_finite_also_where_numbers_were_spoiled(code: str) -> None:
    source = random.Random(7)
    n_seen = 0
    for path, data in corpora.files(_FOLDERS[code]):
        name = path.rpartition("/")[2]
        program = CODES[code].recognise(name, data)
        if program is None or len(data) > _MOST_BYTES:
            continue
        n_seen += 1
        spoiled = data.split(b" ")
        for at in source.sample(range(len(spoiled)), k=len(spoiled) // 9):
            if spoiled[at].strip(b"-0123456789.E+") == b"" != spoiled[at]:
                spoiled[at] = source.choice((b"NaN", b"-Infinity", b"9.9E+307"))
        for text in (data, b" ".join(spoiled)):
            check(CODES[code].read_result(program, name, {name: text}))
    assert n_seen > 20


def test_what_is_computed_and_not_finite_is_left_out_with_a_warning() -> None:
    atom = Structure(
        dimension=0,
        lattice_a=((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
        atomic_numbers=(1,),
        positions_a=((0.0, 0.0, math.nan),),
    )
    result = Result(
        code="vasp",
        program="vasp_std",
        energy_ev=-1.0,
        pressure_gpa=math.inf,
        forces_ev_a=((0.0, math.nan, 0.0),),
        energies_ev={"free_energy": -1.0, "smearing": math.nan},
        gaps=(Gap(gap_ev=1.0), Gap(gap_ev=math.nan)),
        steps=(IonicStep(number=1, energy_ev=math.nan, structure=atom),),
    )
    found = only_finite(result)
    assert strange(found) == []
    assert (found.energy_ev, found.pressure_gpa, found.forces_ev_a) == (-1.0, None, ())
    assert found.energies_ev == {"free_energy": -1.0}
    assert found.gaps == (Gap(gap_ev=1.0),)
    assert found.steps == (IonicStep(number=1, energy_ev=None),)
    assert found.warnings == (LEFT_OUT,)
    assert only_finite(found) is found
