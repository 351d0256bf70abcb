"""What it costs to read on in a growing output: `python -m tests.bench.progress`.

For each code an output of a long run is made of printed lines and fed in pieces of
64 KiB and less, with a look at the progress after each. Without the corpora it runs
too. An update is one feed and one look; the goal is at most 1 ms for 64 KiB.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Final

from crystalmathd.codes import CODES
from crystalmathd.codes.base import ProgressReader

PIECES: Final = (1_024, 8_192, 65_536)
LONG_BYTES: Final = 16 << 20

CRYSTAL: Final = b"""\
 CHARGE NORMALIZATION FACTOR   1.00000000
 TOTAL ATOMIC CHARGES:
   12.0000000   8.0000000  12.0000000   8.0000000  12.0000000   8.0000000
 TTTTTTTTTTTTTTTTTTTTTTTTTTTTTT MOQGAD      TELAPSE %11.2f TCPU       60.62
 TTTTTTTTTTTTTTTTTTTTTTTTTTTTTT SHELLX2     TELAPSE %11.2f TCPU       61.13
 TTTTTTTTTTTTTTTTTTTTTTTTTTTTTT MONMO3      TELAPSE %11.2f TCPU       62.15
 NUMERICALLY INTEGRATED DENSITY     14.1198391690     11.8801915148
 TTTTTTTTTTTTTTTTTTTTTTTTTTTTTT NUMDFT      TELAPSE %11.2f TCPU       62.75
 CYC %3d ETOT(AU) -1.263488796241E+03 DETOT -1.26E-03 tst  2.00E-08 PX  1.00E+00
 TTTTTTTTTTTTTTTTTTTTTTTTTTTTTT FDIK        TELAPSE %11.2f TCPU       62.78
 INSULATING STATE
 TOP OF VALENCE BANDS -    BAND     15; K    1; EIG -1.0000000E+00 AU
 BOTTOM OF VIRTUAL BANDS - BAND     16; K    1; EIG  1.0000000E+00 AU
 TTTTTTTTTTTTTTTTTTTTTTTTTTTTTT PDIG        TELAPSE %11.2f TCPU       62.79
"""
PW: Final = b"""\
     iteration #%3d     ecut=    60.00 Ry     beta= 0.40
     Davidson diagonalization with overlap
     ethr =  1.00E-06,  avg # of iterations =  4.5

     total cpu time spent up to now is %10.1f secs

     total energy              =    -220.10000000 Ry
     estimated scf accuracy    <       0.00010000 Ry
"""
OUTCAR: Final = b"""\
----------------------------------------- Iteration    1(%4d)  ----------------------
    POTLOK:  cpu time    0.0210: real time    0.0213
    SETDIJ:  cpu time    0.0030: real time    0.0031
     EDDAV:  cpu time    0.1410: real time    0.1420
       DOS:  cpu time    0.0010: real time    0.0010
    CHARGE:  cpu time    0.0210: real time    0.0213
    MIXING:  cpu time    0.0010: real time    0.0010
      LOOP:  cpu time    0.2090: real time    0.3385
 eigenvalue-minimisations  :   256
 total energy-change (2. order) :-0.1932448E-02  (-0.1905648E-02)
 number of electron       8.0000000 magnetization
 augmentation part        0.8297670 magnetization

 Free energy of the ion-electron system (eV)
  ---------------------------------------------------
  alpha Z        PSCENC =        10.00000000
  Ewald energy   TEWEN  =      -200.00000000
  -Hartree energ DENC   =       -10.00000000
  eigenvalues    EBANDS =       -50.00000000
  atomic energy  EATOM  =       100.00000000
  ---------------------------------------------------
  free energy    TOTEN  =       -18.71267927 eV

  energy without entropy =      -18.71267927  energy(sigma->0) =      -18.71267927
"""
OSZICAR: Final = (
    b"DAV: %3d    -0.187126792668E+02   -0.19704E-03   -0.14032E-03    96"
    b"   0.137E-01    0.100E-01\n"
)


def crystal() -> Iterator[bytes]:
    for number in endless():
        times = [60.0 + number + part / 10 for part in range(6)]
        yield CRYSTAL % (*times[:4], number % 50, *times[4:])


def espresso() -> Iterator[bytes]:
    for number in endless():
        yield PW % (number % 30 + 1, 2.0 * number)


def vasp_outcar() -> Iterator[bytes]:
    for number in endless():
        yield OUTCAR % (number % 60 + 1)


def vasp_oszicar() -> Iterator[bytes]:
    for number in endless():
        yield OSZICAR % (number % 60 + 1)


def endless() -> Iterator[int]:
    number = 0
    while True:
        yield number
        number += 1


CORPORA: Final = Path(__file__).parents[3] / "shared" / "corpora" / "open"
REAL: Final = (
    ("crystal", "crystal", "crystal/out/*"),
    ("espresso", "pw.x", "qe/pw_out/*"),
    ("espresso", "ph.x", "qe/other_out/*ph*"),
    ("vasp", "vasp_std", "vasp/*/OUTCAR"),
    ("vasp", "vasp_std", "vasp/*/OSZICAR"),
)

OUTPUTS: Final = (
    ("CRYSTAL main output", "crystal", "crystal", crystal),
    ("pw.x standard output", "espresso", "pw.x", espresso),
    ("OUTCAR alone", "vasp", "vasp_std", vasp_outcar),
    ("OSZICAR: nothing but cycles", "vasp", "vasp_std", vasp_oszicar),
)


def printed(blocks: Iterator[bytes], size: int) -> bytes:
    parts, length = [], 0
    while length < size:
        parts.append(next(blocks))
        length += len(parts[-1])
    return b"".join(parts)


def update_ms(reader: ProgressReader, piece: bytes) -> float:
    start = time.perf_counter()
    reader.feed(piece)
    reader.progress()
    return (time.perf_counter() - start) * 1000


def real_outputs() -> None:
    """Feed the main outputs of the corpora in pieces of 64 KiB, if they are there."""
    for code, program, pattern in REAL:
        times = []
        for path in sorted(CORPORA.glob(pattern)):
            content = path.read_bytes()
            reader = CODES[code].progress_reader(program)
            times += [
                update_ms(reader, content[start : start + PIECES[-1]])
                for start in range(0, len(content), PIECES[-1])
            ]
        if times:
            times.sort()
            print(
                f"{pattern}: {len(times)} updates of up to {PIECES[-1]} bytes, median"
                f" {median(times):.2f} ms, 95 % below"
                f" {times[len(times) * 95 // 100]:.2f} ms, at most {times[-1]:.2f} ms"
            )


def main() -> None:
    real_outputs()
    for title, code, program, blocks in OUTPUTS:
        content = printed(blocks(), LONG_BYTES)
        reader = CODES[code].progress_reader(program)
        start = time.perf_counter()
        reader.feed(content)
        whole_s = time.perf_counter() - start
        n_cycles = len(reader.progress().cycles)
        print(
            f"{title}: {len(content) / whole_s / 1e6:.0f} MB/s, {n_cycles} cycles;"
            f" then an update of"
        )
        source = blocks()
        for size in PIECES:
            times = [update_ms(reader, printed(source, size)[:size]) for _ in range(60)]
            print(
                f"  {size:>6} bytes: median {median(times):.2f} ms,"
                f" at most {max(times):.2f} ms"
            )


if __name__ == "__main__":
    main()
