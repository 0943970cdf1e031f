"""Imports the pictures of a folder into any deployment of the service, over HTTP.

folder: which files there are. plan: which are the same picture, and what comes next. uploader: one
picture. service_client and pace: requests, and when the next may be sent. library: what is there
already. session: the threads and the order of it all. outcomes and progress: what is told.
"""
