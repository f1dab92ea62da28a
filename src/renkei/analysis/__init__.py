"""Statistics: from what runs gave to what a study found.

``runs`` reduces one run to a few rows, at once and in the worker; ``resampling`` makes intervals over futures;
``cells`` and ``comparing`` turn rows into estimates, overloads and differences; ``answer`` says them in words;
``summary`` puts all together. Nothing here runs or reads anything, so that a study and an exercise share it.
"""
