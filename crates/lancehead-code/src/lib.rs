//! Programs of instructions: listings, control-flow graphs, dominators, assembly.
