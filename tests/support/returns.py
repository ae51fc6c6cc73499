"""Small returns written as local authorities write them, and what `cws returns` makes of them."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from cws_outcomes.returns import Book, Wishes, write_returns

CODELISTS = Path(__file__).parents[2] / "config" / "codelists"
EPISODE = ("CHILD", "DECOM", "RNE", "LS", "CIN", "PLACE", "PLACE_PROVIDER", "DEC", "REC")
HEADER = ("CHILD", "SEX", "DOB", "ETHNIC", "UPN", "MOTHER", "MC_DOB")


@dataclass(frozen=True)
class Made:
    """The results of one run."""

    folder: Path
    book: Book

    def table(self, name: str, *columns: str) -> list[tuple[object, ...]]:
        frame = pl.read_parquet(self.folder / f"{name}.parquet")
        return (frame.select(columns) if columns else frame).rows()

    def episodes(self, *columns: str) -> list[tuple[object, ...]]:
        return self.table("care_episodes", *(columns or ("child_id", "start_date", "end_date")))

    def march(self) -> dict[tuple[str, int], tuple[int, int]]:
        """Authority and year to children, without and with short breaks."""
        rows = pl.read_csv(
            self.folder / "looked_after_31_march.csv", schema_overrides={"la_code": pl.String}
        ).rows()
        return {(la, year): (children, respite) for la, year, children, respite in rows}

    def met(self, table: str = "episodes") -> dict[str, int]:
        """Rules of a table that met rows, flags aside."""
        rows = pl.read_csv(self.folder / "repairs.csv").filter(table=table).rows()
        return {r: n for r, _, n in rows if n and not r.startswith("flagged")}

    def flagged(self, table: str = "episodes") -> dict[str, int]:
        rows = pl.read_csv(self.folder / "repairs.csv").filter(table=table).rows()
        return {r.removeprefix("flagged_"): n for r, _, n in rows if n and r.startswith("flagged")}

    def counts(self, table: str) -> dict[str, int]:
        frame = pl.read_csv(self.folder / "counts.csv").filter(table=table)
        return frame.drop("table").row(0, named=True)


def episode(child: str, start: str, end: str = "", **codes: str) -> tuple[str, ...]:
    """A row of an episodes file: a section 20 foster placement unless told otherwise."""
    values = {
        "RNE": "S", "LS": "V2", "CIN": "N1", "PLACE": "U4", "PLACE_PROVIDER": "PR1",
        "REC": "E8" if end else "",
    }  # fmt: skip
    values |= {"CHILD": child, "DECOM": start, "DEC": end, **codes}
    return tuple(values[name] for name in EPISODE)


def write_csv(
    file: Path, header: Iterable[str], rows: Iterable[Iterable[str]], *, delimiter: str = ","
) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    lines = [delimiter.join(header), *(delimiter.join(row) for row in rows)]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def write_episodes(folder: Path, *rows: tuple[str, ...]) -> Path:
    return write_csv(folder / "episodes.csv", EPISODE, rows)


def run(ssda903: Path | None, out: Path, cin: Path | None = None, **wishes: object) -> Made:
    made = write_returns(
        Wishes(ssda903, cin, **wishes),  # type: ignore[arg-type]
        out,
        codelists=CODELISTS,
        progress=lambda _: None,
        threads=1,
        memory_mb=1000,
    )
    return Made(out, made)


def run_years(tmp_path: Path, years: Mapping[str, Iterable[tuple[str, ...]]]) -> Made:
    """Returns of one authority, each folder named by its year, as 2017-18."""
    for year, rows in years.items():
        write_episodes(tmp_path / "in" / "301" / year, *rows)
    return run(tmp_path / "in", tmp_path / "out")


def day(text: str) -> dt.date:
    return dt.datetime.strptime(text, "%d/%m/%Y").date()
