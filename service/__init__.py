"""The image service: upload, list, view and delete images."""
