"""The error tree. A message is written once, here; call sites give the facts."""

from string import Formatter
from typing import Any, ClassVar


class CrystalmathError(Exception):
    """Something that a user is told. Only leaves are raised."""

    is_retryable: ClassVar[bool] = False

    def __init__(self, **facts: Any) -> None:  # noqa: ANN401  # facts travel as JSON
        self.facts = facts
        template = " ".join((type(self).__doc__ or "").split())
        super().__init__(_filled(template, facts))


def _filled(template: str, facts: dict[str, Any]) -> str:
    """Put the facts in; one that is a sentence of its own brings no second stop."""
    said = ""
    for text, name, form, conversion in Formatter().parse(template):
        said = said[:-1] if said.endswith(".") and text.startswith(".") else said
        said += text
        if name is not None:
            place = f"{{{name}{'!' + conversion if conversion else ''}:{form}}}"
            said += place.format_map(facts)
    return said


def first_of(error: BaseException) -> BaseException:
    """Return what went wrong first inside of task groups."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


class InputError(CrystalmathError):
    pass


class InputRefusedError(InputError):
    """{name}: {reason}"""


class FileMissingError(InputError):
    """{path} is not there or cannot be read: {reason}."""


class FileEmptyError(InputError):
    """{path} is empty; a run that was broken off leaves such files. Leave it out."""


class CodeUnknownError(InputError):
    """There is no code {code}. Known: {known}."""


class CodeNotGuessedError(InputError):
    """No code is known for a file called {name}. Name one with --code: {known}."""


class ProgramUnknownError(InputError):
    """{code} has no program {program}. Known: {known}."""


class InputIncompleteError(InputError):
    """{name}: {missing}"""


class InputInvalidError(InputError):
    """{name} would not run as it is: {found}. Correct it, or submit with {options}."""


class SweepRefusedError(InputError):
    """The sweep over {name} cannot be made: {reason}."""


class EnvironmentRefusedError(InputError):
    """The variable {name} is not one that a client may send."""


class QueueFieldError(InputError):
    """{field} = {value!r} cannot stand in a job script: {reason}."""


class ExecutableMissingError(CrystalmathError):
    """{program} was not found. Tried: {tried}. {hint}"""


class TooManyCoresError(CrystalmathError):
    """{ranks} ranks of {threads} threads need {cores} cores; the limit is {limit}.
    Ask for less, raise `cores` in the configuration, or --force resources.cores."""


class ClusterNotFoundError(CrystalmathError):
    """There is no cluster {name}. Known: {known}."""


class ClusterExistsError(CrystalmathError):
    """There is a cluster {name} already; `crystalmath clusters set` changes it."""


class ClusterBusyError(CrystalmathError):
    """{n_jobs} jobs of {name} have not ended ({jobs}): {reason}"""


class ClusterRefusedError(CrystalmathError):
    """{name}: {reason}"""


class ClusterChangedError(CrystalmathError):
    """{name} was changed meanwhile: it is at version {version}, not {asked}."""


class ClusterSilentError(CrystalmathError):
    """{name} has not answered within {waited} s."""

    is_retryable = True


class QueueUnreadableError(CrystalmathError):
    """The queue of {name} cannot be read: {reason}."""

    is_retryable = True


class FileNotFetchedError(CrystalmathError):
    """{file} of job {job_id} is still on {name}: {reason}."""

    is_retryable = True


class JobNotFoundError(CrystalmathError):
    """There is no job {job_id}."""


class JobDeletedError(CrystalmathError):
    """Job {job_id} ({name}) was deleted on {deleted}; its files: {files}."""


class JobStateError(CrystalmathError):
    """Job {job_id} is {state}: {reason}"""


class CancelUnrecordedError(CrystalmathError):
    """Job {job_id} is cancelled: {done}. The store cannot take that down yet:
    {reason}. It is taken down as soon as that is possible."""

    is_retryable = True


class FilesNotRemovedError(CrystalmathError):
    """Job {job_id} is forgotten, but {directory} could not be removed: {reason}.
    It is tried again when the daemon starts."""


class AccessDeniedError(CrystalmathError):
    """{method} changes something, and this connection gave up the right to do so."""


class JobFileNotFoundError(CrystalmathError):
    """Job {job_id} has no file {file}. It has: {known}."""


class FilesLeftError(CrystalmathError):
    """Not every file could be removed: {reason}."""


class FileAwayError(CrystalmathError):
    """{file} of job {job_id} ({size} bytes) is still on {cluster}:
    `crystalmath fetch {job_id} {file}` brings it here."""


class RestartRefusedError(CrystalmathError):
    """Job {job_id} cannot be gone on from{kind}: {reason}. {way_out}."""


class ArtefactNotFoundError(CrystalmathError):
    """Job {job_id} leaves no file in the role {role}. Its roles: {known}."""


class AdoptionBusyError(CrystalmathError):
    """{path} is being adopted with other options: wait for that, or end it with
    `crystalmath adopt --stop {path}`."""


class OutputUnknownError(CrystalmathError):
    """{path}: {reason}."""


class OutputUnreadableError(CrystalmathError):
    """{path} could not be read: {reason}."""


class ColumnUnknownError(CrystalmathError):
    """There is no column {name}.{near} Known: {known}."""


class FilterRefusedError(CrystalmathError):
    """{column} {operator} {value}: {reason}."""


class NothingToPlotError(CrystalmathError):
    """Job {job_id} has nothing to plot as {kind}: {hint}."""


class PlotUnavailableError(CrystalmathError):
    """Pictures need matplotlib in the daemon's installation ({reason}):
    pip install 'crystalmathd[plot]'. Without -o the terminal shows the curve."""


class ExportRefusedError(CrystalmathError):
    """Job {job_id} cannot be exported as {format}: {reason}."""


class StructureUnreadableError(CrystalmathError):
    """{name} could not be read as a structure: {reason}."""


class StructureRefusedError(CrystalmathError):
    """{name}: {reason}."""


class StructureNotFoundError(CrystalmathError):
    """The library has no structure {name}.{near}"""


class StructureExistsError(CrystalmathError):
    """The library has a structure {name} already; --replace puts this one there."""


class MaterialQuestionError(InputError):
    """{what}: {reason}."""


class AuthenticationError(CrystalmathError):
    """{source}: {reason}."""


class MaterialNotFoundError(CrystalmathError):
    """There is no material {material_id}: {reason}."""


class MaterialUnavailableError(CrystalmathError):
    """{material_id} cannot be fetched now: {reason}."""

    is_retryable = True


class TokenReusedError(CrystalmathError):
    """The client token {client_token} was used for another submission."""


class CursorTooOldError(CrystalmathError):
    """Events before {oldest} are gone. Fetch the jobs again and follow from there."""


class CursorInvalidError(CrystalmathError):
    """The cursor {cursor} is not of this store. Fetch the jobs again."""


class SubscriptionNotFoundError(CrystalmathError):
    """This connection has no subscription {subscription}."""


class BlobNotFoundError(CrystalmathError):
    """There is no document {sha256}."""


class BlobMismatchError(CrystalmathError):
    """The document {sha256} cannot take this chunk: {reason}."""


class ProtocolMismatchError(CrystalmathError):
    """The daemon speaks protocol {daemon}, the client {client}.
    After an upgrade, stop the old daemon with `crystalmath daemon stop`."""


class TemplateNotFoundError(CrystalmathError):
    """There is no template {name}. Known: {known}."""


class TemplateRefusedError(CrystalmathError):
    """The template {name} cannot be used: {reason}."""


class TemplateValueError(CrystalmathError):
    """The template {name}, parameter {parameter}: {reason}."""


class GenerationRefusedError(CrystalmathError):
    """No input for {code} can be made: {reason}."""


class MethodUnknownError(CrystalmathError):
    """There is no method {method}."""


class ShuttingDownError(CrystalmathError):
    """The daemon is stopping. Try again in a moment."""

    is_retryable = True


class StoreFullError(CrystalmathError):
    """The disk of the store is full: {reason}. Nothing was stored."""

    is_retryable = True


class StoreUnavailableError(CrystalmathError):
    """The store cannot answer: {reason}."""

    is_retryable = True


class HostError(CrystalmathError):
    pass


class HostUnreachableError(HostError):
    """{host} cannot be reached: {reason}. Jobs there keep their last known state."""

    is_retryable = True


class HostPausedError(HostError):
    """{host} is paused: nothing is sent there until it is resumed."""


class HostKeyUnknownError(HostError):
    """The key of {host} (port {port}) is not known: {algorithm} {fingerprint}.
    Compare it with what the site publishes, then trust it."""


class HostKeyChangedError(HostError):
    """The key of {host} (port {port}) has changed: it shows {algorithm} {fingerprint},
    but {file}:{line} says {known_fingerprint}. Nothing is sent there. If the site
    confirms the new key, remove that line and trust the key."""


class HostKeyMismatchError(HostError):
    """{host} shows the key {fingerprint}, not {confirmed}, which was confirmed.
    Nothing was trusted."""


class LoginRefusedError(HostError):
    """{host} refuses the login of {user}: {reason}. Tried: {tried}. It is not tried
    again by itself."""


class KeyLockedError(HostError):
    """The key {path} for {host} is encrypted, and its passphrase is not known. Add it
    to the ssh-agent, or store the passphrase for {path}."""


class SshConfigError(HostError):
    """The ssh configuration for {host} cannot be used: {reason}."""


class StartError(CrystalmathError):
    """Why the daemon does not start; its exit code is 1."""


class SettingInvalidError(StartError):
    """{name} = {value!r} from {origin}: {reason}."""


class SettingUnknownError(StartError):
    """{origin}: there is no setting {name}.{hint}"""


class SocketRefusedError(StartError):
    """The socket {path} cannot be used: {reason}."""


class StoreRefusedError(StartError):
    """The store {path} is not opened: {reason}."""


class AlreadyRunningError(CrystalmathError):
    """Another crystalmathd ({owner}) holds {path}."""
