"""The one exception for mistakes that a user can mend."""


class UserError(Exception):
    """A mistake in the user's input, told in one line.

    The line names the file, the key or row, the value found and what is allowed, so that it can be
    mended without reading code. Scripts end with it and no traceback (see `job.script_job`).
    """
