"""PySCF as the embedded engine: periodic SCF energies of CRYSTAL decks.

The engine is a program of its own (`engine.py`), started with the daemon's own
Python. Nothing that the daemon imports from here needs PySCF, numpy or spglib.
"""

from crystalmathd.codes.pyscf.code import Pyscf

__all__ = ["Pyscf"]
