"""Where ph.x is: q-points, and the representations of the present one."""

from dataclasses import dataclass


@dataclass(slots=True)
class Representations:
    """Counts what is listed and what is begun; a list of q-points may be missing."""

    n_q_points: int = 1
    q_point: int = 0
    representation: int = 0
    n_representations: int = 0

    def begin_q_point(self) -> None:
        self.q_point += 1
        self.representation = self.n_representations = 0

    def list_representation(self) -> None:
        self.n_representations += 1

    @property
    def what(self) -> str:
        """The parts that are counted: those of one q-point if there is only one."""
        return "q-points" if self.n_q_points > 1 else "representations"

    def done_of(self) -> tuple[int, int]:
        """Return how many parts are done, of how many; representations go in order."""
        if self.n_q_points > 1:
            return max(self.q_point - 1, 0), self.n_q_points
        return max(self.representation - 1, 0), self.n_representations

    def words(self) -> tuple[str, ...]:
        words = []
        if self.n_q_points > 1:
            words.append(f"q-point {self.q_point} of {self.n_q_points}")
        if self.representation:
            of = f" of {self.n_representations}" if self.n_representations else ""
            words.append(f"representation {self.representation}{of}")
        return tuple(words)
