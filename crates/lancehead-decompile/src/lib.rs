//! From the IR to Python source: structure, expressions, sugar.
