import dataclasses
from pathlib import Path

import polars as pl
import pytest
import yaml
from support.invented import inputs, unchecked

from cws_outcomes import disclosure
from cws_outcomes.errors import ConfigError
from cws_outcomes.figures import draw

SETTINGS = {"disclosure_threshold": 10, "disclosure_round_to": 10}
CONFIG = Path(__file__).parents[2] / "config"
FIGURES = sorted(path.stem for path in (CONFIG / "figures").glob("*.yaml"))


def definition(kind: str, name: str) -> dict:
    text = (CONFIG / kind / f"{name}.yaml").read_text(encoding="utf-8")
    return {"name": name, **yaml.safe_load(text)}


@pytest.fixture(scope="module")
def cleared() -> dict[str, pl.DataFrame]:
    exact = inputs(**unchecked())
    made = [getattr(disclosure, name)(exact, SETTINGS) for name in disclosure.__all__]
    frames = {name: frame for tables in made for name, frame in tables.items()}
    ratios = frames["cleared_hazard_ratios"]
    ever = ratios.filter(covariate="contact_state").head(2)
    ever = ever.with_columns(
        model=pl.lit("offence_hazard_ever_never"), covariate=pl.lit("ever_in_contact")
    )
    other = ratios.with_columns(model=pl.lit("offence_hazard_not_truncated"))
    flow = frames["cleared_flow"]
    return frames | {
        "cleared_hazard_ratios": pl.concat([ratios, other, ever]),
        "cleared_flow": pl.concat([flow, flow.with_columns(cohort=pl.lit("from_10"))]),
    }


def drawn(cleared, folder, name, *, synthetic=True, **changes) -> dict[str, Path]:
    figure = definition("figures", name) | changes
    table = definition("tables", figure["table"])
    contract = f"cleared_{table['layout']}"
    settings = {
        "figure": figure,
        "table": table,
        "labels": {"first_suspension": "First suspension"},
        "synthetic": synthetic,
    }
    paths = {"png": folder / f"{name}.png", "csv": folder / f"{name}.csv"}
    draw.draw_figure(inputs(**{contract: cleared[contract]}), settings, paths)
    return paths


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_of_the_default_study_is_drawn_alike_each_time(cleared, tmp_path, name):
    first, second = tmp_path / "a", tmp_path / "b"
    first.mkdir()
    second.mkdir()
    one, other = drawn(cleared, first, name), drawn(cleared, second, name)

    assert one["png"].read_bytes() == other["png"].read_bytes()
    assert one["csv"].read_bytes() == other["csv"].read_bytes()
    assert b"matplotlib" not in one["png"].read_bytes()[:4000].lower()
    assert b"\r" not in one["csv"].read_bytes()


@pytest.mark.parametrize("name", FIGURES)
def test_a_picture_is_drawn_from_its_csv_and_nothing_else(cleared, tmp_path, monkeypatch, name):
    kind = definition("figures", name)["kind"]
    seen = {}

    def spy(rows, path, **texts):
        seen["rows"], seen["texts"] = rows, texts

    monkeypatch.setitem(draw.KINDS, kind, dataclasses.replace(draw.KINDS[kind], draw=spy))
    paths = drawn(cleared, tmp_path, name)
    printed = pl.read_csv(paths["csv"], schema=seen["rows"].schema)

    assert printed.equals(seen["rows"])
    assert seen["texts"]["source"].startswith("SYNTHETIC DATA - NOT REAL.")


@pytest.mark.parametrize("name", FIGURES)
def test_where_all_is_suppressed_the_figure_says_so(cleared, tmp_path, name):
    table = definition("tables", definition("figures", name)["table"])
    contract = f"cleared_{table['layout']}"
    frame = cleared[contract]
    values = [column for column, kind in frame.schema.items()
              if kind in (pl.Float64, pl.Int64) and column != "clusters"]  # fmt: skip
    empty = frame.with_columns(
        *(pl.lit(None, frame.schema[column]).alias(column) for column in values),
        pl.lit("suppressed").alias("status"),
    )
    paths = drawn(cleared | {contract: empty}, tmp_path, name)

    assert paths["png"].read_bytes()[:4] == b"\x89PNG"


def test_real_data_have_no_mark(cleared, tmp_path):
    marked = drawn(cleared, tmp_path, "la_effects", synthetic=True)["png"].read_bytes()

    assert drawn(cleared, tmp_path, "la_effects", synthetic=False)["png"].read_bytes() != marked


def test_a_caterpillar_holds_the_values_of_its_table_and_gaps_for_what_is_hidden(cleared, tmp_path):
    paths = drawn(cleared, tmp_path, "la_caterpillar")
    rows = pl.read_csv(paths["csv"], schema_overrides={"la_code": pl.String})
    table = cleared["cleared_la_equity"].filter(
        outcome="first_suspension", group="all", adjustment="sex_cohort_need"
    )
    both = rows.join(table, on="la_code")

    assert rows.height == 24
    assert rows["estimate"].null_count() == table.filter(status="suppressed").height == 1
    assert both.filter(pl.col("estimate") != pl.col("ratio")).is_empty()


def test_the_reference_of_rates_is_shown_events_over_shown_persons(cleared, tmp_path):
    paths = drawn(cleared, tmp_path, "la_shrunken_rates")
    table = cleared["cleared_la_equity"].filter(
        outcome="english_maths", group="all", adjustment="sex_cohort"
    )
    rate = round(100 * table["events"].sum() / table["persons"].sum(), 2)

    assert pl.read_csv(paths["csv"])["reference"].unique().to_list() == [rate]


def test_rows_come_in_the_order_in_which_the_definition_names_them(cleared, tmp_path):
    outcomes = ["english_maths", "first_suspension", "first_offence"]
    paths = drawn(
        cleared, tmp_path, "exposure_gradients",
        where={"outcome": outcomes, "exposure": ["contact_group"]},
    )  # fmt: skip
    rows = pl.read_csv(paths["csv"])

    assert rows["outcome"].unique(maintain_order=True).to_list() == [
        "English maths", "First suspension", "First offence",
    ]  # fmt: skip
    assert rows["level"][:2].to_list() == ["No contact observed", "Referral"]


@pytest.mark.parametrize(
    ("name", "changes", "message"),
    [
        ("la_caterpillar", {"where": {"group": ["all"]}}, "several values of outcome, adjustment"),
        ("la_caterpillar", {"kind": "flow"}, "drawn from a table of layout flow"),
        ("la_caterpillar", {"where": {"outcome": ["first_offense"]}}, "first_offense is not there"),
    ],
)
def test_a_figure_that_cannot_be_drawn_is_explained(cleared, tmp_path, name, changes, message):
    with pytest.raises(ConfigError, match=f"figures/{name}.yaml.*{message}"):
        drawn(cleared, tmp_path, name, **changes)
    assert not list(tmp_path.iterdir())
