"""XML of both returns, child by child: never a whole message in memory, never an entity."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from xml.parsers import expat

from cws_outcomes.errors import TruncatedFileError, ValueFormatError
from cws_outcomes.returns.labels import YearLabel, year_of
from cws_outcomes.returns.layout import CARE, NEED, plain

Row = dict[str, str]
_CHUNK = 1 << 16
_CARE_ROWS = {element: layout.name for layout in CARE for element in layout.elements}
_NEED_ROWS = {element: layout.name for layout in NEED for element in layout.elements}
# Parts of SSDA903 that stand among a child's own fields: one field tells that the part is there.
_PARTS = {"oc3": "IN_TOUCH", "ad1": "DATE_INT"}
_OWN = ("HEADER", "UASC")  # inside a child: once, so that its fields are the child's
_ENDS_TOO_SOON = {expat.errors.codes[message] for message in (
    expat.errors.XML_ERROR_NO_ELEMENTS,
    expat.errors.XML_ERROR_UNCLOSED_TOKEN,
    expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
    expat.errors.XML_ERROR_PARTIAL_CHAR,
)}  # fmt: skip


@dataclass(frozen=True)
class MessageHeader:
    """
    What a message says of itself before its first child.

    Attributes
    ----------
    collection : {"ssda903", "cin"} or None
        None where the message holds no child of either return.
    la : str or None
        As written.
    year : YearLabel or None
        The reference date when it is a 31 March, else the year of the header.
    """

    collection: str | None
    la: str | None
    year: YearLabel | None


def open_message(path: Path) -> MessageHeader:
    """
    Read a message up to its first child.

    Raises
    ------
    TruncatedFileError, ValueFormatError
        It is cut, no XML, or declares a document type.
    """
    _refuse_document_type(path)
    fields: Row = {}
    for element, ancestors in _elements(path):
        name = _name(element)
        if _is_child(element):
            return _header(_collection_of(element), fields)
        if _is_row(element, ancestors):
            return _header("ssda903", fields)
        if ancestors and not len(element):
            fields.setdefault(name, (element.text or "").strip())
    return _header({"CIN": "cin", "CLA": "ssda903"}.get(fields.get("COLLECTION", "")), fields)


def _header(collection: str | None, fields: Row) -> MessageHeader:
    reference, year = year_of(fields.get("REFERENCEDATE", "")), year_of(fields.get("YEAR", ""))
    if reference is None and year is not None:
        reference = YearLabel(year.year, is_end=True)
    la = next((fields[n] for n in ("LEA", "LA", "LACODE", "LA_CODE") if fields.get(n)), None)
    return MessageHeader(collection, la, reference)


def rows_of(path: Path) -> Iterator[tuple[str, Row]]:
    """
    Rows of a message in the order of its children.

    Yields
    ------
    tuple of str and dict
        Table and fields, the fields' names as `plain` writes them.

    Raises
    ------
    TruncatedFileError, ValueFormatError
        It is cut, no XML, or declares a document type.
    """
    _refuse_document_type(path)
    for element, ancestors in _elements(path):
        if _is_child(element):
            if _collection_of(element) == "cin":
                yield from _need_rows(element, {})
            else:
                yield from _care_rows(element)
            element.clear()
        elif _is_row(element, ancestors):
            yield _CARE_ROWS[_name(element)], _fields(element)
            element.clear()


def _is_child(element: ET.Element) -> bool:
    """A child with all its parts: in a row, CHILD is a field."""
    return _name(element) == "CHILD" and len(element) > 0


def _is_row(element: ET.Element, ancestors: list[str]) -> bool:
    """A row of a message that is written table by table: it holds its child's id itself."""
    return (
        len(element) > 0
        and "CHILD" not in ancestors
        and _name(element) in _CARE_ROWS
        and any(_name(part) in ("CHILD", "CHILDID") and not len(part) for part in element)
    )


def _collection_of(child: ET.Element) -> str | None:
    names = {_name(element) for element in child.iter()}
    if "CINDETAILS" in names:
        return "cin"
    if names & {"EPISODE", "HEADER", "CHILDID"}:
        return "ssda903"
    return "cin" if "CHILDIDENTIFIERS" in names else None


def _care_rows(child: ET.Element) -> Iterator[tuple[str, Row]]:
    """A child's own fields are its header row; every part that may repeat is a row of its own."""
    own: Row = {}
    parts: list[tuple[str, Row]] = []
    waiting = list(child)
    for element in waiting:
        name = _name(element)
        holds_fields = any(not len(part) for part in element)
        if name in _CARE_ROWS and name not in _OWN and holds_fields:
            parts.append((_CARE_ROWS[name], _fields(element)))
        elif len(element):
            waiting.extend(element)
        else:
            own.setdefault(name, (element.text or "").strip())
    shared = {name: own[name] for name in ("CHILDID", "CHILD", "DOB", "SEX") if own.get(name)}
    yield "header", own
    if own.get("DUC") or own.get("UASC", "") in ("1", "true", "Y"):
        yield "uasc", own
    for table, field in _PARTS.items():
        if own.get(field):
            yield table, own
    for table, fields in parts:
        yield table, shared | fields


def _need_rows(element: ET.Element, above: Row) -> Iterator[tuple[str, Row]]:
    """An element that is a row takes the fields of those it stands in along."""
    table = _NEED_ROWS.get(_name(element))
    fields = _fields(element)
    if _name(element) == "CHILD":
        for part in element:
            fields |= _fields(part) if _name(part).startswith("CHILD") else {}
    if _name(element) == "CINDETAILS":
        fields |= _first_authorised(element)
    if table == "disabilities":
        fields = {"DISABILITY": (element.text or "").strip()}
    if table is not None:
        yield table, above | fields
    kept = ("LACHILDID", "CINREFERRALDATE", "CPPSTARTDATE")
    passed = above | {name: fields[name] for name in kept if fields.get(name)}
    for part in element:
        if len(part) or _name(part) == "DISABILITY":
            yield from _need_rows(part, passed)


def _first_authorised(details: ET.Element) -> Row:
    name = "ASSESSMENTAUTHORISATIONDATE"
    days = [e.text.strip() for e in details.iter() if _name(e) == name and e.text]
    return {name: min(days)} if days else {}


def _fields(element: ET.Element) -> Row:
    """Fields that stand directly in an element; stray text between them is nobody's."""
    found: Row = {}
    for part in element:
        if not len(part):
            found.setdefault(_name(part), (part.text or "").strip())
    return found


def _name(element: ET.Element) -> str:
    return _plain_tag(element.tag)


@lru_cache
def _plain_tag(tag: str) -> str:
    """A tag without its namespace: asked for every element several times."""
    return plain(tag.rpartition("}")[2])


def _elements(path: Path) -> Iterator[tuple[ET.Element, list[str]]]:
    """Each element when it is complete, with the names of those it stands in."""
    open_names: list[str] = []
    parents: list[ET.Element] = []
    with path.open("rb") as content:
        try:
            for event, element in ET.iterparse(content, events=("start", "end")):
                if event == "start":
                    open_names.append(_name(element))
                    parents.append(element)
                    continue
                open_names.pop()
                parents.pop()
                had_parts = len(element) > 0
                yield element, open_names
                if had_parts and not len(element) and parents:
                    del parents[-1][-1]  # cleared: else every child, though empty, would stay
        except ET.ParseError as error:
            raise _unreadable(path, error.code, error.position[0]) from None


def _unreadable(path: Path, code: int, line: int) -> TruncatedFileError | ValueFormatError:
    if code in _ENDS_TOO_SOON:
        return TruncatedFileError(
            f"File {path.name} ends at line {line} before its message does. Expected the end of "
            "the element that it began with. Copy or export it again."
        )
    return ValueFormatError(
        f"File {path.name} is not XML from line {line} on. Expected a message of SSDA903 or the "
        "children in need census. Export it again."
    )


def _refuse_document_type(path: Path) -> None:
    """A document type may define entities that read other files or fill the memory."""
    parser = expat.ParserCreate()
    seen: list[str] = []
    parser.StartDoctypeDeclHandler = lambda *_: seen.append("type")
    parser.StartElementHandler = lambda *_: seen.append("element")
    with path.open("rb") as content:
        try:
            while not seen and (chunk := content.read(_CHUNK)):
                parser.Parse(chunk)
        except expat.ExpatError as error:
            if not seen:
                raise _unreadable(path, error.code, error.lineno) from None
    if "type" in seen:
        raise ValueFormatError(
            f"File {path.name} declares a document type. Expected a message without one: returns "
            "have none, and it could make the reader open other files. Export it again."
        )
