"""From a draft to the plan that is shown, stored and carried out."""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from crystalmathd.codes import CODES
from crystalmathd.codes.base import Code, StepRequest
from crystalmathd.codes.base import InputRefusedError as CodeRefusal
from crystalmathd.errors import (
    ArtefactNotFoundError,
    EnvironmentRefusedError,
    InputIncompleteError,
    InputRefusedError,
    TooManyCoresError,
)
from crystalmathd.models.clusters import LOCAL
from crystalmathd.models.jobs import Auxiliary, StoredInput
from crystalmathd.models.plans import (
    Limits,
    Parallelism,
    Plan,
    Resources,
    StagedFile,
    Variable,
)
from crystalmathd.models.submissions import LinkAsked, Submission
from crystalmathd.services.blobs import Blobs
from crystalmathd.services.cluster_changes import with_queue
from crystalmathd.services.drafts import Draft, places_in, texts_of
from crystalmathd.services.plan_sites import PlanSite
from crystalmathd.services.planned_steps import plan_step
from crystalmathd.services.pseudopotential_files import NO_FILES, files_here
from crystalmathd.services.validation import findings_of, judged, texts_beside
from crystalmathd.store.jobs import NewJob

TOO_MANY_CORES: Final = "resources.cores"
INCOMPLETE: Final = "input.incomplete"
_CHECK: Final = re.compile(r"[a-z][a-z0-9_-]*(\.[a-z0-9_-]+)+")
SCRATCH_VARIABLE: Final = "CRY_SCRATCH_BASE"


@dataclass(frozen=True, kw_only=True, slots=True)
class Parent:
    """A job whose files another one takes: its plan, and where its names come from."""

    job_id: int
    plan: Plan
    inputs: tuple[StoredInput, ...]


Keep = Callable[[Path], str]
"""Returns the sha256 of a file; for a submission it also stores a copy."""


def allowed_variables() -> frozenset[str]:
    """Return every variable that a client may send with a job."""
    names = {SCRATCH_VARIABLE}
    for code in CODES.values():
        names.update(code.environment_names)
    return frozenset(names)


def plan_job(
    draft: Draft,
    asked: Submission,
    site: PlanSite,
    parents: Mapping[int, Parent],
    keep: Keep,
    blobs: Blobs,
    other_stems: frozenset[str] = frozenset(),
) -> NewJob:
    """Make the plan of one job and all that is stored with it.

    `other_stems` are those of the other inputs of the same submission: their
    companions (`other.gui`) are not this job's.

    Raises
    ------
    CrystalmathError
        If it cannot be run as asked: a file or program is missing, too many cores.
    """
    auxiliary = _auxiliary(draft, asked, parents, keep, other_stems)
    return plan_draft(draft, asked, site, auxiliary, blobs)


def plan_draft(
    draft: Draft,
    asked: Submission,
    site: PlanSite,
    auxiliary: Sequence[Auxiliary],
    blobs: Blobs,
) -> NewJob:
    """Make the plan of a job whose files beside its inputs are known."""
    try:
        plan = _plan(draft, asked, site, auxiliary, blobs)
    except CodeRefusal as refusal:
        raise InputRefusedError(name=draft.name, reason=refusal) from refusal
    used = {staged.name for staged in plan.stage_in}
    inputs = tuple(
        StoredInput(name=step.input.name, program=step.program, text=step.input.text)
        for step in draft.steps
    )
    first_line = inputs[0].text[:200].partition(b"\n")[0].decode("utf-8", "replace")
    words = [draft.name, asked.project or "", *asked.tags, first_line]
    return NewJob(
        name=draft.name,
        code=draft.code.name,
        cluster=site.name,
        project=asked.project,
        tags=tuple(dict.fromkeys(asked.tags)),
        cores=plan.parallelism.cores,
        parents=tuple(sorted({a.parent for a in auxiliary if a.parent is not None})),
        search_text="\n".join(words).lower(),
        plan=plan,
        inputs=inputs,
        auxiliary=tuple(a for a in auxiliary if a.name in used),
        priority=asked.priority,
        is_held=asked.is_held,
    )


def _auxiliary(
    draft: Draft,
    asked: Submission,
    parents: Mapping[int, Parent],
    keep: Keep,
    other_stems: frozenset[str],
) -> list[Auxiliary]:
    """Take down every file beside the inputs; no two may have the same name."""
    taken = set(texts_of(draft))
    found = [
        *_of_directory(draft, keep),
        *_given(asked, keep, other_stems),
        *linked_files(draft, asked.links, parents),
    ]
    for one in found:
        if one.name in taken:
            reason = f"two files of this job are called {one.name}"
            raise InputRefusedError(name=draft.name, reason=reason)
        taken.add(one.name)
    return found


def _of_directory(draft: Draft, keep: Keep) -> Iterator[Auxiliary]:
    if draft.directory is None:
        return
    own = texts_of(draft)
    for path in sorted(draft.directory.iterdir()):
        if path.is_file() and path.name not in own and path.stat().st_size:
            yield Auxiliary(name=path.name, sha256=keep(path), origin=str(path))


def _given(
    asked: Submission, keep: Keep, other_stems: frozenset[str]
) -> Iterator[Auxiliary]:
    for given in asked.auxiliary:
        name = given.name or (Path(given.path).name if given.path else "")
        if name.rpartition(".")[0] in other_stems:
            continue
        if given.path is not None:
            path = Path(given.path)
            yield Auxiliary(name=name, sha256=keep(path), origin=str(path))
        elif name and given.blob is not None:
            yield Auxiliary(name=name, sha256=given.blob, origin="blob")
        else:
            reason = "an auxiliary file is a path, or a blob with a name"
            raise InputRefusedError(name=name or "auxiliary", reason=reason)


def linked_files(
    draft: Draft, links: Sequence[LinkAsked], parents: Mapping[int, Parent]
) -> Iterator[Auxiliary]:
    """Yield the files that a job takes of others, under the names it gives them."""
    for link in links:
        parent = parents[link.job_id]
        for staged in _files_in_role(parent, link.role):
            name = _renamed(staged.name, parent, draft)
            yield Auxiliary(name=name, parent=link.job_id, parent_name=staged.name)


def _files_in_role(parent: Parent, role: str) -> list[StagedFile]:
    roles = CODES[parent.plan.code].role_parts.get(role, (role,))
    files = [staged for staged in parent.plan.stage_out if staged.role in roles]
    if not files:
        known = sorted({staged.role for staged in parent.plan.stage_out})
        raise ArtefactNotFoundError(
            job_id=parent.job_id, role=role, known=", ".join(known) or "none"
        )
    return files


def _renamed(name: str, parent: Parent, draft: Draft) -> str:
    """Give `<parent's stem>.f9` the stem of the job that takes it."""
    parent_stem = parent.inputs[0].name.rpartition(".")[0]
    if parent_stem and name.startswith(f"{parent_stem}."):
        return draft.stem + name[len(parent_stem) :]
    return name


def _plan(
    draft: Draft,
    asked: Submission,
    site: PlanSite,
    auxiliary: Sequence[Auxiliary],
    blobs: Blobs,
) -> Plan:
    code, steps = draft.code, draft.steps
    unfilled = _unfilled(draft)
    warnings = [*code.check(steps), *unfilled]
    sent = _sent_variables(asked)
    if not site.takes_sent_variables:
        sent = {}
    _check_overrides(asked)
    known = dict(site.environment)
    known |= {v.name: (v.value, v.origin) for v in sent.values()}
    parallelism = _parallelism(code, steps, asked.resources, site)
    overrides = _check_cores(parallelism, asked, site.cores)
    if not unfilled:  # what stands there is not what will run
        is_local = site.name == LOCAL
        here = files_here(code, steps, runs_here=True) if is_local else NO_FILES
        beside = texts_beside(auxiliary, blobs)
        found = findings_of(code, steps, beside, here=here)
        judgement = judged(draft.name, found, asked.force)
        warnings += judgement.warnings
        overrides += judgement.overrides
    staging = code.staging(draft.stem, steps, [a.name for a in auxiliary])
    warnings += staging.warnings
    if staging.missing and INCOMPLETE not in asked.force:
        raise InputIncompleteError(name=draft.name, missing=" ".join(staging.missing))
    if staging.missing:
        overrides.append(INCOMPLETE)
        warnings += staging.missing
    planned = [plan_step(code, step, parallelism, asked, site, known) for step in steps]
    environment = {
        n: Variable(name=n, value=known[n][0], origin=known[n][1])
        for n in (*site.passed_on, *site.cluster.environment)
        if n in known
    }
    for one in planned:
        environment |= {variable.name: variable for variable in one.variables}
        warnings += one.warnings
    base, base_origin = site.scratch
    if SCRATCH_VARIABLE in sent:
        chosen = sent[SCRATCH_VARIABLE]
        base, base_origin = chosen.value, chosen.origin
    if not Path(base).is_absolute():
        reason = f"{SCRATCH_VARIABLE} must be an absolute path, not {base}"
        raise InputRefusedError(name=draft.name, reason=reason)
    used = {staged.name for staged in staging.stage_in}
    warnings += [
        f"{one.name} of job {one.parent} is not read by this input"
        for one in auxiliary
        if one.parent is not None and one.name not in used
    ]
    plan = Plan(
        name=draft.name,
        code=code.name,
        cluster=site.name,
        scheduler=site.scheduler,
        parallelism=parallelism,
        steps=tuple(one.step for one in planned),
        environment=tuple(environment.values()),
        stage_in=_with_hashes(staging.stage_in, draft, auxiliary),
        stage_out=staging.stage_out,
        scratch=f"{base}/cry_{draft.name}_<pid>",
        scratch_origin=base_origin,
        limits=Limits(
            walltime_s=asked.resources.walltime_s,
            memory_mb=asked.resources.memory_mb,
            grace_s=site.grace_s,
        ),
        warnings=tuple(dict.fromkeys(warnings)),
        overrides=tuple(overrides),
        queue=with_queue(site.cluster.queue, asked.resources.queue),
        modules=_each_once(
            site.cluster.modules, *(one.profile.modules for one in planned)
        ),
        setup=_each_once(site.cluster.setup, *(one.profile.setup for one in planned)),
    )
    return replace(plan, script=site.script(plan))


def _each_once(*lists: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for words in lists for word in words))


def _parallelism(
    code: Code, steps: Sequence[StepRequest], asked: Resources, site: PlanSite
) -> Parallelism:
    """Choose ranks and threads; of a shared machine no more is taken than asked for."""
    if site.cores is not None:
        return code.parallelism(steps, asked, site.cores)
    wanted = replace(asked, ranks=asked.ranks or 1)
    cores = (wanted.ranks or 1) * (asked.threads or 1)
    chosen = code.parallelism(steps, wanted, cores)
    if asked.ranks is not None:
        return chosen
    reason = f"one, as no number was asked for; {site.name} is shared with others"
    return replace(chosen, ranks_reason=reason)


def _unfilled(draft: Draft) -> list[str]:
    """Return a warning for each `${name}` that no sweep has filled."""
    return [
        f"${{{name}}} stands in {step.input.name}, and no sweep fills it"
        for step in draft.steps
        for name in places_in(step.input.text)
    ]


def _check_overrides(asked: Submission) -> None:
    """Refuse words that cannot be the code of a check."""
    unknown = sorted(code for code in asked.force if not _CHECK.fullmatch(code))
    if unknown:
        reason = (
            f"there is no check {', '.join(unknown)} to override; there are "
            f"{TOO_MANY_CORES}, {INCOMPLETE} and those that `crystalmath check` names"
        )
        raise InputRefusedError(name="force", reason=reason)


def _sent_variables(asked: Submission) -> dict[str, Variable]:
    allowed = allowed_variables()
    for variable in asked.environment:
        if variable.name not in allowed:
            raise EnvironmentRefusedError(name=variable.name)
    return {variable.name: variable for variable in asked.environment}


def _check_cores(
    parallelism: Parallelism, asked: Submission, limit: int | None
) -> list[str]:
    if limit is None or parallelism.cores <= limit:
        return []
    if TOO_MANY_CORES in asked.force:
        return [TOO_MANY_CORES]
    raise TooManyCoresError(
        ranks=parallelism.ranks,
        threads=parallelism.threads,
        cores=parallelism.cores,
        limit=limit,
    )


def _with_hashes(
    staged: Sequence[StagedFile], draft: Draft, auxiliary: Sequence[Auxiliary]
) -> tuple[StagedFile, ...]:
    hashes: dict[str, str | None] = {a.name: a.sha256 for a in auxiliary}
    hashes |= {
        name: hashlib.sha256(text).hexdigest() for name, text in texts_of(draft).items()
    }
    return tuple(replace(one, sha256=hashes.get(one.name)) for one in staged)
