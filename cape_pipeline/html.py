"""HTML written from templates: whatever the data hold is escaped, and a name that a template lacks is an error.

Belongs here: how every page is made. Does not belong here: a page (`report_page/`, `audit_packets/`).
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment


def html_environment(package: str) -> "Environment":
    """The templates in the folder `templates` of a package."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader(package), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


def escaped(text: str) -> str:
    """The text as a template would write it: cells are many, and one by one a template is slow to write them."""
    return (
        text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&#34;").replace("'", "&#39;")
    )
