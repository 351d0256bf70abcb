"""What a plan must know of the machine that it is made for. No questions are asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from crystalmathd.codes import CODES
from crystalmathd.codes.base import Candidate
from crystalmathd.errors import ExecutableMissingError
from crystalmathd.models.clusters import LOCAL, Cluster, ClusterFacts, CodeProfile
from crystalmathd.models.plans import Plan
from crystalmathd.runners.schedulers.base import Scheduler
from crystalmathd.services.executables import find_executable
from crystalmathd.services.launches import example_script
from crystalmathd.settings import Settings

EVERY_PROGRAM: Final = "*"
UNCHECKED: Final = "not looked for there"
PASSED_ON: Final[tuple[str, ...]] = (
    "HOME",
    "USER",
    "LOGNAME",
    "PATH",
    "LANG",
    "LC_ALL",
    "TZ",
    "TMPDIR",
    "LD_LIBRARY_PATH",
    "I_MPI_ROOT",
    "MKLROOT",
    "OPAL_PREFIX",
)
"""What a job here gets of the daemon's own environment; nothing else."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanProfile:
    """How a program is run on a machine, and who says so."""

    executable: str | None = None
    launcher: tuple[str, ...] | None = None
    modules: tuple[str, ...] = ()
    setup: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    origin: str = ""


class PlanSite(Protocol):
    """A machine, as far as a plan needs it."""

    @property
    def name(self) -> str:
        """The word after `--cluster`."""

    @property
    def scheduler(self) -> str:
        """What starts jobs there."""

    @property
    def cores(self) -> int | None:
        """How many cores one job may take; None: the batch system says."""

    @property
    def takes_sent_variables(self) -> bool:
        """Whether the environment of the client means something there."""

    @property
    def scratch(self) -> tuple[str, str]:
        """Where programs work, and who says so."""

    @property
    def cluster(self) -> Cluster:
        """The cluster as its user has set it up."""

    @property
    def environment(self) -> Mapping[str, tuple[str, str]]:
        """Variables that are known there: name → (value, origin)."""

    @property
    def passed_on(self) -> tuple[str, ...]:
        """Which of them every job gets."""

    @property
    def grace_s(self) -> int:
        """Between SIGTERM and SIGKILL, where the daemon ends programs."""

    def script(self, plan: Plan) -> str | None:
        """Return the job script of a plan; None: it needs none.

        Raises
        ------
        QueueFieldError
            If something that is asked for cannot stand in it.
        """

    def profile(self, code: str, program: str) -> PlanProfile:
        """Return how a program is run there."""

    def find(
        self, program: str, candidates: Sequence[Candidate], hint: str, path: str
    ) -> Candidate:
        """Return where an executable is.

        Raises
        ------
        ExecutableMissingError
            If it is known that it is nowhere.
        """


class PlanHere:
    """The machine of the daemon."""

    cores: int | None
    passed_on = PASSED_ON
    takes_sent_variables = True

    def __init__(
        self, settings: Settings, cluster: Cluster, scheduler: Scheduler
    ) -> None:
        self._settings = settings
        self._scheduler = scheduler
        self.grace_s = settings.grace_s
        self.cluster = cluster
        self.name = cluster.name
        self.scheduler = cluster.scheduler
        cores = settings.cores if cluster.name == LOCAL else cluster.max_cores
        is_counted = cluster.scheduler == "direct"
        self.cores = (cores or settings.cores) if is_counted else None

    @property
    def scratch(self) -> tuple[str, str]:
        settings = self._settings
        if self.name == LOCAL:
            return str(settings.scratch_base), settings.origins["scratch_base"]
        base = Path(self.cluster.scratch_base).expanduser()
        return str(base), f"cluster {self.name}"

    @property
    def environment(self) -> Mapping[str, tuple[str, str]]:
        origin = f"cluster {self.name}"
        own = {n: (value, origin) for n, value in self.cluster.environment.items()}
        return {**self._settings.environment, **own}

    def script(self, plan: Plan) -> str | None:
        return example_script(self._scheduler, plan)

    def profile(self, code: str, program: str) -> PlanProfile:
        stored = stored_profile(self.cluster, code, program)
        found = self._settings.profile(self.name, code, program)
        if not found.origin:
            return stored
        return PlanProfile(
            executable=found.executable or stored.executable,
            launcher=stored.launcher if found.launcher is None else found.launcher,
            modules=stored.modules,
            setup=stored.setup,
            environment={**stored.environment, **found.environment},
            origin=found.origin,
        )

    def find(
        self, program: str, candidates: Sequence[Candidate], hint: str, path: str
    ) -> Candidate:
        return find_executable(program, candidates, hint, path)


class PlanElsewhere:
    """A machine that was looked over some time ago, or never."""

    passed_on: tuple[str, ...] = ()
    takes_sent_variables = False

    def __init__(
        self,
        settings: Settings,
        cluster: Cluster,
        facts: ClusterFacts | None,
        scheduler: Scheduler,
    ) -> None:
        self._scheduler = scheduler
        self.grace_s = settings.grace_s
        self.cluster = cluster
        self.name = cluster.name
        self.scheduler = cluster.scheduler
        self._facts = facts
        known = cluster.max_cores or (facts.cores if facts else None)
        self.cores: int | None = known if cluster.scheduler == "direct" else None

    @property
    def scratch(self) -> tuple[str, str]:
        base = self.cluster.scratch_base
        if self._facts is not None and base.startswith("~/"):
            base = f"{self._facts.home}{base[1:]}"
        return base, f"cluster {self.name}"

    @property
    def environment(self) -> Mapping[str, tuple[str, str]]:
        origin = f"cluster {self.name}"
        return {n: (value, origin) for n, value in self.cluster.environment.items()}

    def script(self, plan: Plan) -> str | None:
        return example_script(self._scheduler, plan)

    def profile(self, code: str, program: str) -> PlanProfile:
        return stored_profile(self.cluster, code, program)

    def find(
        self, program: str, candidates: Sequence[Candidate], hint: str, path: str
    ) -> Candidate:
        del path
        first = candidates[0]
        if "/" in first.executable:
            return first  # a person has named it
        found = self._facts.executables.get(first.executable) if self._facts else None
        if found is not None:
            return Candidate(executable=found, origin=f"found on {self.name}")
        of_codes = {one for code in CODES.values() for one in code.programs}
        is_known = first.executable in of_codes
        has_modules = self._facts is not None and self._facts.has_modules
        if self._facts is None or has_modules or not is_known:
            # A module may bring it; the job script tells if none does.
            return Candidate(executable=first.executable, origin=UNCHECKED)
        tried = f"PATH on {self.name}"
        raise ExecutableMissingError(program=program, tried=tried, hint=hint)


def stored_profile(cluster: Cluster, code: str, program: str) -> PlanProfile:
    """Return what the cluster says of a program, over what it says of its code."""
    of_all = _profile(cluster, code, EVERY_PROGRAM)
    own = _profile(cluster, code, program)
    found = [one for one in (of_all, own) if one is not None]
    if not found:
        return PlanProfile()
    base, top = found[0], found[-1]
    own_only = base is top
    return PlanProfile(
        executable=top.executable or base.executable,
        launcher=base.launcher if top.launcher is None else top.launcher,
        modules=top.modules if own_only else (*base.modules, *top.modules),
        setup=top.setup if own_only else (*base.setup, *top.setup),
        environment={**base.environment, **top.environment},
        origin=f"profile {cluster.name}.{code}.{top.program}",
    )


def _profile(cluster: Cluster, code: str, program: str) -> CodeProfile | None:
    found = (
        one for one in cluster.profiles if (one.code, one.program) == (code, program)
    )
    return next(found, None)
