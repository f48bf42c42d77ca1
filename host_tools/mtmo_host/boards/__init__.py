"""Which boards there are and which are plugged in: what a profile says of one, and what answers at a serial port."""
