"""Emulated modems, network and boards for the tests of other people's programs; the pytest plugin is its face."""
