"""Compiles every device file with mpy-cross and prints what each costs on flash."""

from __future__ import annotations

from mtmo_host.flash.compile import compile_package, size_table

CORE_BUDGET = 40 * 1024  # octets of .mpy without dialects (design 4.10)
NOT_RECORDS = ("__init__.py", "models.py")
DIALECT_BUDGET = 1536  # octets for one dialect


def main() -> int:
    """Print the table; 1 if a dialect is over its budget."""
    compiled = compile_package()
    print(size_table(compiled))
    dialects = [item for item in compiled if "/dialects/" in item.name and not item.name.endswith(NOT_RECORDS)]
    core = sum(len(item.mpy) for item in compiled) - sum(len(item.mpy) for item in dialects)
    print(f"core without dialects: {core} octets, {core / CORE_BUDGET:.2f} of the design's {CORE_BUDGET}")
    fat = [item.name for item in dialects if len(item.mpy) > DIALECT_BUDGET]
    if fat:
        print("over the budget of a dialect:", ", ".join(fat))
    return 1 if fat else 0


if __name__ == "__main__":
    raise SystemExit(main())
