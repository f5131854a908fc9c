"""The small languages in which datasets, metrics and tools are declared."""
