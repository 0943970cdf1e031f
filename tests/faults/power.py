"""What a disk still holds after a power cut, if it keeps only what it was told to flush."""

import os
import stat


class Disk:
    """The files below a folder, as os.fsync made them last.

    A file lasts with the bytes that it had when it was flushed, under the names that its folder had
    when that was flushed. SQLite flushes its own files: they last as they are.

    named: (name, whether the bytes had been flushed by then) for each rename or link of a file.
    meanwhile: (folder, event) of what happens once, just before that folder is flushed, or None.
    """

    def __init__(self, folder, monkeypatch):
        self.folder = folder
        self.contents = {}
        self.entries = {}
        self.named = []
        self.meanwhile = None
        self.fsync = os.fsync
        monkeypatch.setattr(os, "fsync", self.flush)
        monkeypatch.setattr(os, "replace", self.noting(os.replace))
        monkeypatch.setattr(os, "link", self.noting(os.link))

    def flush(self, descriptor):
        """Flush an open file or folder, and note what lasts from now on."""
        if self.meanwhile and is_open(self.meanwhile[0], descriptor):
            (_folder, event), self.meanwhile = self.meanwhile, None
            event()
        self.fsync(descriptor)
        flushed = os.fstat(descriptor)
        for path in self.paths():
            if os.path.samestat(path.stat(), flushed):
                self.keep(path)

    def keep_all(self):
        """Let so much time go by that the system has written everything."""
        for path in self.paths():
            self.keep(path)

    def paths(self):
        """Return the paths of the folder and of everything below it."""
        return [self.folder, *self.folder.rglob("*")]

    def keep(self, path):
        """Note that a file or folder lasts as it is."""
        if path.is_dir():
            self.entries[path] = {entry.name: entry.stat() for entry in path.iterdir()}
        else:
            self.contents[path.stat().st_ino] = path.read_bytes()

    def noting(self, give_name):
        """Return a call that gives a file a name, and notes whether its bytes last already."""

        def give(source, target):
            lasting = self.contents.get(source.stat().st_ino)
            self.named.append((target.name, lasting == source.read_bytes()))
            give_name(source, target)

        return give

    def restore(self, target, source=None):
        """Write what lasts of a folder, or of all, into a new folder; return that."""
        source = source or self.folder
        target.mkdir()
        for name, entry in self.entries.get(source, {}).items():
            if stat.S_ISDIR(entry.st_mode):
                self.restore(target / name, source / name)
            elif ".db" not in name:
                (target / name).write_bytes(self.contents.get(entry.st_ino, b""))
        for path in source.glob("*.db*"):
            (target / path.name).write_bytes(path.read_bytes())
        return target


def is_open(path, descriptor):
    """Tell whether a descriptor is that of a path."""
    return path.exists() and os.path.samestat(path.stat(), os.fstat(descriptor))
