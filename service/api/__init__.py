"""HTTP: translates requests and answers, never decides."""
