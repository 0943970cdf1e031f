"""The main loop of a worker: it keeps every connection for which no thread works."""

import contextlib
import errno
import time
from functools import partial

from gunicorn.http import errors
from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, TConn

from service.running.gunicorn_outbox import without_room
from service.running.gunicorn_sockets import ClientSocket, Pace, TooSlow, keep_little_unsent
from service.running.gunicorn_stages import Farewell, Head, Sending
from service.running.gunicorn_threads import RequestThreads
from service.running.several.even_worker import EvenWorker

CHECK_SECONDS = 1
MOST_HELD_BYTES = 64 << 20
NO_ROOM = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}


class LoopWorker(EvenWorker):
    """A threaded worker whose threads get complete heads, and never wait to send.

    A thread that waits for the rest of a body does not count as one of the THREADS.
    """

    # A head must arrive in the first time. Bodies and answers must move at a minimum speed, in
    # bytes a second, over any time as long as the second.
    head_seconds = 20
    pace_seconds = 30
    pace_speed = 1000

    def __init__(self, *given, **named):
        super().__init__(*given, **named)
        # One more than we keep: gunicorn stops accepting only when no connection can be closed.
        self.most_connections = self.worker_connections - 1
        # Connections by stage, the longest in it first.
        self.stages = {Head: {}, Farewell: {}, Sending: {}}
        self.next_check = 0

    def get_thread_pool(self):
        """Return the threads. Runs after the fork."""
        return RequestThreads(self.cfg.threads, self.method_queue.defer)

    def init_process(self):
        """Prepare the listeners and serve."""
        for listener in self.sockets:
            keep_little_unsent(listener)
        super().init_process()

    def take_new(self, listener):
        """Take a new connection; when there are too many, close the one idle for longest."""
        try:
            sock, client = listener.accept()
        except OSError as error:
            # What else accept(2) can raise is about the new connection only.
            if error.errno in NO_ROOM and not self.make_room():
                self.worker_connections = self.nr_conns
            return
        self.nr_conns += 1
        pace = Pace(self.pace_seconds, self.pace_speed)
        sock = ClientSocket(sock, pace, self.tpool.while_waiting)
        conn = TConn(self.cfg, sock, client, listener.getsockname())
        conn.data_ready = True
        if self.nr_conns > self.most_connections:
            self.make_room()
        conn.head = self.new_head(sock, b"", self.head_seconds)
        self.keep(conn)

    def make_room(self):
        """Close the connection that has been idle for longest; tell whether there was one."""
        for conns in self.stages.values():
            for conn in conns:
                self.leave_stage(conn)
                self.close(conn)
                return True
        return False

    def new_head(self, sock, start, idle_seconds):
        """Return the stage that collects a connection's next head, of which `start` is there."""
        return Head(sock, start, idle_seconds, self.head_seconds)

    def enter_stage(self, conn, stage, then):
        """Begin a stage of a connection, after which `then` is called with the connection."""
        conn.stage, conn.then = stage, then
        self.advance(conn)

    def on_ready(self, conn, _sock):
        """Go on with a stage whose client is ready, unless an earlier event has ended it."""
        if conn in self.stages[type(conn.stage)]:
            self.advance(conn)

    def advance(self, conn):
        """Go on with a stage; wait for the client where it has to."""
        try:
            is_done = conn.stage.step()
        except OSError:
            self.leave_stage(conn)
            self.close(conn)
        except errors.ParseException as error:
            self.leave_stage(conn)
            self.refuse(conn, error)
        else:
            if is_done:
                self.leave_stage(conn)
                conn.then(conn)
            elif conn not in self.stages[type(conn.stage)]:
                self.stages[type(conn.stage)][conn] = conn.stage
                self.poller.register(conn.sock, conn.stage.event, partial(self.on_ready, conn))

    def leave_stage(self, conn):
        """Watch a connection no more."""
        if self.stages[type(conn.stage)].pop(conn, None):
            self.poller.unregister(conn.sock)

    def refuse(self, conn, error):
        """Answer an error that ends a connection."""
        self.handle_error(None, conn.sock, conn.client, error)
        self.take_back(conn, False)

    def close(self, conn):
        """Close a connection at once."""
        self.nr_conns -= 1
        with contextlib.suppress(OSError):
            conn.sock.close()

    def enqueue_req(self, conn):
        """Let a thread answer the request whose head is there."""
        add = self.tpool.add_urgent if conn.head.is_urgent() else self.tpool.add
        add(self.serve, conn)

    def serve(self, conn):
        """Answer what a connection asks, then give it back to the main loop. Runs in a thread."""
        kept = False
        try:
            kept = self.handle(conn)
        finally:
            self.method_queue.defer(self.finish, conn, kept)

    def finish(self, conn, kept):
        """Take back a connection from its thread."""
        self.tpool.end()
        self.take_back(conn, kept)

    def take_back(self, conn, kept):
        """Send what is left of an answer; then wait for the next request, or end it."""
        then = self.keep if kept else self.part
        if conn.sock.fileno() < 0:
            self.nr_conns -= 1
        elif conn.sock.outbox:
            self.enter_stage(conn, Sending(conn.sock), then)
        else:
            then(conn)

    def keep(self, conn):
        """Wait for the next head of a connection, then for a thread."""
        if not self.alive:
            conn.head.end_by(time.monotonic() + STOP_KEEPALIVE_LINGER)
        self.enter_stage(conn, conn.head, self.enqueue_req)

    def part(self, conn):
        """End a connection."""
        self.enter_stage(conn, Farewell(conn.sock), self.close)

    def _cap_keepalive(self, deadline):
        """Let no connection without a complete head delay the stop."""
        for conn in self.stages[Head]:
            conn.head.end_by(deadline)

    def murder_pending(self):
        """End the stages whose time is over. Called after all events, works once a second."""
        now = time.monotonic()
        if now < self.next_check:
            return
        self.next_check = now + CHECK_SECONDS
        self.worker_connections = self.most_connections + 1
        self.bound_heads()
        self.bound_answers()
        for conn in [conn for conns in self.stages.values() for conn in conns]:
            if conn.stage.is_over(now):
                self.leave_stage(conn)
                # Who sent nothing asked for nothing: a browser's spare connection.
                if isinstance(conn.stage, Head) and conn.stage.buffer:
                    self.refuse(conn, TooSlow())
                else:
                    self.close(conn)

    def bound_heads(self):
        """Close connections, the longest idle first, while unfinished heads take much memory."""
        held = sum(len(head.buffer) for head in self.stages[Head].values())
        while held > MOST_HELD_BYTES:
            held -= len(next(iter(self.stages[Head].values())).buffer)
            self.make_room()

    def bound_answers(self):
        """Close connections, the slowest readers first, while unsent answers take much memory."""
        for conn in without_room(self.stages[Sending], MOST_HELD_BYTES):
            self.leave_stage(conn)
            self.close(conn)
