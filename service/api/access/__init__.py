"""Who is asking, how often, and from which page."""
