"""The routes of images: what they accept, and what they answer."""
