"""Tables over results, through the daemon and on the command line."""

import csv
import io
import json

import pytest

from crystalmath import Connection
from crystalmath.errors import RpcError
from crystalmath_protocol.results import ResultFilter
from tests.harness import RunningDaemon, deck

SWEPT = deck().replace("4.21", "${a}")
VALUES = ("4.20", "4.21", "4.22")


@pytest.fixture
def collection(daemon: RunningDaemon, connection: Connection) -> str:
    """Run a sweep; return the number of its collection."""
    path = daemon.write("mgo.d12", SWEPT)
    said = daemon.crystalmath(
        *("submit", str(path), "--sweep", f"a={','.join(VALUES)}", "--wait", "--json"),
        *("--tag", "sweep"),
    )
    number = json.loads(said.stdout.splitlines()[0])["collection"]
    assert number is not None
    assert len(connection.fetch_jobs(collection=number).jobs) == len(VALUES)
    return str(number)


def test_a_table_is_filtered_sorted_and_paged(
    connection: Connection, collection: str
) -> None:
    of_it = ResultFilter(column="collection", value=float(collection))
    table = connection.query_results(
        columns=["name", "energy_ev"], filters=[of_it], sort=["-name"], limit=2
    )
    names = [row[0] for row in table.rows]
    assert names == sorted(names, reverse=True)
    assert (table.n_rows, table.next_page) == (3, "2")
    assert [one.unit for one in table.columns] == ["", "eV"]
    rest = connection.query_results(
        columns=["name"], filters=[of_it], sort=["-name"], limit=2, page="2"
    )
    assert len(rest.rows) == 1
    assert rest.next_page is None
    assert {*names, rest.rows[0][0]} == {
        job.name for job in connection.fetch_jobs(collection=collection).jobs
    }
    none = ResultFilter(column="energy_ev", operator=">", value=0)
    assert connection.query_results(filters=[none]).rows == ()
    assert connection.query_results(tag="sweep").n_rows == 3
    assert connection.query_results(tag="other").n_rows == 0


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"columns": ["enregy_ev"]}, "Did you mean energy_ev"),
        ({"sort": ["-password"]}, "There is no column password"),
        ({"filters": [ResultFilter(column="x", value=1.0)]}, "no column x"),
        ({"filters": [ResultFilter(column="energy_ev", value="low")]}, "numbers"),
        (
            {"filters": [ResultFilter(column="gap_ev", operator="~", value="1")]},
            "looks for a text",
        ),
        ({"filters": [ResultFilter(column="name", operator="<")]}, "no order"),
        ({"filters": [ResultFilter(column="name", value=True)]}, "texts"),
        (
            {"filters": [ResultFilter(column="scf_converged", value="maybe")]},
            "true or false",
        ),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(
    connection: Connection, asked: dict[str, list[object]], words: str
) -> None:
    with pytest.raises(RpcError, match=words) as refused:
        connection.query_results(**asked)  # type: ignore[arg-type]
    assert refused.value.kind == "results.question_refused"


def test_the_command_prints_units_and_colours_nothing_in_a_pipe(
    daemon: RunningDaemon, collection: str
) -> None:
    said = daemon.crystalmath("table", collection, "--sort", "job").stdout.splitlines()
    assert "ENERGY/eV" in said[0]
    assert "ENERGY/eV/atom" in said[0]
    assert len(said) == 4
    assert "-7483.158014" in said[1]
    assert "converged" in said[1]
    assert "\x1b" not in "".join(said)
    some = daemon.crystalmath("table", "grade=converged", "gap_ev=", "--limit", "2")
    assert len(some.stdout.splitlines()) == 3
    assert "2 of 3 rows" in some.stderr
    nothing = daemon.crystalmath("table", "energy_ev>0")
    assert (nothing.stdout, "No job has" in nothing.stderr) == ("", True)
    listed = daemon.crystalmath("table", "--columns", "help").stdout
    assert "volume_a3_per_atom" in listed
    assert "Å³/atom" in listed


def test_csv_has_all_rows_and_all_digits(
    daemon: RunningDaemon, connection: Connection, collection: str
) -> None:
    words = ("--columns", "job,name,energy_ev,scf_converged", "--limit", "1", "--csv")
    said = daemon.crystalmath("table", collection, *words).stdout
    header, *rows = csv.reader(io.StringIO(said))
    assert header == ["job", "name", "energy_ev (eV)", "scf_converged"]
    assert len(rows) == 3
    for job_id, name, energy_ev, converged in rows:
        job = connection.get_job_details(job_id)
        assert (job.name, job.energy_ev) == (name, float(energy_ev))
        assert converged == "true"


@pytest.mark.parametrize(
    ("word", "n_rows"),
    [
        *(("scf_converged=true", 3), ("scf_converged=True", 3)),
        *(("scf_converged=false", 0), ("scf_converged!=False", 3)),
    ],
)
def test_values_are_understood_as_people_write_them(
    daemon: RunningDaemon, collection: str, word: str, n_rows: int
) -> None:
    found = daemon.crystalmath("table", collection, word, "--json").stdout
    assert len(json.loads(found)["rows"]) == n_rows


@pytest.mark.parametrize("word", ["gap", "gap_ev>", "=3", "0"])
def test_a_filter_that_is_none_is_not_understood(
    daemon: RunningDaemon, word: str
) -> None:
    said = daemon.crystalmath("table", word, check=False)
    assert said.returncode in {1, 2}
    assert said.stdout == ""
