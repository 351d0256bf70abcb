"""What a Slurm tells of itself: version, partitions, accounting, its memory."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from crystalmathd.models.clusters import Partition
from crystalmathd.runners.schedulers.slurm_tables import duration_s

_AGE: Final = re.compile(r"MinJobAge\s*=\s*(\d+)")
_NO_ACCOUNTING: Final = "accounting storage is disabled"


@dataclass(frozen=True, kw_only=True, slots=True)
class SchedulerFacts:
    """The scheduler's part of `ClusterFacts`; `problems`: what it could not tell."""

    version: str | None = None
    has_accounting: bool | None = None
    min_job_age_s: int | None = None
    partitions: tuple[Partition, ...] = ()
    problems: tuple[str, ...] = ()


def parse_facts(stdout: bytes) -> SchedulerFacts:
    """Read the answer of `SlurmBatch.facts_command`."""
    sections: dict[str, list[str]] = {}
    codes: dict[str, str] = {}
    words: dict[str, str] = {}
    current: list[str] = []
    for line in stdout.decode("utf-8", "replace").splitlines():
        if not line.startswith("@@cm "):
            current.append(line)
            continue
        word, _, rest = line.removeprefix("@@cm ").partition(" ")
        if not rest:
            current = sections.setdefault(word, [])
        elif word in sections:
            codes[word], current = rest, []
        else:
            words[word] = rest
    config = "\n".join(sections.get("config", []))
    age = _AGE.search(config)
    return SchedulerFacts(
        version=_version(words.get("version", "")),
        has_accounting=_has_accounting(codes, sections),
        min_job_age_s=int(age[1]) if age else None,
        partitions=_partitions(sections.get("partitions", [])),
        problems=tuple(
            f"{name}: {' '.join(sections[name])[:300] or f'exit code {code}'}"
            for name, code in codes.items()
            if code != "0" and not _is_off(sections[name])
        ),
    )


def _version(text: str) -> str | None:
    """Return the number of `slurm 22.05.8` or `slurm-wlm 22.05.8`."""
    word = text.rpartition(" ")[2]
    return word if word[:1].isdigit() else None


def _is_off(lines: list[str]) -> bool:
    return any(_NO_ACCOUNTING in line for line in lines)


def _has_accounting(
    codes: Mapping[str, str], sections: Mapping[str, list[str]]
) -> bool | None:
    if _is_off(sections.get("accounting", [])):
        return False
    return True if codes.get("accounting") == "0" else None


def _partitions(lines: list[str]) -> tuple[Partition, ...]:
    """Read sinfo's lines; a partition with nodes of several kinds has several."""
    found: dict[str, Partition] = {}
    for line in lines:
        fields = line.split("|")
        if len(fields) != 6:  # noqa: PLR2004  # those of the format
            continue
        name, state, walltime, nodes, cores, memory = fields
        key = name.rstrip("*")
        before = found.get(key)
        found[key] = Partition(
            name=key,
            is_default=name.endswith("*"),
            state=state,
            nodes=_number(nodes) + (before.nodes if before else 0),
            cores_per_node=max(_number(cores), before.cores_per_node if before else 0),
            memory_per_node_mb=max(
                _number(memory), before.memory_per_node_mb if before else 0
            ),
            walltime_s=duration_s(walltime),
        )
    return tuple(found.values())


def _number(text: str) -> int:
    """Read `4` or, of nodes that differ, `4+`."""
    digits = text.rstrip("+")
    return int(digits) if digits.isdecimal() else 0
