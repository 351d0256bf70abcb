"""Client and daemon agree on which variables travel with a job."""

from crystalmath.environment import ALLOWED
from crystalmathd.services.planning import allowed_variables


def test_the_client_sends_what_the_daemon_takes_and_nothing_else() -> None:
    assert set(ALLOWED) == allowed_variables()
