"""Outputs of ph.x, dynmat.x, bands.x, dos.x and projwfc.x, and of what is no run."""

import pytest

from crystalmathd.codes.espresso import Espresso
from crystalmathd.codes.espresso.frame import seconds
from crystalmathd.codes.espresso.outputs import read_output, result_files
from crystalmathd.models.results import Grade, Result
from tests.unit.codes import corpora

HEAD = "     Program {} v.6.7MaX starts on  1Jan2026 at  0: 0: 0 \n"
DONE = "   JOB DONE.\n"
SALT = "phonopy__NaCl-QE__NaCl.ph.out"  # 5.4
LEAD = "aiida-quantumespresso__ph_single_qpoint__aiida.out"  # 7.0
STARS = "aiida-quantumespresso__ph_merge_outputs_2__aiida.out"  # 7.0
SPINS = "aiida-quantumespresso__projwfc_spinpolarised__aiida.out"

DYNMAT = """
     Polarizability (A^3 units)
     IR activities are in (D/A)^2/amu units

# mode   [cm-1]    [THz]      IR          Raman   depol.fact
    1     -2.30   -0.0690    0.0000         0.0005    0.7414
    2    581.01   17.4182    1.0000         2.5000    0.7500

"""

GNU = """    0.0000   -3.1493
    0.2165   -3.8427

    0.0000    5.1390
    0.2165    4.8000

"""

SYMMETRY = """     high-symmetry point: -0.5000 0.5000 0.5000   x coordinate   0.0000
     high-symmetry point:  0.0000 0.0000 0.0000   x coordinate   0.2165
"""

DOS = """#  E (eV)   dosup(E)     dosdw(E)   Int dos(E) EFermi =    6.774 eV
  -5.544  0.1000E+00  0.2000E+00  0.0000E+00
  -5.044  0.6311E-01  0.1052E-01  0.1000E-01
"""

SHELL = """# E (eV)   ldos(E)   pdos(E)    pdos(E)    pdos(E)
  -5.544  0.300E+00  0.100E+00  0.100E+00  0.100E+00
  -5.044  0.109E-01  0.362E-02  0.362E-02  0.362E-02
"""


def other(name: str) -> Result:
    corpora.rows("open/qe/truth.tsv")
    path = corpora.ROOT / "open" / "qe" / "other_out" / name
    code = Espresso()
    data = path.read_bytes()
    program = code.recognise(name, data[:65536])
    assert program is not None
    return read_output(program, "out", {"out": data})


def read(program: str, text: str, **files: str) -> Result:
    title = {"dynmat.x": "DYNMAT", "bands.x": "BANDS", "dos.x": "DOS"}[program]
    given = {name.replace("__", "."): data.encode() for name, data in files.items()}
    output = (HEAD.format(title) + text + DONE).encode()
    return read_output(program, "out", {"out": output, **given})


def test_the_response_and_all_modes_of_a_salt_are_read() -> None:
    result = other(SALT)
    assert (result.calculation, result.grade) == ("phonons", Grade.CONVERGED)
    assert result.n_atoms == 8
    assert result.dielectric is not None
    assert result.dielectric.electronic is not None
    assert result.dielectric.electronic[1][1] == 2.472958201
    assert result.vibrations is not None
    (gamma,) = result.vibrations.points
    assert len(gamma.modes) == 3 * 8
    assert gamma.modes[0].frequency_cm == 36.648806
    assert gamma.modes[23].frequency_cm == 169.957274
    assert [mode.irrep for mode in gamma.modes[3:7:3]] == ["T_2u", "T_1u"]
    assert [mode.is_infrared_active for mode in gamma.modes[3:7:3]] == [False, True]
    born = result.vibrations.born_charges
    assert len(born) == 8
    assert (born[0][0][0], born[5][1][1]) == (1.09924, -1.11198)


def test_modes_of_points_off_the_centre_are_read_in_units_of_the_lattice() -> None:
    lead = other(LEAD)
    assert lead.vibrations is not None
    frequencies = [mode.frequency_cm for mode in lead.vibrations.points[0].modes]
    assert frequencies == [-3.206051, -3.194082, -3.194082]
    stars = other(STARS)
    assert stars.vibrations is not None
    assert [len(point.modes) for point in stars.vibrations.points] == [3, 3]
    for point in stars.vibrations.points:
        assert all(abs(x * 6 - round(x * 6)) < 1e-3 for x in point.q)
    assert stars.fermi_energy_ev == 12.3132


def test_every_output_of_phonons_has_as_many_modes_as_it_should() -> None:
    n_points = 0
    for row in corpora.rows("open/qe/truth.tsv"):
        if row["program"] != "PHONON":
            continue
        result = read_output("ph.x", "out", {"out": corpora.content(row)})
        points = () if result.vibrations is None else result.vibrations.points
        for point in points:
            assert len(point.modes) == 3 * (result.n_atoms or 0), row["path"]
            n_points += 1
    assert n_points >= 5


def test_a_response_that_did_not_converge_is_not_converged() -> None:
    text = HEAD.format("PHONON") + "     No convergence has been achieved \n" + DONE
    result = read_output("ph.x", "out", {"out": text.encode()})
    assert result.grade is Grade.NOT_CONVERGED


def test_intensities_of_dynmat_are_read_in_km_per_mol() -> None:
    result = read("dynmat.x", DYNMAT)
    assert result.vibrations is not None
    first, last = result.vibrations.points[0].modes
    assert first.frequency_cm == -2.3
    assert last.infrared_km_mol == pytest.approx(42.2561)
    assert last.raman == 2.5


def test_bands_of_a_path_have_distances_and_named_points() -> None:
    result = read("bands.x", SYMMETRY, si__gnu=GNU)
    assert result.bands is not None
    assert result.bands.energies_ev == (((-3.1493, 5.139), (-3.8427, 4.8)),)
    assert result.bands.distances == (0.0, 0.2165)
    names = [(one.index, one.name) for one in result.bands.labels]
    assert names == [(0, "-0.5 0.5 0.5"), (1, "Γ")]


def test_densities_of_states_have_their_spins_and_no_integral() -> None:
    dos = read("dos.x", "", si__dos=DOS).dos
    assert dos is not None
    assert dos.energies_ev == (-5.544, -5.044)
    assert [(c.name, c.spin, c.density[0]) for c in dos.curves] == [
        ("total", "up", 0.1),
        ("total", "down", 0.2),
    ]
    assert dos.fermi_ev == 6.774


def test_projections_are_summed_over_m_and_named_by_atom_and_shell() -> None:
    files = {
        "out": (HEAD.format("PROJWFC") + DONE).encode(),
        "si.pdos_tot": DOS.encode(),
        "si.pdos_atm#2(Si)_wfc#2(p)": SHELL.encode(),
    }
    dos = read_output("projwfc.x", "out", files).dos
    assert dos is not None
    assert [(c.name, c.density[0]) for c in dos.curves][-1] == ("Si2 p", 0.3)
    assert [c.name for c in dos.curves] == ["total", "total", "Si2 p"]


def test_charges_of_projections_are_those_that_were_read_by_eye() -> None:
    (charges,) = other(SPINS).charges
    assert charges.scheme == "lowdin"
    assert charges.electrons == (15.8309, 16.0925)
    assert charges.moments_bohr == (2.9911, 3.1716)


@pytest.mark.parametrize("data", ["", "1 2\n", "x y\n", "1 2 3\n", "# E (eV) dos\n1\n"])
def test_tables_that_are_none_give_no_curves(data: str) -> None:
    assert read("bands.x", "", si__gnu=data.replace("1 2\n", "1\n")).bands is None
    assert read("dos.x", "", si__dos=data).dos is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1m35.45s", 95.45),
        ("8m 3.39s", 483.39),
        ("0.39s", 0.39),
        ("1h 2m", 3720.0),
        ("1d 2h 3m", 93780.0),
        ("52m30.23s", 3150.23),
        ("", None),
        ("soon", None),
    ],
)
def test_times_are_read_as_they_are_printed(text: str, value: float | None) -> None:
    assert seconds(text) == (None if value is None else pytest.approx(value))


def test_files_with_a_prefix_are_named_by_patterns() -> None:
    assert result_files("pw.x", "a.out") == (
        "a.out",
        "CRASH",
        "*.save.data-file-schema.xml",
        "*.save/data-file-schema.xml",
    )
    assert result_files("ph.x", "a.out") == ("a.out", "CRASH")


# --- recognition --------------------------------------------------------------------


def test_every_output_of_the_corpora_is_recognised() -> None:
    code = Espresso()
    wrong = []
    for row in corpora.rows("open/qe/truth.tsv"):
        program = code.recognise("anything.out", corpora.content(row)[: 64 << 10])
        if program is None or (program == "neb.x") != (row["program"] == "NEB"):
            wrong.append((row["path"], program))
    assert wrong == []


@pytest.mark.parametrize(
    "folder", ["crystal/out", "qe/pw_in", "qe/crash", "crystal/d12"]
)
def test_nothing_else_is_recognised(folder: str) -> None:
    corpora.rows("open/crystal/truth.tsv")
    code = Espresso()
    for path in sorted((corpora.ROOT / "open" / folder).iterdir()):
        head = path.read_bytes()[: 64 << 10]
        assert code.recognise(path.name, head) is None, path


@pytest.mark.parametrize(
    ("program", "output", "names", "inputs"),
    [
        ("pw.x", "si.scf.out", ["si.scf.in", "si.nscf.in"], ("si.scf.in",)),
        ("pw.x", "aiida.out", ["aiida.in", "CRASH"], ("aiida.in",)),
        ("pw.x", "run.log", ["si.in", "si.bands.in"], ("si.in",)),
        ("bands.x", "run.log", ["si.in", "si.bands.in"], ("si.bands.in",)),
        ("pw.x", "run.log", ["a.in", "b.in"], ()),
        ("ph.x", "out", ["a.in"], ()),
        ("pw.x", "out", [], ()),
    ],
)
def test_the_input_of_an_output_is_found_or_left_open(
    program: str, output: str, names: list[str], inputs: tuple[str, ...]
) -> None:
    assert Espresso().inputs_beside(program, output, names) == inputs
