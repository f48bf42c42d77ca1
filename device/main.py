# What a flashed board runs.
import mtmo

mtmo.run()
