"""The serial console of a board: time stamps, log file, reconnect, secrets masked."""
