"""The time at which botocore signs."""

import botocore.auth
from botocore.compat import HAS_CRT


def set_sdk_time(patch, moment):
    """Let botocore sign at a moment, aware and in UTC. patch: a MonkeyPatch."""

    def get_current_datetime(remove_tzinfo=True):
        return moment.replace(tzinfo=None) if remove_tzinfo else moment

    patch.setattr(botocore.auth, "get_current_datetime", get_current_datetime)
    if HAS_CRT:
        from botocore.crt import auth

        patch.setattr(auth, "get_current_datetime", get_current_datetime)
