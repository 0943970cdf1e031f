"""Bags (BagIt, RFC 8493): folders in which images, with all that is known of them, are moved.

layout: the names in a bag and the lines of its files, for those who write and for those who read.
export: writes a bag; what it needs is in folder, index, originals, tags and leftovers.
"""
