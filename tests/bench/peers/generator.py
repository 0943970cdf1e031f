"""The load generator in C. The one in Python takes a quarter of the CPU time of a Go server."""

import json
import subprocess
import tempfile

from tests.bench.processes import ROOT
from tests.bench.stand_in import compiled

SOURCE = ROOT / "tests/bench/peers/generator.c"
CONNECTIONS = 8
# Where a request has these, the generator puts a number that no other request has.
NUMBER = "########"
DIGITS = len(NUMBER)


class Generator:
    """It counts its numbers on from load to load."""

    def __init__(self):
        self.number = 1

    def send(self, port, requests, seconds=0, connections=CONNECTIONS):
        """Send requests for so many seconds, or each once; return what the generator tells.

        Raises RuntimeError when one is not answered with success.
        """
        with tempfile.NamedTemporaryFile() as file:
            for request in requests:
                file.write(b"%d\n%b" % (len(request), request))
            file.flush()
            command = [compiled(SOURCE), port, file.name, connections, seconds, self.number]
            done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"The load generator ended: {done.stderr}")
        told = json.loads(done.stdout)
        self.number = told["number"]
        if told["failed"]:
            raise RuntimeError(f"{told['failed']} requests failed: {told['failure']}")
        return told


generator = Generator()
