"""Keys of the materials databases: of the environment, else kept for the user."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from crystalmathd.errors import AuthenticationError
from crystalmathd.models.materials import CONTRIBUTIONS, MATERIALS_PROJECT
from crystalmathd.runners.secrets import (
    SecretKind,
    SecretPlace,
    Secrets,
    SecretText,
)
from crystalmathd.services.sites import Kept
from crystalmathd.settings.layers import find_secret

SUBJECT: Final = "materialsproject.org"
_VARIABLES: Final = {
    SecretKind.MP_API_KEY: "MP_API_KEY",
    SecretKind.MPCONTRIBS_API_KEY: "MPCONTRIBS_API_KEY",
}
_KINDS: Final = {
    MATERIALS_PROJECT: (SecretKind.MP_API_KEY,),
    CONTRIBUTIONS: (SecretKind.MPCONTRIBS_API_KEY, SecretKind.MP_API_KEY),
}
"""Source → kinds of keys, what counts first."""
HOW_TO_GET: Final = (
    "make one at https://next-gen.materialsproject.org/api, then set {variable} or "
    "store it with `crystalmath materials key`"
)


def found_keys(
    environ: Mapping[str, str], config: Path
) -> dict[SecretKind, SecretText]:
    """Return the keys that the environment, `.env` or the user's file hold."""
    found = {
        kind: find_secret(name, environ, config) for kind, name in _VARIABLES.items()
    }
    return {kind: SecretText(key) for kind, key in found.items() if key is not None}


class MaterialKeys:
    """`found` are those of the daemon's environment, which stand above kept ones."""

    def __init__(
        self, found: Mapping[SecretKind, SecretText], secrets: Secrets
    ) -> None:
        self._found = found
        self._secrets = secrets

    async def key_of(self, source: str) -> SecretText | None:
        """Return the key for a source; None if there is none or it needs none."""
        for kind in _KINDS.get(source, ()):
            key = self._found.get(kind) or await self._secrets.get(kind, SUBJECT)
            if key is not None:
                return key
        return None

    async def store(self, kind: SecretKind, key: str, *, keep: bool) -> Kept:
        """Keep a key: in the system keyring, or until the daemon ends."""
        stored = await self._secrets.store(
            kind, SUBJECT, SecretText(key.strip()), is_kept=keep
        )
        note = stored.refusal
        if kind in self._found:
            name = _VARIABLES[kind]
            note = f"{name} of the daemon's environment stands above it"
        return Kept(where=stored.where, note=note)

    async def forget(self, kind: SecretKind) -> bool:
        """Forget a kept key; tell whether there was one."""
        place = await self._secrets.where(kind, SUBJECT)
        problem = await self._secrets.forget(kind, SUBJECT)
        if problem is not None and place is SecretPlace.KEYRING:
            reason = f"the keyring did not forget the key: {problem.rstrip('.')}"
            raise AuthenticationError(source=SUBJECT, reason=reason)
        return place is not None


def no_key(source: str) -> str:
    """Return the sentence for a source that was not asked for want of a key."""
    variable = _VARIABLES[_KINDS[source][0]]
    return f"There is no key: {HOW_TO_GET.format(variable=variable)}."
