"""How much is asked of a host, and how long is waited for it."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class SshLimits:
    """What other people's machines may expect of a daemon that runs for months.

    `keepalive_s` times `keepalive_count` + 1 is when a dead link is noticed, 48 s.
    Channels: OpenSSH allows 10 a connection; 4 + 2 + 1 for files leaves some to spare.
    """

    login_spacing_s: float = 15.0
    """Between two logins to the same host, retries included."""
    connect_s: float = 20.0
    login_s: float = 60.0
    keepalive_s: float = 12.0
    keepalive_count: int = 3
    first_pause_s: float = 2.0
    """Before the second attempt; doubled before each further one."""
    first_probe_s: float = 60.0
    """Until a host that did not answer is tried again; longer each time, up to 30."""
    handshakes: int = 8
    """At once, to all hosts: OpenSSH drops some above 10 (MaxStartups)."""
    work_channels: int = 4
    control_channels: int = 2
    channel_s: float = 600.0
    """How long a command may wait for a channel while others hold them all."""
    open_s: float = 30.0
    """Until the server has opened a channel."""
    probe_s: float = 5.0
    """Until a connection that let a command pass its deadline answers `true`."""
    stall_s: float = 60.0
    """Without a byte, a file's transfer is given up."""
