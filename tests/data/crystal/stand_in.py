#!/usr/bin/env python3
"""STAND-IN for CRYSTAL: reads INPUT and leaves the files that CRYSTAL would leave.

It computes nothing; its numbers mean nothing. Tests install it as `crystal`,
`Pcrystal`, `properties` …: its own name says which program it plays. A serial
program reads its deck from standard input, a parallel one the file INPUT.

Set in the environment, or as NAME=value words in the deck's first line:

STANDIN_CYCLES         SCF cycles (8)
STANDIN_CYCLE_S        seconds a cycle (0); if set, times and threshold are printed
STANDIN_POINTS         points of an optimisation (3)
STANDIN_FAIL_AT        stop with CRYSTAL's error line at this cycle of the last point
STANDIN_DIE_AT         stop in the middle of a line at this cycle, without a word
STANDIN_TOO_MANY       the SCF ends at its limit of cycles
STANDIN_EXIT           exit code of a run that came to its end (0)
STANDIN_IGNORE_TERM    ignore SIGTERM
STANDIN_ESCAPED_S      leave a child in a session of its own for so many seconds
STANDIN_LEDGER         append `<token> <attempt> start`, `<token> <attempt> end <code>`
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

LABEL = "STAND-IN for CRYSTAL, a test program: these numbers mean nothing"
STARS = " " + "*" * 79
STARTED_S = time.monotonic()


def main() -> int:
    if int(os.environ.get("OMPI_COMM_WORLD_RANK", "0")) > 0:
        return 0
    write_ledger("start")
    program = Path(sys.argv[0]).name
    is_parallel = program.startswith(("P", "MPP"))
    text = Path("INPUT").read_text() if is_parallel else sys.stdin.read()
    for word in text.partition("\n")[0].split():
        name, equals, value = word.partition("=")
        if equals and name.startswith("STANDIN_"):
            os.environ[name] = value
    if os.environ.get("STANDIN_IGNORE_TERM"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    leave_child(float(os.environ.get("STANDIN_ESCAPED_S", "0")))
    code = run(program, text, is_parallel=is_parallel)
    write_ledger(f"end {code}")
    return code


def run(program: str, text: str, *, is_parallel: bool) -> int:
    words = {line.split()[0].upper() for line in text.splitlines() if line.split()}
    title = (text.splitlines() or [""])[0]
    print_banner(title)
    if is_parallel:
        Path("fort.20.pe0").write_text("one file a rank, never brought back\n")
    if program.lower().endswith("properties"):
        return run_properties(words)
    return run_crystal(words)


def run_crystal(words: set[str]) -> int:
    if (code := missing_file(words)) is not None:
        return code
    Path("fort.9").write_bytes(b"")
    say(" ATOMS IN THE ASYMMETRIC UNIT    2 - ATOMS IN THE UNIT CELL:    2")
    cycles = int(os.environ.get("STANDIN_CYCLES", "8"))
    say_limits(cycles)
    say_time("INPUT")
    say_time("INT_CALC")
    is_optimisation = "OPTGEOM" in words
    points = int(os.environ.get("STANDIN_POINTS", "3")) if is_optimisation else 1
    first = 1
    if is_optimisation and "RESTART" in words:
        if not has_content("OPTINFO.DAT"):
            return fail("OPTGEOM", "OPTINFO.DAT CAN NOT BE FOUND")
        first = len(Path("OPTINFO.DAT").read_text().splitlines()) + 1
        say(" RESTARTING FROM A PREVIOUS GEOMETRY OPTIMIZATION RUN")
    energy = 0.0
    for point in range(first, first + points):
        if is_optimisation:
            say(f" COORDINATE AND CELL OPTIMIZATION - POINT {point:4d}")
        is_last = point == first + points - 1
        energy, code = scf(point, cycles, to_log=point > first, is_last=is_last)
        if code is not None:
            return code
        if is_optimisation:
            write_point(point)
    if is_optimisation:
        say(f" * OPT END - CONVERGED * E(AU): {energy:20.12E}  POINTS {point:4d} *")
        Path("fort.34").write_text(geometry(2.1 + 0.001 * point))
    write_wavefunction()
    say_time("END")
    say(" EEEEEEEEEE TERMINATION  DATE 01 01 2026 TIME 00:00:01.0")
    return int(os.environ.get("STANDIN_EXIT", "0"))


def missing_file(words: set[str]) -> int | None:
    """Stop as CRYSTAL does without a file that the deck asks for."""
    if "EXTERNAL" in words and not has_content("fort.34"):
        return fail("EXTGEOM", "GEOMETRY DATA FILE NOT FOUND")
    if "GUESSP" in words and not has_content("fort.20"):
        return fail("GUESSP", "COPY OF WAVEFUNCTION FILE fort.20 CAN NOT BE FOUND")
    return None


def say_limits(cycles: int) -> None:
    say(f" MAX NUMBER OF SCF CYCLES {cycles:6d}  CONVERGENCE ON DELTAP        10**-16")
    if os.environ.get("STANDIN_CYCLE_S"):
        say(" WEIGHT OF F(I) IN F(I+1)      30% CONVERGENCE ON ENERGY        10**- 7")


def scf(
    point: int, cycles: int, *, to_log: bool, is_last: bool
) -> tuple[float, int | None]:
    """Print one SCF; its CYC lines go to SCFOUT.LOG from the second point on."""
    log = Path("SCFOUT.LOG")
    energy = before = 0.0
    fail_at = int(os.environ.get("STANDIN_FAIL_AT", "-1"))
    die_at = int(os.environ.get("STANDIN_DIE_AT", "-1"))
    for cycle in range(cycles):
        before, energy = energy, -275.0 - 0.001 * point + 4.0 ** -(cycle + 1)
        line = (
            f" CYC {cycle:3d} ETOT(AU) {energy:.12E} DETOT {energy - before:9.2E}"
            " tst  0.00E+00 PX  1.00E+00"
        )
        if is_last and cycle == fail_at:
            return energy, fail("SCFSTOP", "STAND-IN WAS TOLD TO FAIL")
        if is_last and cycle == die_at:
            print(line[:30], end="", flush=True)
            return energy, 139
        if os.environ.get("STANDIN_CYCLE_S"):
            line = f"{timing('NUMDFT')}\n{line}"
        if to_log:
            with log.open("a") as stream:
                stream.write(f"{line}\n")
        else:
            say(line)
        time.sleep(float(os.environ.get("STANDIN_CYCLE_S", "0")))
    too_many = bool(os.environ.get("STANDIN_TOO_MANY")) and is_last
    why = "TOO MANY CYCLES      " if too_many else "CONVERGENCE ON ENERGY"
    end = f" == SCF ENDED - {why}      E(AU) {energy:.13E} CYCLES {cycles - 1:3d}"
    if to_log:
        with log.open("a") as stream:
            stream.write(f"{end}\n")
    else:
        say(end)
    total = f" TOTAL ENERGY(DFT)(AU)({cycles - 1:3d}) {energy:.13E}"
    say(f"{total} DE 0.0E+00 tester 1.0E-09")
    return energy, None


def run_properties(words: set[str]) -> int:
    unit = "fort.98" if "RDFMWF" in words else "fort.9"
    if not has_content(unit):
        return fail("init_properties_io", "Wavefunction file can not be found")
    say(" N. OF ATOMS PER CELL         2 COULOMB OVERLAP TOL          (T1) 10**   -7")
    say(" TOTAL ENERGY -2.7500000000000E+02  CONVERGENCE ON ENER       -3.775E-09")
    for word in ("BAND", "DOSS"):
        if word in words:
            say_time(word)
            Path("fort.25").write_text(f"{LABEL}\n")
            Path(f"{word}.DAT").write_text(f"{LABEL}\n")
    say(" EEEEEEEEEE TERMINATION  DATE 01 01 2026 TIME 00:00:01.0")
    return int(os.environ.get("STANDIN_EXIT", "0"))


def print_banner(title: str) -> None:
    say(f" {LABEL}")
    say(STARS)
    say(" *" + "CRYSTAL23".center(77) + "*")
    say(" *" + "public : STAND-IN".center(77) + "*")
    say(STARS)
    say(" EEEEEEEEEE STARTING  DATE 01 01 2026 TIME 00:00:00.0")
    say(f" {title}")


def write_point(point: int) -> None:
    with Path("OPTINFO.DAT").open("a") as stream:
        stream.write(f"{LABEL}, point {point}\n")
    Path("HESSOPT.DAT").write_text(f"{LABEL}, point {point}\n")
    Path(f"optc{point:03d}").write_text(geometry(2.1 + 0.001 * point))
    say(" INFORMATION **** GEOMETRY OPTIMIZATION INFORMATION STORED IN OPTINFO.DAT")


def write_wavefunction() -> None:
    record = b"STAND-IN wavefunction\n" * 8
    length = len(record).to_bytes(4, "little")
    Path("fort.9").write_bytes(length + record + length)  # unformatted Fortran
    Path("fort.98").write_text(f"{LABEL}\n")


def geometry(half_a: float) -> str:
    """Return rock salt in the format of unit 34: one operator, two atoms."""
    rows = ["3 5 1", f"0.0 {half_a} {half_a}", f"{half_a} 0.0 {half_a}"]
    rows += [f"{half_a} {half_a} 0.0", "1", "1 0 0", "0 1 0", "0 0 1", "0 0 0"]
    rows += ["2", "12 0.0 0.0 0.0", f"8 {half_a} {half_a} {half_a}"]
    return "\n".join(rows) + "\n"


def fail(routine: str, message: str) -> int:
    line = f" ERROR **** {routine} **** {message}"
    say(line)
    Path("fort.87").write_text(f"{line}\n")
    return 1


def say_time(name: str) -> None:
    say(timing(name))


def timing(name: str) -> str:
    elapsed_s = time.monotonic() - STARTED_S
    return f" {'T' * 30} {name:<11} TELAPSE {elapsed_s:11.2f} TCPU {elapsed_s:11.2f}"


def say(line: str) -> None:
    print(line, flush=True)


def has_content(name: str) -> bool:
    path = Path(name)
    return path.is_file() and path.stat().st_size > 0


def leave_child(seconds: float) -> None:
    if seconds > 0:
        subprocess.Popen(["/bin/sleep", str(seconds)], start_new_session=True)


def write_ledger(what: str) -> None:
    path = os.environ.get("STANDIN_LEDGER")
    if not path:
        return
    token = os.environ.get("CRYSTALMATH_TOKEN", "-")
    attempt = os.environ.get("CRYSTALMATH_ATTEMPT", "-")
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, f"{token} {attempt} {what}\n".encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


if __name__ == "__main__":
    sys.exit(main())
