//! CPython's instruction sets 3.7 to 3.15 as data: opcodes, operands, caches, line and exception tables.
