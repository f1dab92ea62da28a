"""Compile and run: structure x doctrine x scenario become a program, and the kernel runs it.

``compiler`` makes programs, ``engine`` runs them with the Numba kernel, ``twin`` runs them in plain Python. This
package hides Numba and arrays from everything above it.
"""
