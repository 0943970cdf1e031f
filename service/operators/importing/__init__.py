"""Imports the pictures of a folder into any deployment of the service, over HTTP.

run: the order of it all. folder: which files there are. library: what the service has already.
plan: which files are the same picture, and what comes next. session: the threads. uploader and
direct: one picture. transport: requests. outcomes and progress: what is told.
"""
