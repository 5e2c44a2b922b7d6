"""One module for each rule that mends, named as the rule; see `checks.fixes`."""
