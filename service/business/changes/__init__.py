"""Changes of images: what users may do with one, and how no other change is lost by it."""
