"""One module a property; each names its :class:`~tests.campaign.record.Property` ``PROPERTY``."""
