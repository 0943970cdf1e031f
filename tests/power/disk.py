"""What may be on a disk after a power cut: the rules of this package's docstring."""

import hashlib
import os
from collections import defaultdict, namedtuple

SECTOR = 512
# A change of one file or folder. node: whose. change: (offset, bytes) of a write, a size, or
# {name: node, or None where it goes} of a folder. needs: the number of one without which it is not.
Change = namedtuple("Change", "number node change needs", defaults=(None,))
# A flush of nodes that was complete at a point; it covers the changes below the number `begun`.
Flush = namedtuple("Flush", "nodes begun")
# How a write may be torn: in part, or only as the new size.
TEARS = ("head", "tail", "zeros")


# Which flushes a program may be thought to lack, by name: of which Nodes.
LACKING = {
    "nothing": lambda node: False,
    "files": lambda node: not node.is_folder and ".db" not in node.label,
    "folders": lambda node: node.is_folder,
    "WAL": lambda node: node.label.endswith("-wal"),
}


class Node:
    """A file or a folder. label: the path that it first had."""

    def __init__(self, number, is_folder, label):
        self.number = number
        self.is_folder = is_folder
        self.label = label


class History:
    """What was done to a disk: events, each a Change, a Flush, or a mark (a text), in their order.

    lacking: of LACKING: flushes that do nothing, as if the program did not call them.
    """

    def __init__(self, calls, lacking="nothing"):
        self.lacking = lacking
        self.root = Node(0, True, "")
        self.nodes = [self.root]
        self.names = {"": self.root}
        self.by_inode = {}
        self.begun = {}
        self.events = []
        self.changes = []
        # What is made on an inode is its node from then on: numbers are used again.
        for call in calls:
            self.ADD[call.kind](self, call)

    @property
    def marks(self):
        """The marks, in their order."""
        return [event for event in self.events if isinstance(event, str)]

    def new_node(self, call, is_folder):
        node = Node(len(self.nodes), is_folder, call.path)
        self.nodes.append(node)
        self.by_inode[call.inode] = node
        return node

    def change(self, node, change, needs=None):
        made = Change(len(self.changes), node.number, change, needs)
        self.changes.append(made)
        self.events.append(made)
        return made.number

    def name(self, path, node, needs=None):
        """Give a path to a node, or to none; return the number of the change."""
        self.names[path] = node
        folder, name = os.path.split(path)
        return self.change(self.names[folder], {name: node and node.number}, needs)

    def add_file(self, call):
        node = self.new_node(call, False)
        if call.path:
            self.name(call.path, node)

    def add_folder(self, call):
        self.name(call.path, self.new_node(call, True))

    def add_write(self, call):
        self.change(self.by_inode[call.inode], (call.offset, call.data))

    def add_size(self, call):
        self.change(self.by_inode[call.inode], call.offset)

    def add_link(self, call):
        self.name(call.other, self.by_inode[call.inode])

    def add_unlink(self, call):
        self.name(call.path, None)

    def add_rename(self, call):
        assert call.path, "a file from elsewhere was moved to here"
        node = self.names[call.path]
        if not call.other:
            self.name(call.path, None)
            return
        (old_folder, old), (folder, new) = os.path.split(call.path), os.path.split(call.other)
        if old_folder == folder:
            self.change(self.names[folder], {old: None, new: node.number})
        else:
            arrival = self.name(call.other, node)
            self.name(call.path, None, arrival)
        # What is below a folder moves with it.
        below = call.path + "/"
        moved = {path: at for path, at in self.names.items() if path.startswith(below)}
        for path, at in moved.items():
            del self.names[path]
            self.names[f"{call.other}/{path.removeprefix(below)}"] = at
        self.names[call.path], self.names[call.other] = None, node

    def begin_flush(self, call):
        self.begun[call.offset] = len(self.changes)

    def end_flush(self, call):
        if not call.inode:
            nodes = self.nodes
        else:
            nodes = [self.root if not call.path else self.by_inode[call.inode]]
        lacks = LACKING[self.lacking]
        lasting = frozenset(node.number for node in nodes if not lacks(node))
        self.events.append(Flush(lasting, self.begun.pop(call.offset)))

    def add_mark(self, call):
        self.events.append(call.data.decode())

    ADD = {
        "C": add_file, "M": add_folder, "W": add_write, "T": add_size, "L": add_link,
        "U": add_unlink, "R": add_rename, "b": begin_flush, "e": end_flush, "K": add_mark,
    }  # fmt: skip


def cut_behind(history, event):
    """Return the Cut behind an event of a History, given by its number."""
    cut = Cut(history)
    for happened in history.events[: event + 1]:
        cut.add(happened)
    return cut


class Cut:
    """The disk at a point of a history: what lasts, and what may be there or not.

    lasting: {node: numbers of changes}; pending: numbers of changes; both in order. marks: how many
    marks there were.
    """

    def __init__(self, history):
        self.history = history
        self.lasting = defaultdict(list)
        self.digests = defaultdict(int)
        self.pending = []
        self.marks = 0

    def add(self, event):
        """Let one more event happen."""
        if isinstance(event, Change):
            self.pending.append(event.number)
        elif isinstance(event, Flush):
            self.flush(event)
        else:
            self.marks += 1

    def flush(self, flush):
        """Let the changes last that a flush covers, and those without which they are not."""
        changes = self.history.changes
        covered = {
            number
            for number in self.pending
            if number < flush.begun and changes[number].node in flush.nodes
        }
        covered |= {changes[number].needs for number in covered} & set(self.pending)
        for number in sorted(covered):
            self.lasting[changes[number].node].append(number)
            self.digests[changes[number].node] ^= hash((number, None))
        self.pending = [number for number in self.pending if number not in covered]

    def state(self, kept):
        """Return the State in which these of the pending changes are there: {number: tear or None}.

        A change goes with what it needs.
        """
        changes = self.history.changes
        gone = {
            n for n in kept if changes[n].needs in self.pending and changes[n].needs not in kept
        }
        by_node = defaultdict(list)
        for number in sorted(kept.keys() - gone):
            by_node[changes[number].node].append((number, kept[number]))
        return State(self, by_node)


class State:
    """One state of the disk: what lasts, and pending changes by node: [(number, tear), ...]."""

    def __init__(self, cut, by_node):
        self.cut = cut
        self.history = cut.history
        self.lasting = cut.lasting
        self.by_node = by_node
        self.files = {}
        self.folders = []
        self.walk(self.history.root.number, "", frozenset())

    def entries(self, node):
        """Return {name: node} of a folder."""
        names = {}
        kept = [number for number, _tear in self.by_node.get(node, ())]
        for number in [*self.lasting.get(node, ()), *kept]:
            names.update(self.history.changes[number].change)
        return {name: at for name, at in names.items() if at is not None}

    def walk(self, node, path, above):
        """Find what has a path."""
        for name, at in self.entries(node).items():
            below = f"{path}{name}"
            if not self.history.nodes[at].is_folder:
                self.files[below] = at
            elif at not in above:
                self.folders.append(below)
                self.walk(at, f"{below}/", above | {at})

    def key(self):
        """Return what is the same for the same files with the same content."""
        parts = [*sorted(self.folders), *sorted(self.files.items())]
        for node in sorted(set(self.files.values())):
            digest = self.cut.digests.get(node, 0)
            for change in self.by_node.get(node, ()):
                digest ^= hash(change)
            parts.append(digest)
        return hashlib.blake2b(repr(parts).encode(), digest_size=16).digest()

    def content(self, node):
        """Return the bytes of a file."""
        content = bytearray()
        for number in self.lasting.get(node, ()):
            apply(content, self.history.changes[number].change, None)
        for number, tear in self.by_node.get(node, ()):
            apply(content, self.history.changes[number].change, tear)
        return bytes(content)

    def build(self, folder):
        """Make the files and folders of the state in a new folder."""
        folder.mkdir()
        for path in self.folders:
            (folder / path).mkdir()
        made = {}
        for path, node in self.files.items():
            if node in made:
                os.link(made[node], folder / path)
            else:
                made[node] = folder / path
                made[node].write_bytes(self.content(node))


def apply(content, change, tear):
    """Apply a change to the bytes of a file."""
    if isinstance(change, int):
        content[change:] = bytes(max(0, change - len(content)))
        return
    offset, data = change
    end = offset + len(data)
    content.extend(bytes(max(0, end - len(content))))
    start, end = torn(offset, end, tear)
    content[start:end] = data[start - offset : end - offset]


def torn(start, end, tear):
    """Return (start, end) of what is there of a write: whole sectors of it."""
    if tear is None:
        return start, end
    middle = (start + end) // 2 // SECTOR * SECTOR
    if tear == "zeros" or not start < middle < end:
        return start, start
    return (start, middle) if tear == "head" else (middle, end)
