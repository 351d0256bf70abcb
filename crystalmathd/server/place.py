"""The socket's directory and the locks: one daemon for a socket and for a store."""

import fcntl
import os
import stat
from pathlib import Path
from typing import Final

from crystalmath_protocol.paths import MAX_SOCKET_PATH_BYTES
from crystalmathd.errors import AlreadyRunningError, SocketRefusedError

STATE_LOCK_NAME: Final = "state.lock"


def prepare_directory(socket_path: Path) -> None:
    """Make the socket's directory, or see that it is private.

    Raises
    ------
    SocketRefusedError
        If somebody else could get in or already sits there.
    """
    if len(os.fsencode(socket_path)) > MAX_SOCKET_PATH_BYTES:
        reason = (
            f"the path has more than {MAX_SOCKET_PATH_BYTES} bytes; name a shorter "
            "one with --socket"
        )
        raise SocketRefusedError(path=socket_path, reason=reason)
    directory = socket_path.parent
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = directory.lstat()
    except OSError as error:
        reason = f"{error.filename or directory}: {error.strerror}"
        raise SocketRefusedError(path=socket_path, reason=reason) from error
    problem = None
    if not stat.S_ISDIR(status.st_mode):
        problem = f"{directory} is a link or a file, not a directory"
    elif status.st_uid != os.geteuid():
        problem = f"{directory} belongs to user {status.st_uid}"
    elif status.st_mode & 0o077:
        problem = (
            f"{directory} is open to others (mode {status.st_mode & 0o777:o}); "
            f"chmod 700 {directory}"
        )
    elif not os.access(directory, os.W_OK | os.X_OK):
        problem = (
            f"{directory} may not be written (mode {status.st_mode & 0o777:o}); "
            f"chmod 700 {directory}, or name another place with --socket"
        )
    if problem is not None:
        raise SocketRefusedError(path=socket_path, reason=problem)


def take_lock(path: Path) -> int:
    """Lock a file for the life of this process; return its descriptor.

    flock, because a lock of fcntl would be lost when any descriptor of the file
    is closed.

    Raises
    ------
    AlreadyRunningError
        If another process holds it.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        descriptor = os.open(path, flags, 0o600)
    except OSError as error:
        raise SocketRefusedError(path=path, reason=error.strerror) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        owner = os.pread(descriptor, 100, 0).decode("utf-8", "replace").strip()
        os.close(descriptor)
        raise AlreadyRunningError(owner=owner or "starting", path=path) from error
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"pid {os.getpid()}".encode(), 0)
    return descriptor


def clear_stale_socket(path: Path) -> None:
    """Remove what an earlier daemon left; the lock proves that it is gone.

    Raises
    ------
    SocketRefusedError
        If something else than a socket of ours is there.
    """
    try:
        status = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(status.st_mode) or status.st_uid != os.geteuid():
        reason = "something that is not a socket of yours is there; it is left alone"
        raise SocketRefusedError(path=path, reason=reason)
    path.unlink()


def remove_own_socket(path: Path, device: int, inode: int) -> None:
    """Unlink the socket if it is still the one that this process made."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        return
    if (status.st_dev, status.st_ino) == (device, inode):
        path.unlink()
