"""Loads the modules named as arguments; prints the interpreter's version and each name; a board's `machine` is bare."""

import sys


class _Machine:
    def __getattr__(self, name):
        return 0


sys.modules["machine"] = _Machine()
print(sys.implementation.version)
for _name in sys.argv[1:]:
    __import__(_name)
    print(_name)
