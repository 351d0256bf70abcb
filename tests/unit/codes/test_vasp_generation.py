"""Inputs of VASP made of structures: they read back, in one order everywhere."""

import math
from dataclasses import replace

import pytest

from crystalmathd.codes.base import InputFile, InputRefusedError, StepRequest
from crystalmathd.codes.vasp import Vasp, incar, poscar
from crystalmathd.codes.vasp.generation import generate
from crystalmathd.codes.vasp.input_sets import SETS
from crystalmathd.codes.vasp.options import FUNCTIONALS, TASKS, Hubbard, VaspOptions
from crystalmathd.codes.vasp.potcar_assembly import read_spec
from crystalmathd.models.inputs import ERROR, WARNING, GeneratedInput
from crystalmathd.models.sourced import Origin, SourcedStructure
from crystalmathd.models.structures import Structure, Vector
from crystalmathd.structures.elements import atomic_number

A = 4.18
CORNERS = ((0.0, 0.0, 0.0), (0.0, 0.5, 0.5), (0.5, 0.0, 0.5), (0.5, 0.5, 0.0))
EDGES = tuple((x + 0.5, y + 0.5, z + 0.5) for x, y, z in CORNERS)


def sourced(
    symbols: str,
    fractions: tuple[Vector, ...],
    lattice: tuple[Vector, ...],
    **more: object,
) -> SourcedStructure:
    names = symbols.split()
    cell = (*lattice, *((0.0, 0.0, 1.0),) * (3 - len(lattice)))
    positions = tuple(
        tuple(sum(at[i] * cell[i][axis] for i in range(3)) for axis in range(3))
        for at in fractions
    )
    return SourcedStructure(
        structure=Structure(
            dimension=len(lattice),
            lattice_a=lattice,
            atomic_numbers=tuple(atomic_number(one) or 0 for one in names),
            positions_a=positions,  # type: ignore[arg-type]
        ),
        origin=Origin(kind="request", name="test"),
        **more,  # type: ignore[arg-type]
    )


CUBE = ((A, 0.0, 0.0), (0.0, A, 0.0), (0.0, 0.0, A))
HEXAGON = ((3.2, 0.0, 0.0), (-1.6, 1.6 * math.sqrt(3), 0.0), (0.0, 0.0, 5.2))
MIXED = tuple(at for pair in zip(CORNERS, EDGES, strict=True) for at in pair)
OXIDE = sourced(
    "Ni O Ni O Ni O Ni O",
    MIXED,
    CUBE,
    moments_ub=(2.0, 0.0, 2.0, 0.0, -2.0, 0.0, -2.0, 0.0),
)
"""Atoms of both elements in turn, and an order of moments that halves the cell."""
MAGNESIUM = sourced("Mg Mg", ((1 / 3, 2 / 3, 0.25), (2 / 3, 1 / 3, 0.75)), HEXAGON)
SILICON = sourced(
    "Si Si",
    ((0.0, 0.0, 0.0), (0.25, 0.25, 0.25)),
    ((0.0, 2.715, 2.715), (2.715, 0.0, 2.715), (2.715, 2.715, 0.0)),
)


def files(made: GeneratedInput) -> dict[str, str]:
    return {one.name: one.text for one in made.files}


def tag(made: GeneratedInput, name: str) -> str | None:
    return incar.parse(files(made)["INCAR"]).value(name)


def codes(made: GeneratedInput) -> set[str]:
    return {one.code for one in made.findings}


def test_poscar_potcar_moments_and_u_have_one_order() -> None:
    made = generate(
        OXIDE,
        VaspOptions(cell="as_given", hubbard={"O": Hubbard(l=1, u_ev=3.0)}),
    )
    read = poscar.parse(files(made)["POSCAR"])
    assert (read.symbols, read.counts) == (("Ni", "O"), (4, 4))
    spec = read_spec(files(made)["POTCAR.spec"])
    assert [one.symbol for one in spec.datasets] == ["Ni_pv", "O"]
    moments = incar.numbers(tag(made, "MAGMOM") or "")
    assert moments == (2.0, 2.0, -2.0, -2.0, 0.0, 0.0, 0.0, 0.0)
    assert [tag(made, name) for name in ("LDAUL", "LDAUU", "LDAUJ")] == [
        "-1 1",
        "0 3",
        "2*0",
    ]


def test_each_moment_stands_on_its_own_atom() -> None:
    made = generate(OXIDE, VaspOptions())
    read = poscar.parse(files(made)["POSCAR"]).structure()
    moments = incar.numbers(tag(made, "MAGMOM") or "")
    assert read is not None
    assert len(moments) == read.n_atoms == 4
    by_atom = list(zip(read.atomic_numbers, moments, strict=True))
    assert sorted(by_atom) == [(8, 0.0), (8, 0.0), (28, -2.0), (28, 2.0)]


def test_the_inputs_make_a_job_that_lacks_nothing() -> None:
    text = files(generate(SILICON, VaspOptions()))
    code = Vasp()
    steps = [
        StepRequest(
            program=program, input=InputFile(name=name, text=text[name].encode())
        )
        for program, name in (("potcar", "POTCAR.spec"), ("vasp_std", "INCAR"))
    ]
    assert code.check(steps) == ()
    assert code.staging("si", steps, ["POSCAR", "KPOINTS"]).missing == ()


@pytest.mark.parametrize(
    ("case", "mesh"),
    [(SILICON, (10, 10, 10)), (MAGNESIUM, (11, 11, 6))],
)
def test_meshes_are_centred_on_gamma_and_as_dense_as_asked(
    case: SourcedStructure, mesh: tuple[int, int, int]
) -> None:
    lines = files(generate(case, VaspOptions()))["KPOINTS"].splitlines()
    assert lines[2] == "Gamma"
    assert tuple(map(int, lines[3].split())) == mesh


def test_sites_are_exact() -> None:
    rough = sourced("Mg Mg", ((0.3333, 0.6667, 0.25), (0.6667, 0.3333, 0.75)), HEXAGON)
    read = poscar.parse(files(generate(rough, VaspOptions(cell="as_given")))["POSCAR"])
    assert read.positions[0][:2] == pytest.approx((1 / 3, 2 / 3), abs=1e-12)


@pytest.mark.parametrize("task", TASKS)
def test_every_task_has_tags_that_vasp_knows(task: str) -> None:
    made = generate(SILICON, VaspOptions(task=task))
    wanted = {
        "static": ("NSW", "0"),
        "relax": ("ISIF", "2"),
        "vc-relax": ("ISIF", "3"),
        "bands": ("ICHARG", "11"),
        "dos": ("ISMEAR", "-5"),
        "convergence": ("EDIFF", "1e-07"),
    }[task]
    assert tag(made, wanted[0]) == wanted[1]
    assert ("vasp.needs_density" in codes(made)) == (task in {"bands", "dos"})
    is_path = "Line-mode" in files(made)["KPOINTS"]
    assert is_path == (task == "bands")


@pytest.mark.parametrize("functional", list(FUNCTIONALS))
def test_every_functional_says_its_tags(functional: str) -> None:
    made = generate(SILICON, VaspOptions(functional=functional))
    for name in FUNCTIONALS[functional]:
        assert tag(made, name) is not None
    spec = read_spec(files(made)["POTCAR.spec"])
    assert spec.functional == ("LDA_54" if functional == "LDA" else "PBE_54")


def test_the_cutoff_comes_from_the_datasets_where_they_are_known() -> None:
    known = generate(SILICON, VaspOptions(enmax_ev={"Si": 245.345}))
    assert tag(known, "ENCUT") == "320.0"
    assert "vasp.encut_without_enmax" not in codes(known)
    unknown = generate(SILICON, VaspOptions())
    assert tag(unknown, "ENCUT") == "520.0"
    assert "vasp.encut_without_enmax" in codes(unknown)


def test_a_charge_counts_the_electrons_or_is_refused() -> None:
    with pytest.raises(InputRefusedError, match="ZVAL"):
        generate(SILICON, VaspOptions(charge=1.0))
    made = generate(SILICON, VaspOptions(charge=1.0, valence_electrons={"Si": 4.0}))
    assert tag(made, "NELECT") == "7.0"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (VaspOptions(incar={"ENCUTT": 300}), "ENCUT is one"),
        (VaspOptions(incar={"NSW": 1.5}), "NSW is a whole number"),
        (VaspOptions(incar={"IBRION": 77}), "IBRION is one of"),
        (VaspOptions(incar={"LWAVE": "yes"}), "LWAVE is true or false"),
        (VaspOptions(preset="best"), "preset best"),
        (VaspOptions(task="optics"), "task optics"),
        (VaspOptions(functional="B97"), "functional B97"),
        (VaspOptions(input_set="MPBestSet"), "input_set MPBestSet"),
        (VaspOptions(potcar_functional="PBE_55"), "PBE_55"),
        (VaspOptions(potcar_symbols={"O": "O_s"}), "O is not in the structure"),
        (VaspOptions(potcar_symbols={"Si": "../../etc/passwd"}), "Si cannot be"),
        (VaspOptions(potcar_symbols={"Si": "Sn_d"}), "Si cannot be 'Sn_d'"),
        (VaspOptions(potcar_symbols={"Si": "Si,Ge=Ge_d"}), "Si cannot be"),
        (VaspOptions(potcar_sha256={"Si": "12"}), "64 hexadecimal digits"),
        (VaspOptions(functional="LDA", dispersion="D3BJ"), "no parameters"),
        (VaspOptions(functional="AM05", dispersion="D3"), "give VDW_SR, VDW_S8"),
        (VaspOptions(functional="HSE06", dispersion="TS"), "those of PBE, or"),
        (VaspOptions(task="bands", functional="HSE06"), "fixed density"),
        (VaspOptions(hubbard={"Si": Hubbard(l=4, u_ev=1.0)}), "0 to 3"),
        (VaspOptions(mesh=(0, 1, 1)), "mesh"),
        (VaspOptions(k_spacing_per_a=1e-9), "k-points along one vector"),
        (VaspOptions(charge=9.0, valence_electrons={"Si": 4.0}), "leaves none of 8"),
        (VaspOptions(incar={"SYSTEM": "a;ENCUT=1"}), "holds ';'"),
        (VaspOptions(is_magnetic=True), "moments"),
    ],
)
def test_what_cannot_be_is_refused(options: VaspOptions, said: str) -> None:
    with pytest.raises(InputRefusedError, match=said):
        generate(SILICON, options)


def test_a_tag_of_the_user_goes_before_ours() -> None:
    made = generate(SILICON, VaspOptions(incar={"encut": 300, "LWAVE": True}))
    assert (tag(made, "ENCUT"), tag(made, "LWAVE")) == ("300", ".TRUE.")


@pytest.mark.parametrize("name", list(SETS))
def test_every_set_of_pymatgen_is_written(name: str) -> None:
    made = generate(OXIDE, VaspOptions(input_set=name, incar={"NELM": 77}))
    texts = files(made)
    assert tag(made, "NELM") == "77"
    is_said = "vasp.set_without_moments" in codes(made)
    assert is_said == (tag(made, "MAGMOM") is None)
    assert ("KPOINTS" in texts) != (tag(made, "KSPACING") is not None)
    read = poscar.parse(texts["POSCAR"])
    spec = read_spec(texts["POTCAR.spec"])
    elements = [one.symbol.partition("_")[0] for one in spec.datasets]
    assert elements == list(read.symbols)


def test_a_set_keeps_moments_in_the_order_of_the_atoms() -> None:
    options = VaspOptions(input_set="MPRelaxSet", cell="as_given")
    made = generate(OXIDE, options)
    moments = incar.numbers(tag(made, "MAGMOM") or "")
    assert moments[:4] == (2.0, 2.0, -2.0, -2.0)
    assert tag(made, "LDAU") is not None


def test_a_slab_gets_vacuum_and_one_point_across() -> None:
    slab = sourced("C C", ((0.0, 0.0, 0.0), (1 / 3, 2 / 3, 0.0)), HEXAGON[:2])
    made = generate(slab, VaspOptions())
    read = poscar.parse(files(made)["POSCAR"])
    assert read.lattice_a[2][2] == 15.0
    assert files(made)["KPOINTS"].splitlines()[3].split()[2] == "1"
    with pytest.raises(InputRefusedError, match="vacuum"):
        generate(slab, VaspOptions(task="vc-relax"))


def test_a_molecule_runs_at_gamma() -> None:
    made = generate(sourced("N N", ((0, 0, 0.0), (0, 0, 1.1)), ()), VaspOptions())
    assert made.program == "vasp_gam"
    assert made.settings["mesh"] == [1, 1, 1]


def test_mixed_sites_are_refused_by_name() -> None:
    mixed = sourced("Si", ((0.0, 0.0, 0.0),), CUBE, partial=("site 1 is half Ge",))
    with pytest.raises(InputRefusedError, match="half Ge"):
        generate(mixed, VaspOptions())


def test_magnetic_elements_without_moments_are_warned_of() -> None:
    iron = sourced("Fe", ((0.0, 0.0, 0.0),), CUBE)
    assert "spin.unknown" in codes(generate(iron, VaspOptions()))
    oxygen = sourced("O O", ((0, 0, 0.0), (0, 0, 1.21)), ())
    urania = sourced("U", ((0.0, 0.0, 0.0),), CUBE)
    assert "spin.unknown" in codes(generate(oxygen, VaspOptions()))
    assert "spin.unknown" in codes(generate(urania, VaspOptions()))
    assert "spin.unknown" not in codes(generate(SILICON, VaspOptions()))


def test_moments_are_said_in_one_way() -> None:
    options = VaspOptions(
        element_moments_ub={"Ni": 2.0}, moments_ub=(2.0, 0.0, -2.0, 0.0) * 2
    )
    with pytest.raises(InputRefusedError, match="give one of them"):
        generate(OXIDE, options)


def test_a_set_that_has_moments_of_its_own_is_not_said_to_be_without_spin() -> None:
    iron = sourced("Fe", ((0.0, 0.0, 0.0),), CUBE)
    made = generate(iron, VaspOptions(input_set="MPRelaxSet"))
    assert tag(made, "ISPIN") == "2"
    [told] = [one for one in made.findings if one.code == "spin.unknown"]
    assert "without spin" not in told.message
    assert "MPRelaxSet begins with 5 µB, all in one direction" in told.message
    own = generate(iron, VaspOptions(incar={"ISPIN": 2}))
    [told] = [one for one in own.findings if one.code == "spin.unknown"]
    assert "begins with 1 µB" in told.message
    said = generate(iron, VaspOptions(incar={"ISPIN": 2, "MAGMOM": [3.0]}))
    assert "spin.unknown" not in codes(said)


@pytest.mark.parametrize(
    ("options", "severity"),
    [
        (VaspOptions(charge=1.0), WARNING),
        (VaspOptions(charge=0.5), WARNING),
        (VaspOptions(charge=1.0, is_metal=True), None),
        (VaspOptions(charge=1.0, incar={"ISPIN": 2}), None),
        (VaspOptions(charge=2.0), None),
        (VaspOptions(), None),
    ],
)
def test_odd_electrons_want_spins(options: VaspOptions, severity: str | None) -> None:
    made = generate(SILICON, replace(options, valence_electrons={"Si": 4.0}))
    found = {one.code: one.severity for one in made.findings}
    assert found.get("electrons.odd") == severity


def test_odd_electrons_of_a_molecule_are_an_error() -> None:
    cation = sourced("Si", ((0.0, 0.0, 0.0),), (), charge=1.0)
    made = generate(cation, VaspOptions(valence_electrons={"Si": 4.0}))
    assert {one.code: one.severity for one in made.findings}["electrons.odd"] == ERROR


def test_odd_electrons_without_a_charge_are_warned_of() -> None:
    known = VaspOptions(valence_electrons={"Na_pv": 7.0})
    made = generate(sourced("Na", ((0.0, 0.0, 0.0),), CUBE), known)
    assert {one.code: one.severity for one in made.findings}["electrons.odd"] == WARNING


@pytest.mark.parametrize(
    ("functional", "dispersion", "tags"),
    [
        ("PBE", "D3BJ", {"IVDW": "12", "VDW_A1": None}),
        ("r2SCAN", "D3BJ", {"VDW_S8": "0.78981345", "VDW_A1": "0.49484001"}),
        ("HSE06", "D3", {"IVDW": "11", "VDW_SR": "1.129", "VDW_S8": "0.109"}),
        ("HSE06", "D4", {"IVDW": "13"}),
    ],
)
def test_a_dispersion_has_the_parameters_of_its_functional(
    functional: str, dispersion: str, tags: dict[str, str | None]
) -> None:
    options = VaspOptions(functional=functional, dispersion=dispersion)
    made = generate(SILICON, options)
    assert {name: tag(made, name) for name in tags} == tags


def test_parameters_of_a_dispersion_may_be_given() -> None:
    given = {"VDW_S8": 1.0, "VDW_A1": 0.4, "VDW_A2": 5.0}
    options = VaspOptions(functional="LDA", dispersion="D3BJ", incar=given)
    assert tag(generate(SILICON, options), "VDW_A2") == "5.0"
    own = VaspOptions(functional="AM05", dispersion="D4", incar={"DFTD4_XC": "am05"})
    assert tag(generate(SILICON, own), "DFTD4_XC") == "am05"
