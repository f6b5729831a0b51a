//! The lancehead command.
