"""The handlers of the methods about keys and secrets of hosts."""

from collections.abc import Mapping
from functools import partial
from typing import Final

import msgspec

from crystalmath_protocol import hosts as messages
from crystalmathd.rpc.dispatch import Context, Handler
from crystalmathd.runners.secrets import SecretKind
from crystalmathd.services.hosts import Hosts
from crystalmathd.services.material_keys import MaterialKeys


class HostHandlers:
    def __init__(self, hosts: Hosts, keys: MaterialKeys) -> None:
        self._hosts = hosts
        self._keys = keys

    async def trust_host_key(
        self, context: Context, params: messages.TrustHostKeyParams
    ) -> messages.TrustHostKeyResult:
        name, wait_s = params.cluster, params.wait_ms / 1000
        if params.fingerprint is None:
            keys = tuple(await self._hosts.host_keys(name, wait_s))
        else:
            trust = partial(self._hosts.trust, name, params.fingerprint, wait_s)
            keys = (await context.finish(trust),)
        shown = msgspec.convert(
            keys, tuple[messages.HostKey, ...], from_attributes=True
        )
        return messages.TrustHostKeyResult(cluster=name, keys=shown)

    async def store_secret(
        self, context: Context, params: messages.StoreSecretParams
    ) -> messages.StoreSecretResult:
        kind, secret, keep = params.kind, params.secret, params.keep
        if params.cluster is None:
            store = partial(self._keys.store, SecretKind(kind), secret, keep=keep)
        else:
            name = params.cluster
            store = partial(self._hosts.store_secret, name, kind, secret, keep=keep)
        kept = await context.finish(store)
        return messages.StoreSecretResult(
            cluster=params.cluster or "",
            kind=kind,
            kept_in=kept.where,
            note=kept.note,
        )

    async def forget_secret(
        self, context: Context, params: messages.ForgetSecretParams
    ) -> messages.ForgetSecretResult:
        kind = params.kind
        if params.cluster is None:
            forget = partial(self._keys.forget, SecretKind(kind))
        else:
            forget = partial(self._hosts.forget_secret, params.cluster, kind)
        was_kept = await context.finish(forget)
        return messages.ForgetSecretResult(
            cluster=params.cluster or "", kind=kind, was_kept=was_kept
        )

    def table(self) -> Mapping[str, Handler]:
        return {name: getattr(self, name) for name in HANDLERS}


HANDLERS: Final = ("trust_host_key", "store_secret", "forget_secret")
