"""Ways to damage one delivered file, each from a seed. To add one, write a function and list it."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from cws_outcomes.ingest.manifest import DeliveredFile, files_of, load_manifest


@dataclass
class Sheet:
    """A delivered file taken apart: what a kind of damage changes."""

    file: DeliveredFile
    header: list[str]
    rows: list[list[str]]
    rng: random.Random
    delimiter: str
    finish: list[Callable[[bytes], bytes]] = field(default_factory=list)
    is_gone: bool = False
    keeps_receipt: bool = True

    @classmethod
    def read(cls, file: DeliveredFile, seed: int) -> "Sheet":
        delimiter = file.layout.delimiter
        header, *rows = (
            line.split(delimiter) for line in file.path.read_text(encoding="utf-8").splitlines()
        )
        return cls(file, header, rows, random.Random(seed), delimiter)

    def write(self) -> None:
        if self.is_gone:
            self.file.path.unlink()
            return
        lines = [self.delimiter.join(cells) + "\n" for cells in (self.header, *self.rows)]
        content = "".join(lines).encode()
        for step in self.finish:
            content = step(content)
        self.file.path.write_bytes(content)

    def place(self, column: str) -> int:
        """Where a column of ours stands in this file."""
        slot = 1 if self.file.layout.slots > 1 else None
        return next(
            self.header.index(name)
            for name in self.file.candidates(column, slot)
            if name in self.header
        )

    def has(self, column: str) -> bool:
        slot = 1 if self.file.layout.slots > 1 else None
        return any(name in self.header for name in self.file.candidates(column, slot))

    def change(self, column: str, new: Callable[[str], str], share: float = 1.0) -> None:
        """Put new text for the text that a share of the rows has in a column."""
        at = self.place(column)
        for cells in self.rows:
            if cells[at] and (share == 1.0 or self.rng.random() < share):
                cells[at] = new(cells[at])

    def swap(self, one: str, other: str) -> None:
        i, j = self.place(one), self.place(other)
        for cells in self.rows:
            cells[i], cells[j] = cells[j], cells[i]


Kind = Callable[[Sheet, str], None]


def no_receipt(change: Kind) -> Kind:
    """The same, in a delivery whose receipt does not count this file."""

    def damage(sheet: Sheet, column: str) -> None:
        change(sheet, column)
        sheet.keeps_receipt = False

    damage.__name__ = f"{change.__name__}_no_receipt"
    return damage


# The file as a whole ------------------------------------------------------------------------


def drop_file(sheet: Sheet, _: str) -> None:
    sheet.is_gone = True


def empty_file(sheet: Sheet, _: str) -> None:
    sheet.finish.append(lambda _: b"")


def only_header(sheet: Sheet, _: str) -> None:
    sheet.rows = []


def cut_in_a_line(sheet: Sheet, _: str) -> None:
    sheet.finish.append(lambda content: content[: len(content) * 2 // 3 - 1].rstrip(b"\n"))


def lose_last_half(sheet: Sheet, _: str) -> None:
    sheet.rows = sheet.rows[: len(sheet.rows) // 2]


def lose_middle_half(sheet: Sheet, _: str) -> None:
    quarter = len(sheet.rows) // 4
    sheet.rows = [*sheet.rows[:quarter], *sheet.rows[3 * quarter :]]


def lose_a_tenth(sheet: Sheet, _: str) -> None:
    sheet.rows = [cells for cells in sheet.rows if sheet.rng.random() > 0.1]


def repeat_all_rows(sheet: Sheet, _: str) -> None:
    sheet.rows = [*sheet.rows, *sheet.rows]


def repeat_a_twentieth(sheet: Sheet, _: str) -> None:
    sheet.rows += sheet.rng.sample(sheet.rows, max(1, len(sheet.rows) // 20))


def shuffle_rows(sheet: Sheet, _: str) -> None:
    sheet.rng.shuffle(sheet.rows)


def shuffle_columns(sheet: Sheet, _: str) -> None:
    order = sheet.rng.sample(range(len(sheet.header)), len(sheet.header))
    sheet.header = [sheet.header[i] for i in order]
    sheet.rows = [[cells[i] for i in order] for cells in sheet.rows]


def no_header(sheet: Sheet, _: str) -> None:
    sheet.header, *sheet.rows = sheet.rows


def header_again(sheet: Sheet, _: str) -> None:
    sheet.rows.insert(len(sheet.rows) // 2, list(sheet.header))


def other_delimiter(sheet: Sheet, _: str) -> None:
    sheet.delimiter = ";"


def upper_case_header(sheet: Sheet, _: str) -> None:
    sheet.header = [name.upper() for name in sheet.header]


def extra_column(sheet: Sheet, _: str) -> None:
    sheet.header.insert(1, "Remark")
    for cells in sheet.rows:
        cells.insert(1, "x")


def byte_order_mark(sheet: Sheet, _: str) -> None:
    sheet.finish.append(lambda content: b"\xef\xbb\xbf" + content)


def windows_line_ends(sheet: Sheet, _: str) -> None:
    sheet.finish.append(lambda content: content.replace(b"\n", b"\r\n"))


def quoted_fields(sheet: Sheet, _: str) -> None:
    sheet.header = [f'"{name}"' for name in sheet.header]
    sheet.rows = [[f'"{cell}"' for cell in cells] for cells in sheet.rows]


def utf_16(sheet: Sheet, _: str) -> None:
    sheet.finish.append(lambda content: content.decode().encode("utf-16"))


def line_break_in_a_row(sheet: Sheet, _: str) -> None:
    cells = sheet.rows[len(sheet.rows) // 2]
    cells[1] += "\n"


# One column ------------------------------------------------------------------------------------


def drop_column(sheet: Sheet, column: str) -> None:
    at = sheet.place(column)
    for cells in (sheet.header, *sheet.rows):
        del cells[at]


def rename_column(sheet: Sheet, column: str) -> None:
    sheet.header[sheet.place(column)] = "Renamed"


def column_twice(sheet: Sheet, column: str) -> None:
    at = sheet.place(column)
    for cells in (sheet.header, *sheet.rows):
        cells.append(cells[at])


def empty_column(sheet: Sheet, column: str) -> None:
    sheet.change(column, lambda _: "")


def zeros(sheet: Sheet, column: str) -> None:
    sheet.change(column, lambda _: "0")


def constant(sheet: Sheet, column: str) -> None:
    at = sheet.place(column)
    first = next(cells[at] for cells in sheet.rows if cells[at])
    sheet.change(column, lambda _: first)


def rows_against_column(sheet: Sheet, column: str) -> None:
    """The column's cells in another order than the rows."""
    at = sheet.place(column)
    cells = [row[at] for row in sheet.rows]
    sheet.rng.shuffle(cells)
    for row, cell in zip(sheet.rows, cells, strict=True):
        row[at] = cell


def lower_case(sheet: Sheet, column: str) -> None:
    sheet.change(column, str.lower)


def upper_case(sheet: Sheet, column: str) -> None:
    sheet.change(column, str.upper)


def padded_with_blanks(sheet: Sheet, column: str) -> None:
    sheet.change(column, lambda cell: f"  {cell} ")


def padded_with_nul(sheet: Sheet, column: str) -> None:
    sheet.change(column, lambda cell: f"{cell}\0\0")


def cut_short(sheet: Sheet, column: str) -> None:
    sheet.change(column, lambda cell: cell[:12])


def unknown_code(sheet: Sheet, column: str) -> None:
    sheet.change(column, lambda _: "QQ7", 0.02)


def latin_byte(sheet: Sheet, column: str) -> None:
    sheet.change(column, lambda _: "CAF\x01", 0.05)
    sheet.finish.append(lambda content: content.replace(b"CAF\x01", b"CAF\xe9"))


def open_quote(sheet: Sheet, column: str) -> None:
    at = sheet.place(column)
    sheet.rows[len(sheet.rows) // 2][at] = '"'


def swap_two_codes(sheet: Sheet, column: str) -> None:
    at = sheet.place(column)
    counts: dict[str, int] = {}
    for cells in sheet.rows:
        if cells[at]:
            counts[cells[at]] = counts.get(cells[at], 0) + 1
    one, other = sorted(counts, key=lambda code: (-counts[code], code))[:2]
    exchange = {one: other, other: one}
    sheet.change(column, lambda cell: exchange.get(cell, cell))


def lose_one_place(sheet: Sheet, column: str) -> None:
    at = sheet.place(column)
    place = sheet.rng.choice(sorted({cells[at] for cells in sheet.rows if cells[at]}))
    sheet.rows = [cells for cells in sheet.rows if cells[at] != place]


def another_known_code(sheet: Sheet, column: str) -> None:
    """One cell, another code that the codelist knows."""
    at = sheet.place(column)
    known = sorted({cells[at] for cells in sheet.rows if cells[at]})
    cells = sheet.rows[sheet.rng.randrange(len(sheet.rows))]
    cells[at] = sheet.rng.choice([code for code in known if code != cells[at]])


# Dates, years and numbers ----------------------------------------------------------------------


def british_dates(sheet: Sheet, column: str) -> None:
    sheet.change(column, lambda d: f"{d[8:10]}/{d[5:7]}/{d[:4]}")


def day_for_month(sheet: Sheet, column: str) -> None:
    """As a spreadsheet of another country does: where the day could be a month."""
    sheet.change(column, lambda d: f"{d[:4]}-{d[8:10]}-{d[5:7]}" if int(d[8:10]) <= 12 else d)


def two_digit_years(sheet: Sheet, column: str) -> None:
    sheet.change(column, lambda d: d[2:])


def with_a_time(sheet: Sheet, column: str) -> None:
    sheet.change(column, lambda d: f"{d} 00:00:00")


def a_year_later(sheet: Sheet, column: str) -> None:
    sheet.change(column, _later_year)


def _later_year(text: str) -> str:
    """2015-02-03, 2014/2015 or 2015, one year on."""
    if "/" in text:
        first, last = text.split("/")
        return f"{int(first) + 1}/{int(last) + 1}"
    return f"{int(text[:4]) + 1}{text[4:]}".replace("-02-29", "-02-28")


def a_day_later(sheet: Sheet, column: str) -> None:
    sheet.change(column, lambda d: f"{d[:8]}{min(28, int(d[8:10]) + 1):02}")


def first_of_month(sheet: Sheet, column: str) -> None:
    sheet.change(column, lambda d: f"{d[:8]}01")


def before_all_others(sheet: Sheet, column: str) -> None:
    """A slip in a few rows: the date lies ten years too early."""
    sheet.change(column, lambda d: f"{int(d[:4]) - 10}{d[4:]}".replace("-02-29", "-02-28"), 0.05)


def sentinels(sheet: Sheet, column: str) -> None:
    at = sheet.place(column)
    for cells in sheet.rows:
        cells[at] = cells[at] or "1900-01-01"


def with_decimals(sheet: Sheet, column: str) -> None:
    sheet.change(column, lambda n: f"{n}.0" if "." not in n else n)


def decimal_commas(sheet: Sheet, column: str) -> None:
    sheet.change(column, lambda n: n.replace(".", ",") if "." in n else f"{n},5")


def ten_times(sheet: Sheet, column: str) -> None:
    sheet.change(column, lambda n: f"{10 * float(n):g}")


def words_for_numbers(sheet: Sheet, column: str) -> None:
    sheet.change(column, lambda _: "many", 0.05)


def blanked_in_part(sheet: Sheet, column: str) -> None:
    sheet.change(column, lambda _: "", 0.3)


def mirrored_sex(sheet: Sheet, column: str) -> None:
    mirror = {"M": "F", "F": "M", "1": "2", "2": "1"}
    sheet.change(column, lambda code: mirror.get(code, code))


def other_codes_for_sex(sheet: Sheet, column: str) -> None:
    other = {"M": "1", "F": "2", "1": "M", "2": "F"}
    sheet.change(column, lambda code: other.get(code, code))


def swapped_with(other: str) -> Kind:
    def damage(sheet: Sheet, column: str) -> None:
        sheet.swap(column, other)

    damage.__name__ = f"swapped_with_{other}"
    return damage


def under_the_year(later: int) -> Kind:
    """The file of one year under the name, and with the column names, of another."""

    def damage(sheet: Sheet, _: str) -> None:
        year = sheet.file.year
        assert year is not None
        other = sheet.file.path.with_name(
            sheet.file.path.name.replace(str(year), str(year + later))
        )
        rename = f"{year + later}"[-2:], f"{year}"[-2:]
        lines = other.read_text(encoding="utf-8").splitlines()
        sheet.header = [
            name.removesuffix(rename[0]) + rename[1] if name.endswith(rename[0]) else name
            for name in lines[0].split(sheet.delimiter)
        ]
        sheet.rows = [line.split(sheet.delimiter) for line in lines[1:]]
        sheet.keeps_receipt = False

    damage.__name__ = "another_year"
    return damage


def sheet_of(manifest_file: Path, table: str, year: int | None, seed: int) -> Sheet:
    """The file of a table's entry and year, taken apart."""
    files = list(files_of(load_manifest(manifest_file), table))
    (file,) = [file for file in files if year is None or file.year == year]
    return Sheet.read(file, seed)
