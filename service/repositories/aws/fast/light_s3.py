"""Small requests to S3: the SDK makes them, and they are sent over light connections."""

import io

from botocore.awsrequest import AWSPreparedRequest
from botocore.exceptions import BotoCoreError, HTTPClientError

from service.repositories.aws.fast.light_http import LightSender

SENDING = "sending to S3"
# What a connection writes itself, or does without: S3 need not be asked before a small body.
LEFT_OUT = {"content-length", "expect"}


class LightS3:
    """Mixin of the SDK's S3 client: its session sends bodies in memory with less work."""

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        try:
            endpoint = self._endpoint
            endpoint.http_session = LightSession(endpoint.http_session, self.fallbacks)
        except Exception as error:
            self.fallbacks.add(SENDING, error)


class LightSession:
    """The SDK's HTTP session, with another way to send what is in memory."""

    def __init__(self, session, fallbacks):
        self.session = session
        self.fallbacks = fallbacks
        sender = LightSender(session)
        self.sender = sender if sender.session else None

    def __getattr__(self, name):
        """Return what the SDK's session has."""
        return getattr(self.session, name)

    def send(self, request):
        """Return the answer to a request. Raises what the SDK's session would raise."""
        small = self.sender and in_memory(request)
        if not small:
            return self.session.send(request)
        try:
            return self.sender.send(small)
        except BotoCoreError:
            raise
        except Exception as error:
            self.sender = None
            self.fallbacks.add(SENDING, error)
            # The request may have been sent: the SDK decides whether to repeat it.
            raise HTTPClientError(error=error) from error


def in_memory(request):
    """Return a request with its body as bytes, None if the body is elsewhere or of another size."""
    body = request.body.getvalue() if isinstance(request.body, io.BytesIO) else request.body
    context = request.context or {}
    if not isinstance(body, bytes) or request.stream_output or context.get("read_timeout"):
        return None
    if str(request.headers.get("Content-Length")) != str(len(body)):
        return None
    headers = {
        name: text.encode() if isinstance(text, str) else text
        for name, text in request.headers.items()
        if name.lower() not in LEFT_OUT
    }
    return AWSPreparedRequest(request.method, request.url, headers, body, False)
