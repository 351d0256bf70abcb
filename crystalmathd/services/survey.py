"""Looking a machine over: one script there, and what it printed. Text only."""

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from crystalmathd.codes import CODES
from crystalmathd.codes.base import Code, InputFile, InputRefusedError, StepRequest
from crystalmathd.models.clusters import Cluster, CodeProfile
from crystalmathd.models.plans import Parallelism
from crystalmathd.runners.schedulers.base import Command

MARK: Final = "crystalmath survey 1"
"""What a login prints of its own stands before it."""
BATCH_SYSTEMS: Final = {"sbatch": "slurm"}
LAUNCHERS: Final = ("mpirun", "srun")
_KIB_PER_MIB: Final = 1024

_HEAD: Final = f"""\
LC_ALL=C
export LC_ALL
say() {{ printf '%s\\t%s\\n' "$1" "$2"; }}
say '{MARK}' "$(date +%s)"
if [ -n "$1" ]; then PATH=$1:$PATH; export PATH; fi
root=$2 scratch=$3
shift 3
[ -n "$HOME" ] || HOME=$(cd ~ && pwd)
say home "$HOME"
say user "$(id -un)"
say host "$(uname -n)"
say cores "$(getconf _NPROCESSORS_ONLN 2>/dev/null)"
place() {{
    case $2 in '~/'*) path=$HOME/${{2#'~/'}} ;; *) path=$2 ;; esac
    there=$path
    while [ ! -d "$there" ] && [ "$there" != / ]; do
        there=$(dirname "$there")
    done
    say "$1" "$path"
    say "$1.there" "$there"
    probe=$there/.crystalmath-probe-$$
    # An echo of dash names no reason where the disk is full; cat does.
    problem=$( (umask 077 && printf '%512s' probe | cat >"$probe" &&
        rm -f "$probe") 2>&1) ||
        say "$1.problem" "$(printf '%s' "$problem" | head -n 1 | sed 's/.*: //')"
    rm -f "$probe" 2>/dev/null
    say "$1.free_kb" "$(df -Pk "$there" 2>/dev/null | awk 'NR == 2 {{ print $4 }}')"
}}
place root "$root"
place scratch "$scratch"
found() {{
    for name in "$@"; do
        case $name in '~/'*) file=$HOME/${{name#'~/'}} ;; *) file=$name ;; esac
        file=$(command -v "$file" 2>/dev/null) || continue
        case $file in /*) say "$group" "$name	$file" ;; esac
    done
    say "$group.ran" yes
}}
load() {{
    for name in "$@"; do
        problem=$(module load "$name" 2>&1) && module load "$name" >/dev/null 2>&1 ||
            {{ say "$group.module" "$name"; continue; }}
        case $problem in *[Ee][Rr][Rr][Oo][Rr]*) say "$group.module" "$name" ;; esac
    done
}}
if ! command -v module >/dev/null 2>&1; then
    for file in /etc/profile.d/modules.sh /etc/profile.d/lmod.sh \\
        "${{MODULESHOME:-/usr/share/modules}}/init/sh" \\
        "${{LMOD_PKG:-/usr/share/lmod/lmod}}/init/sh"; do
        if [ -r "$file" ]; then . "$file" >/dev/null 2>&1 && break; fi
    done
fi
if command -v module >/dev/null 2>&1; then say modules yes; else say modules no; fi
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A directory there; `problem`: why nothing can be written in it.

    `there` is the nearest directory above it that exists.
    """

    path: str
    there: str
    problem: str | None
    free_mb: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """What one profile finds: executables, and modules that cannot be loaded."""

    executables: Mapping[str, str] = field(default_factory=dict)
    bad_modules: tuple[str, ...] = ()
    has_run: bool = True
    """Whether its set-up lines did not end the shell."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Survey:
    """What the script printed. `profiles` is in the order of the cluster's."""

    clock_s: int
    home: str
    user: str
    host: str
    cores: int | None
    root: Place
    scratch: Place
    has_modules: bool
    scheduler: str
    own: Found
    profiles: tuple[Found, ...]

    @property
    def executables(self) -> dict[str, str]:
        """Return name → path of all that is found without a profile or with one."""
        found: dict[str, str] = {}
        for one in (*reversed(self.profiles), self.own):
            found |= one.executables
        return found


class SurveyUnreadableError(Exception):
    """The answer is not that of the script; the message has its last words."""


def survey_command(cluster: Cluster) -> Command:
    """Return what looks a machine over; it changes nothing there."""
    names = executable_names(CODES.values())
    groups = [_group("own", cluster, None, (*names, *BATCH_SYSTEMS, *LAUNCHERS))]
    groups += [
        _group(f"profile{number}", cluster, profile, _names_of(profile))
        for number, profile in enumerate(cluster.profiles)
    ]
    text = "\n".join((_HEAD, *groups, "say end survey\n"))
    path = ":".join(cluster.path)
    words = ("/bin/sh", "-s", "--", path, cluster.root, cluster.scratch_base)
    return Command(arguments=words, stdin=text.encode())


def _group(
    name: str, cluster: Cluster, profile: CodeProfile | None, names: Sequence[str]
) -> str:
    """Return the part that looks for programs as the jobs of a profile find them."""
    modules, setup = cluster.modules, cluster.setup
    environment = dict(cluster.environment)
    if profile is not None:
        modules, setup = (*modules, *profile.modules), (*setup, *profile.setup)
        environment |= profile.environment
    return "\n".join(
        (
            "(",
            f"group={name}",
            *(f"export {n}={shlex.quote(v)}" for n, v in environment.items()),
            f"load {shlex.join(modules)}",
            # Apart, so that a mistake in it ends this part only.
            f"eval {shlex.quote(chr(10).join((*setup, ':')))} >/dev/null 2>&1 || exit",
            f"found {shlex.join(names)}",
            ") </dev/null",
        )
    )


def executable_names(codes: Iterable[Code]) -> tuple[str, ...]:
    """Return every name under which a program of these codes is looked for."""
    names: dict[str, None] = {}
    for code in codes:
        for program in code.programs:
            names |= dict.fromkeys(_names_of_program(code, program))
    return tuple(names)


def _names_of(profile: CodeProfile) -> tuple[str, ...]:
    if profile.executable is not None:
        return (profile.executable,)
    code = CODES[profile.code]
    programs = code.programs if profile.program == "*" else (profile.program,)
    names = [name for one in programs for name in _names_of_program(code, one)]
    return tuple(dict.fromkeys(names))


def _names_of_program(code: Code, program: str) -> Iterator[str]:
    step = StepRequest(program=program, input=InputFile(name="input", text=b""))
    for ranks, threads in ((1, 1), (2, 1), (1, 2), (2, 2)):
        parallelism = Parallelism(
            ranks=ranks, ranks_reason="", threads=threads, threads_reason=""
        )
        try:
            launch = code.launch(step, parallelism, {}, None)
        except InputRefusedError:
            continue  # this program does not run so
        for candidate in launch.candidates:
            if "/" not in candidate.executable:
                yield candidate.executable


def parse_survey(
    cluster: Cluster, exit_code: int, stdout: bytes, stderr: bytes
) -> Survey:
    """Read what the script has printed.

    Raises
    ------
    SurveyUnreadableError
        If it is not whole.
    """
    text = stdout.decode("utf-8", "replace")
    start = text.find(MARK + "\t")
    lines = text[max(start, 0) :].splitlines()
    if start < 0 or exit_code or not lines[-1].startswith("end\t"):
        said = stderr.decode("utf-8", "replace").strip() or text.strip()
        raise SurveyUnreadableError(said[-500:] or f"exit code {exit_code}")
    single: dict[str, str] = {}
    many: dict[str, list[str]] = {}
    for line in lines:
        name, _, value = line.partition("\t")
        single[name] = value
        many.setdefault(name, []).append(value)
    own = _found(many, "own")
    batch = [word for tool, word in BATCH_SYSTEMS.items() if tool in own.executables]
    return Survey(
        clock_s=_number(single[MARK]) or 0,
        home=single["home"],
        user=single["user"],
        host=single["host"],
        cores=_number(single["cores"]),
        root=_place(single, "root"),
        scratch=_place(single, "scratch"),
        has_modules=single["modules"] == "yes",
        scheduler=batch[0] if batch else "direct",
        own=own,
        profiles=tuple(
            _found(many, f"profile{number}")
            for number, _ in enumerate(cluster.profiles)
        ),
    )


def _place(single: Mapping[str, str], name: str) -> Place:
    free_kib = _number(single[f"{name}.free_kb"])
    return Place(
        path=single[name],
        there=single[f"{name}.there"],
        problem=single.get(f"{name}.problem"),
        free_mb=None if free_kib is None else free_kib // _KIB_PER_MIB,
    )


def _found(many: Mapping[str, Sequence[str]], group: str) -> Found:
    pairs = [line.partition("\t") for line in many.get(group, ())]
    return Found(
        executables={name: path for name, _, path in pairs},
        bad_modules=tuple(many.get(f"{group}.module", ())),
        has_run=f"{group}.ran" in many,
    )


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None
