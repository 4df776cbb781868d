"""Errors of a machine that cannot sign in: apart from the doors that raise them, so that telling errors doesn't load all of botocore."""


class NoCredentials(Exception):  # noqa: N818 - it says what is wrong
    """Nothing can be asked of AWS as this machine is set up: the sentence says what to type next."""


class SecretError(Exception):
    """A reference that leads nowhere; the sentence says what to do."""
