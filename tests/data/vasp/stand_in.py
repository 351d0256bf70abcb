#!/usr/bin/env python3
"""STAND-IN for VASP: reads the four files and leaves OUTCAR, OSZICAR and CONTCAR.

It computes nothing; its numbers mean nothing. Tests install it as `vasp_std`.

Environment: STANDIN_CYCLES (5), STANDIN_CYCLE_S (0), STANDIN_EXIT (0),
STANDIN_TOO_MANY (the loop ends at NELM).
"""

import os
import sys
import time
from pathlib import Path

LABEL = "STAND-IN for VASP, a test program: these numbers mean nothing"


def main() -> int:
    if int(os.environ.get("OMPI_COMM_WORLD_RANK", "0")) > 0:
        return 0
    print(f" {LABEL}", flush=True)
    print(" vasp.6.0.0-STAND-IN (build test) complex", flush=True)
    for name in ("INCAR", "POSCAR", "POTCAR"):
        if not Path(name).is_file():
            print(f" ERROR: {name} is missing", flush=True)
            return 1
    cycles = int(os.environ.get("STANDIN_CYCLES", "5"))
    is_short = bool(os.environ.get("STANDIN_TOO_MANY"))
    outcar = [" vasp.6.0.0-STAND-IN (build test) complex", f" {LABEL}"]
    outcar.append(
        "   number of dos      NEDOS =    301   number of ions     NIONS =      2"
    )
    outcar.append(f"   NELM   = {cycles if is_short else 60:6d};   NELMIN=  2")
    outcar.append("   EDIFF  = 0.1E-04   stopping-criterion for ELM")
    outcar.append("   NSW    =      0    number of steps for IOM")
    print(" entering main loop", flush=True)
    energy = 0.0
    for cycle in range(1, cycles + 1):
        before, energy = energy, -10.0 + 4.0**-cycle
        line = f"DAV: {cycle:3d}    {energy:.12E}   {energy - before:.5E}   -0.1E+00"
        print(line, flush=True)
        with Path("OSZICAR").open("a") as stream:
            stream.write(f"{line}\n")
        outcar.append(f"{'-' * 39} Iteration      1({cycle:4d})  {'-' * 39}")
        outcar.append(
            f" total energy-change (2. order) :{energy - before:.7E}  (0.1E-01)"
        )
        time.sleep(float(os.environ.get("STANDIN_CYCLE_S", "0")))
    reached = (
        "EDIFF was not reached (unconverged)"
        if is_short
        else "because EDIFF is reached"
    )
    outcar.append(f"{'-' * 24} aborting loop {reached} {'-' * 40}")
    outcar.append(f"  free  energy   TOTEN  = {energy:19.8f} eV")
    outcar.append(
        f"  energy  without entropy= {energy:17.8f}  energy(sigma->0) = {energy:17.8f}"
    )
    outcar.append(" General timing and accounting informations for this job:")
    print(f"   1 F= {energy:.8E} E0= {energy:.8E}  d E =0.0E+00", flush=True)
    print(" writing wavefunctions", flush=True)
    Path("OUTCAR").write_text("\n".join(outcar) + "\n")
    Path("CONTCAR").write_text(Path("POSCAR").read_text())
    return int(os.environ.get("STANDIN_EXIT", "0"))


if __name__ == "__main__":
    sys.exit(main())
