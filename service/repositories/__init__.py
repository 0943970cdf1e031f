"""Storage: one contract, and a folder for each store; its module `store` has the store's class.

What every class of a store has:

kind: its name, by which the doctor finds its checks.
images, objects: the repositories; docs/storage.md, section 4, has the table of their verbs.
place(): a text that says where the images are, for the line that announces the start.
prepare(say): makes ready what a server needs before it listens; say(line) tells whoever starts it.
    Returns an open file that the server must hold until its end, or None. Raises
    StorageUnavailable, whose detail is one line for whoever starts the server.
provision: a method that makes what must be there before the first use, or None: nothing must.
file_urls: checks the signed URLs that the service itself serves, or None: the store serves its own.
swept_by_server: whether each server sweeps the store; if not, a schedule must do it.

Making an instance opens no file, thread or connection. service/app.py chooses the store.
"""
