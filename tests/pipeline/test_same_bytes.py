"""However a study is run, the bytes are the same."""

from support.project_copy import Project


def test_one_core_in_one_process_gives_the_bytes_of_two_cores_through_snakemake(
    project: Project, finished: Project
) -> None:
    done = project.run("run", "--no-snakemake", "--cores", "1")

    assert done.returncode == 0, done.stderr
    expected, found = finished.tables(), project.tables()
    assert list(found) == list(expected)
    assert [name for name in expected if found[name] != expected[name]] == []
    assert len([name for name in found if name.endswith(".parquet")]) > 60


def test_a_finished_study_has_nothing_to_do(finished: Project) -> None:
    again = finished.run("run", "--cores", "2")
    by_hand = finished.snakemake("-n")

    assert "Nothing to do" in again.stdout
    assert "Nothing to be done" in by_hand.stdout + by_hand.stderr
