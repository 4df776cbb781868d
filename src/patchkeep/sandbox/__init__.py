"""An emulated AWS Organization: our own model of AWS, served over HTTP in virtual time.

Used by the demo, the tests and the benchmarks. Passing against it is no proof about AWS.
"""
