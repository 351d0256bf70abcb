"""What the commonest keywords of a deck (`.d12`) do, in one sentence each.

A line is ``KEYWORD | sentence | records | default | excludes``; records are an example
of the data, ``/`` between them. `[block]` says where the keywords below it stand.

Sources: the meanings from the tables of CRYSTALpytools and the decks that ran; defaults
from outputs of CRYSTAL06 to CRYSTAL23. The sentences are our own.
"""

from typing import Final

GEOMETRY_TEXTS: Final = """
[head]
CRYSTAL | A crystal, periodic in three dimensions: flags, space group, cell, atoms.
SLAB | A slab, periodic in two dimensions: layer group (1 to 80), cell, atoms.
POLYMER | A chain, periodic in one dimension: rod group (1 to 99), cell, atoms.
HELIX | A chain with a screw axis: order and rotation, cell, atoms.
MOLECULE | A molecule: point group (1 to 47), atoms in Å.
EXTERNAL | Cell, operators and atoms are read from the geometry file (.gui, fort.34).
DLVINPUT | As EXTERNAL, from a file that DLV wrote.
[geometry]
SUPERCEL | Makes a supercell; a row of whole numbers for each periodic direction. \
| 2 0 0/0 2 0/0 0 2
SUPERCELL | Makes a supercell; a row of whole numbers for each periodic direction. \
| 2 0 0/0 2 0/0 0 2
SUPERCON | Makes a supercell of the conventional cell. | 2 0 0/0 2 0/0 0 2
SCELPHONO | The supercell for phonons; FREQCALC with DISPERSI uses it. \
| 2 0 0/0 2 0/0 0 2
SCELCONF | The supercell in which configurations are counted. | 2 0 0/0 2 0/0 0 2
ATOMBSSE | Keeps one atom and the functions of its neighbours as ghosts. | 1 60 5.0
ATOMDISP | Moves atoms: how many, then label and displacement. | 1/1 0.01 0.0 0.0
ATOMINSE | Puts atoms in: how many, then atomic number and coordinates. \
| 1/8 0.5 0.5 0.5
ATOMREMO | Takes atoms out: how many, then their labels. | 1/1
ATOMSUBS | Makes atoms into others: how many, then label and atomic number. | 1/1 22
ATOMORDE | Puts the atoms of molecules in a crystal side by side.
ATOMROT | Rotates a group of atoms.
ATOMFREE | Only these atoms may move: how many, then their labels. | 2/1 2
ELASTIC | Deforms the cell by a strain.
EXTPRT | Writes the geometry to fort.34 (.gui).
CIFPRT | Writes the geometry as CIF.
CIFPRTSYM | Writes the geometry as CIF, with its symmetry.
COORPRT | Writes the coordinates to fort.33.
TESTGEOM | Stops behind the geometry block; a basis set is not needed. | | \
| OPTGEOM FREQCALC
OPTGEOM | Optimises the geometry; its own block, closed by END. | | | FREQCALC TESTGEOM
FREQCALC | Vibrations at Γ or phonons; its own block, closed by END. | | \
| OPTGEOM TESTGEOM
ANGSTROM | Coordinates from here on are in Å.
BOHR | Coordinates from here on are in bohr.
FRACTION | Coordinates from here on are fractional.
BOHRANGS | The bohr in Å, as other programs have it. | 0.5291772083
BREAKSYM | Later changes may lower the symmetry. | | on | KEEPSYMM
KEEPSYMM | Later changes are made to all atoms of equal symmetry. | | | BREAKSYM
MODISYMM | Lowers the symmetry by flags of atoms: how many, label and flag. | 1/1 1
PURIFY | Puts the atoms exactly where the group wants them.
SYMMREMO | Removes all symmetry.
TRASREMO | Removes the operators with a translation.
SYMMOPS | Prints the symmetry operators.
ORIGIN | Moves the origin so that few operators have a translation.
PRIMITIV | Takes the cell as it is given for the primitive one.
SLABINFO | Prints the layers that are parallel to a plane h k l. | 1 0 0
SLABCUT | Cuts a slab: plane h k l, then the first layer and their number. | 1 0 0/1 4
SLAB | Cuts a slab: plane h k l, then the first layer and their number. | 1 0 0/1 4
NANOTUBE | Rolls a slab into a tube with these indices. | 6 6
SWCNT | Rolls graphene into a nanotube with these indices. | 6 6
CLUSTER | Cuts a cluster out of a crystal.
HYDROSUB | Puts hydrogen in the place of border atoms.
MOLECULE | Takes molecules out of a crystal: how many, label and cell of each. \
| 1/1 0 0 0
MOLEBSSE | Keeps one molecule and the functions of its neighbours as ghosts.
NEIGHBOR | How many stars of neighbours are printed. | 3
POINTCHG | Adds point charges.
FIELD | An electric field along a periodic direction.
FIELDCON | An electric field along a direction that is not periodic.
CONFCNT | Counts the configurations of a solid solution.
CONFRAND | Draws random configurations of a solid solution.
ELASTCON | Elastic constants; its own block, closed by END.
ELAPIEZO | Elastic and piezoelectric constants; its own block, closed by END.
PIEZOCON | Piezoelectric constants; its own block, closed by END.
PHOTOELA | Photoelastic constants; its own block, closed by END.
EOS | Energy against volume and its fit; its own block, closed by END.
QHA | Quasi-harmonic properties; its own block, closed by END.
ANHARM | The anharmonic stretch of a bond X-H: the label of H.
CPHF | Response to an electric field; its own block, closed by END.
CPKS | Response to an electric field; its own block, closed by END.
SMALLDIST | Goes on although atoms are very close to each other.
BASISSET | Closes the geometry block and takes a basis set from CRYSTAL's library.
STOP | Ends the run here.
[optgeom]
FULLOPTG | Optimises cell and atoms. | | on | CELLONLY ATOMONLY INTREDUN
ATOMONLY | Optimises the atoms in a cell that is kept. | | | FULLOPTG CELLONLY
CELLONLY | Optimises the cell alone. | | | FULLOPTG ATOMONLY
ITATOCEL | Optimises atoms and cell in turn. | | | FULLOPTG
INTREDUN | Optimises in redundant internal coordinates. | | | FULLOPTG
CVOLOPT | Optimises at a volume that is kept. | | | FULLOPTG
HESSIDEN | The optimisation begins with a unit Hessian.
HESSMOD1 | The optimisation begins with a model Hessian, by Lindh.
HESSMOD2 | The optimisation begins with a model Hessian, by Schlegel.
HESSNUM | The optimisation begins with a numerical Hessian.
HESSOPT | The optimisation begins with the Hessian of HESSOPT.DAT.
TOLDEG | Largest rms gradient at the end, hartree/bohr. | 0.0003 | 0.0003
TOLDEX | Largest rms displacement at the end, bohr. | 0.0012 | 0.0012
TOLDEE | Largest change of the energy between points: 10^-i hartree. | 7 | 7
MAXCYCLE | Most points of the optimisation (in the SCF block: most SCF cycles). \
| 100 | 100
FRAGMENT | Only these atoms move: how many, then their labels. | 2/1 2
RESTART | Goes on with the optimisation in OPTINFO.DAT.
FINALRUN | What is done at the end; 4: a new SCF, and more steps if needed. | 4 | 4
EXTPRESS | Hydrostatic pressure, hartree/bohr³. | 0.0001
EXTSTRESS | External stress, a matrix of three rows. | 0 0 0/0 0 0/0 0 0
ALLOWTRUSTR | The trust radius follows the course of the optimisation. | | on | NOTRUSTR
NOTRUSTR | No trust radius. | | | MAXTRADIUS TRUSTRADIUS
MAXTRADIUS | Largest trust radius, bohr. | 0.5 | | NOTRUSTR
TRUSTRADIUS | First trust radius, bohr. | 0.5 | | NOTRUSTR
ONELOG | Prints the SCF of every point in the main output.
NOGUESS | Every point begins with a new guess.
TSOPT | Searches a transition state.
MODEFOLLOW | The mode that the search of a transition state follows. | 1
FIXCELL | Keeps parts of the cell. | 1
NUMGRCEL | Numerical gradients of the cell.
NUMGRATO | Numerical gradients of the atoms.
NUMGRALL | Numerical gradients of atoms and cell.
PRINTFORCES | Prints the forces on atoms.
PRINTHESS | Prints the Hessian.
PRINTOPT | Prints details of the optimisation.
LNGSFROZEN | Bond lengths that are kept: how many, then two atoms each. | 1/1 2
ANGSFROZEN | Angles that are kept: how many, then three atoms each. | 1/1 2 3
DIHSFROZEN | Dihedral angles that are kept: how many, then four atoms each. | 1/1 2 3 4
[freqcalc]
PREOPTGEOM | Optimises first; its own block, closed by END.
NOOPTGEOM | The geometry is not optimised first. | | on | PREOPTGEOM
DISPERSION | Phonons on the points of the supercell that SCELPHONO makes.
DISPERSI | Phonons on the points of the supercell that SCELPHONO makes.
BANDS | A path for phonon bands: ISS NSUB, number of lines, their ends. \
| 16 20/1/0 0 0 8 0 0
NUMDERIV | 1: one displacement an atom and direction, 2: two (central). | 1 | 1
STEPSIZE | Displacement of the atoms, Å. | 0.003 | 0.003
RESTART | Goes on with the displacements in FREQINFO.DAT.
MODES | Prints the eigenvectors. | | on | NOMODES
INTENS | Infrared intensities. | | | NOINTENS
INTCPHF | Intensities by response theory; its own block, closed by END.
INTPOL | Intensities by the Berry phase.
INTLOC | Intensities by Wannier functions.
INTRAMAN | Raman intensities; INTCPHF and INTENS stand before it.
IRSPEC | An infrared spectrum; its own block, closed by END.
RAMSPEC | A Raman spectrum; its own block, closed by END.
TEMPERAT | Temperatures: how many, first and last, K. | 10 100 1000
PRESSURE | Pressures: how many, first and last, MPa. | 1 0.1 0.1
DIELISO | Dielectric constant of an isotropic medium. | 3.0
DIELTENS | Dielectric tensor, nine numbers. | 3 0 0 0 3 0 0 0 3
ISOTOPES | Masses of atoms: how many, then label and mass, amu. | 1/1 2.014
FRAGMENT | Only these atoms vibrate: how many, then their labels. | 2/1 2
SCANMODE | Scans the energy along a mode. | 1 -10 10 0.2
PDOS | Density of phonon states: highest frequency (cm⁻¹) and steps. | 1000 200/1
ANALYSIS | Analyses the modes by internal coordinates.
TEST | Stops when the displacements are set up.
TESTFREQ | Stops when the displacements are set up.
[cphf]
FMIXING | Mixing of the response with the cycle before, per cent. | 60
MAXCYCLE | Most cycles of the response. | 100
TOLALPHA | Convergence of the polarisability: 10^-i. | 3
TOLGAMMA | Convergence of the second hyperpolarisability: 10^-i. | 3
DYNAMIC | Fields that oscillate: how many, then wavelengths in nm. | 1/500.0
ANDERSON | Anderson mixing.
BROYDEN | Broyden mixing: weight, mixing in per cent, first cycle. | 0.0001 50 2
[elastcon]
NUMDERIV | Number of deformations for each strain. | 3 | 3
STEPSIZE | Size of the strain. | 0.01 | 0.01
PRESSURE | Pressure of the reference, GPa. | 0.0
PREOPTGEOM | Optimises the geometry first; here it opens no block.
RESTART | Goes on with a run that was broken off.
CLAMPION | The atoms stay where the strain puts them.
[eos]
RANGE | Smallest and largest volume as fractions, and how many. | 0.92 1.08 9
PRESSURE | Pressure, GPa. | 0.0
RESTART2 | Goes on with a run that was broken off.
[qha]
TEMPERAT | Temperatures: how many, first and last, K. | 10 100 1000
PRESSURE | Pressures: how many, first and last, GPa. | 1 0.0 0.0
STEP | Step of the volume, per cent. | 3.0
POINTS | Number of volumes. | 4
[spectrum]
RANGE | First and last wavenumber, cm⁻¹. | 0 1000
LENSTEP | Step, cm⁻¹. | 1.0
NUMSTEP | Number of points. | 1000
DAMPFAC | Width of the peaks, cm⁻¹. | 8.0
GAUSS | Peaks are Gaussians.
VOIGT | Peaks are Voigt profiles.
REFRIND | Prints the refractive index.
DIELFUN | Prints the dielectric function.
"""
