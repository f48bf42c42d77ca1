"""SMS on the operator's side: alphabets, TPDUs, SC1, keys and numbers. Pure, apart from `keys` and `counters`."""
