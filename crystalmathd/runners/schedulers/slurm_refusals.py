"""What sbatch says when it does not take a job: nothing can have been submitted.

Everything else is doubt: a controller that was slow to answer may have taken it.
Source: Slurm's src/common/slurm_errno.c and sbatch; what 22.05 prints is recorded in
tests/data/slurm/.
"""

from typing import Final

MISTAKES: Final = (
    "Batch script contains DOS line breaks",
    "Invalid --",
    "Invalid account or account/partition combination specified",
    "Invalid feature specification",
    "Invalid generic resource (gres) specification",
    "Invalid license specification",
    "Invalid node name specified",
    "Invalid partition name specified",
    "Invalid qos specification",
    "Invalid Trackable RESource (TRES) specification",
    "More processors requested than permitted",
    "Requested reservation is invalid",
    "Requested time limit is invalid",
    "Time limit specification required, but not provided",
    "This does not look like a batch script",
    "Unable to open file",
    "User's group not permitted to use this partition",
    "sbatch: command not found",
    "unrecognized option",
)
"""Said by `sbatch --test-only` too, whatever goes on in the cluster just then."""

REFUSALS: Final = (
    *MISTAKES,
    "Access/permission denied",
    "Job dependency problem",
    "Job violates accounting/QOS policy",
    "Memory required by task is not available",
    "Memory specification can not be satisfied",
    "Node count specification invalid",
    "Requested node configuration is not available",
    "Required partition not available",
)
"""Proof from sbatch itself. `--test-only` says some of them also while all nodes are
drained, when sbatch would take the job and let it wait (22.05)."""

RETRIES: Final = (
    "Socket timed out",
    "Unable to contact slurm controller",
    "Zero Bytes were transmitted or received",
    "Slurm temporarily unable to accept job",
)
"""If sbatch said this before it was refused, an earlier try may have been taken."""


def refusal(stderr: str) -> str | None:
    """Return sbatch's words if they prove that it did not take the job."""
    if any(words in stderr for words in RETRIES):
        return None
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    if not any(words in line for line in lines for words in REFUSALS):
        return None
    told = [line for line in lines if "Try " not in line]
    return "; ".join(dict.fromkeys(_without_program(line) for line in told))[:500]


def _without_program(line: str) -> str:
    for prefix in ("sbatch: error: ", "sbatch: ", "submit.sh: "):
        line = line.removeprefix(prefix)
    return line
