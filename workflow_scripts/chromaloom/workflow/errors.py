"""Exception for errors that a user can fix."""


class UserError(Exception):
    """Invalid input, reported in one line.

    The line names the file, the key or row, the value found and what is allowed. Scripts print it
    without a traceback (see `job.script_job`).
    """
