"""The verbs of `mtmo`, one module each; thin: they parse options and call the parts."""
