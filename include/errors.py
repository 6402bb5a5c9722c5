"""What can go wrong in words: every error that a person meets is one sentence and says what to do.

One root with two branches, by what another try does: a permanent error meets the same again, a transient one
may not. Tasks, exit codes and findings go by the branch. Any other exception is a bug, of ours or of a
library, and shows its stack trace.
"""

from __future__ import annotations


class DangolError(Exception):
    """The root, for whoever says every error of ours alike; what is raised is of one of the branches.

    The message is one sentence for the on-call engineer.
    """


class PermanentError(DangolError):
    """Another try meets the same: bad settings, bad data, a rejected release. A DAG task fails at once."""


class TransientError(DangolError):
    """Worth another try: a service or a store failed. A DAG task is retried, as for any other exception."""


class SettingsError(PermanentError):
    """An advertiser's YAML is wrong; the message names the file, the key and what is allowed."""


class MissingDataError(PermanentError):
    """Days are not there: a landing folder that the mall did not deliver, or lake partitions."""


class RejectedDayError(PermanentError):
    """A delivered day breaks a table rule of its feed's contract; the lake keeps what it had."""


class EmptyFileError(RejectedDayError):
    """A delivered file has not even a header; beside other files it may be a part without lines."""


class EmptyWindowError(PermanentError):
    """The window holds nothing to learn from."""


class RefusedInputError(PermanentError):
    """A model, the dataset or the candidates cannot work on what the mall delivered or the settings ask for.

    Not for what a caller of ours does wrong: that is a bug, and a ValueError.
    """


class LeakError(PermanentError):
    """A backtest looks at what was known later only, so that its figures would be too good."""


class RejectedReleaseError(PermanentError):
    """A critical gate failed; readers go on seeing the release before."""


class LocalServiceError(PermanentError):
    """The embedded PostgreSQL or the local Airflow cannot start or run; the message says what to do."""


class WarehouseUnavailableError(TransientError):
    """The warehouse does not answer or refuses writes."""


class StorageError(TransientError):
    """The lake or landing storage failed: disk full, no permission, S3 down."""
