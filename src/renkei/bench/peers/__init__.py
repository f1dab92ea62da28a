"""The same models told to other simulators. Each module is a script for an environment of its own, where that
simulator is installed (``renkei.bench.environments``): ``python with_simpy.py MODEL JOBS SEED``.

A script prints one line of JSON: how many jobs it ran, in how many seconds (the simulation alone, without imports and
without setting up), and the mean times in system. None of these modules imports renkei.
"""
