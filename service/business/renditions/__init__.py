"""Renditions: how they are made of pictures, at an upload and later."""
