"""Whom to log in to, as a user names it."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """A host and what stands above that which ssh_config says about it.

    `host` is an alias of ssh_config or a name; `proxy_jump` as ssh writes it:
    `user@host:port`, several with commas.
    """

    host: str
    user: str | None = None
    port: int | None = None
    identity_file: str | None = None
    proxy_jump: str | None = None


def parse_jump(text: str) -> Target | None:
    """Return the last of the hosts on the way, which is reached over the others.

    Source: ProxyJump in ssh_config(5): `[user@]host[:port]` or an ssh:// URI.
    """
    hops = [hop.strip().removeprefix("ssh://") for hop in text.split(",")]
    if hops == [""] or hops[-1].lower() == "none":
        return None
    user, _, place = hops[-1].rpartition("@")
    host, colon, port = place.rpartition(":")
    if place.startswith("[") or place.count(":") == 1:
        number = int(port) if colon and not place.endswith("]") else None
        host = host if number is not None else place
    else:
        host, number = place, None
    return Target(
        host=host.strip("[]"),
        user=user or None,
        port=number,
        proxy_jump=",".join(hops[:-1]) or None,
    )
