"""What a site needs before its programs: modules, and lines of shell."""

import os
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

NAME = "set_up.sh"
REFUSAL = "refusal"
_HEAD = """\
refuse() {
    printf '%s\\n' "$1" >"$run/refusal"
    exit 1
}
load_module() {
    if ! command -v module >/dev/null 2>&1; then
        for init in "${MODULESHOME:-/nowhere}/init/sh" /etc/profile.d/modules.sh \\
            /etc/profile.d/lmod.sh /etc/profile.d/z00_lmod.sh \\
            /usr/share/lmod/lmod/init/sh /usr/share/modules/init/sh \\
            /usr/share/Modules/init/sh; do
            [ ! -r "$init" ] || . "$init"
            command -v module >/dev/null 2>&1 && break
        done
        command -v module >/dev/null 2>&1 ||
            refuse "module load $1: there is no command module on this machine"
    fi
    module load "$1" 2>"$run/module.log" ||
        refuse "module load $1: $(tail -n 3 "$run/module.log")"
}
"""


def with_set_up(
    argv: Sequence[str],
    run: Path,
    modules: Sequence[str],
    setup: Sequence[str],
    environment: Mapping[str, str],
) -> list[str]:
    """Return the command line that sets the site up and becomes the program.

    What stops it before that is in `run/refusal` afterwards.
    """
    if not modules and not setup:
        return list(argv)
    # A module does not change what was asked for; lists of paths it adds to.
    kept = [
        f"{name}={shlex.quote(value)}; export {name}"
        for name, value in environment.items()
        if "PATH" not in name
    ]
    lines = [
        f"run={shlex.quote(str(run))}",
        _HEAD,
        *(f"load_module {shlex.quote(module)}" for module in modules),
        *kept,
        f"eval {shlex.quote(chr(10).join(setup))}",
        'command -v "$1" >/dev/null 2>&1 || refuse "$1: No such file or directory"',
        'exec "$@"',
    ]
    script = run / NAME
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    with os.fdopen(os.open(script, flags, 0o600), "w") as file:
        file.write("\n".join(lines) + "\n")
    return ["/bin/sh", str(script), *argv]


def refusal(run: Path) -> str | None:
    """Return why the program was not started, once; None if it was."""
    path = run / REFUSAL
    try:
        text = path.read_text(errors="replace").strip()
    except FileNotFoundError:
        return None
    path.unlink()
    return text
