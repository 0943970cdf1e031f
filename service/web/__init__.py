"""Pages for people: what a browser shows at the service's own address."""
