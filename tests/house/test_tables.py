"""The frozen tables. A change here is a change for every client: add, never edit."""

import ast
import re
from collections.abc import Iterator

from crystalmath.cli import values
from crystalmath.exits import Exit
from crystalmath_protocol import sourced
from crystalmath_protocol.errors import ErrorCode
from crystalmath_protocol.events import EventType
from crystalmath_protocol.schema import METHODS
from crystalmathd import errors
from crystalmathd.codes import CODES
from crystalmathd.models.jobs import JobState, is_end
from crystalmathd.rpc import (
    blobs,
    clusters,
    control,
    diagnoses,
    documents,
    events,
    figures,
    hosts,
    inputs,
    jobs,
    materials,
    queues,
    restarts,
    results,
    structures,
    submissions,
    system,
)
from crystalmathd.rpc.faults import FAULTS
from crystalmathd.services import material_questions
from tests.harness import ROOT

ERRORS = {
    "rpc.parse_error": (-32700, False),
    "rpc.invalid_request": (-32600, False),
    "rpc.method_not_found": (-32601, False),
    "rpc.invalid_params": (-32602, False),
    "rpc.internal_error": (-32603, False),
    "rpc.cancelled": (-32800, False),
    "rpc.protocol_mismatch": (-32001, False),
    "rpc.access_denied": (-32003, False),
    "rpc.frame_too_large": (-32002, False),
    "store.full": (-32010, True),
    "daemon.busy": (-32011, True),
    "store.unavailable": (-32012, True),
    "job.not_found": (-32020, False),
    "job.token_reused": (-32021, False),
    "job.input_refused": (-32022, False),
    "job.file_not_found": (-32023, False),
    "code.executable_missing": (-32024, False),
    "code.unknown": (-32025, False),
    "job.resources_refused": (-32026, False),
    "job.artefact_not_found": (-32027, False),
    "job.wrong_state": (-32028, False),
    "job.deleted": (-32029, False),
    "job.restart_refused": (-32034, False),
    "job.files_not_removed": (-32033, False),
    "events.cursor_too_old": (-32030, False),
    "events.cursor_invalid": (-32031, False),
    "events.subscription_not_found": (-32032, False),
    "blob.not_found": (-32040, False),
    "blob.mismatch": (-32041, False),
    "host.unreachable": (-32050, True),
    "host.key_unknown": (-32051, False),
    "host.key_changed": (-32052, False),
    "host.login_refused": (-32053, False),
    "host.key_locked": (-32054, False),
    "host.paused": (-32055, False),
    "host.ssh_config": (-32056, False),
    "host.key_mismatch": (-32057, False),
    "cluster.not_found": (-32060, False),
    "cluster.exists": (-32061, False),
    "cluster.busy": (-32062, False),
    "cluster.refused": (-32063, False),
    "cluster.changed": (-32064, False),
    "cluster.silent": (-32065, True),
    "cluster.queue_unreadable": (-32066, True),
    "job.file_away": (-32068, False),
    "cluster.file_not_fetched": (-32067, True),
    "output.unknown": (-32070, False),
    "output.unreadable": (-32071, False),
    "results.question_refused": (-32072, False),
    "results.nothing_to_plot": (-32073, False),
    "results.plot_unavailable": (-32074, False),
    "results.export_refused": (-32075, False),
    "job.input_invalid": (-32035, False),
    "template.not_found": (-32090, False),
    "template.refused": (-32091, False),
    "template.value_refused": (-32092, False),
    "input.generation_refused": (-32093, False),
    "structure.unreadable": (-32080, False),
    "structure.refused": (-32081, False),
    "structure.not_found": (-32082, False),
    "structure.exists": (-32083, False),
    "materials.question_refused": (-32084, False),
    "materials.authentication": (-32085, False),
    "material.not_found": (-32086, False),
    "material.unavailable": (-32087, True),
    "daemon.shutting_down": (-32099, True),
}

EVENT_TYPES = [
    "daemon_started",
    "job_created",
    "job_state_changed",
    "job_doubt_changed",
    "job_result_stored",
    "job_changed",
    "job_deleted",
    "cluster_changed",
    "host_state_changed",
    "warning",
]

EXIT_CODES = {
    "OK": 0,
    "ERROR": 1,
    "USAGE": 2,
    "UNREACHABLE": 3,
    "NOT_FOUND": 4,
    "JOB_FAILED": 10,
    "JOB_CANCELLED": 11,
    "JOB_LOST": 12,
    "NOT_CONVERGED": 13,
    "TIMEOUT": 14,
    "INTERRUPTED": 130,
    "BROKEN_PIPE": 141,
}

METHOD_NAMES = {
    "hello": "read",
    "ping": "read",
    "rpc.discover": "read",
    "rpc.describe": "read",
    "status": "read",
    "doctor": "read",
    "shutdown": "admin",
    "submit_job": "write",
    "explain_job": "read",
    "fetch_jobs": "read",
    "get_job_details": "read",
    "fetch_job_log": "read",
    "fetch_job_progress": "read",
    "cancel_job": "write",
    "hold_job": "write",
    "release_job": "write",
    "set_priority": "write",
    "retry_job": "write",
    "clone_job": "write",
    "restart_job": "write",
    "delete_job": "write",
    "collect_job": "write",
    "resolve_job": "write",
    "why_job": "read",
    "metrics": "read",
    "dump_tasks": "admin",
    "restrict_session": "read",
    "back_up": "admin",
    "subscribe": "read",
    "unsubscribe": "read",
    "fetch_events": "read",
    "put_blob": "write",
    "get_blob": "read",
    "clean_job": "write",
    "fetch_file": "write",
    "create_cluster": "write",
    "update_cluster": "write",
    "delete_cluster": "write",
    "fetch_clusters": "read",
    "get_cluster": "read",
    "test_cluster_connection": "write",
    "pause_cluster": "write",
    "resume_cluster": "write",
    "trust_host_key": "write",
    "store_secret": "write",
    "forget_secret": "write",
    "fetch_slurm_queue": "read",
    "cancel_slurm_job": "write",
    "sync_remote_jobs": "write",
    "parse_output": "read",
    "diagnose_job": "read",
    "diff_jobs": "read",
    "fetch_job_series": "read",
    "draw_job": "read",
    "export_structure": "read",
    "query_results": "read",
    "adopt_directory": "write",
    "generate_crystal_input": "write",
    "generate_properties_input": "write",
    "generate_vasp_inputs": "write",
    "generate_espresso_input": "write",
    "validate_inputs": "read",
    "list_templates": "read",
    "render_template": "write",
    "search_materials": "read",
    "fetch_material_details": "read",
    "fetch_material_cache": "read",
    "prune_material_cache": "write",
    "export_material_cache": "read",
    "import_structure": "write",
    "preview_structure": "read",
    "transform_structure": "read",
    "convert_structure": "read",
    "draw_structure": "read",
    "fetch_structures": "read",
    "delete_structure": "write",
    "check_document": "read",
    "complete_document": "read",
    "hover_document": "read",
    "document_symbols": "read",
    "document_tokens": "read",
    "format_document": "read",
    "folding_ranges": "read",
}


def test_the_table_of_errors_is_frozen() -> None:
    assert {e.kind: (e.code, e.is_retryable) for e in ErrorCode} == ERRORS


def test_no_number_of_an_error_is_used_twice() -> None:
    assert len({code for code, _ in ERRORS.values()}) == len(ERRORS)
    assert len(ErrorCode.__members__) == len(ERRORS)


def test_the_table_of_event_types_is_frozen() -> None:
    assert [one.value for one in EventType] == EVENT_TYPES


def test_the_table_of_exit_codes_is_frozen() -> None:
    assert {one.name: one.value for one in Exit} == EXIT_CODES


def test_the_table_of_methods_is_frozen() -> None:
    assert {name: method.access for name, method in METHODS.items()} == METHOD_NAMES


def test_the_command_completes_every_state_and_code_that_there_is() -> None:
    assert list(values.STATES) == list(JobState)
    assert list(values.CODES) == list(CODES)


def test_both_sides_take_the_same_words_for_ids_of_materials() -> None:
    assert material_questions.MATERIAL_ID.pattern == sourced.MATERIAL_ID


def test_every_method_has_exactly_one_handler() -> None:
    handled = [
        name
        for group in (
            *(system, submissions, jobs, control, events, blobs),
            *(
                clusters,
                hosts,
                queues,
                restarts,
                results,
                diagnoses,
                figures,
                materials,
                structures,
                inputs,
                documents,
            ),
        )
        for name in group.HANDLERS  # type: ignore[attr-defined]
    ]
    assert sorted(handled) == sorted(METHODS)


def leaves(kind: type[errors.CrystalmathError]) -> Iterator[type]:
    below = kind.__subclasses__()
    if not below:
        yield kind
    for one in below:
        yield from leaves(one)


def test_every_error_that_a_client_can_meet_has_a_code() -> None:
    only_at_start = {*leaves(errors.StartError), errors.AlreadyRunningError}
    of_this_tree = {
        one
        for one in leaves(errors.CrystalmathError)
        if one.__module__ == errors.__name__
    }
    assert of_this_tree - only_at_start == set(FAULTS)


def test_an_error_is_retryable_on_both_sides_or_on_none() -> None:
    for error, code in FAULTS.items():
        assert error.is_retryable == code.is_retryable, error


def test_every_event_that_is_stored_has_a_type_of_the_table() -> None:
    written = set()
    for path in (ROOT / "crystalmathd").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(
                "append_event"
            ):
                kind = node.args[2]
                assert isinstance(kind, ast.Constant), f"{path}: {ast.unparse(node)}"
                written.add(kind.value)
    assert written
    assert written <= set(EVENT_TYPES)


def test_the_extension_knows_which_states_may_still_change() -> None:
    source = ROOT / "clients" / "vscode" / "src" / "jobs" / "job_list.ts"
    listed = source.read_text().partition("LIVE_STATES = [")[2].partition("]")[0]
    assert re.findall(r'"(\w+)"', listed) == [s for s in JobState if not is_end(s)]
