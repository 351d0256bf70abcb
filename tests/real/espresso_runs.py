"""Small runs of Quantum ESPRESSO in a directory, and what is read of them."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from crystalmathd.codes.base import InputFile, StepRequest
from crystalmathd.codes.diagnosis import find
from crystalmathd.codes.espresso import Espresso
from crystalmathd.codes.remedies import settle
from crystalmathd.models.faults import Finding, Remedy, Severity
from crystalmathd.models.results import Result
from crystalmathd.services.reading import files_named

PSEUDO = Path("/usr/share/espresso/pseudo")

SILICON = """&control
 calculation='scf', prefix='si', outdir='./'
/
&system
 ibrav=2, celldm(1)=10.26, nat=2, ntyp=1, ecutwfc=10
/
&electrons
 conv_thr=1e-7
/
&ions
/
&cell
/
ATOMIC_SPECIES
Si 28.086 Si.pz-vbc.UPF
ATOMIC_POSITIONS alat
Si 0.00 0.00 0.00
Si 0.25 0.25 0.25
K_POINTS automatic
2 2 2 0 0 0
"""

ALUMINIUM = """&control
 prefix='al', outdir='./'
/
&system
 ibrav=2, celldm(1)=7.5, nat=1, ntyp=1, ecutwfc=10
/
&electrons
/
ATOMIC_SPECIES
Al 26.98 Al.pz-vbc.UPF
ATOMIC_POSITIONS alat
Al 0 0 0
K_POINTS automatic
2 2 2 0 0 0
"""


def changed(text: str, *pairs: tuple[str, str]) -> str:
    """Return a text with parts exchanged, each of which stands there once."""
    for old, new in pairs:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """One program that has ended in a directory; `step` is what it was asked."""

    directory: Path
    step: StepRequest
    code: int
    result: Result
    findings: tuple[Finding, ...]

    @property
    def fatal(self) -> list[str]:
        """The first causes: what only follows from another fault is left out."""
        return [
            one.fault.key
            for one in self.findings
            if one.fault.severity is Severity.FATAL and not one.fault.is_generic
        ]

    def remedied(self, number: int = 0) -> "Run":
        """Run again with the edits of a remedy of the first cause."""
        finding = self.findings[0]
        return self.again(finding.fault.remedies[number], finding.facts)

    def again(self, remedy: Remedy, facts: dict[str, str]) -> "Run":
        inputs = settle(Espresso(), [self.step], remedy, facts).inputs
        assert inputs, "the remedy changes nothing"
        return run(self.directory, inputs[0].text.decode(), self.step.program)


def run(directory: Path, text: str, program: str = "pw.x", name: str = "a") -> Run:
    """Run a program on an input in a directory, and read all that it leaves."""
    directory.mkdir(exist_ok=True)
    (directory / f"{name}.in").write_text(text)
    (directory / "CRASH").unlink(missing_ok=True)
    done = subprocess.run(
        [str(shutil.which(program)), "-in", f"{name}.in"],
        cwd=directory,
        env={**os.environ, "OMP_NUM_THREADS": "1", "ESPRESSO_PSEUDO": str(PSEUDO)},
        capture_output=True,
        check=False,
        timeout=60,
    )
    (directory / f"{name}.out").write_bytes(done.stdout)
    (directory / f"{name}.err").write_bytes(done.stderr)
    step = StepRequest(
        program=program, input=InputFile(name=f"{name}.in", text=text.encode())
    )
    return Run(
        directory=directory,
        step=step,
        code=done.returncode,
        result=read(directory, program, f"{name}.out"),
        findings=diagnose(directory, program, f"{name}.out"),
    )


def read(directory: Path, program: str, stdout: str) -> Result:
    code = Espresso()
    paths = files_named(str(directory), code.result_files(program, stdout))
    files = {name: Path(path).read_bytes() for name, path in paths.items()}
    return code.read_result(program, stdout, files)


def diagnose(directory: Path, program: str, stdout: str) -> tuple[Finding, ...]:
    code = Espresso()
    texts = {
        name: (role, (directory / name).read_bytes())
        for name, role in code.fault_texts(program, stdout).items()
        if (directory / name).is_file()
    }
    return find(code.faults, texts)
