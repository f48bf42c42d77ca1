# Runs at every boot and soft reset, also when a tool has taken the REPL: the watchdog must not
# bite while a person works.
import mtmo

mtmo.boot()
