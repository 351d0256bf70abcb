from crystalmathd.codes.espresso.inputs import read_input
from tests.unit.codes import corpora

SILICON = """&CONTROL ! a comment
  calculation = 'scf', prefix='si' , outdir="./out/",
  title = 'what''s in / here ! not a comment'
/
&system
  ibrav=2, celldm(1) = 10.26, nat=2, ntyp=2, ecutwfc = 20.0d0 /
&electrons
  conv_thr = 1.D-8
&end
ATOMIC_SPECIES
 Si  28.086  Si.pz-vbc.UPF   ! the first
 C   12.011  C.pz-vbc.UPF
ATOMIC_POSITIONS alat
 Si 0.00 0.00 0.00
K_POINTS automatic
4 4 4 0 0 0
"""


def test_namelists_and_species_are_read() -> None:
    read = read_input(SILICON)
    assert read.first_namelist == "control"
    assert list(read.namelists) == ["control", "system", "electrons"]
    assert read.value("prefix") == "si"
    assert read.value("outdir") == "./out/"
    assert read.value("title") == "what's in / here ! not a comment"
    assert read.value("ecutwfc") == "20.0d0"
    assert read.value("conv_thr") == "1.D-8"
    assert read.pseudopotentials == ("Si.pz-vbc.UPF", "C.pz-vbc.UPF")


def test_a_title_may_stand_before_the_namelist() -> None:
    read = read_input("phonons of Si\n&inputph\n prefix='si'\n/\n0 0 0\n")
    assert read.first_namelist == "inputph"


def test_anything_else_is_an_input_without_namelists() -> None:
    for text in ("", "hello = world", "&", "/", "&control"):
        assert read_input(text).pseudopotentials == ()


def test_every_input_of_the_corpora_names_its_pseudopotentials() -> None:
    paths = sorted((corpora.ROOT / "open" / "qe" / "pw_in").glob("*"))
    if not paths:
        corpora.rows("open/qe/truth.tsv")
    wrong = []
    for path in paths:
        read = read_input(path.read_text(errors="replace"))
        n_species = int(read.value("ntyp") or 0)
        if read.first_namelist != "control" or n_species < len(read.pseudopotentials):
            wrong.append((path.name, read.first_namelist, read.pseudopotentials))
    assert wrong == []
