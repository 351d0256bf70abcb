#!/bin/sh
# One real calculation: lithium hydride, all-electron Hartree-Fock, in the embedded
# engine. The daemon has a socket and a store of its own below .demo/ and is stopped
# at the end. Usage: demo.sh DIRECTORY-OF-THE-COMMANDS
set -eu

bin=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
home=$(cd "$here/../.." && pwd)/.demo
mkdir -p "$home"

# A socket's path has at most 107 bytes: it lies in a directory for temporary files.
run=$(mktemp -d "${TMPDIR:-/tmp}/crystalmath-demo.XXXXXX")
export CRYSTALMATHD_SOCKET="$run/d.sock"
export CRYSTAL_TUI_DB="$home/crystalmath.db"
export CRY_SCRATCH_BASE="$home/scratch"
export XDG_STATE_HOME="$home/state"

finish() {
    "$bin/crystalmath" -q daemon stop >/dev/null 2>&1 || true
    rm -rf "$run"
}
trap finish EXIT
trap 'exit 130' INT TERM HUP

echo "Lithium hydride, rock salt, all-electron Hartree-Fock: docs/examples/lih.d12"
echo "Running in the embedded engine (PySCF); no licence is needed."
echo
code=0
job=$("$bin/crystalmath" -q submit "$here/lih.d12" --code pyscf)
"$bin/crystalmath" watch "$job" || code=$?
echo
"$bin/crystalmath" show "$job"
cat <<TEXT

What to type next, with your own daemon (it starts by itself):
  $bin/crystalmath submit $here/diamond.d12 --code pyscf --watch
  $bin/crystalmath jobs
  $bin/crystalmath doctor      what is installed, and what to set for CRYSTAL23
TEXT
exit "$code"
