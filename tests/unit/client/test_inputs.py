from pathlib import Path

import pytest

from crystalmath import companions
from crystalmath.cli import inputs
from crystalmath.submission import absolute, new_client_token


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def touch(*names: str) -> None:
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()


def test_a_word_finds_the_deck_with_its_suffix(here: Path) -> None:
    touch("mgo.d12", "mgo.out")
    assert inputs.find_input("mgo") == Path("mgo.d12")
    assert inputs.find_input(str(here / "mgo")) == here / "mgo.d12"


def test_a_path_with_a_directory_is_looked_up_there(here: Path) -> None:
    touch("sub/mgo.d12")
    assert inputs.find_input("sub/mgo") == Path("sub/mgo.d12")
    assert here.is_dir()


def test_the_exact_file_wins(here: Path) -> None:
    touch("mgo", "mgo.d12")
    assert inputs.find_input("mgo") == Path("mgo")
    assert here.is_dir()


@pytest.mark.usefixtures("here")
def test_a_properties_deck_does_not_make_its_own_deck_ambiguous() -> None:
    touch("mgo.d12", "mgo.d3", "si.d3")
    assert inputs.find_input("mgo") == Path("mgo.d12")
    assert inputs.find_input("si") == Path("si.d3")


@pytest.mark.usefixtures("here")
def test_a_word_for_several_inputs_is_refused_and_names_them() -> None:
    touch("mgo.d12", "mgo.pw.in", "si/INCAR", "si.d12")
    with pytest.raises(inputs.InputAmbiguousError, match=r"mgo\.d12 or mgo\.pw\.in"):
        inputs.find_input("mgo")
    with pytest.raises(inputs.InputAmbiguousError, match=r"si/ or si\.d12"):
        inputs.find_input("si")
    assert inputs.find_input("si/") == Path("si")


@pytest.mark.usefixtures("here")
def test_a_directory_is_an_input() -> None:
    touch("vasp/INCAR")
    assert inputs.find_input("vasp") == Path("vasp")
    assert inputs.find_input(".") == Path()


def test_a_missing_input_says_what_was_tried_and_where(here: Path) -> None:
    with pytest.raises(inputs.InputNotFoundError) as caught:
        inputs.find_input("mgo")
    assert str(caught.value) == (
        f"No file mgo, mgo.d12, mgo.in, mgo.pwi, mgo.pw.in, mgo.d3 in {here}."
    )


@pytest.mark.usefixtures("here")
def test_a_closing_number_means_ranks_unless_it_names_an_input() -> None:
    assert inputs.split_ranks(["mgo", "14"]) == (["mgo"], 14)
    assert inputs.split_ranks(["14"]) == (["14"], None)
    assert inputs.split_ranks(["mgo", "nio"]) == (["mgo", "nio"], None)
    touch("14.d12")
    assert inputs.split_ranks(["mgo", "14"]) == (["mgo", "14"], None)


@pytest.mark.usefixtures("here")
def test_companions_of_a_deck_are_sent_along_and_strangers_are_not() -> None:
    touch("mgo.d12", "mgo.gui", "mgo.f9", "mgo.out", "nio.gui", "mgo.born")
    names = [path.name for path in companions.companions(Path("mgo.d12"))]
    assert names == ["mgo.gui", "mgo.f9", "mgo.born"]
    assert companions.companions(Path("mgo.in")) == []


def test_a_named_auxiliary_file_stands_in_for_a_companion(here: Path) -> None:
    touch("mgo.d12", "mgo.gui", "mgo.f9", "other.gui")
    sent = companions.auxiliary_files(
        [Path("mgo.d12")], [inputs.parse_auxiliary("mgo.gui=other.gui")]
    )
    assert [(item.name, item.path) for item in sent] == [
        ("mgo.gui", str(here / "other.gui")),
        (None, str(here / "mgo.f9")),
    ]


def test_a_file_with_an_equals_sign_can_be_named(here: Path) -> None:
    touch("a=b.f9")
    assert inputs.parse_auxiliary("a=b.f9").path == str(here / "a=b.f9")
    with pytest.raises(inputs.InputNotFoundError, match="No file c in"):
        inputs.parse_auxiliary("b=c")


def test_a_step_has_a_program_after_the_last_colon(here: Path) -> None:
    touch("mgo.d3", "dos:1.in")
    assert inputs.parse_step("mgo.d3:properties").program == "properties"
    step = inputs.parse_step("dos:1")
    assert (step.path, step.program) == (str(here / "dos:1.in"), None)
    with pytest.raises(inputs.InputNotFoundError):
        inputs.parse_step("nothing.d3")


def test_a_file_of_another_job_is_named_by_job_and_role() -> None:
    source = inputs.parse_source("12:wavefunction")
    assert (source.job_id, source.role) == ("12", "wavefunction")
    for word in ("12", "x:wavefunction", "12:"):
        with pytest.raises(ValueError, match="is not JOB:ROLE"):
            inputs.parse_source(word)


def test_a_sweep_has_a_name_and_values() -> None:
    sweep = inputs.parse_sweep("a=4.1, 4.2")
    assert (sweep.name, sweep.values) == ("a", ("4.1", "4.2"))
    for word in ("a", "=1", "a=1,,2", "2a=1"):
        with pytest.raises(ValueError, match="is not NAME=VALUE"):
            inputs.parse_sweep(word)


def test_a_link_keeps_its_name_and_its_directory_is_resolved(here: Path) -> None:
    touch("real/deck.d12")
    Path("dir").symlink_to("real")
    Path("mgo.d12").symlink_to("real/deck.d12")
    assert absolute("mgo.d12") == str(here / "mgo.d12")
    assert absolute("dir/deck.d12") == str(here / "real/deck.d12")
    assert absolute("dir/..") == str(here)
    assert absolute(".") == str(here)


def test_tokens_are_in_order_of_time_and_never_equal() -> None:
    tokens = [new_client_token() for _ in range(100)]
    assert len(set(tokens)) == 100
    assert [token[:12] for token in tokens] == sorted(token[:12] for token in tokens)


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("word", ["", " "])
def test_an_empty_word_is_no_directory(word: str) -> None:
    for read in (inputs.find_input, inputs.parse_step, inputs.parse_auxiliary):
        with pytest.raises(inputs.InputEmptyError, match="variable of the shell"):
            read(word)
