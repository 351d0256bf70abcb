"""What a person does about what stands in the way to a host."""

from typing import Final

from crystalmathd.errors import (
    HostError,
    HostKeyChangedError,
    HostKeyUnknownError,
    HostPausedError,
    KeyLockedError,
    LoginRefusedError,
)

NO_REMEDY: Final = "`crystalmath doctor`, and `ssh` by hand, tell more"


def remedy(name: str, error: HostError | None) -> str:
    """Return what a person does about an error, with the commands for it."""
    match error:
        case HostKeyUnknownError():
            return f"`crystalmath clusters trust {name}` shows the key and asks"
        case HostKeyChangedError(facts={"file": file, "line": line}):
            return f"if the site says why, remove line {line} of {file}"
        case KeyLockedError():
            return f"`crystalmath clusters secret {name} --passphrase`, or ssh-add"
        case LoginRefusedError():
            return (
                f"`crystalmath clusters show {name}` says as whom and with which key; "
                f"`crystalmath clusters secret {name}` keeps a password"
            )
        case HostPausedError():
            return f"`crystalmath clusters resume {name}`"
        case _:
            return NO_REMEDY
