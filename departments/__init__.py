"""The departments of the daemon: each is opened by one function that is handed what it uses."""
