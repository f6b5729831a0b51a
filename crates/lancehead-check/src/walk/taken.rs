//! Where control goes from a place: a jump that is taken, and a raise.

use smallvec::SmallVec;

use super::side::{Broken, Place};
use super::value::Val;
use crate::act::Act;

/// Where an exception goes: handler, depth of the stack there, whether the offset is kept, and the blocks below.
pub(super) type Target = (u32, u32, bool, u32);

/// A raise into two handlers, and what they find on the stacks.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Raised {
    targets: (Target, Target),
    stacks: (SmallVec<[Val; 8]>, SmallVec<[Val; 8]>),
}

impl Raised {
    /// A raise at two places of which nothing but the stacks counts.
    pub fn of((a, at): (Target, &Place), (b, other): (Target, &Place)) -> Option<Raised> {
        if !at.temporaries.is_empty() || !other.temporaries.is_empty() {
            return None;
        }
        let (x, y) = (at.stack.get(..a.1 as usize)?, other.stack.get(..b.1 as usize)?);
        Some(Raised { targets: (a, b), stacks: (x.into(), y.into()) })
    }
}

/// Goes on behind a conditional jump whose value is `truth`.
pub(super) fn take(act: Act, place: &mut Place, truth: bool) -> std::result::Result<(), Broken> {
    let next = place.pc + 1;
    match act {
        Act::PopJump(when, to) => {
            place.pop()?;
            place.pc = if truth == when { to } else { next };
        }
        Act::JumpOrPop(when, to) if truth == when => place.pc = to,
        _ => {
            place.pop()?;
            place.pc = next;
        }
    }
    Ok(())
}
