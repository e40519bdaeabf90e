"""Readings chosen in place of the default ones, as a user writes them: point=policy, joined by commas.

Belongs here: reading and judging the choice. Does not belong here: the readings themselves
(`registry_seeds/policies.csv`) and what they do (`sql/`).
"""

from collections.abc import Collection, Mapping


class UnknownPolicy(ValueError):
    """A choice that cannot be read, or that names a point or a reading there is none of; the sentence lists them."""


def as_choices(text: str) -> dict[str, str]:
    """`a=b, c=d` as policy by policy point; empty text is no choice.

    Raises:
        UnknownPolicy: a part that is not of this form, or a point chosen twice.
    """
    choices: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        point, mark, policy = (piece.strip() for piece in part.partition("="))
        if not (point and mark and policy):
            raise UnknownPolicy(f"policy {part}: write point=policy, such as ieepa_last_day=day_of_the_judgment")
        if choices.setdefault(point, policy) != policy:
            raise UnknownPolicy(f"policy {point} is chosen twice: {choices[point]} and {policy}")
    return choices


def check_choices(choices: Mapping[str, str], readings: Collection[tuple[str, str]]) -> None:
    """Refuse what the registry does not know.

    Args:
        choices: policy by policy point.
        readings: every (point, policy) of the registry.

    Raises:
        UnknownPolicy: the sentence lists what there is.
    """
    for point, policy in choices.items():
        known = [reading for at, reading in readings if at == point]
        if not known:
            points = ", ".join(dict.fromkeys(at for at, _ in readings))
            raise UnknownPolicy(f"policy {point}={policy}: there is no point {point}; the points are {points}")
        if policy not in known:
            raise UnknownPolicy(f"policy {point}={policy}: the readings of {point} are {', '.join(known)}")
