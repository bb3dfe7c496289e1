"""Stand-in for the vLLM package: the same command line and HTTP API, but no model and no GPU.

Standard library only, Python 3.9 or newer.
"""

__version__ = "0.11.1+simulator"
