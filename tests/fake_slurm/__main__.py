"""The fake Slurm's commands: `python -I -S __main__.py NAME WORDS`, quick to start.

$FAKE_SLURM is the directory in which it keeps its queue.
"""

import os
import sys
from pathlib import Path

# Behind everything of Python's own, so that no package can stand in its way.
sys.path.append(str(Path(__file__).resolve().parents[2]))

from tests.fake_slurm.cancelling import scancel
from tests.fake_slurm.faults import faults_of
from tests.fake_slurm.queue import Queue
from tests.fake_slurm.submission import sbatch
from tests.fake_slurm.tables import sacct, scontrol, sinfo, squeue

COMMANDS = {
    "sacct": sacct,
    "sbatch": sbatch,
    "scancel": scancel,
    "scontrol": scontrol,
    "sinfo": sinfo,
    "squeue": squeue,
}


def main(name: str, words: list[str]) -> int:
    queue = Queue(Path(os.environ["FAKE_SLURM"]))
    try:
        is_test = "--test-only" in words
        command = f"{name} --test-only" if is_test else name
        faults = faults_of(queue, command, os.environ)
        return COMMANDS[name](words, queue, faults)
    except Exception:
        # Else a mistake of this program would pass for a fault of Slurm.
        queue.note_error()
        raise


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
