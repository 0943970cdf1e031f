"""Settings, errors, logs and the few other things every layer shares."""
