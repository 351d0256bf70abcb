"""The keys of pw.x by namelist: type, default, what they may be.

A line is the key, its type (l logical, i integer, r number, s string), its
default (`-`: none, or one that depends on others; `required`; `old`: a key that the
newest versions lack) and in braces the values that it may have, `~` for a blank.

Sources: INPUT_PW of Quantum ESPRESSO 5.0 to 6.4 and of its development version in 2024,
as the packages aiida-quantumespresso and pydantic-espresso (both MIT) carry them; the
short spellings of options, old keys, and those that other programs use, from
read_namelists.f90. Which faults stop pw.x, and what type a key of another program has,
was tried with version 6.7.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

_LINE: Final = re.compile(r"(\S+) ([lirs]) (\S+)(?: \{(.*)\})?")

_TABLE: Final = r"""
[control]
input_xml_schema_file s -
calculation s scf {scf nscf bands relax md vc-relax vc-md}
title s -
verbosity s low {high low debug medium default minimal}
restart_mode s from_scratch {from_scratch restart}
nstep i -
iprint i 100000
tstress l .false.
tprnfor l .false.
dt r 20.0
outdir s -
wfcdir s -
prefix s pwscf
max_seconds r 10000000.0
etot_conv_thr r 0.0001
forc_conv_thr r 0.001
disk_io s default {default high medium low nowf minimal none}
pseudo_dir s -
memory s default {small default large}
tefield l .false.
dipfield l .false.
lelfield l .false.
nberrycyc i 1
lorbm l .false.
lberry l .false.
gdir i 0 {0 1 2 3}
nppstr i 0
gate l .false.
twochem l .false.
lfcp l .false.
trism l .false.
wf_collect l old
lkpoint_dir l old
lfcpopt l old
monopole l old
tefield2 l old
lfcpdyn l old
[system]
spline_ps l .false.
ibrav i required {0 1 2 3 -3 4 5 -5 6 7 8 9 -9 91 10 11 12 -12 13 -13 14}
a r 0.0
b r 0.0
c r 0.0
cosab r 0.0
cosac r 0.0
cosbc r 0.0
nat i required
ntyp i required
nbnd i -
nbnd_cond i -
tot_charge r 0.0
tot_magnetization r -10000
ecutwfc r required
ecutrho r -
ecutfock r -
nr1 i 0
nr2 i 0
nr3 i 0
nr1s i 0
nr2s i 0
nr3s i 0
nosym l .false.
nosym_evc l .false.
noinv l .false.
no_t_rev l .false.
force_symmorphic l .false.
use_all_frac l .false.
occupations s fixed {smearing tetrahedra tetrahedra_lin tetrahedra_opt fixed \
   from_input tetrahedra-lin tetrahedra-opt}
one_atom_occupations l .false.
starting_spin_angle l .false.
degauss_cond r 0.0
nelec_cond r 0.0
degauss r 0.0
smearing s gaussian {gaussian methfessel-paxton marzari-vanderbilt fermi-dirac gauss \
   mp m-p m-v mv cold f-d fd Gaussian Gauss Methfessel-Paxton M-P MP \
   Marzari-Vanderbilt M-V MV Fermi-Dirac F-D FD}
nspin i 1 {1 2 4}
sic_gamma r 0.0
pol_type s none {none e h}
sic_energy l .false.
sci_vb r 0.0
sci_cb r 0.0
noncolin l .false.
ecfixed r 0.0
qcutz r 0.0
q2sigma r 0.01
input_dft s -
ace l .true.
exx_fraction r -
screening_parameter r 0.106
exxdiv_treatment s gygi-baldereschi {gygi-baldereschi vcut_spherical vcut_ws none g-b \
   gygi-bald gb}
exx_type s band_pairs {bands band_pairs}
x_gamma_extrapolation l .true.
ecutvcut r 0.0
nqx1 i -
nqx2 i -
nqx3 i -
localization_thr r 0.0
dmft l .false.
dmft_prefix s -
ensemble_energies l .false.
edir i 1
emaxpos r 0.5
eopreg r 0.1
eamp r 0.0
lforcet l .false.
constrained_magnetization s none {none total atomic total~direction atomic~direction}
lambda r 1.0
report i -1
lspinorb l .false.
assume_isolated s none {none makov-payne martyna-tuckerman esm 2D mp m-p m-t mt pcc \
   slabxz}
esm_bc s pbc {pbc bc1 bc2 bc3 bc4}
esm_w r 0.0
esm_efield r 0.0
esm_nfit i 4
lgcscf l .false.
gcscf_mu r -
gcscf_conv_thr r 0.01
gcscf_beta r 0.05
vdw_corr s none {none grimme-d2 grimme-d3 tkatchenko-scheffler many-body-dispersion \
   XDM dft-d dft-d3 ts ts-vdw mbd mbd_vdw \
   Grimme-D2 DFT-D Grimme-D3 DFT-D3 TS ts-vdW MBD xdm}
london l .false.
london_s6 r 0.75
london_rcut r 200.0
dftd3_version i 3 {2 3 4 5 6}
dftd3_threebody l .true.
ts_vdw_econv_thr r 1e-06
ts_vdw_isolated l .false.
xdm l .false.
xdm_a1 r -
xdm_a2 r -
space_group i 0
uniqueb l .false.
origin_choice i 1 {1 2}
rhombohedral l .true.
zgate r 0.5
relaxz l .false.
block l .false.
block_1 r 0.45
block_2 r 0.55
block_height r 0.0
nextffield i 0
celldm r -
starting_charge r -
starting_magnetization r -
hubbard_beta r -
angle1 r -
angle2 r -
fixed_magnetization r -
london_c6 r -
london_rvdw r -
lda_plus_u l old
lda_plus_u_kind i old
u_projection_type s old
hubbard_u r old
hubbard_alpha r old
hubbard_j0 r old
fcp_mu r old
zmon r old
realxz l old
hubbard_j r old
starting_ns_eigenvalue r old
hubbard_v r old
hubbard_parameters s old
hubbard_u_back r old
hubbard_alpha_back r old
backall l old
lback i old
l1back i old
hub_pot_fix l old
reserv l old
reserv_back l old
fcp_relax s old
fcp_relax_step r old
fcp_relax_crit r old
fcp_mdiis_size i old
fcp_mdiis_step r old
[electrons]
tbeta_smoothing l .false.
tq_smoothing l .false.
electron_dynamics s none {none sd damp verlet cg}
electron_maxstep i 100
exx_maxstep i 100
scf_must_converge l .true.
conv_thr r 1e-06
adaptive_thr l .false.
conv_thr_init r 0.001
conv_thr_multi r 0.1
mixing_mode s plain {plain TF local-TF}
mixing_beta r 0.7
mixing_ndim i 8
mixing_fixed_ns i 0
diagonalization s david {david cg ppcg paro rmm-davidson rmm-paro direct davidson}
diago_thr_init r 0.0
diago_cg_maxiter i 20
diago_david_ndim i 2
diago_rmm_ndim i 4
diago_rmm_conv l .false.
diago_gs_nblock i 16
diago_full_acc l .false.
efield r 0.0
efield_phase s none {read write none}
startingpot s atomic {atomic file}
startingwfc s atomic+random {atomic atomic+random random file}
tqr l .false.
real_space l .false.
efield_cart r -
ortho_para i old
[ions]
ion_positions s default {default from_input from_file}
ion_velocities s default {default from_input}
ion_dynamics s none {none bfgs damp fire verlet velocity-verlet langevin langevin-smc \
   beeman ipi}
pot_extrapolation s atomic {none atomic first_order second_order first-order \
   second-order first~order second~order}
wfc_extrapolation s none {none first_order second_order first-order second-order \
   first~order second~order}
remove_rigid_rot l .false.
ion_temperature s not_controlled {rescaling rescale-v rescale-T rescale-t reduce-T \
   reduce-t nose berendsen andersen svr initial not_controlled not-controlled \
   not~controlled rescale-V rescale_v rescale_V rescale_T rescale_t reduce_T reduce_t \
   Andersen Svr SVR}
tempw r 300.0
fnosep r 1.0
nhpcl i 0
nhptyp i 0 {0 1 2 3}
ndega i 0
tolp r 100.0
delta_t r 1.0
nraise i 1
refold_pos l .false.
upscale r 100.0
bfgs_ndim i 1
tgdiis_step l .true.
trust_radius_max r 0.8
trust_radius_min r 0.0001
trust_radius_ini r 0.5
w_1 r 0.01
w_2 r 0.5
fire_alpha_init r 0.2
fire_falpha r 0.99
fire_nmin i 5
fire_f_inc r 1.1
fire_f_dec r 0.5
fire_dtmax r 10.0
nhgrp i -
fnhscl r -
phase_space s old
[cell]
cell_dynamics s none {none sd damp-pr damp-w bfgs pr w ipi}
press r 0.0
wmass r -
cell_factor r -
press_conv_thr r 0.5
cell_dofree s all {all ibrav a b c fixa fixb fixc x y z xy xz yz xyz shape volume 2Dxy \
   2Dshape epitaxial_ab epitaxial_ac epitaxial_bc default}
[fcp]
fcp_mu r required
fcp_dynamics s none {none bfgs newton damp lm velocity-verlet verlet}
fcp_conv_thr r 0.01
fcp_ndiis i 4
fcp_mass r -
fcp_velocity r -
fcp_temperature s - {rescaling rescale-v rescale-T reduce-T berendsen andersen initial \
   not_controlled}
fcp_tempw r -
fcp_tolp r -
fcp_delta_t r -
fcp_nraise i -
freeze_all_atoms l .false.
[rism]
nsolv i required
closure s kh {kh hnc}
tempv r 300.0
ecutsolv r -
starting1d s zero {zero file fix}
starting3d s zero {zero file}
smear1d r 2.0
smear3d r 2.0
rism1d_maxstep i 50000
rism3d_maxstep i 5000
rism1d_conv_thr r 1e-08
rism3d_conv_thr r -
mdiis1d_size i 20
mdiis3d_size i 10
mdiis1d_step r 0.5
mdiis3d_step r 0.8
rism1d_bond_width r 0.0
rism1d_dielectric r -1.0
rism1d_molesize r 2.0
rism1d_nproc i 128
rism3d_conv_level r -
rism3d_planar_average l .false.
laue_nfit i 4
laue_expand_right r -1.0
laue_expand_left r -1.0
laue_starting_right r 0.0
laue_starting_left r 0.0
laue_buffer_right r -
laue_buffer_left r -
laue_both_hands l .false.
laue_wall s auto {none auto manual}
laue_wall_z r 0.0
laue_wall_rho r 0.01
laue_wall_epsilon r 0.1
laue_wall_sigma r 4.0
laue_wall_lj6 l .false.
solute_lj s -
solute_epsilon r -
solute_sigma r -
"""

_SHARED: Final = """
[control]
l saverho tqmmm lecrpa tabps use_wannier
i isave ndr ndw
r ekin_conv_thr refg
s point_label_type
[system]
l step_pen la2f esm_debug ts_vdw xmloutput mbd_vdw scdm force_pairing
i esm_debug_gpmax nr1b nr2b nr3b nscdm n_proj
r scdmden scdmgrd yukawa ref_alat sic_epsilon sic_alpha
r a_pen sigma_pen alpha_pen esm_a esm_zb b_field nelup neldw multiplicity
s vdw_table_name which_augmentation sic
[electrons]
l tcg tcpbo occupation_constraints
i ortho_max n_inner niter_cg_restart maxiter epol niter_cold_restart epol2
i diis_size diis_nreset diis_maxstep diis_nchmix diis_nrot
r emass emass_cutoff electron_damping ekincw fnosee ampre grease ortho_eps etresh passop
l diis_rot diis_chguess
r efield2 lambda_cold twall fermi_energy rotmass occmass rotation_damping
r occupation_damping emass_emin emass_cutoff_emin electron_damping_emin dt_emin
r diis_hcut diis_wthr diis_delt diis_fthr diis_temp diis_achmix diis_g0chmix
r diis_g1chmix diis_rothr diis_ethr
s rotation_dynamics occupation_dynamics
s orthogonalization electron_velocities electron_temperature
[ions]
l tranp first_last_opt use_masses use_freezing l_mplathe l_exit_muller
i n_muller np_muller iesr ion_nstepe ion_maxstep nhpend num_of_images
r ion_radius ion_damping amprp greasp temp_req ds k_max k_min path_thr
s opt_scheme
[cell]
l treinit_gvecs
i cell_nstepe
r greash temph fnoseh cell_damping
s cell_parameters cell_velocities cell_temperature
"""
"""Keys of other programs that read the same namelists, by their types."""


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyFacts:
    """`options`: what a string or an integer may be; empty: anything.

    pw.x compares strings letter by letter: `TF` is a mixing mode, `tf` is none.
    `is_foreign`: other programs, which read the same namelists, use it.
    """

    name: str
    namelist: str
    type: str
    default: str | None
    options: tuple[str, ...]
    is_foreign: bool = False

    @property
    def is_required(self) -> bool:
        return self.default == "required"


@cache
def keys() -> dict[str, KeyFacts]:
    """Return the facts by name, in lower case and without an index."""
    found: dict[str, KeyFacts] = {}
    namelist = ""
    for row in _SHARED.strip().split("\n"):
        if row.startswith("["):
            namelist = row.strip("[]")
            continue
        type_, *names = row.split()
        for name in names:
            found[name] = KeyFacts(
                name=name,
                namelist=namelist,
                type=type_,
                default=None,
                options=(),
                is_foreign=True,
            )
    for line in _TABLE.replace("\\\n", " ").split("\n"):
        if line.startswith("["):
            namelist = line.strip("[]")
        match = _LINE.fullmatch(" ".join(line.split()))
        if match is not None:
            name, type_, default, options = match.groups()
            found.setdefault(
                name,
                KeyFacts(
                    name=name,
                    namelist=namelist,
                    type=type_,
                    default=None if default == "-" else default,
                    options=tuple(
                        one.replace("~", " ") for one in (options or "").split()
                    ),
                ),
            )
    return found
