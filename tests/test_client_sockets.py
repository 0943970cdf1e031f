"""What a client's socket keeps of an answer when the process may open no more files."""

import contextlib
import os
import resource
import socket

import pytest

from service.running.gunicorn_sockets import ClientSocket, Pace

SIZE = 8 << 20


@contextlib.contextmanager
def no_more_files():
    """Let the process open no file while a block runs."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest = os.dup(0)
    os.close(lowest)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def test_nothing_is_sent_of_a_file_that_cannot_be_kept(tmp_path):
    photo = tmp_path / "photo"
    photo.write_bytes(b"a" * SIZE)
    near, far = socket.socketpair()
    with far, ClientSocket(near, Pace(30, 1000), contextlib.nullcontext) as client:
        with photo.open("rb") as file, no_more_files(), pytest.raises(OSError, match="open files"):
            client.sendfile(file, 0, SIZE)

        # The app has closed the file; its number is the next file's.
        assert not client.outbox
