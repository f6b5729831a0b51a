//! Programs of instructions: listings, control-flow graphs, dominators, assembly.
//!
//! | to | use |
//! |---|---|
//! | show bytecode as `dis` does | [`Listing`], [`listing::print`] |
//! | follow control flow | [`cfg::Cfg`], [`cfg::Dominators`], [`StackDepths`] |
//! | edit it | [`program::Code`]: take a code object apart, change it, put it together |
//! | edit it as a graph of blocks | [`flow::FlowGraph`] |
//! | optimise it, or put calls into it | [`passes`] |
//! | write functions from scratch | [`program::Builder`] |
//! | edit it as text | [`asm::print`], [`asm::parse`] |
//! | compare what two code objects do | [`diff::diff`] |
//! | know that it will not crash the interpreter | [`verify::verify`] |
//! | know what in it no compiler writes | [`authentic()`] |
//!
//! Nothing here looks into nested code objects by itself, but for [`asm`]; [`code_tree`] walks them.
//!
//! ```
//! use lancehead_code::program::{Code, Item, Operand};
//! use lancehead_code::{asm, verify::verify};
//!
//! let mut object = asm::parse(r#"
//! .python 3.13
//! .code "answer"
//! .flags 0x3
//! .consts
//!     41
//! .body
//!     RESUME 0           @1
//!     RETURN_CONST 41
//! .end
//! "#)?;
//! let mut code = Code::of(&object)?;
//! for item in &mut code.items {
//!     if let Item::Instruction(instruction) = item
//!         && let Operand::Const(constant) = &mut instruction.operand
//!     {
//!         *constant = lancehead_pyc::Object::Int(42).into();
//!     }
//! }
//! object = code.assemble()?;
//! assert_eq!(verify(&object), Ok(()));
//! assert!(asm::print(&object)?.contains("RETURN_CONST             42"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod asm;
mod authentic;
pub mod cfg;
pub mod diff;
pub mod flow;
pub mod listing;
pub mod passes;
pub mod program;
mod repr;
mod stack;
mod tree;
pub mod verify;

pub use authentic::{Oddity, authentic, authentic_decoded};
pub use listing::{ArgValue, CacheEntry, Listing, ListingError, Row};
pub use repr::{repr, repr_within};
pub use stack::{StackDepths, StackError, StackErrorKind};
pub use tree::code_tree;
