"""The services that are compared: what each is sent, and what it takes to answer."""

from itertools import islice

from tests.bench.peers.generator import generator

VIEW, LIST, FETCH, UPLOAD, DELETE = "view", "list of 20", "fetch 200 KB", "upload 200 KB", "delete"
SECONDS = 1.5
DELETES = 200


class Work:
    """One kind of work. requests: sent in turn; each: how many of them make one answer.

    name: what is special about it, if the peer cannot do the same as this service.
    """

    def __init__(self, kind, requests, each=1, name=""):
        self.kind = kind
        self.requests = requests
        self.each = each
        self.name = name


class Measured:
    """What a service took for a load: answers a second, CPU seconds an answer, p99 in ms.

    own: the CPU seconds of the load generator for an answer.
    """

    def __init__(self, told, cpu_seconds, each):
        answers = told["answered"] / each
        self.per_second = answers / told["seconds"]
        self.cpu = cpu_seconds / answers
        self.own = told["cpu_seconds"] / answers
        # Of two requests one after another it is not known.
        self.p99 = told["p99"] if each == 1 else None


class Contestant:
    """A running service.

    works: what is measured beside deletes; deletes: function(count) that uploads so many images and
    returns the requests that delete them, or None; not_done: what it does not do, as text;
    database: the process whose CPU time counts too.
    """

    def __init__(self, name, server, works, deletes, not_done="", database=None):
        self.name = name
        self.server = server
        self.works = works
        self.deletes = deletes
        self.not_done = not_done
        self.parts = [server, database] if database else [server]

    def cases(self):
        """Return {(kind of work, what is special, name of the service): measuring function}."""
        found = {
            (work.kind, work.name, self.name): lambda work=work: self.measured(
                work.requests, work.each, SECONDS
            )
            for work in self.works
        }
        if self.deletes:
            found[(DELETE, "", self.name)] = lambda: self.measured(self.deletes(DELETES))
        return found

    def measured(self, requests, each=1, seconds=0):
        """Return what so many seconds of requests take, or each of them once."""
        before = self.cpu_seconds()
        try:
            told = generator.send(self.server.port, requests, seconds)
        except RuntimeError as error:
            raise RuntimeError(f"{self.name}: {error}") from error
        return Measured(told, self.cpu_seconds() - before, each)

    def uploads(self, count):
        """Return so many uploads."""
        return [work.requests[0] for work in self.works if work.kind == UPLOAD] * count

    def cpu_seconds(self):
        """Return the CPU time of its processes, its database's too."""
        return sum(part.cpu_seconds() for part in self.parts)


def fresh_deletes(server, upload, newest, kept, delete):
    """Return a function that uploads images and returns the requests that delete them.

    newest: function that yields the ids of images, newest first; kept: ids that stay;
    delete: function that returns the request for an id.
    """

    def deletes(count):
        generator.send(server.port, [upload] * count)
        return [delete(one) for one in islice((one for one in newest() if one not in kept), count)]

    return deletes
