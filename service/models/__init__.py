"""What the service knows about an image."""
