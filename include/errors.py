"""What can go wrong in words: every error that a person meets is one sentence and says what to do."""

from __future__ import annotations


class DangolError(Exception):
    """A failure that another try cannot mend: bad settings, bad data, a rejected release.

    The message is one sentence for the on-call engineer. DAG tasks turn it into a failure
    without retries; every other exception (a network, a database that restarts) is retried.
    """


class SettingsError(DangolError):
    """An advertiser's YAML is wrong; the message names the file, the key and what is allowed."""


class MissingDataError(DangolError):
    """Days are not there: a landing folder that the mall did not deliver, or lake partitions."""


class RejectedDayError(DangolError):
    """A delivered day breaks a table rule of its feed's contract; the lake keeps what it had."""


class EmptyFileError(RejectedDayError):
    """A delivered file has not even a header; beside other files it may be a part without lines."""


class EmptyWindowError(DangolError):
    """The window holds nothing to learn from."""


class RejectedReleaseError(DangolError):
    """A critical gate failed; readers go on seeing the release before."""


class LocalServiceError(DangolError):
    """The embedded PostgreSQL or the local Airflow cannot start or run; the message says what to do."""


class WarehouseUnavailableError(Exception):
    """The warehouse does not answer or refuses writes; worth another try, so not a DangolError."""


class StorageError(Exception):
    """The lake or landing storage failed (disk full, no permission, S3 down); worth another try."""
