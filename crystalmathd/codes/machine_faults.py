"""Failures of the machine under a run, which every code meets alike.

They stand in the scheduler's text or between the code's own lines. Those that mostly
follow from something else are generic.
"""

import re
from typing import Final

from crystalmathd.models.faults import Fault, Remedy, Severity, Standing

_MACE: Final = "MACE (DjokicMa/MACE), error patterns"

WALL_TIME: Final = Fault(
    key="wall_time",
    needs=("slurmstepd: error", "TERM_RUNLIMIT", "job killed: walltime"),
    pattern=re.compile(
        r"CANCELLED AT .* DUE TO TIME LIMIT|^TERM_RUNLIMIT|PBS: job killed: walltime"
    ),
    severity=Severity.FATAL,
    cause="The wall time that was asked for was over.",
    meaning="The scheduler ended the run; its output stops in the middle.",
    source=f"Slurm's slurmstepd; {_MACE}",
    standing=Standing.QUOTED,
    remedies=(
        Remedy(text="Ask for more wall time, and go on from what the run has left."),
    ),
)

OUT_OF_MEMORY: Final = Fault(
    key="out_of_memory",
    needs=(
        "oom_kill event",
        "oom-kill",
        "out-of-memory",
        "Out of memory",
        "insufficient virtual memory",
        "Cannot allocate memory",
        "memory limit",
    ),
    pattern=re.compile(
        r"oom[-_]kill|out-of-memory handler|Out of memory: Killed"
        r"|insufficient virtual memory|Cannot allocate memory"
        r"|[Ee]xceeded (?:job|step) memory limit"
    ),
    severity=Severity.FATAL,
    cause="There was not enough memory.",
    meaning=(
        "The machine, or the limit of the job, had no memory left: a process was"
        " killed, or could not get what it asked for."
    ),
    source=f"Slurm, Linux and Intel Fortran; {_MACE}",
    standing=Standing.QUOTED,
    remedies=(Remedy(text="Ask for more memory, or for fewer ranks on each node."),),
)

DISK_FULL: Final = Fault(
    key="disk_full",
    needs=("No space left on device", "quota exceeded", "error during write"),
    pattern=re.compile(r"No space left on device|[Qq]uota exceeded|error during write"),
    severity=Severity.FATAL,
    cause="The disk, or the quota on it, was full.",
    meaning="A file of the run could not be written to its end.",
    source=f"Linux and Intel Fortran; {_MACE}",
    standing=Standing.QUOTED,
    remedies=(
        Remedy(text="Make room in the scratch directory, or choose a larger one."),
    ),
)

CRASH: Final = Fault(
    key="crash",
    needs=("forrtl: severe", "Program received signal", "egmentation fault"),
    pattern=re.compile(
        r"forrtl: severe \(\d+\): SIG|Program received signal SIG(?:SEGV|BUS|ILL)"
        r"|[Ss]egmentation fault|signal: Segmentation fault"
    ),
    severity=Severity.FATAL,
    cause="The program crashed on an address in memory that is not its own.",
    meaning=(
        "Mostly what came before is the reason: numbers that were no longer numbers."
        " If nothing was wrong, the stack was too small."
    ),
    source="Intel Fortran and gfortran run-time",
    standing=Standing.REAL,
    remedies=(
        Remedy(
            text=(
                "Look for the first wrong number above. If there is none: `ulimit -s"
                " unlimited` and a larger OMP_STACKSIZE, in the set-up of the machine."
            )
        ),
    ),
    is_generic=True,
)

KILLED: Final = Fault(
    key="killed",
    needs=(
        "forrtl: error (78)",
        "KILLED BY SIGNAL",
        "slurmstepd: error",
        "signal 9 (Killed)",
    ),
    pattern=re.compile(
        r"forrtl: error \(78\): process killed|KILLED BY SIGNAL: \d+"
        r"|slurmstepd: error: .* CANCELLED AT|exited on signal 9 \(Killed\)"
    ),
    severity=Severity.FATAL,
    cause="The run was stopped from outside.",
    meaning=(
        "A person, the scheduler or the launcher ended it: at the end of its wall time,"
        " for want of memory, or because another rank had failed."
    ),
    source="Intel Fortran run-time, Slurm, Intel MPI and Open MPI",
    standing=Standing.REAL,
    remedies=(
        Remedy(text="Look why it was stopped; then go on from what the run has left."),
    ),
    is_generic=True,
)

MPI_ABORT: Final = Fault(
    key="mpi_abort",
    needs=("MPI_Abort(", "MPI_ABORT was", ") on node", "BAD TERMINATION OF"),
    pattern=re.compile(
        r"MPI_Abort\(|MPI_ABORT was invoked|^[Aa]bort\(\d+\) on node|BAD TERMINATION OF"
    ),
    severity=Severity.FATAL,
    cause="One rank of the program gave up, and the others were stopped with it.",
    meaning="This follows from another failure, which stands before it or nowhere.",
    source=f"MPICH, Intel MPI and Open MPI; {_MACE}",
    standing=Standing.REAL,
    remedies=(Remedy(text="Look for the first message of the program itself."),),
    is_generic=True,
)

LAUNCHER: Final = Fault(
    key="launcher",
    needs=("ORTE_ERROR_LOG", "not enough slots", "srun: error"),
    pattern=re.compile(
        r"ORTE_ERROR_LOG: Out of resource|There are not enough slots available"
        r"|srun: error: Unable to"
    ),
    severity=Severity.FATAL,
    cause="The ranks could not be started.",
    meaning="The MPI launcher did not get the processors or the memory it wanted.",
    source="Open MPI and Slurm; recorded by users of CRYSTAL",
    standing=Standing.QUOTED,
    remedies=(
        Remedy(text="Ask for as many ranks as there are cores, and start it again."),
    ),
)

MACHINE_FAULTS: Final = (
    WALL_TIME,
    OUT_OF_MEMORY,
    DISK_FULL,
    LAUNCHER,
    CRASH,
    KILLED,
    MPI_ABORT,
)
"""For the end of a code's table: what it says itself is a surer cause."""
