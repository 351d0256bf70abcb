"""The embedded engine: a periodic SCF of a CRYSTAL deck, as a program of its own.

``python -m crystalmathd.codes.pyscf.engine INPUT [--memory-mb N]``. Threads come
from OMP_NUM_THREADS, temporary files go to the working directory. Exit codes: 0
converged, 2 not converged, 1 refused or failed.
"""

import argparse
import platform
import sys
import time
from collections.abc import Sequence
from importlib.metadata import version
from io import TextIOWrapper
from pathlib import Path
from typing import Final

from crystalmathd.codes.crystal.records import DeckError
from crystalmathd.codes.pyscf.calculation import Calculation, plan
from crystalmathd.codes.pyscf.report import Report

CONVERGED: Final = 0
FAILED: Final = 1
NOT_CONVERGED: Final = 2


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="crystalmath embedded engine")
    parser.add_argument("input", type=Path, help="a CRYSTAL deck")
    parser.add_argument("--memory-mb", type=int, help="memory that PySCF may plan with")
    options = parser.parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # The output is read as UTF-8, whatever locale the job runs in.
            stream.reconfigure(encoding="utf-8", errors="replace")
    report = Report(sys.stdout)
    try:
        report.banner(version("pyscf"))
        return _compute(options.input, options.memory_mb, report)
    except (DeckError, RefusedError) as error:
        message = str(error)
    except ImportError as error:
        message = f"{error.name} is missing: pip install 'crystalmathd[pyscf]'."
    except OSError as error:
        message = f"{error.filename}: {error.strerror}."
    report.text("ERROR", message)
    sys.stderr.write(message + "\n")
    return FAILED


class RefusedError(Exception):
    """PySCF cannot make this calculation; the message says why."""


def _compute(path: Path, memory_mb: int | None, report: Report) -> int:
    start = time.monotonic()
    calculation = plan(path.read_text(encoding="utf-8", errors="replace"))
    _describe(calculation, report)
    # PySCF takes seconds to import: a deck is described, or refused, before that.
    from crystalmathd.codes.pyscf import session  # noqa: PLC0415

    try:
        is_converged = session.run(calculation, memory_mb, report)
    except session.CellRefusedError as error:
        raise RefusedError(str(error)) from error
    report.line("TIME", seconds=f"{time.monotonic() - start:.1f}")
    report.normal_end()
    return CONVERGED if is_converged else NOT_CONVERGED


def _describe(calculation: Calculation, report: Report) -> None:
    report.line(
        "ENGINE",
        crystalmathd=version("crystalmathd"),
        pyscf=version("pyscf"),
        python=platform.python_version(),
    )
    report.text("TITLE", calculation.title)
    method = calculation.method
    spin = "polarised" if calculation.spin.is_polarised else "closed_shell"
    report.line("METHOD", name=method.name, spin=spin)
    if method.functional is not None:
        report.text("FUNCTIONAL", f"{method.functional} (libxc's names)")
    if calculation.mesh is not None:
        report.line("MESH", divisions="x".join(str(n) for n in calculation.mesh))
    for word, line, reason in calculation.ignored_lines():
        report.line(f"IGNORED {word}", line=line)
        report.text("BECAUSE", reason)
    for remark in calculation.remarks:
        report.text("WARNING", remark)


if __name__ == "__main__":
    sys.exit(main())
