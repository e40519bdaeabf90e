"""Interest conventions as a person writes them: name=value.

Belongs here: reading such texts, and naming the options that differ from the default. Does not belong here: what the
options are (`conventions`), and where the texts come from (the command line, the settings of a run).
"""

from collections.abc import Iterable
from typing import Any

from cape_pipeline.interest.conventions import DEFAULT, OPTIONS, Conventions
from cape_pipeline.interest.errors import InterestError

TRUTHS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


def conventions_of(texts: Iterable[str]) -> Conventions:
    """The default conventions with the named options changed.

    Args:
        texts: `name=value` each, as in `OPTIONS`; a rule that is on or off takes true or false.

    Raises:
        InterestError: a text is no such pair, names no option or no value of it, or an option stands twice.
    """
    chosen: dict[str, Any] = {}
    for text in texts:
        name, sign, value = (part.strip() for part in text.partition("="))
        if not sign:
            raise InterestError(f"{text!r} is no interest convention; write name=value, such as day_count=both.")
        if name not in OPTIONS:
            raise InterestError(f"There is no interest convention {name!r}; choose one of: {', '.join(OPTIONS)}.")
        if name in chosen:
            raise InterestError(f"The interest convention {name} is given twice; give it once.")
        chosen[name] = _value(name, value)
    return Conventions(**chosen)


def changes_of(conventions: Conventions) -> dict[str, str]:
    """The options that differ from the default, by name, as `conventions_of` reads them."""
    default = DEFAULT.to_json_dict()
    return {name: str(value).lower() for name, value in conventions.to_json_dict().items() if value != default[name]}


def _value(name: str, text: str) -> object:
    if not isinstance(OPTIONS[name][0], bool):
        return text
    if text.lower() not in TRUTHS:
        raise InterestError(f"The interest convention {name} cannot be {text!r}; choose one of: false, true.")
    return TRUTHS[text.lower()]
