from crystalmathd.codes import parallel
from crystalmathd.models.plans import Resources


def test_nothing_asked_for_is_one_rank_with_one_thread() -> None:
    chosen = parallel.as_asked(Resources(), 56)
    assert (chosen.ranks, chosen.threads) == (1, 1)
    assert "no number was asked for" in chosen.ranks_reason


def test_more_than_the_machine_has_is_taken_and_said() -> None:
    chosen = parallel.as_asked(Resources(ranks=4, threads=2), 2)
    assert (chosen.ranks, chosen.threads) == (4, 2)
    assert "more than the 2 cores" in chosen.ranks_reason


def test_mpirun_gets_the_number_of_ranks() -> None:
    assert parallel.mpi_launcher(14) == ("mpirun", "-np", "14")
