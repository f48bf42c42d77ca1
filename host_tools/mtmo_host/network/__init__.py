"""The emulated SMS platform: store, routing and delivery, REST, SMPP and the console page."""
