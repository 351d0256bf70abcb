"""Tags of INCAR for responses, many-body methods, dispersion, learnt forces, VTST.

See `incar_tags` for the form.
"""

from typing import Final

SPECIAL: Final = """
ANTIRES i 0 {0 1 2} beyond the Tamm-Dancoff approximation
CH_LSPEC l .FALSE. X-ray absorption from a core hole
CH_NEDOS i - points of the absorption spectrum
CH_SIGMA r - broadening of the absorption spectrum, eV
CLL i 0 angular momentum of the excited core electron
CLN i 1 main quantum number of the excited core electron
CLNT i 1 species with the core hole
CLZ r 1 electrons that are excited from the core
CMBJ R - parameter c of the modified Becke-Johnson potential
CMBJA r -0.012 alpha of the modified Becke-Johnson potential
CMBJB r 1.023 beta of the modified Becke-Johnson potential
DQ r 1e-3 step in k for NMR shifts
EFIELD_PEAD R - electric field of a PEAD calculation, eV/Å
ENCUTFOCK r - an old cutoff for exact exchange
ENCUTGW r - cutoff of the response function, eV
ENCUTGWSOFT r - cutoff from which the Coulomb kernel is damped, eV
ENCUTLF r - cutoff of local-field effects, eV
EVENONLY l .FALSE. only even k-points
EVENONLYGW l .FALSE. only even k-points in GW
FINDIFF i - order of finite differences
HITOLER r - tolerance of Hirshfeld charges
I_CONSTRAINED_M i - {0 1 2 3 4 5} how magnetic moments are constrained
ICHIBARE i 1 {1 2 3} order of finite differences for bare susceptibility
IEPSILON i - {1 2 3 4} direction of the field
IPEAD i 4 {1 2 3 4} order of finite differences in PEAD
ISEARCH i - {0 1} line search of orbital optimisation
ISPIND i - {1 2} spin of data that are read
KPOINT_BSE I - k-point of a BSE calculation
KPUSE I - k-points that are used
LADDER l .TRUE. ladder diagrams in BSE
LBONE l .FALSE. small B component in NMR shifts
LCHIMAG l .FALSE. NMR shifts by linear response
LCOMPAT l .FALSE. be compatible with version 4
LDOWNSAMPLE l .FALSE. downsample the orbitals
LFERMIGW l .FALSE. Fermi energy from GW
LFXC l .FALSE. exchange-correlation kernel in the response
LFXCEPS l .FALSE. kernel from the dielectric function
LFXHEG l .FALSE. kernel of the electron gas
LGAUGE l .FALSE. gauge of NMR shifts
LHARTREE l .TRUE. bubble diagrams in BSE
LHFONE l .FALSE. one-centre exact exchange
LLRAUG l .FALSE. two-centre augmentation currents
LMAGBLOCH l .FALSE. orbital magnetisation from Bloch functions
LMETAGGA l .FALSE. use a meta-GGA; METAGGA is preferred
LMODELHF l .FALSE. dielectric-dependent hybrid functional
LMUSIC l .FALSE. an option of NMR shifts
LNABLA l .FALSE. transversal expression of optical matrix elements
LNICSALL l .TRUE. nucleus-independent shifts on the whole grid
LNMR_SYM_RED l .FALSE. reduce the symmetry for NMR
LORBITALREAL l .FALSE. orbitals of Γ as real functions
LPEAD l .FALSE. derivatives by PEAD
LRHFCALC l .FALSE. range-separated exact exchange
LRPA l .TRUE. local-field effects at Hartree level only
LRPAFORCE l .FALSE. forces in RPA
LSCSGRAD l - gradients of SCS corrections
LSELFENERGY l .FALSE. write the self-energy
LSINGLES l .FALSE. singles of RPA
LSOL l .FALSE. solvation (VASPsol)
LSPECTRAL l - spectral method of the response
LSPECTRALGW l .FALSE. spectral method of the self-energy
LSPIRAL l .FALSE. spin spirals
LSYMGRAD l .FALSE. symmetrise gradients
LTCTE l .FALSE. test-charge test-electron screening
LTETE l .FALSE. test-electron test-electron screening
LTRIPLET l .FALSE. triplet excitations
LUSEW l .FALSE. read the screened interaction
LUSE_VDW l .FALSE. a van der Waals density functional
LVDW_EWALD l .FALSE. Ewald sum of dispersion
LVDWEXPANSION l .FALSE. write terms of many-body dispersion
LVEL l .FALSE. velocity operator in NMR
LWANNIER90 l .FALSE. the interface to wannier90
LWANNIER90_RUN l .FALSE. run wannier90 as a library
LWRITE_MMN_AMN l - write the files that wannier90 reads
LWRITE_UNK l .FALSE. write orbitals for wannier90
LWRITE_WANPROJ l .FALSE. write projections on Wannier functions
LZEROZ l .FALSE. zero the z components
M_CONSTR R - wanted magnetic moments
MAGATOM x - atom with a magnetic dipole
MAGDIPOLOUT x - an option of magnetic dipoles
MAGPOS R - place of a magnetic dipole
MIXFIRST l .FALSE. mix before the first iteration
NBANDSGW i - bands whose quasiparticle energies are found
NBANDSO i - occupied bands in BSE
NBANDSV i - empty bands in BSE
NCRPA_BANDS I - bands of the constrained RPA
NDAV i - iterations of Davidson's method
NGYROMAG R - gyromagnetic ratio of each species' nuclei, MHz/T
NMAXFOCKAE i - {0 1 2} augmentation charges in exact exchange
NOMEGA i - frequencies
NOMEGAPAR i - groups of frequencies that work at once
NOMEGAR i - real frequencies
NPPSTR i - k-points on a Berry phase's string
NTARGET_STATES I - states of the constrained RPA
NTAUPAR i - groups of imaginary times that work at once
NUCIND l .FALSE. nucleus-independent shifts
ODDONLY l .FALSE. only odd k-points
ODDONLYGW l .FALSE. only odd k-points in GW
OFIELD_A r - strength of the order parameter's field
OFIELD_KAPPA r - force constant of the order parameter's field
OFIELD_Q6_FAR r - far cutoff of Q6, Å
OFIELD_Q6_NEAR r - near cutoff of Q6, Å
OMEGAMAX r - largest frequency, eV
OMEGAMIN r - smallest frequency, eV
OMEGATL r - largest frequency of the tail, eV
ORBITALMAG l .FALSE. orbital magnetisation
PARAM1 r - first parameter of a vdW functional
PARAM2 r - second parameter of a vdW functional
PFLAT l .FALSE. flat PROCAR
PHON_LBOSE l .FALSE. Bose statistics of displacements
PHON_LMC l .FALSE. displacements by Monte Carlo
PHON_NSTRUCT i - structures of a Monte Carlo sampling
PHON_NTLIST i - temperatures of a Monte Carlo sampling
PHON_TLIST R - temperatures of a Monte Carlo sampling, K
PLEVEL i 0 profiling depth
PROUTINE i - profiled routines
PTHRESHOLD r - threshold of profiling
QMAXFOCKAE R - wave vectors in exact exchange, 1/Å
SELFENERGY l .FALSE. write the self-energy
SHIFTRED l .FALSE. reduce k-points with a shift
STM R - settings of a scanning tunnelling image
VCUTOFF r - ceiling of constrained energies, eV
DFTD4_XC s - functional whose parameters D4 takes
VDW_A1 r - a1 of D3(BJ)
VDW_A2 r - a2 of D3(BJ)
VDW_ALPHA R - polarisability of each species
VDW_C6 R - C6 of each species
VDW_CNRADIUS r 20 cutoff of coordination numbers, Å
VDW_D r 20 damping parameter
VDW_R0 R - radius of each species, Å
VDW_RADIUS r 50 cutoff of pair interactions, Å
VDW_S6 r - scaling of C6 terms
VDW_S8 r - scaling of C8 terms
VDW_SR r - scaling of radii
ZAB_VDW r -0.8491 Z of a vdW functional
DARWINR R - Darwin term, r, of each species
DARWINV R - Darwin term, v, of each species
HFSCREENC r - screening parameter of correlation, 1/Å
ML_MODE s - {TRAIN SELECT REFIT REFITBAYESIAN RUN NONE} what is done with learnt forces
ML_LMLFF l .FALSE. use learnt forces
ML_ISTART i - how learnt forces begin
ML_FF_AFILT2_MB r - filter of angular descriptors
ML_FF_CDOUB r - factor between two thresholds
ML_FF_CSF r - threshold of the spilling factor
ML_FF_CSIG r - threshold of the Bayesian error
ML_FF_CSLOPE r - slope of the threshold
ML_FF_CTIFOR r - threshold of force errors
ML_FF_EATOM R - energy of a free atom of each species, eV
ML_FF_IAFILT2_MB i - kind of filter of angular descriptors
ML_FF_IBROAD1_MB i - broadening of radial descriptors
ML_FF_IBROAD2_MB i - broadening of angular descriptors
ML_FF_ICOUPLE_MB I - atoms with a coupling parameter
ML_FF_ICUT1_MB i - cutoff function of radial descriptors
ML_FF_ICUT2_MB i - cutoff function of angular descriptors
ML_FF_IERR i - which errors are estimated
ML_FF_IREG_MB i - regularisation
ML_FF_ISAMPLE i - how structures are sampled
ML_FF_ISCALE_TOTEN_MB i - scaling of energies
ML_FF_ISOAP1_MB i - kind of radial descriptors
ML_FF_ISOAP2_MB i - kind of angular descriptors
ML_FF_ISTART i - how learnt forces begin
ML_FF_IWEIGHT i - weighting of training data
ML_FF_LAFILT2_MB l - filter angular descriptors
ML_FF_LBASIS_DISCARD l - discard reference configurations
ML_FF_LCONF_DISCARD l - discard structures
ML_FF_LCOUPLE_MB l - thermodynamic integration
ML_FF_LCRITERIA l - update the threshold
ML_FF_LEATOM_MB l - write atomic energies
ML_FF_LHEAT_MB l - write the heat flux
ML_FF_LMAX2_MB i - largest l of angular descriptors
ML_FF_LMLFF l .FALSE. use learnt forces
ML_FF_LMLMB l - use many-body descriptors
ML_FF_LNORM1_MB l - normalise radial descriptors
ML_FF_LNORM2_MB l - normalise angular descriptors
ML_FF_MB_MB i - most reference configurations
ML_FF_MCONF i - most structures
ML_FF_MCONF_NEW i - structures kept between updates
ML_FF_MHIS i - length of the error history
ML_FF_MRB1_MB i - radial basis functions
ML_FF_MRB2_MB i - radial basis functions for angular descriptors
ML_FF_MSPL1_MB i - spline points, radial
ML_FF_MSPL2_MB i - spline points, angular
ML_FF_NATOM_COUPLED_MB i - number of coupled atoms
ML_FF_NDIM_SCALAPACK i - dimensions of ScaLAPACK's grid
ML_FF_NHYP1_MB i - exponent of the radial kernel
ML_FF_NHYP2_MB i - exponent of the angular kernel
ML_FF_NMDINT i - steps between samples
ML_FF_NR1_MB i - grid points, radial
ML_FF_NR2_MB i - grid points, angular
ML_FF_NWRITE i - how much is written
ML_FF_RCOUPLE_MB r - coupling parameter
ML_FF_RCUT1_MB r - cutoff of radial descriptors, Å
ML_FF_RCUT2_MB r - cutoff of angular descriptors, Å
ML_FF_SIGV0_MB r - noise parameter
ML_FF_SIGW0_MB r - precision parameter
ML_FF_SION1_MB r - width of radial broadening, Å
ML_FF_SION2_MB r - width of angular broadening, Å
ML_FF_W1_MB r - weight of radial descriptors
ML_FF_W2_MB r - weight of angular descriptors
ML_FF_WTIFOR r - weight of forces
ML_FF_WTOTEN r - weight of energies
ML_FF_WTSIF r - weight of stresses
FNMIN r 0.1 FIRE (VTST): decrease of the step
FTIMEMAX r 1.0 FIRE (VTST): largest time step
ICHAIN i 0 {0 1 2 3} VTST: 0 elastic band, 1 dynamical matrix, 2 dimer, 3 Lanczos
IOPT i 0 {0 1 2 3 4 7 8} VTST: optimiser of forces
LCLIMB l .FALSE. VTST: climbing image
LNBO l .FALSE. write what the NBO programs read
LTANGENTOLD l .FALSE. VTST: the old tangent
LDNEB l .FALSE. VTST: doubly nudged elastic band
MAXMOVE r 0.2 VTST: longest step, Å
TIMESTEP r 0.1 VTST: time step of FIRE and quick-min
DDR r - VTST: dimer separation, Å
DROTMAX i - VTST: most rotations of a dimer
LKPOINTS_OPT l - use KPOINTS_OPT
KPOINTS_OPT_NKBATCH i - k-points of KPOINTS_OPT at once
LIBXC1 s - first functional of Libxc
LIBXC2 s - second functional of Libxc
LTBOUNDLIBXC l .FALSE. bound the kinetic energy density
LPHON_DISPERSION l .FALSE. phonon dispersion along QPOINTS
LPHON_POLAR l .FALSE. long-range dipoles in phonons
PHON_DIELECTRIC R - dielectric tensor for phonons
PHON_BORN_CHARGES R - Born charges for phonons
PHON_NWRITE i - how much of phonons is written
PHON_DOS i - phonon density of states
PHON_NEDOS i - points of the phonon density of states
PHON_SIGMA r - width of the phonon density of states
LVDW_ONECELL x - dispersion within one cell
LH5 l - write HDF5 in place of WAVECAR and CHGCAR
NCSHMEM i - ranks that share memory
NCORE_IN_IMAGE1 i - ranks on one band in the first image
NHC_NCHAINS i - thermostats of a Nose-Hoover chain
NHC_PERIOD i - period of a Nose-Hoover chain, steps
NHC_NRESPA i - respa steps of a Nose-Hoover chain
NHC_NS i - Suzuki-Yoshida order of a Nose-Hoover chain
CSVR_PERIOD i - period of the CSVR thermostat
NELMALL i - most SCF steps of a direct optimiser
NELMGW i 1 self-consistency steps of GW
NBANDSEXACT i - bands of an exact diagonalisation
LSMP2LT l .FALSE. MP2 by Laplace transform
LFINITE_TEMPERATURE l .FALSE. finite-temperature GW and RPA
ENCUT4O r - cutoff of four-orbital integrals, eV
WPLASMAI r - broadening of the plasma frequency, eV
NTEMPER x - parallel tempering
LTEMPER l - parallel tempering
PLUGINS/FORCE_AND_STRESS l .FALSE. call a Python function on forces and stress
PLUGINS/LOCAL_POTENTIAL l .FALSE. call a Python function on the local potential
PLUGINS/STRUCTURE l .FALSE. call a Python function on the structure
PLUGINS/OCCUPANCIES l .FALSE. call a Python function on the occupancies
PLUGINS/MACHINE_LEARNING l .FALSE. take forces of a Python function
PLUGINS/ML_MODE s none {NONE RUN} whether a plugin adds to the forces or replaces them
PLUGINS/ML_OUTBLOCK i 1 steps between outputs of a plugin's run
PLUGINS/ML_OUTPUT_MODE i 1 how much a plugin's run writes
PLUGINS/NEIGHBOR_CUTOFF r - reach of neighbour lists for plugins, Å
WANNIER90_WIN x - text that is put into wannier90.win
KERNEL_TRUNCATION/LTRUNCATE l .FALSE. truncate the Coulomb kernel
KERNEL_TRUNCATION/IDIMENSIONALITY i - dimension of the truncated kernel
KERNEL_TRUNCATION/ISURFACE i - direction of the surface
KERNEL_TRUNCATION/LCOARSE l - truncate on the coarse grid too
"""
