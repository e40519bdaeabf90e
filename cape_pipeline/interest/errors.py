"""What the interest arithmetic refuses to do, as exceptions whose text is a sentence for the user.

Belongs here: exception types shared by the modules of this package. Does not belong here: when they are raised.
"""


class InterestError(ValueError):
    """Interest was asked for that cannot be computed from what was given; the message says why and what to do."""


class RatesNotPublished(InterestError):
    """An accrual day lies outside the quarters of the rate table."""
