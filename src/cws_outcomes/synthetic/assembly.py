"""Files of a delivery, put together from the shares of its blocks, in the blocks' order."""

import shutil
from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet

from cws_outcomes.synthetic.production import Part

METADATA = {"synthetic": "true"}
"""Of every Parquet file that is written here."""

ROWS_PER_GROUP = 120_000
"""Shares wait until a file has so many rows for a row group: small groups are slow to read."""


class Files(ABC):
    """Files that grow block by block."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.rows: dict[str, int] = {}
        self.headers: dict[str, tuple[str, ...]] = {}

    def add(self, part: Part) -> None:
        """Append a block's share, which is deleted sooner or later."""
        is_new = part.name not in self.headers
        if part.columns != self.headers.setdefault(part.name, part.columns):
            raise AssertionError(f"two blocks disagree about the columns of {part.name}")
        self._append(part, is_new)
        self.rows[part.name] = self.rows.get(part.name, 0) + part.rows

    @abstractmethod
    def _append(self, part: Part, is_new: bool) -> None:
        """Append a block's share to its file."""

    @abstractmethod
    def finish(self) -> None:
        """Write what waits."""

    @abstractmethod
    def close(self) -> None:
        """Close the files, finished or not."""


class TextFiles(Files):
    """Text files that grow by the bytes of each block's share; the header is written once."""

    def _append(self, part: Part, is_new: bool) -> None:
        with (self._folder / part.name).open("ab") as out, part.path.open("rb") as share:
            if is_new:
                out.write((part.separator.join(part.columns) + "\n").encode("ascii"))
            shutil.copyfileobj(share, out, 1 << 20)
        part.path.unlink()

    def finish(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        """Nothing is open between two shares."""


class ParquetFiles(Files):
    """Parquet files that grow by one row group for several blocks; one is in memory at a time."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._writers: dict[str, Any] = {}
        self._waiting: dict[str, list[Part]] = {}

    def _append(self, part: Part, is_new: bool) -> None:
        self._waiting.setdefault(part.name, []).append(part)
        if sum(share.rows for share in self._waiting[part.name]) >= ROWS_PER_GROUP:
            self._write_group(part.name)

    def _write_group(self, name: str) -> None:
        """Write the shares that wait, in their order, as one row group."""
        shares = self._waiting.pop(name)
        table = pa.concat_tables([_read(share) for share in shares])
        if name not in self._writers:
            schema = table.schema.with_metadata(METADATA)
            path = self._folder / name
            self._writers[name] = pyarrow.parquet.ParquetWriter(path, schema, compression="zstd")
        writer = self._writers[name]
        if len(table):
            writer.write_table(table.cast(writer.schema), row_group_size=len(table))
        for share in shares:
            share.path.unlink()

    def finish(self) -> None:
        """Write the shares that still wait."""
        for name in list(self._waiting):
            self._write_group(name)

    def close(self) -> None:
        """Write the files' ends."""
        for writer in self._writers.values():
            writer.close()


def _read(share: Part) -> Any:
    with pa.memory_map(str(share.path)) as source:
        return _plain(pyarrow.ipc.open_file(source).read_all())


def _plain(table: Any) -> Any:
    """Text that any reader of Parquet knows, and text for a column without any value."""
    text = (pa.types.is_large_string, pa.types.is_string_view, pa.types.is_null)
    fields = [
        pa.field(field.name, pa.string() if any(is_(field.type) for is_ in text) else field.type)
        for field in table.schema
    ]
    return table.cast(pa.schema(fields))


class Assembly:
    """Delivered files and tables of the truth as they grow; a context that closes them."""

    def __init__(self, folder: Path, form: str) -> None:
        for name in ("delivery", "truth"):
            (folder / name).mkdir()
        kind = TextFiles if form == "text" else ParquetFiles
        self.files: Files = kind(folder / "delivery")
        self.truth: Files = ParquetFiles(folder / "truth")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for files in (self.files, self.truth):
            if error is None:
                files.finish()
            files.close()
