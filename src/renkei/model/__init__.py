"""The model: structures, doctrine, scenarios and assumptions, as frozen values.

Everything here is *resolved*: explicit, valid, in SI units. ``renkei.files`` makes it from what people write;
``renkei.sim`` compiles it; nothing here reads a file or runs anything.
"""
