"""Read the bodies of uploads (multipart or JSON), and say how to send direct uploads."""
