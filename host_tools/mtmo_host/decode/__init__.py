"""Explains what went over the wire: PDUs octet by octet, SC1 texts, lines of an AT trace; pure apart from key files."""
