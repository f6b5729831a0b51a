"""`import bytecode` gives `lancehead.bytecode`, and so do imports of modules in it."""

import lancehead.bytecode

lancehead.bytecode.stand_in()
