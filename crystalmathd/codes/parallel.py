"""MPI ranks, OpenMP threads, and what they need around a program."""

import os
from typing import Final

from crystalmathd.models.plans import Parallelism, Resources, Variable

_ROOT_REFUSED: Final = "Open MPI refuses to run as root without it"


def as_asked(asked: Resources, cores: int) -> Parallelism:
    """Take what was asked for; one rank and one thread where nothing was."""
    ranks = asked.ranks or 1
    threads = asked.threads or 1
    limit = (
        f"; more than the {cores} cores that are here"
        if ranks * threads > cores
        else ""
    )
    return Parallelism(
        ranks=ranks,
        ranks_reason=(
            "asked for" + limit if asked.ranks else "one, as no number was asked for"
        ),
        threads=threads,
        threads_reason=(
            "asked for" + limit
            if asked.threads
            else "one a rank, as no number was asked for"
        ),
    )


def mpi_launcher(ranks: int) -> tuple[str, ...]:
    """Return what stands in front of an MPI program."""
    return ("mpirun", "-np", str(ranks))


def mpi_variables() -> tuple[Variable, ...]:
    """Return what `mpirun` wants in its environment."""
    if os.geteuid() != 0:
        return ()
    return (
        Variable(name="OMPI_ALLOW_RUN_AS_ROOT", value="1", origin=_ROOT_REFUSED),
        Variable(
            name="OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", value="1", origin=_ROOT_REFUSED
        ),
    )


def openmp_variables(parallelism: Parallelism) -> tuple[Variable, ...]:
    """Return the variable that fixes the threads of a rank."""
    return (
        Variable(
            name="OMP_NUM_THREADS",
            value=str(parallelism.threads),
            origin=f"threads: {parallelism.threads_reason}",
        ),
    )
