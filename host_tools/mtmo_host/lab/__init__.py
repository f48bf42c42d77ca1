"""The whole system on one desk: network, emulated modems and virtual boards with the agent, as `mtmo up` runs them."""
