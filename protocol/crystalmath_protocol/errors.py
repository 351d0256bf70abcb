"""Every error a reply can carry: number and kind, which never change meaning."""

from enum import Enum
from typing import NamedTuple


class Fault(NamedTuple):
    """The number and the stable kind of an error; `retryable` says: try again."""

    code: int
    kind: str
    retryable: bool = False


class ErrorCode(Enum):
    """The frozen table of faults. Numbers and kinds are only ever added."""

    PARSE_ERROR = Fault(-32700, "rpc.parse_error")
    INVALID_REQUEST = Fault(-32600, "rpc.invalid_request")
    METHOD_NOT_FOUND = Fault(-32601, "rpc.method_not_found")
    INVALID_PARAMS = Fault(-32602, "rpc.invalid_params")
    INTERNAL_ERROR = Fault(-32603, "rpc.internal_error")
    REQUEST_CANCELLED = Fault(-32800, "rpc.cancelled")

    PROTOCOL_MISMATCH = Fault(-32001, "rpc.protocol_mismatch")
    FRAME_TOO_LARGE = Fault(-32002, "rpc.frame_too_large")
    STORE_FULL = Fault(-32010, "store.full", retryable=True)
    BUSY = Fault(-32011, "daemon.busy", retryable=True)
    STORE_UNAVAILABLE = Fault(-32012, "store.unavailable", retryable=True)
    JOB_NOT_FOUND = Fault(-32020, "job.not_found")
    TOKEN_REUSED = Fault(-32021, "job.token_reused")
    INPUT_REFUSED = Fault(-32022, "job.input_refused")
    FILE_NOT_FOUND = Fault(-32023, "job.file_not_found")
    EXECUTABLE_MISSING = Fault(-32024, "code.executable_missing")
    CODE_UNKNOWN = Fault(-32025, "code.unknown")
    RESOURCES_REFUSED = Fault(-32026, "job.resources_refused")
    ARTEFACT_NOT_FOUND = Fault(-32027, "job.artefact_not_found")
    JOB_STATE = Fault(-32028, "job.wrong_state")
    JOB_DELETED = Fault(-32029, "job.deleted")
    RESTART_REFUSED = Fault(-32034, "job.restart_refused")
    FILES_NOT_REMOVED = Fault(-32033, "job.files_not_removed")
    CURSOR_TOO_OLD = Fault(-32030, "events.cursor_too_old")
    CURSOR_INVALID = Fault(-32031, "events.cursor_invalid")
    SUBSCRIPTION_NOT_FOUND = Fault(-32032, "events.subscription_not_found")
    BLOB_NOT_FOUND = Fault(-32040, "blob.not_found")
    BLOB_MISMATCH = Fault(-32041, "blob.mismatch")
    HOST_UNREACHABLE = Fault(-32050, "host.unreachable", retryable=True)
    HOST_KEY_UNKNOWN = Fault(-32051, "host.key_unknown")
    HOST_KEY_CHANGED = Fault(-32052, "host.key_changed")
    LOGIN_REFUSED = Fault(-32053, "host.login_refused")
    KEY_LOCKED = Fault(-32054, "host.key_locked")
    HOST_PAUSED = Fault(-32055, "host.paused")
    SSH_CONFIG = Fault(-32056, "host.ssh_config")
    HOST_KEY_MISMATCH = Fault(-32057, "host.key_mismatch")
    CLUSTER_NOT_FOUND = Fault(-32060, "cluster.not_found")
    CLUSTER_EXISTS = Fault(-32061, "cluster.exists")
    CLUSTER_BUSY = Fault(-32062, "cluster.busy")
    CLUSTER_REFUSED = Fault(-32063, "cluster.refused")
    CLUSTER_CHANGED = Fault(-32064, "cluster.changed")
    CLUSTER_SILENT = Fault(-32065, "cluster.silent", retryable=True)
    QUEUE_UNREADABLE = Fault(-32066, "cluster.queue_unreadable", retryable=True)
    FILE_AWAY = Fault(-32068, "job.file_away")
    FILE_NOT_FETCHED = Fault(-32067, "cluster.file_not_fetched", retryable=True)
    ACCESS_DENIED = Fault(-32003, "rpc.access_denied")
    OUTPUT_UNKNOWN = Fault(-32070, "output.unknown")
    OUTPUT_UNREADABLE = Fault(-32071, "output.unreadable")
    QUESTION_REFUSED = Fault(-32072, "results.question_refused")
    NOTHING_TO_PLOT = Fault(-32073, "results.nothing_to_plot")
    PLOT_UNAVAILABLE = Fault(-32074, "results.plot_unavailable")
    EXPORT_REFUSED = Fault(-32075, "results.export_refused")
    INPUT_INVALID = Fault(-32035, "job.input_invalid")
    TEMPLATE_NOT_FOUND = Fault(-32090, "template.not_found")
    TEMPLATE_REFUSED = Fault(-32091, "template.refused")
    TEMPLATE_VALUE = Fault(-32092, "template.value_refused")
    GENERATION_REFUSED = Fault(-32093, "input.generation_refused")
    STRUCTURE_UNREADABLE = Fault(-32080, "structure.unreadable")
    STRUCTURE_REFUSED = Fault(-32081, "structure.refused")
    STRUCTURE_NOT_FOUND = Fault(-32082, "structure.not_found")
    STRUCTURE_EXISTS = Fault(-32083, "structure.exists")
    MATERIAL_QUESTION = Fault(-32084, "materials.question_refused")
    AUTHENTICATION = Fault(-32085, "materials.authentication")
    MATERIAL_NOT_FOUND = Fault(-32086, "material.not_found")
    MATERIAL_UNAVAILABLE = Fault(-32087, "material.unavailable", retryable=True)
    SHUTTING_DOWN = Fault(-32099, "daemon.shutting_down", retryable=True)

    @property
    def code(self) -> int:
        return self.value.code

    @property
    def kind(self) -> str:
        return self.value.kind

    @property
    def is_retryable(self) -> bool:
        return self.value.retryable
