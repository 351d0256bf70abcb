"""Our errors as the protocol's errors."""

from typing import Any, Final

from crystalmath_protocol.errors import ErrorCode
from crystalmathd import errors

FAULTS: Final[dict[type[errors.CrystalmathError], ErrorCode]] = {
    errors.InputRefusedError: ErrorCode.INPUT_REFUSED,
    errors.FileMissingError: ErrorCode.INPUT_REFUSED,
    errors.FileEmptyError: ErrorCode.INPUT_REFUSED,
    errors.InputIncompleteError: ErrorCode.INPUT_REFUSED,
    errors.InputInvalidError: ErrorCode.INPUT_INVALID,
    errors.SweepRefusedError: ErrorCode.INPUT_REFUSED,
    errors.QueueFieldError: ErrorCode.INPUT_REFUSED,
    errors.EnvironmentRefusedError: ErrorCode.INPUT_REFUSED,
    errors.CodeUnknownError: ErrorCode.CODE_UNKNOWN,
    errors.CodeNotGuessedError: ErrorCode.CODE_UNKNOWN,
    errors.ProgramUnknownError: ErrorCode.CODE_UNKNOWN,
    errors.ExecutableMissingError: ErrorCode.EXECUTABLE_MISSING,
    errors.TooManyCoresError: ErrorCode.RESOURCES_REFUSED,
    errors.ClusterNotFoundError: ErrorCode.CLUSTER_NOT_FOUND,
    errors.ClusterExistsError: ErrorCode.CLUSTER_EXISTS,
    errors.ClusterBusyError: ErrorCode.CLUSTER_BUSY,
    errors.ClusterRefusedError: ErrorCode.CLUSTER_REFUSED,
    errors.ClusterChangedError: ErrorCode.CLUSTER_CHANGED,
    errors.ClusterSilentError: ErrorCode.CLUSTER_SILENT,
    errors.QueueUnreadableError: ErrorCode.QUEUE_UNREADABLE,
    errors.FileNotFetchedError: ErrorCode.FILE_NOT_FETCHED,
    errors.JobNotFoundError: ErrorCode.JOB_NOT_FOUND,
    errors.JobDeletedError: ErrorCode.JOB_DELETED,
    errors.JobStateError: ErrorCode.JOB_STATE,
    errors.CancelUnrecordedError: ErrorCode.STORE_FULL,
    errors.FilesNotRemovedError: ErrorCode.FILES_NOT_REMOVED,
    errors.AccessDeniedError: ErrorCode.ACCESS_DENIED,
    errors.FilesLeftError: ErrorCode.FILES_NOT_REMOVED,
    errors.FileAwayError: ErrorCode.FILE_AWAY,
    errors.JobFileNotFoundError: ErrorCode.FILE_NOT_FOUND,
    errors.RestartRefusedError: ErrorCode.RESTART_REFUSED,
    errors.ArtefactNotFoundError: ErrorCode.ARTEFACT_NOT_FOUND,
    errors.AdoptionBusyError: ErrorCode.INPUT_REFUSED,
    errors.OutputUnknownError: ErrorCode.OUTPUT_UNKNOWN,
    errors.OutputUnreadableError: ErrorCode.OUTPUT_UNREADABLE,
    errors.ColumnUnknownError: ErrorCode.QUESTION_REFUSED,
    errors.FilterRefusedError: ErrorCode.QUESTION_REFUSED,
    errors.NothingToPlotError: ErrorCode.NOTHING_TO_PLOT,
    errors.PlotUnavailableError: ErrorCode.PLOT_UNAVAILABLE,
    errors.ExportRefusedError: ErrorCode.EXPORT_REFUSED,
    errors.TemplateNotFoundError: ErrorCode.TEMPLATE_NOT_FOUND,
    errors.TemplateRefusedError: ErrorCode.TEMPLATE_REFUSED,
    errors.TemplateValueError: ErrorCode.TEMPLATE_VALUE,
    errors.GenerationRefusedError: ErrorCode.GENERATION_REFUSED,
    errors.StructureUnreadableError: ErrorCode.STRUCTURE_UNREADABLE,
    errors.StructureRefusedError: ErrorCode.STRUCTURE_REFUSED,
    errors.StructureNotFoundError: ErrorCode.STRUCTURE_NOT_FOUND,
    errors.StructureExistsError: ErrorCode.STRUCTURE_EXISTS,
    errors.MaterialQuestionError: ErrorCode.MATERIAL_QUESTION,
    errors.AuthenticationError: ErrorCode.AUTHENTICATION,
    errors.MaterialNotFoundError: ErrorCode.MATERIAL_NOT_FOUND,
    errors.MaterialUnavailableError: ErrorCode.MATERIAL_UNAVAILABLE,
    errors.TokenReusedError: ErrorCode.TOKEN_REUSED,
    errors.CursorTooOldError: ErrorCode.CURSOR_TOO_OLD,
    errors.CursorInvalidError: ErrorCode.CURSOR_INVALID,
    errors.SubscriptionNotFoundError: ErrorCode.SUBSCRIPTION_NOT_FOUND,
    errors.BlobNotFoundError: ErrorCode.BLOB_NOT_FOUND,
    errors.BlobMismatchError: ErrorCode.BLOB_MISMATCH,
    errors.ProtocolMismatchError: ErrorCode.PROTOCOL_MISMATCH,
    errors.MethodUnknownError: ErrorCode.METHOD_NOT_FOUND,
    errors.HostUnreachableError: ErrorCode.HOST_UNREACHABLE,
    errors.HostPausedError: ErrorCode.HOST_PAUSED,
    errors.HostKeyUnknownError: ErrorCode.HOST_KEY_UNKNOWN,
    errors.HostKeyChangedError: ErrorCode.HOST_KEY_CHANGED,
    errors.HostKeyMismatchError: ErrorCode.HOST_KEY_MISMATCH,
    errors.LoginRefusedError: ErrorCode.LOGIN_REFUSED,
    errors.KeyLockedError: ErrorCode.KEY_LOCKED,
    errors.SshConfigError: ErrorCode.SSH_CONFIG,
    errors.ShuttingDownError: ErrorCode.SHUTTING_DOWN,
    errors.StoreFullError: ErrorCode.STORE_FULL,
    errors.StoreUnavailableError: ErrorCode.STORE_UNAVAILABLE,
}
"""Every error that a handler may raise; a test holds it against the error tree."""


def error_data(code: ErrorCode, trace_id: str, facts: dict[str, Any]) -> dict[str, Any]:
    """Return `error.data`: the kind, whether to try again, the trace, the facts."""
    return {
        "kind": code.kind,
        "retryable": code.is_retryable,
        "trace_id": trace_id,
        "facts": {
            name: value if isinstance(value, int | str) else str(value)
            for name, value in facts.items()
        },
    }
