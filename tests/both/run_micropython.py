"""Runs the tests of the modules named as arguments under MicroPython; ends with 1 if any failed."""

import gc
import sys


def run(name: str) -> int:
    """Failures among the test functions of module `name`, each test reported in one line."""
    failed = 0
    module = __import__(name)
    for attribute in sorted(dir(module)):
        if not attribute.startswith("test_"):
            continue
        gc.collect()
        try:
            getattr(module, attribute)()
            print("PASS", name + "::" + attribute)
        except Exception as error:
            failed += 1
            print("FAIL", name + "::" + attribute)
            sys.print_exception(error)
    return failed


def main() -> int:
    """Failures of all modules."""
    failed = 0
    for name in sys.argv[1:]:
        failed += run(name)
    return failed


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
