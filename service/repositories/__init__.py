"""Storage: one contract, and a folder for each store; its module `store` has the store's class.

Every class of a store has these members:

kind: the name of the store; the doctor finds its checks by this name.
images, objects: the repositories; docs/storage.md, section 4, has the table of their verbs.
place(): a text that says where the images are, for the line that announces the start.
prepare(say): prepares the store before a server listens; say(line) prints a line for the operator.
    Returns an open file that the server must hold until its end, or None. Raises
    StorageUnavailable; its detail is one line for the operator.
refuse_newer(): raises StorageUnavailable, as prepare does, if a newer version of the service wrote
    what this one must not touch.
is_there(): tells whether the store exists, without making it: some are made by their first use.
identity(): a text that no other store has; it says nothing of where the store is.
own_folder: the folder on this machine in which only the store may write, or None.
provision: a method that creates the parts of the store before the first use, or None if there is
    nothing to create.
file_urls: checks the signed URLs of files that the service itself serves, or None if the store
    serves them.
origin: the scheme, host and port of presigned URLs, or None if the service itself serves them.
swept_by_server: whether each server sweeps the store; if not, a schedule must do it.

The constructor opens no file, thread or connection. service/app.py chooses the store.
"""
