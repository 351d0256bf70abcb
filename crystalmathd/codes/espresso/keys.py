"""The variables of pw.x by namelist and kind, for values that a user adds.

Source: INPUT_PW of Quantum ESPRESSO 6.7 and 7.3.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.espresso.options import Value

_TABLE: Final = """
CONTROL str: calculation title verbosity restart_mode outdir wfcdir prefix disk_io
  pseudo_dir memory
CONTROL bool: wf_collect tstress tprnfor lkpoint_dir tefield dipfield lelfield lorbm
  lberry lfcp gate trism twochem
CONTROL int: nstep iprint nberrycyc gdir nppstr
CONTROL float: dt max_seconds etot_conv_thr forc_conv_thr
SYSTEM str: occupations smearing input_dft u_projection_type lda_plus_u_kind
  hubbard_occ assume_isolated esm_bc vdw_corr exxdiv_treatment constrained_magnetization
  dmft_prefix pol_type
SYSTEM bool: nosym nosym_evc noinv no_t_rev force_symmorphic use_all_frac noncolin
  lspinorb lda_plus_u x_gamma_extrapolation adaptive_thr ace london xdm ts_vdw_isolated
  dftd3_threebody uniqueb rhombohedral one_atom_occupations starting_spin_angle lforcet
  relaxz block dmft diago_full_acc ensemble_energies mbd_vdw report sic_energy
SYSTEM int: ibrav nat ntyp nbnd nr1 nr2 nr3 nr1s nr2s nr3s nspin nqx1 nqx2 nqx3 edir
  space_group origin_choice esm_nfit dftd3_version nextffield nbnd_cond report
  lda_plus_u_kind
SYSTEM float: celldm a b c cosab cosac cosbc tot_charge starting_charge
  tot_magnetization starting_magnetization ecutwfc ecutrho ecutfock degauss nelec_cond
  degauss_cond ecfixed qcutz q2sigma exx_fraction screening_parameter ecutvcut
  localization_thr
  hubbard_u hubbard_j0 hubbard_alpha hubbard_beta hubbard_j hubbard_v
  starting_ns_eigenvalue
  emaxpos eopreg eamp angle1 angle2 fixed_magnetization lambda london_s6 london_c6
  london_rvdw london_rcut xdm_a1 xdm_a2 ts_vdw_econv_thr esm_w esm_efield esm_a zgate
  block_1 block_2 block_height fcp_mu sci_vb sci_cb sic_gamma
ELECTRONS str: scf_must_converge mixing_mode diagonalization efield_phase startingpot
  startingwfc
ELECTRONS bool: scf_must_converge adaptive_thr diago_full_acc tqr real_space
ELECTRONS int: electron_maxstep exx_maxstep mixing_ndim mixing_fixed_ns diago_cg_maxiter
  diago_david_ndim diago_rmm_ndim diago_gs_nblock diago_ppcg_maxiter
ELECTRONS float: conv_thr conv_thr_init conv_thr_multi mixing_beta diago_thr_init efield
  efield_cart diago_rmm_conv
IONS str: ion_positions ion_velocities ion_dynamics pot_extrapolation wfc_extrapolation
  ion_temperature fire_freeze
IONS bool: remove_rigid_rot refold_pos
IONS int: nraise bfgs_ndim fire_nmin
IONS float: tempw tolp delta_t upscale trust_radius_max trust_radius_min
  trust_radius_ini w_1 w_2 fire_alpha_init fire_falpha fire_f_inc fire_f_dec fire_dtmax
CELL str: cell_dynamics cell_dofree
CELL float: press wmass cell_factor press_conv_thr
FCP str: fcp_dynamics
FCP bool: freeze_all_atoms
FCP int: fcp_ndim
FCP float: fcp_conv_thr fcp_mass fcp_velocity fcp_temperature fcp_tempw
  fcp_tolp fcp_delta_t
"""
_KINDS: Final[Mapping[str, tuple[type, ...]]] = {
    "str": (str,),
    "bool": (bool,),
    "int": (int,),
    "float": (float, int),
}
_NAME: Final = re.compile(r"([a-z_]\w*)(\(\d+(,\d+)*\))?$")
_FIXED: Final = frozenset({"ibrav", "nat", "ntyp", "calculation", "a", "celldm"})
"""What follows from the structure and the task."""


def _read(table: str) -> dict[str, dict[str, set[str]]]:
    found: dict[str, dict[str, set[str]]] = {}
    for block in re.split(r"\n(?=[A-Z])", table.strip()):
        head, _, names = block.partition(":")
        namelist, kind = head.split()
        for name in names.split():
            found.setdefault(namelist, {}).setdefault(name, set()).add(kind)
    return found


KEYS: Final[Mapping[str, Mapping[str, Iterable[str]]]] = _read(_TABLE)
"""Namelist → variable → kinds: str, bool, int, float."""


def check_extra(extra: Mapping[str, Mapping[str, Value]]) -> None:
    """Check values that a user adds.

    Raises
    ------
    InputRefusedError
        If pw.x has no such variable there, or takes another kind of value.
    """
    for namelist, values in extra.items():
        names = KEYS.get(namelist.upper())
        if names is None:
            known = ", ".join(KEYS)
            raise InputRefusedError(f"pw.x has no namelist {namelist}: {known}")
        for name, value in values.items():
            match = _NAME.fullmatch(name.lower())
            kinds = names.get(match[1]) if match else None
            if not kinds:
                raise InputRefusedError(
                    f"pw.x has no variable {name} in {namelist.upper()}"
                )
            if match and match[1] in _FIXED:
                raise InputRefusedError(f"{name} follows from the structure and task")
            if not any(_is_kind(value, kind) for kind in kinds):
                wanted = " or ".join(sorted(kinds))
                raise InputRefusedError(f"{name} is {wanted} in pw.x, not {value!r}")


def _is_kind(value: Value, kind: str) -> bool:
    is_bool = isinstance(value, bool)
    return isinstance(value, _KINDS[kind]) and is_bool == (kind == "bool")
