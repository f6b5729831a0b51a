//! How much one piece of work may cost.
//!
//! A few hundred bytes of bytecode can stand for a program without end. What decides how long a computation takes, or how
//! much it makes, is therefore counted: [`Fuel`] is handed down, and whoever does a step, makes a node or writes text
//! spends some of it. Exhaustion is an ordinary error, and costs the function that it happened in.

use std::cell::Cell;
use std::time::{Duration, Instant};

/// What one function may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Steps of all kinds: blocks walked, nodes made, copies of either.
    pub steps: u64,
    /// Wall clock.
    pub time: Duration,
}

impl Default for Limits {
    /// Far more than any function of a standard library takes.
    fn default() -> Limits {
        Limits { steps: 50_000_000, time: Duration::from_secs(10) }
    }
}

/// Why a piece of work was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Exhausted {
    /// More steps than allowed.
    #[error("more than {0} steps")]
    Steps(u64),
    /// More time than allowed.
    #[error("more than {} s", .0.as_secs_f64())]
    Time(Duration),
}

/// What is left of [`Limits`]. One for each function; on one thread.
#[derive(Debug)]
pub struct Fuel {
    limits: Limits,
    left: Cell<u64>,
    /// What may still be spent before the clock is asked again.
    until_clock: Cell<u64>,
    deadline: Option<Instant>,
}

/// So many steps pass between two looks at the clock.
const BETWEEN_LOOKS: u64 = 4096;

impl Fuel {
    /// All that `limits` allow, from now on.
    pub fn new(limits: Limits) -> Fuel {
        let deadline = Instant::now().checked_add(limits.time);
        Fuel { limits, left: Cell::new(limits.steps), until_clock: Cell::new(BETWEEN_LOOKS), deadline }
    }

    /// Spends `steps`.
    ///
    /// # Errors
    /// When there are not so many left, or time is up; from then on always.
    pub fn spend(&self, steps: u64) -> Result<(), Exhausted> {
        let Some(left) = self.left.get().checked_sub(steps) else {
            self.left.set(0);
            return Err(Exhausted::Steps(self.limits.steps));
        };
        self.left.set(left);
        match self.until_clock.get().checked_sub(steps) {
            Some(until) => {
                self.until_clock.set(until);
                Ok(())
            }
            None => self.look_at_the_clock(),
        }
    }

    #[cold]
    fn look_at_the_clock(&self) -> Result<(), Exhausted> {
        if self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            self.until_clock.set(0);
            return Err(Exhausted::Time(self.limits.time));
        }
        self.until_clock.set(BETWEEN_LOOKS);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_run_out_for_good() {
        let fuel = Fuel::new(Limits { steps: 10, ..Limits::default() });
        assert_eq!(fuel.spend(10), Ok(()));
        assert_eq!(fuel.spend(1), Err(Exhausted::Steps(10)));
        assert_eq!(fuel.spend(1), Err(Exhausted::Steps(10)));
    }

    #[test]
    fn time_runs_out() {
        let fuel = Fuel::new(Limits { time: Duration::ZERO, ..Limits::default() });
        assert!(fuel.spend(BETWEEN_LOOKS).is_ok());
        assert!(matches!(fuel.spend(1), Err(Exhausted::Time(_))));
        assert!(matches!(fuel.spend(1), Err(Exhausted::Time(_))));
    }
}
