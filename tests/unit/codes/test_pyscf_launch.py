"""PySCF as the daemon sees it."""

import importlib.util
import subprocess
import sys

import pytest

from crystalmathd.codes.base import InputFile, InputRefusedError, StepRequest
from crystalmathd.codes.pyscf import Pyscf
from crystalmathd.models.plans import Parallelism, Resources
from tests.unit.codes.test_pyscf_calculation import deck

CODE = Pyscf()


def step(text: str, name: str = "lih.d12") -> StepRequest:
    return StepRequest(program="pyscf", input=InputFile(name=name, text=text.encode()))


def parallelism(threads: int) -> Parallelism:
    return Parallelism(ranks=1, ranks_reason="", threads=threads, threads_reason="")


def test_the_engine_is_started_with_the_daemons_own_python() -> None:
    launch = CODE.launch(step(deck()), parallelism(2), {}, 3000)
    (candidate,) = launch.candidates
    assert candidate.executable == sys.executable
    assert launch.arguments == (
        "-m",
        "crystalmathd.codes.pyscf.engine",
        "INPUT",
        "--memory-mb",
        "3000",
    )
    assert (launch.stdout, launch.stderr, launch.stdin) == ("lih.out", "lih.err", None)
    assert [(v.name, v.value) for v in launch.environment] == [("OMP_NUM_THREADS", "2")]
    assert launch.good_codes == (0,)


def test_without_a_limit_no_memory_is_named() -> None:
    launch = CODE.launch(step(deck()), parallelism(1), {}, None)
    assert launch.arguments[-1] == "INPUT"


def test_a_deck_is_staged_as_input() -> None:
    staging = CODE.staging("lih", [step(deck())], ["lih.f9"])
    (staged,) = staging.stage_in
    assert (staged.name, staged.scratch_name) == ("lih.d12", "INPUT")
    assert "lih.f9" in staging.warnings[0]


def test_a_check_warns_of_what_is_ignored() -> None:
    pytest.importorskip("pyscf")
    (warning,) = CODE.check([step(deck(scf="FMIXING\n30\nTOLINTEG\n7 7 7 7 14\n"))])
    assert "FMIXING (line 17), TOLINTEG (line 19)" in warning
    assert CODE.check([step(deck())]) == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (deck(scf="ROHF\n1\n"), "lih.d12: Line 17: ROHF"),
        ("", "the deck ends"),
        ("\0\0\n\0", "geometry type"),
    ],
)
def test_a_check_refuses_with_file_and_line(text: str, words: str) -> None:
    pytest.importorskip("pyscf")
    with pytest.raises(InputRefusedError, match=words):
        CODE.check([step(text)])


def test_two_decks_in_one_job_are_refused() -> None:
    pytest.importorskip("pyscf")
    with pytest.raises(InputRefusedError, match="one deck a job"):
        CODE.check([step(deck()), step(deck(), "b.d12")])


def test_without_pyscf_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(InputRefusedError, match=r"crystalmathd\[pyscf\]"):
        CODE.check([step(deck())])


def test_threads_are_the_cores_of_the_job_unless_asked() -> None:
    chosen = CODE.parallelism([], Resources(ranks=4), 6)
    assert (chosen.ranks, chosen.threads) == (1, 6)
    assert "4 ranks were asked for" in chosen.ranks_reason
    assert CODE.parallelism([], Resources(threads=3), 6).threads == 3


def test_the_daemon_imports_no_numerics_with_the_engine() -> None:
    program = (
        "import sys, crystalmathd.codes.pyscf\n"
        "print({'numpy', 'pyscf', 'spglib', 'scipy', 'h5py'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"


def test_it_is_never_guessed() -> None:
    assert CODE.input_suffixes == ()
    assert CODE.program_for("x.d12") == "pyscf"
    assert CODE.result_files("pyscf", "x.out") == ("x.out",)
