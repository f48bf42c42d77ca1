"""Puts the agent, its keys and its settings onto a board, over the raw REPL."""
