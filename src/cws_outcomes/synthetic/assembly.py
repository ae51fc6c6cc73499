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


class Files(ABC):
    """Files that grow block by block."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.rows: dict[str, int] = {}
        self.headers: dict[str, tuple[str, ...]] = {}

    def add(self, part: Part) -> None:
        """Append a block's share and delete it."""
        is_new = part.name not in self.headers
        if part.columns != self.headers.setdefault(part.name, part.columns):
            raise AssertionError(f"two blocks disagree about the columns of {part.name}")
        self._append(part, is_new)
        part.path.unlink()
        self.rows[part.name] = self.rows.get(part.name, 0) + part.rows

    @abstractmethod
    def _append(self, part: Part, is_new: bool) -> None:
        """Append a block's share to its file."""

    @abstractmethod
    def close(self) -> None:
        """Finish the files."""


class TextFiles(Files):
    """Text files that grow by the bytes of each block's share; the header is written once."""

    def _append(self, part: Part, is_new: bool) -> None:
        with (self._folder / part.name).open("ab") as out, part.path.open("rb") as share:
            if is_new:
                out.write((part.separator.join(part.columns) + "\n").encode("ascii"))
            shutil.copyfileobj(share, out, 1 << 20)

    def close(self) -> None:
        """Nothing is open between two shares."""


class ParquetFiles(Files):
    """Parquet files that grow by one row group for each block; only one share is in memory."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._writers: dict[str, Any] = {}

    def _append(self, part: Part, is_new: bool) -> None:
        with pa.memory_map(str(part.path)) as source:
            table = _plain(pyarrow.ipc.open_file(source).read_all())
            if is_new:
                schema = table.schema.with_metadata(METADATA)
                self._writers[part.name] = pyarrow.parquet.ParquetWriter(
                    self._folder / part.name, schema, compression="zstd"
                )
            writer = self._writers[part.name]
            if len(table):
                writer.write_table(table.cast(writer.schema), row_group_size=len(table))

    def close(self) -> None:
        """Write the files' ends."""
        for writer in self._writers.values():
            writer.close()


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
        self.files.close()
        self.truth.close()
