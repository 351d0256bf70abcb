"""What an output says, as a reply."""

import pytest

from crystalmathd.errors import OutputUnreadableError
from crystalmathd.rpc.results import parsed
from crystalmathd.services.reading import MainOutput


def test_a_result_that_no_reply_can_hold_is_an_output_that_cannot_be_read() -> None:
    main = MainOutput(
        code="vasp", program="vasp_std", name="OUTCAR", path="/old/OUTCAR", files={}
    )
    text = b'{"code":"vasp","program":"vasp_std","energies_ev":{"free_energy":null}}'
    with pytest.raises(OutputUnreadableError, match="/old/OUTCAR could not be read"):
        parsed(main, text, None)
