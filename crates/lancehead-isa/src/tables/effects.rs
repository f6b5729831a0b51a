//! How many values an instruction takes off the stack and puts on it.

/// A number of values: `base + factor * measure(argument)`.
#[derive(Clone, Copy)]
pub(crate) struct Amount {
    pub base: u8,
    pub factor: u8,
    pub measure: Measure,
}

/// What of an argument is counted.
#[derive(Clone, Copy)]
pub(crate) enum Measure {
    /// The argument itself.
    Arg,
    /// One if a bit of this mask is set.
    Bit(u32),
    /// How many of the lowest four bits are set.
    Ones,
    /// One if the argument is this.
    Is(u32),
    /// The lowest byte plus all above it, as `UNPACK_EX` packs two counts.
    Bytes,
}

impl Amount {
    pub(crate) fn of(self, arg: u32) -> u64 {
        let measured = match self.measure {
            Measure::Arg => u64::from(arg),
            Measure::Bit(mask) => u64::from(arg & mask != 0),
            Measure::Ones => u64::from((arg & 0xF).count_ones()),
            Measure::Is(number) => u64::from(arg == number),
            Measure::Bytes => u64::from(arg & 0xFF) + u64::from(arg >> 8),
        };
        u64::from(self.base) + u64::from(self.factor) * measured
    }
}

/// Values taken off, and put on.
#[derive(Clone, Copy)]
pub(crate) struct Effect {
    pub pops: Amount,
    pub pushes: Amount,
}

impl Effect {
    /// Nothing taken off, nothing put on.
    pub(crate) const NONE: Effect = Effect { pops: amount!(0), pushes: amount!(0) };
}
