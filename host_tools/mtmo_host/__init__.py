"""mtmo on the desk: the emulated network, the tools for boards and the operator's half of SC1."""

__version__ = "0.1.0"
