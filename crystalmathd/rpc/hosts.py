"""The handlers of the methods about keys and secrets of hosts."""

from collections.abc import Mapping
from functools import partial
from typing import Final

import msgspec

from crystalmath_protocol import hosts as messages
from crystalmathd.rpc.dispatch import Context, Handler
from crystalmathd.services.hosts import Hosts


class HostHandlers:
    def __init__(self, hosts: Hosts) -> None:
        self._hosts = hosts

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
        store = partial(
            self._hosts.store_secret,
            params.cluster,
            params.kind,
            params.secret,
            keep=params.keep,
        )
        kept = await context.finish(store)
        return messages.StoreSecretResult(
            cluster=params.cluster,
            kind=params.kind,
            kept_in=kept.where,
            note=kept.note,
        )

    async def forget_secret(
        self, context: Context, params: messages.ForgetSecretParams
    ) -> messages.ForgetSecretResult:
        forget = partial(self._hosts.forget_secret, params.cluster, params.kind)
        was_kept = await context.finish(forget)
        return messages.ForgetSecretResult(
            cluster=params.cluster, kind=params.kind, was_kept=was_kept
        )

    def table(self) -> Mapping[str, Handler]:
        return {name: getattr(self, name) for name in HANDLERS}


HANDLERS: Final = ("trust_host_key", "store_secret", "forget_secret")
