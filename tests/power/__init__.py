"""Every state of the disk that a power cut may leave, opened with the service.

The file system's calls of a real run are recorded (recorder.c), and a cut is made behind each of
them. What is on the disk then is not one state but many. These are the rules by which they are made
(disk.py); where file systems differ, the harsher one counts.

Bytes. What was written, or cut off, before a flush of the file began lasts from the flush's end
(POSIX, fsync: "all data for the open file descriptor ... is to be transferred to the storage
device"). Of what was not flushed each call may be on the disk or not, in any order: a later one
without an earlier one too. It may be there in part: sectors of 512 bytes of it, or only the file's
new size with zeros in it. A flush does not promise what others write while it runs.

Names. A name that was given or taken away (create, link, rename, unlink, mkdir, rmdir) lasts when
its folder was flushed since. A flush of the file itself does not promise it (Linux, fsync(2): "does
not necessarily ensure that the entry in the directory containing the file has also reached disk"),
and neither does a flush of a folder promise that folder's own name. Until then each of them may be
there or not, alone, whatever became of the bytes: a name may last whose file is empty. A rename
within a folder is one thing: before or after, never both names and never none. A rename from one
folder to another is two: the old name may still be there beside the new one, but the old one goes
only if the new one is there, which every file system with a journal promises.

SQLite's files follow the same rules. Its documents ask for no more than that a flush flushes, and
that a write damages no bytes beside it (https://sqlite.org/atomiccommit.html, /psow.html). The -shm
file is left out: SQLite makes it anew after a crash (https://sqlite.org/walformat.html).

That programs must expect all of this was shown by Pillai et al., "All File Systems Are Not Created
Equal: On the Complexity of Crafting Crash-Consistent Applications" (OSDI 2014). What is tried at
each cut is taken from there too: nothing, all, one call lost, one call alone, one torn, all of one
file lost or alone. Sets of calls are drawn at random, because all sets are too many.

Left out: a disk that says it has flushed and has not, bytes that decay, and a second cut while what
the first one left is being repaired.
"""
