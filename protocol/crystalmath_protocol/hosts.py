"""The way to a host: its key, and the secrets that a login needs."""

from typing import Annotated, Literal

import msgspec

from crystalmath_protocol.method import (
    ClusterName,
    Method,
    Milliseconds,
    Params,
    Result,
)

Fingerprint = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^SHA256:[A-Za-z0-9+/]{43}=?$(?!\n)",
        description="the fingerprint of a key: SHA256: and 43 characters",
    ),
]
Secret = Annotated[
    str,
    msgspec.Meta(
        min_length=1,
        max_length=4096,
        extra_json_schema={"format": "password", "writeOnly": True},
    ),
]
"""Never logged, stored in the database, or sent back."""
SecretKind = Literal["password", "passphrase", "mp-api-key", "mpcontribs-api-key"]
OF_CLUSTERS = ("password", "passphrase")


class _OfSecret(Params, frozen=True, kw_only=True):
    """`cluster`: of passwords and passphrases; keys of databases belong to none."""

    kind: SecretKind
    cluster: ClusterName | None = None

    def __post_init__(self) -> None:
        if (self.cluster is None) == (self.kind in OF_CLUSTERS):
            said = "belongs to a" if self.cluster is None else "belongs to no"
            raise ValueError(f"a {self.kind} {said} cluster")


class TrustHostKeyParams(Params, frozen=True, kw_only=True):
    """Accept the key of a host that is not known yet.

    Without `fingerprint` the host is asked and nothing is stored; with it, its key
    is stored if it has that fingerprint. A key that has changed is never accepted.
    """

    cluster: ClusterName
    fingerprint: Fingerprint | None = None
    wait_ms: Milliseconds = 60_000


class HostKey(Result, frozen=True, kw_only=True):
    """The key that a host shows; `place` as known_hosts names it."""

    place: str
    algorithm: str
    fingerprint: str
    is_known: bool


class TrustHostKeyResult(Result, frozen=True, kw_only=True):
    """`keys`: of the host, and of those on the way that are not known yet."""

    cluster: str
    keys: tuple[HostKey, ...]


class StoreSecretParams(_OfSecret, frozen=True, kw_only=True):
    """Keep what a login asks for: a password, or the passphrase of the key.

    Or the key of a materials database, which belongs to no cluster.

    In the system keyring if `keep` is set and there is one, else in the memory of
    the daemon, until it ends. One-time passwords and private keys are never kept.
    """

    secret: Secret
    keep: bool = True

    def __repr__(self) -> str:
        return f"{type(self).__name__}(cluster={self.cluster!r}, kind={self.kind!r})"


class StoreSecretResult(Result, frozen=True, kw_only=True):
    """`kept_in`: keyring or memory. `note`: why it is not in the keyring.

    `cluster` is empty for the key of a database.
    """

    cluster: str
    kind: str
    kept_in: str
    note: str | None


class ForgetSecretParams(_OfSecret, frozen=True, kw_only=True):
    """Forget it, in the keyring too."""


class ForgetSecretResult(Result, frozen=True, kw_only=True):
    """`was_kept` is false if there was none."""

    cluster: str
    kind: str
    was_kept: bool


METHODS = (
    Method(
        name="trust_host_key",
        summary="Show the key of a host, or accept it.",
        params=TrustHostKeyParams,
        result=TrustHostKeyResult,
        access="write",
    ),
    Method(
        name="store_secret",
        summary="Keep a password or passphrase for a cluster.",
        params=StoreSecretParams,
        result=StoreSecretResult,
        access="write",
    ),
    Method(
        name="forget_secret",
        summary="Forget the password or passphrase of a cluster.",
        params=ForgetSecretParams,
        result=ForgetSecretResult,
        access="write",
    ),
)
