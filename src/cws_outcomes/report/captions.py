"""Text of the report: one file a section, in a few marks of Markdown, numbers filled in."""

import html
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from cws_outcomes.errors import MissingTableError

# Beside src/, like config/: text is edited by people who do not edit code.
REPORTS = Path(__file__).parents[3] / "reports"


def environment() -> Environment:
    """
    Templates of the report. A name that nothing fills is an error, not a gap.

    Raises
    ------
    MissingTableError
        When the folder of templates is not there.
    """
    if not REPORTS.is_dir():
        raise MissingTableError(
            "The folder reports/ with the report's template and captions is not there. Expected it "
            "beside src/. Install the package from a checkout: make install."
        )
    return Environment(
        loader=FileSystemLoader(REPORTS),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def captions(templates: Environment, context: Mapping[str, Any]) -> dict[str, Markup]:
    """
    Every caption as HTML.

    Parameters
    ----------
    templates : Environment
        From `environment`.
    context : mapping
        What captions may fill in.

    Returns
    -------
    dict of str to Markup
        By file name without ending.
    """
    names = [name for name in templates.list_templates() if name.startswith("captions/")]
    plain = templates.overlay(autoescape=False)
    return {
        Path(name).stem: Markup(paragraphs(plain.get_template(name).render(context)))
        for name in names
    }


def paragraphs(text: str) -> str:
    """
    HTML of text with blank lines between paragraphs, ``- `` before items and ``**`` around words.

    Parameters
    ----------
    text : str
        Everything else is shown as it is.
    """
    blocks = re.split(r"\n\s*\n", text.strip())
    return "\n".join(_block(block) for block in blocks if block.strip())


def _block(block: str) -> str:
    escaped = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", html.escape(block, quote=False))
    if not escaped.startswith("- "):
        return f"<p>{escaped}</p>"
    items = re.split(r"^- ", escaped, flags=re.MULTILINE)[1:]
    return "<ul>" + "".join(f"<li>{item.strip()}</li>" for item in items) + "</ul>"
