//! The instruction tables: declared once as data, indexed both ways for each version when the crate is compiled.

#[macro_use]
mod row;
mod effects;
pub(crate) mod flow;
pub(crate) mod opcodes;
mod specialized;

use lancehead_pyc::Version;

use crate::changes::latest;
use crate::{Opcode, OperandKind};
use effects::Effect;
use flow::Flow;
use opcodes::ROWS;
use row::{CacheLayout, Effects, Facts, Meaning};
use specialized::SPECIALIZED;

const OPCODES: usize = Opcode::ALL.len();

/// What an opcode is in one version.
#[derive(Clone, Copy)]
struct Shape {
    kind: OperandKind,
    caches: CacheLayout,
    effects: Effects,
    flow: Flow,
    may_raise: bool,
}

const NO_EFFECTS: Effects = Effects { falls: Effect::NONE, jumps: Effect::NONE };
const PLAIN: Shape =
    Shape { kind: OperandKind::None, caches: &[], effects: NO_EFFECTS, flow: Flow::Next, may_raise: true };

/// What decoding asks of an opcode.
#[derive(Clone, Copy)]
pub(crate) struct Decoding {
    pub opcode: Opcode,
    /// How many 16-bit cache entries follow.
    pub caches: u8,
    /// Whether its argument means anything.
    pub has_argument: bool,
}

/// One version's instruction set, indexed by number and by opcode.
#[derive(Clone, Copy)]
struct VersionTable {
    by_number: [Option<Opcode>; 256],
    decodings: [Option<Decoding>; 256],
    specialized: [bool; 256],
    numbers: [Option<u8>; OPCODES],
    shapes: [Shape; OPCODES],
}

static TABLES: [VersionTable; Version::ALL.len()] = {
    let empty = VersionTable {
        by_number: [None; 256],
        decodings: [None; 256],
        specialized: [false; 256],
        numbers: [None; OPCODES],
        shapes: [PLAIN; OPCODES],
    };
    let mut tables = [empty; Version::ALL.len()];
    let mut version = 0;
    while version < tables.len() {
        tables[version] = index_version(empty, Version::ALL[version].minor());
        version += 1;
    }
    tables
};

const fn index_version(mut table: VersionTable, minor: u8) -> VersionTable {
    let mut i = 0;
    while i < OPCODES {
        if let Some(Some(number)) = latest(ROWS[i].numbers, minor) {
            table.by_number[number as usize] = Some(Opcode::ALL[i]);
            table.numbers[i] = Some(number);
        }
        table.shapes[i] = match &ROWS[i].meaning {
            Meaning::Own(facts) => shape(facts, table.numbers[i].is_some(), minor),
            Meaning::Instruments(base) => instrumented(*base, minor),
        };
        i += 1;
    }
    let mut i = 0;
    while i < SPECIALIZED.len() {
        if let Some(Some(number)) = latest(SPECIALIZED[i].numbers, minor) {
            table.by_number[number as usize] = Some(SPECIALIZED[i].base);
            table.specialized[number as usize] = true;
        }
        i += 1;
    }
    let mut number = 0;
    while number < table.by_number.len() {
        if let Some(opcode) = table.by_number[number] {
            let shape = table.shapes[opcode as usize];
            let has_argument = !matches!(shape.kind, OperandKind::None);
            table.decodings[number] = Some(Decoding { opcode, caches: entries(shape.caches), has_argument });
        }
        number += 1;
    }
    table
}

const fn shape(facts: &Facts, is_there: bool, minor: u8) -> Shape {
    let always = Shape {
        flow: facts.flow,
        may_raise: !matches!(latest(facts.may_raise, minor), Some(false)),
        ..PLAIN
    };
    match (is_there, latest(facts.operand, minor), latest(facts.effects, minor), latest(facts.caches, minor))
    {
        (true, Some(kind), Some(effects), Some(caches)) => Shape { kind, effects, caches, ..always },
        _ => always,
    }
}

/// What the opcode that is instrumented does, but a monitoring callback may raise.
const fn instrumented(base: Opcode, minor: u8) -> Shape {
    let row = &ROWS[base as usize];
    let is_there = matches!(latest(row.numbers, minor), Some(Some(_)));
    match &row.meaning {
        Meaning::Own(facts) => Shape { may_raise: true, ..shape(facts, is_there, minor) },
        Meaning::Instruments(_) => PLAIN,
    }
}

/// How many entries a layout of caches has.
const fn entries(layout: &[(&str, u8)]) -> u8 {
    let (mut all, mut at) = (0, 0);
    while at < layout.len() {
        all += layout[at].1;
        at += 1;
    }
    all
}

fn table(version: Version) -> &'static VersionTable {
    &TABLES[version.index()]
}

/// What decoding asks of each opcode of `version`, by its number.
pub(crate) fn decodings(version: Version) -> &'static [Option<Decoding>; 256] {
    &table(version).decodings
}

/// Values that an instruction takes off the stack, then puts on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StackEffect {
    /// Values that must be there; taken off, or looked at and put back.
    pub pops: u64,
    /// Values put on, those put back included.
    pub pushes: u64,
}

impl StackEffect {
    /// By how much the stack grows.
    pub fn net(self) -> i64 {
        self.pushes.cast_signed() - self.pops.cast_signed()
    }
}

impl Opcode {
    /// The opcode that `number` stands for in `version`; for a specialised opcode, the one it specialises.
    pub fn from_number(version: Version, number: u8) -> Option<Opcode> {
        table(version).by_number[usize::from(number)]
    }

    /// The opcode with CPython's name `name`, in whatever version.
    pub fn from_name(name: &str) -> Option<Opcode> {
        let is_called =
            |opcode: &Opcode| ROWS[*opcode as usize].names.iter().any(|&(_, known)| known == name);
        Opcode::ALL.iter().copied().find(is_called)
    }

    /// CPython's name in `version`; of an opcode that the version lacks, the one that it would have.
    pub fn name_in(self, version: Version) -> &'static str {
        latest(ROWS[self as usize].names, version.minor()).unwrap_or(self.name())
    }

    /// The opcode's number in `version`, if that has it.
    pub fn number(self, version: Version) -> Option<u8> {
        table(version).numbers[self as usize]
    }

    /// Whether `version` has it.
    pub fn is_in(self, version: Version) -> bool {
        self.number(version).is_some()
    }

    /// What its argument means in `version`; [`OperandKind::None`] too when the version lacks the opcode.
    pub fn operand(self, version: Version) -> OperandKind {
        table(version).shapes[self as usize].kind
    }

    /// How many 16-bit cache entries follow it in `version`.
    pub fn caches(self, version: Version) -> u32 {
        self.cache_layout(version).iter().map(|&(_, entries)| u32::from(entries)).sum()
    }

    /// What those cache entries hold: names and their numbers of entries, in order.
    pub fn cache_layout(self, version: Version) -> &'static [(&'static str, u8)] {
        table(version).shapes[self as usize].caches
    }

    /// Whether `number` is one that the interpreter writes over a plain opcode while it runs (PEP 659).
    pub fn is_specialized(version: Version, number: u8) -> bool {
        table(version).specialized[usize::from(number)]
    }

    /// CPython's name of `number` in `version`, that of a specialised opcode included.
    pub fn name_of_number(version: Version, number: u8) -> Option<&'static str> {
        if !Opcode::is_specialized(version, number) {
            return Opcode::from_number(version, number).map(|opcode| opcode.name_in(version));
        }
        let is_it = |numbers| latest(numbers, version.minor()) == Some(Some(number));
        SPECIALIZED.iter().find(|specialized| is_it(specialized.numbers)).map(|found| found.name)
    }

    /// The opcode that an `INSTRUMENTED_*` opcode stands for, where that can be told.
    pub fn deinstrumented(self) -> Option<Opcode> {
        match ROWS[self as usize].meaning {
            Meaning::Instruments(base) => Some(base),
            Meaning::Own(_) => None,
        }
    }

    /// Whether `sys.monitoring` put it there (PEP 669).
    pub fn is_instrumented(self) -> bool {
        self.name().starts_with("INSTRUMENTED_")
    }

    /// Its effect on the stack in `version` with argument `arg`, when it goes on with the next instruction.
    ///
    /// The net effect is what the version's `dis.stack_effect(opcode, arg, jump=False)` gives.
    pub fn stack_effect(self, version: Version, arg: u32) -> StackEffect {
        let effect = table(version).shapes[self as usize].effects.falls;
        StackEffect { pops: effect.pops.of(arg), pushes: effect.pushes.of(arg) }
    }

    /// Its effect on the stack as seen at its jump target, or on entry to the handler that it sets up.
    ///
    /// The net effect is what the version's `dis.stack_effect(opcode, arg, jump=True)` gives.
    pub fn stack_effect_on_jump(self, version: Version, arg: u32) -> StackEffect {
        let effect = table(version).shapes[self as usize].effects.jumps;
        StackEffect { pops: effect.pops.of(arg), pushes: effect.pushes.of(arg) }
    }

    /// Where control goes after it.
    pub fn flow(self) -> Flow {
        // The same in all versions.
        table(Version::LATEST).shapes[self as usize].flow
    }

    /// Whether it may raise an exception in `version`; when in doubt, it may.
    pub fn may_raise(self, version: Version) -> bool {
        table(version).shapes[self as usize].may_raise
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_order<T>(name: &str, changes: &[(u8, T)]) {
        assert!(!changes.is_empty() && changes.windows(2).all(|pair| pair[0].0 < pair[1].0), "{name}");
    }

    #[test]
    fn changes_are_in_order_of_versions() {
        for (opcode, row) in Opcode::ALL.iter().zip(ROWS) {
            let name = opcode.name();
            in_order(name, row.names);
            in_order(name, row.numbers);
            let Meaning::Own(facts) = &row.meaning else { continue };
            in_order(name, facts.operand);
            in_order(name, facts.effects);
            in_order(name, facts.may_raise);
            in_order(name, facts.caches);
        }
        for specialized in SPECIALIZED {
            in_order(specialized.name, specialized.numbers);
        }
    }

    #[test]
    fn no_two_opcodes_of_a_version_have_one_number() {
        for version in Version::ALL {
            let plain = ROWS.iter().map(|row| row.numbers);
            let all = plain.chain(SPECIALIZED.iter().map(|specialized| specialized.numbers));
            let mut numbers: Vec<u8> = all.filter_map(|changes| latest(changes, version.minor())?).collect();
            numbers.sort_unstable();
            assert!(numbers.windows(2).all(|pair| pair[0] != pair[1]), "{version}");
        }
    }

    #[test]
    fn what_is_instrumented_does_something_itself() {
        for row in ROWS {
            if let Meaning::Instruments(base) = row.meaning {
                assert!(matches!(ROWS[base as usize].meaning, Meaning::Own(_)), "{}", base.name());
            }
        }
    }
}
