//! Temporaries that would be seen stop the walk.

use super::{Result, State, Stop, Walk};
use crate::act::Act;

/// Whether an act may call a builtin that was handed to it.
fn calls(act: Act) -> bool {
    matches!(
        act,
        Act::Call { .. }
            | Act::CallEx { .. }
            | Act::ForIter(_)
            | Act::Grow(..)
            | Act::Unpack(_)
            | Act::UnpackEx(..)
            | Act::BuildUnpack(..)
            | Act::Send(_)
            | Act::YieldFrom
    )
}

impl Walk<'_> {
    /// A step of the source must not let temporaries be seen.
    pub(super) fn hides_temporaries(&self, act: Act, state: &State) -> Result<()> {
        let Some((name, _)) = state.b.temporaries.first() else { return Ok(()) };
        let sight = self.b.sight;
        let why = if sight.kept && act == Act::Return {
            "is left behind"
        } else if sight.found && calls(act) {
            "can be found by what is called"
        } else {
            return Ok(());
        };
        let name = self.interner.spell(*name).to_string_lossy().into_owned();
        Err(Stop::Differs(act.show(self.interner), format!("the temporary {name} {why}")))
    }
}
