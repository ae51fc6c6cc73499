"""What one entry of a manifest can say: files in several ways, columns that some files lack."""

import pytest
from support.tiny import TinyStudy

from cws_outcomes.contracts import CONTRACTS
from cws_outcomes.errors import ConfigError, MissingColumnError
from cws_outcomes.ingest.manifest import files_of, load_manifest
from cws_outcomes.ingest.staging import stage_table
from cws_outcomes.sql import connect

LONG = {2016: "Exclusions_2016.txt", 2017: "Exclusions_2017.txt"}


def staged(study: TinyStudy, table: str) -> list[tuple[object, ...]]:
    scratch = study.folder / "scratch"
    scratch.mkdir(exist_ok=True)
    connection = connect(scratch, threads=1, memory_mb=500)
    contract = CONTRACTS[f"delivered_{table}"]
    stage_table(connection, load_manifest(study.manifest_file), contract, scratch)
    return connection.sql("from staged order by all").fetchall()


def test_files_written_otherwise_are_read_as_they_are(study):
    """2017 under another name, with commas and British dates: the same rows as before."""
    study.change_manifest(lambda manifest: manifest.pop("receipt"))
    before = staged(study, "exclusions")
    start = study.lines(LONG[2017])[0].split("\t").index("StartDate_ex17")
    rows = [line.split("\t") for line in study.lines(LONG[2017])]
    for row in rows[1:]:
        if row[start]:
            row[start] = "/".join(reversed(row[start].split("-")))
    study.write_lines("Exclusions_2017_Table3.csv", [",".join(row) for row in rows])

    def tell(manifest):
        entry = manifest["tables"]["exclusions_long"]
        entry["years"] = [2016]
        entry["also"] = [
            {
                "file": "Exclusions_{year}_Table3.csv",
                "years": [2017],
                "delimiter": ",",
                "date_format": "%d/%m/%Y",
            }
        ]

    study.change_manifest(tell)
    manifest = load_manifest(study.manifest_file)
    assert [(file.year, file.path.name) for file in files_of(manifest, "exclusions_long")] == [
        (2016, "Exclusions_2016.txt"),
        (2017, "Exclusions_2017_Table3.csv"),
    ]
    assert staged(study, "exclusions") == before


def test_columns_under_also_go_before_those_above(study):
    study.rename_column(LONG[2017], "Reason_ex17", "Why_ex17")

    def tell(manifest):
        entry = manifest["tables"]["exclusions_long"]
        entry["years"] = [2016]
        entry["also"] = [{"years": [2017], "columns": {"reason": "Why_ex{yy}"}}]

    study.change_manifest(tell)
    reasons = {file.year: file.candidates("reason") for file in files_of(
        load_manifest(study.manifest_file), "exclusions_long"
    )}  # fmt: skip
    assert reasons == {2016: ("Reason_ex16",), 2017: ("Why_ex17",)}
    assert staged(study, "exclusions")


@pytest.mark.parametrize(
    ("also", "slip"),
    [
        ({"years": [2016]}, "named twice"),
        ({"file": "Exclusions.txt"}, "`years` goes with"),
        ({"file": "x_{year}.duckdb"}, "`relation` goes with"),
        ({"fiel": "x"}, "unknown key"),
    ],
)
def test_slips_under_also_are_told(also, slip, study):
    study.change_manifest(lambda m: m["tables"]["exclusions_long"].update(also=[also]))
    with pytest.raises(ConfigError, match=slip):
        load_manifest(study.manifest_file)


def test_a_column_that_some_files_lack(study):
    study.rename_column(LONG[2017], "Reason_ex17", "gone")
    with pytest.raises(MissingColumnError, match="lacks reason"):
        staged(study, "exclusions")

    def tell(manifest):
        manifest["tables"]["exclusions_long"]["columns"]["reason"] = ["Reason_ex{yy}", None]

    study.change_manifest(tell)
    contract = CONTRACTS["delivered_exclusions"]
    place = list(contract.columns).index("reason")
    years = {row[0]: set() for row in staged(study, "exclusions")}
    for row in staged(study, "exclusions"):
        years[row[0]].add(row[place] is None)
    assert years[2017] == {True}
    assert False in years[2016]


def test_a_needed_column_cannot_be_lacking_in_some_files(study):
    names = {"category": ["Category_ex{yy}", None]}
    study.change_manifest(lambda m: m["tables"]["exclusions_long"]["columns"].update(names))
    with pytest.raises(ConfigError, match="category: null, but the study cannot do without it"):
        load_manifest(study.manifest_file)


def test_a_connection_string_has_no_place_in_a_manifest(study):
    study.change_manifest(lambda manifest: manifest.update(odbc="Driver=X;PWD=hush"))
    with pytest.raises(ConfigError, match="odbc") as refused:
        load_manifest(study.manifest_file)
    assert "hush" not in str(refused.value)
