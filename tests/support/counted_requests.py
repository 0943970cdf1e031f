"""A WSGI app in front of the service: notes the requests, and answers some itself."""

from werkzeug.test import Client
from werkzeug.wrappers import Request, Response


class CountedRequests:
    """Passes requests on to an app.

    asked: the (method, path) of each. answers: by method, a list of (status, headers) that are
    answered first, in place of the app's own; None: the app answers. lost: how many answers to
    uploads do not arrive. meanwhile: a function that the first request calls. removed: what every
    path begins with, and the app does not see.
    """

    def __init__(self, app):
        self.app = app
        self.client = Client(app)
        self.address = None
        self.asked = []
        self.answers = {}
        self.lost = 0
        self.meanwhile = None
        self.removed = ""

    def __call__(self, environ, start_response):
        for name in ("PATH_INFO", "RAW_URI", "REQUEST_URI"):
            environ[name] = environ[name].removeprefix(self.removed)
        request = Request(environ)
        self.asked.append((request.method, request.path))
        if self.meanwhile:
            self.meanwhile()
            self.meanwhile = None
        waiting = self.answers.get(request.method)
        answer = waiting.pop(0) if waiting else None
        if answer:
            status, headers = answer
            # The body is read, so that the connection stays usable.
            request.get_data()
            return Response("", status, headers)(environ, start_response)
        if request.method == "POST" and self.lost:
            self.lost -= 1
            b"".join(self.app(environ, lambda *_: None))
            return Response("", 504)(environ, start_response)
        return self.app(environ, start_response)

    def count(self, method):
        """Return how many requests had a method."""
        return sum(asked == method for asked, _path in self.asked)

    def images(self, user="ana", **query):
        """Return the user's images, the newest first."""
        answer = self.client.get("/images", query_string={"user_id": user, "limit": 100} | query)
        return answer.json["images"]
