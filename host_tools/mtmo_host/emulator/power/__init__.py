"""A modem's power: how it boots, the keys that switch it, and how it sleeps."""
