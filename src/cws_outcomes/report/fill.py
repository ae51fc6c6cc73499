"""Fills the one self-contained report of a study, and lists what is released."""

import base64
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from cws_outcomes.contracts import CONTRACTS
from cws_outcomes.contracts.words import words
from cws_outcomes.errors import ReleaseError
from cws_outcomes.report.book import Book, Printed
from cws_outcomes.report.captions import captions, environment
from cws_outcomes.report.findings import findings
from cws_outcomes.report.manifest import Entry, digest, entries, write_manifest
from cws_outcomes.report.pages import LAYOUTS, equity_chapters, pages_of
from cws_outcomes.step import Inputs, Settings

TEMPLATE = "equity_report.html.j2"


def write_report(inputs: Inputs, settings: Settings, paths: Mapping[str, Path]) -> None:
    """
    Write the report and the manifest.

    Parameters
    ----------
    inputs : Inputs
        Cleared tables the runner vouches for; the report reads the printed files.
    settings : mapping
        ``report`` (title, tables: name to CSV, figures: name to png, csv and definition,
        table_definitions, definitions, study), ``labels`` and ``synthetic``.
    paths : mapping of str to Path
        ``html``: the report; ``csv``: the manifest, which lists the report too.

    Raises
    ------
    ReleaseError
        When an input is not cleared, or a printed file shows a count it must not.
    MissingTableError
        When a printed file or the report's template is not there.
    """
    _require_releasable(inputs)
    report, labels = settings["report"], settings.get("labels") or {}
    rule = report["study"]["disclosure"]
    book = _book(report)
    listed = entries(_printed_files(report), rule["threshold"], rule["round_to"])
    context = {
        "title": report["title"],
        "synthetic": bool(settings.get("synthetic")),
        "version": version("cws-outcomes"),
        "study": report["study"],
        "definitions": report["definitions"],
        "label": lambda code: words(str(code), labels),
        "findings": findings(book, labels),
        "figures": _figures(report),
        "notes": {n: d.get("note", "") for n, d in report["table_definitions"].items()},
        "pages": {
            layout: pages_of(book.of_layout(layout, "status"), layout, labels) for layout in LAYOUTS
        },
        "equity": _equity(book, labels),
        "manifest": listed,
    }
    templates = environment()
    text = captions(templates, context)
    filled = templates.get_template(TEMPLATE).render({**context, "caption": text})
    paths["html"].write_text(filled, encoding="utf-8", newline="\n")
    itself = Entry("report.html", digest(paths["html"]), "", "")
    write_manifest([*listed, itself], paths["csv"])


def _require_releasable(inputs: Inputs) -> None:
    wrong = [
        name
        for name in inputs.names
        if name not in CONTRACTS or CONTRACTS[name].sensitivity != "releasable"
    ]
    if wrong:
        raise ReleaseError(
            f"The report was given {', '.join(wrong)}, which disclosure has not cleared. "
            "Only cleared tables may be reported."
        )


def _book(report: Mapping[str, Any]) -> Book:
    tables = {name: Printed.read(name, Path(path)) for name, path in report["tables"].items()}
    layouts = {name: d["layout"] for name, d in report["table_definitions"].items()}
    return Book(tables, layouts)


def _equity(book: Book, labels: Mapping[str, str]) -> Any:
    table = book.of_layout("la_equity", "la_name", "ratio", "shrunken_rate", "status")
    return equity_chapters(table, labels)


def _printed_files(report: Mapping[str, Any]) -> dict[str, tuple[Path, str]]:
    contract = {n: f"cleared_{d['layout']}" for n, d in report["table_definitions"].items()}
    files = {
        f"tables/{name}.csv": (Path(path), contract[name])
        for name, path in report["tables"].items()
    }
    for name, figure in report["figures"].items():
        for end in ("csv", "png"):
            files[f"figures/{name}.{end}"] = (Path(figure[end]), contract[figure["table"]])
    return files


def _figures(report: Mapping[str, Any]) -> list[dict[str, str]]:
    """Each picture as text, with words for those who cannot see it."""
    return [
        {
            "name": name,
            "kind": figure["kind"],
            "title": figure["title"],
            "caption": figure.get("caption") or "",
            "alt": f"{figure['title']}. {figure.get('subtitle') or ''} "
            f"The numbers are in figures/{name}.csv.",
            "data": base64.b64encode(Path(figure["png"]).read_bytes()).decode("ascii"),
        }
        for name, figure in report["figures"].items()
    ]
