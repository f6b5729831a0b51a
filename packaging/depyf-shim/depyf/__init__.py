"""`import depyf` gives `lancehead.depyf`, and so do imports of modules in it."""

import lancehead.depyf

lancehead.depyf.stand_in()
