//! Numbers that equal operations share, and others hardly ever.
//!
//! A function of thousands of assertions has as many blocks that fail one: copies among them are found by such a number, not by
//! comparing each with each.

use std::hash::{Hash, Hasher};

use lancehead_ir::{Inst, Op};
use lancehead_pyc::Object;
use rustc_hash::FxHasher;

/// Whether copies of an operation may have lines of their own: those of an implicit `return None` have.
pub fn has_any_line(op: &Op) -> bool {
    op.loads_none() || *op == Op::Pop
}

/// The number of some operations. Lines count where copies share them.
pub fn fingerprint(insts: &[Inst]) -> u64 {
    let mut hasher = FxHasher::default();
    insts.len().hash(&mut hasher);
    for Inst { op, line, .. } in insts {
        std::mem::discriminant(op).hash(&mut hasher);
        if !has_any_line(op) {
            line.hash(&mut hasher);
        }
        match op {
            Op::Load(_, name) | Op::Store(_, name) | Op::LoadAttr(name) | Op::LoadMethod(name) => {
                name.hash(&mut hasher);
            }
            Op::Const(object) => match &**object {
                Object::Str(text) => text.hash(&mut hasher),
                Object::Int(value) => value.hash(&mut hasher),
                _ => {}
            },
            _ => {}
        }
    }
    hasher.finish()
}
