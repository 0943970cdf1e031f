"""Who sends a request (identity), how often (rate limit), and from which web page (CORS)."""
