"""Files of returns in folders as local authorities keep them: which table, authority and year."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cws_outcomes.errors import ConfigError, MissingColumnError, MissingTableError
from cws_outcomes.returns import messages
from cws_outcomes.returns.delimited import Delimited, open_delimited
from cws_outcomes.returns.labels import (
    YearLabel,
    authorities_in,
    authority_code,
    bare_code,
    is_listed,
    year_of,
)
from cws_outcomes.returns.layout import Layout, layout_of, named_layout

_TEXT = {".csv", ".txt", ".tsv"}
_COLLECTIONS = {"ssda903": "SSDA903", "cin": "children in need census"}


@dataclass(frozen=True)
class ReturnFile:
    """
    One file to read.

    Attributes
    ----------
    number : int
        From 1, in the order of the paths; SSDA903 before the CIN census.
    path, folder : Path
        ``folder`` holds it: what stands in one folder is one return unless names say otherwise.
    shown : str
        Path below the folder given.
    collection : {"ssda903", "cin"}
    text : Delimited or None
        None for XML.
    layout : Layout or None
        Table of a text file; None for XML, which holds several.
    authorities : tuple of str
        3-digit codes that folder, file name or header mean; several where a name is not certain.
    year : YearLabel or None
    """

    number: int
    path: Path
    folder: Path
    shown: str
    collection: str
    text: Delimited | None
    layout: Layout | None
    authorities: tuple[str, ...]
    year: YearLabel | None


@dataclass(frozen=True)
class Found:
    """Files to read, and the names of those that are no file of a return."""

    files: tuple[ReturnFile, ...]
    others: tuple[str, ...]


def find_files(ssda903: Path | None, cin: Path | None, out: Path) -> Found:
    """
    Look through the folders given.

    Parameters
    ----------
    ssda903, cin : Path or None
        Folder, or a single file; at least one.
    out : Path
        Where results go: must not lie in what is read.

    Raises
    ------
    ConfigError
        Neither is given, or ``out`` lies inside.
    MissingTableError
        A folder is not there, or holds no file of its return.
    MissingColumnError
        A file is named as a table and lacks its columns.
    """
    if ssda903 is None and cin is None:
        raise ConfigError("Nothing to read. Expected --ssda903 DIR, --cin DIR or both.")
    given = {"ssda903": ssda903, "cin": cin}
    files: list[ReturnFile] = []
    others: list[str] = []
    for collection, root in given.items():
        if root is None:
            continue
        root = root.resolve()  # "." has no name to read an authority from
        _require_usable(root, out)
        before = len(files)
        paths = [root] if root.is_file() else list(_paths(root))
        root = root.parent if root.is_file() else root
        for path in paths:
            file = _opened(root, path, collection, len(files) + 1)
            if file is None:
                others.append(path.relative_to(root).as_posix())
            else:
                files.append(file)
        if len(files) == before:
            raise MissingTableError(
                f"No file of the {_COLLECTIONS[collection]} below {root.name}. Expected "
                + ("episodes.csv, header.csv … or XML." if collection == "ssda903" else "XML.")
                + f" {len(others)} other files are there; Excel and zip files are not opened: "
                "save sheets as CSV, unpack archives."
            )
    _require_episodes(files)
    return Found(tuple(files), tuple(others))


def _require_usable(root: Path, out: Path) -> None:
    if not root.exists():
        raise MissingTableError(f"{root} is not there. Expected a folder with returns.")
    if root.is_dir() and out.resolve().is_relative_to(root.resolve()):
        raise ConfigError(
            f"The folder for results, {out.name}, lies in the one that is read. Expected another "
            "place: results must not be read as returns. Give another --out."
        )


def _require_episodes(files: list[ReturnFile]) -> None:
    care = [file for file in files if file.collection == "ssda903"]
    if care and not any(f.layout is None or f.layout.name == "episodes" for f in care):
        raise MissingTableError(
            f"{len(care)} files of SSDA903, and none with episodes. Expected one with the columns "
            "CHILD, DECOM, LS and DEC. Put it beside the others."
        )


def _paths(root: Path) -> Iterator[Path]:
    for path in sorted(root.rglob("*")):
        hidden = any(part.startswith((".", "~$", "__")) for part in path.relative_to(root).parts)
        if path.is_file() and not hidden:
            yield path


def _opened(root: Path, path: Path, collection: str, number: int) -> ReturnFile | None:
    suffix = path.suffix.lower()
    names = _names(root, path)
    year = next((year for name in names if (year := year_of(name))), None)
    las = next((codes for name in names if (codes := authorities_in(name))), ())
    las = las or ((above,) if is_listed(above := root.parent.name) else ())
    las = las or tuple(code for name in names if (code := bare_code(name)))[:1]
    text = layout = None
    if suffix == ".xml":
        header = messages.open_message(path)
        if header.collection != collection:
            return None
        year = header.year or year
        code = authority_code(header.la or "")
        las = (code,) if code else las
    elif suffix in _TEXT and collection == "ssda903":
        text, layout = _table(path)
        if layout is None:
            return None
    else:
        return None
    shown = path.relative_to(root).as_posix()
    return ReturnFile(number, path, path.parent, shown, collection, text, layout, las, year)


def _table(path: Path) -> tuple[Delimited | None, Layout | None]:
    """A file is a table by its columns; one that is only named as a table is told."""
    named = named_layout(path.stem)
    if named is None and path.stat().st_size == 0:
        return None, None
    text = open_delimited(path)
    layout = layout_of(text.header, path.stem)
    if layout is None and named is not None:
        wanted = ", ".join(named.columns[column][0] for column in named.required)
        raise MissingColumnError(
            f"File {path.name} is named as {named.name} and has other columns: found "
            f"{len(text.header)}, expected at least {wanted}, on the first line, in any order and "
            "case. Correct the header, or rename or move the file if it is something else."
        )
    return text, layout


def _names(root: Path, path: Path) -> list[str]:
    """Parts of a path that may name authority and year, the nearest first, the root's last."""
    depth = len(path.relative_to(root).parts)
    return [path.stem, *(part.name for part in list(path.parents)[:depth])]
