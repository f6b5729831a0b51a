//! Read, explain and decompile CPython bytecode, 3.7 to 3.15.
