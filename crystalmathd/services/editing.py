"""Texts that are being written: questions about them are answered beside the loop."""

from dataclasses import asdict
from functools import partial
from typing import Final

import anyio.to_thread

from crystalmathd.services.questions import Question, answer, is_light
from crystalmathd.services.workers import WorkerPool

SMALL_CHARACTERS: Final = 64 << 10
"""So much is answered in some ms; a longer text would keep others from the lock."""
IDLE_S: Final = 300.0
"""Whoever writes has a question again within minutes; a worker's start is slow."""
MOST_KEPT_MB: Final = 400.0
DEADLINE_S: Final = 30.0


class Editing:
    """Answers editors: about short texts in a thread, about others in a process."""

    def __init__(self) -> None:
        self._pool = WorkerPool(
            "crystalmathd.services.worker",
            most_workers=1,
            idle_s=IDLE_S,
            most_kept_mb=MOST_KEPT_MB,
            deadline_s=DEADLINE_S,
        )

    async def run(self) -> None:
        """End the worker when nobody has asked for long, and in the end."""
        await self._pool.run()

    async def answer(self, question: Question) -> bytes:
        """Return the answer as JSON.

        Raises
        ------
        OutputUnreadableError
            If the worker fails or takes longer than its deadline.
        """
        # numpy and spglib, which the symmetry needs, are never loaded in the daemon.
        is_short = len(question.text) < SMALL_CHARACTERS and not question.deep
        if is_short or is_light(question):
            return await anyio.to_thread.run_sync(partial(answer, question))
        about = question.name or "the text"
        parts = await self._pool.ask("answer", asdict(question), about)
        return parts[0]
