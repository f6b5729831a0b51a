//! The instruction tables: declared once as data, indexed both ways for each version when the crate is compiled.

mod caches;
mod effects;
pub(crate) mod flow;
mod instrumented;
pub(crate) mod opcodes;
mod operands;
mod specialized;

use lancehead_pyc::Version;

use crate::{Opcode, OperandKind};
use caches::CACHES;
use effects::{Amount, EFFECTS, Effect, Measure};
use flow::{FLOW, Flow, NEVER_RAISES, NEVER_RAISES_SINCE_312};
use instrumented::INSTRUMENTED;
use opcodes::{ABSENT, NUMBERS};
use operands::OPERANDS;
use specialized::SPECIALIZED;

const OPCODES: usize = Opcode::ALL.len();
/// The minor number of the oldest version, which stands first in every table.
const OLDEST: usize = Version::ALL[0].minor() as usize;
/// The minor number of the first version with specialised opcodes.
const OLDEST_SPECIALIZED: usize = Version::Py311.minor() as usize;

/// What an opcode is in one version.
#[derive(Clone, Copy)]
struct Shape {
    kind: OperandKind,
    /// Name and number of 16-bit entries, in order.
    caches: &'static [(&'static str, u8)],
    falls: Effect,
    jumps: Effect,
    flow: Flow,
    may_raise: bool,
}

const NOTHING: Amount = Amount { base: 0, factor: 0, measure: Measure::Arg };
const NO_EFFECT: Effect = Effect { pops: NOTHING, pushes: NOTHING };
const PLAIN: Shape = Shape {
    kind: OperandKind::None,
    caches: &[],
    falls: NO_EFFECT,
    jumps: NO_EFFECT,
    flow: Flow::Next,
    may_raise: true,
};

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
    shapes: [Shape; OPCODES],
}

static TABLES: [VersionTable; Version::ALL.len()] = {
    let empty = VersionTable {
        by_number: [None; 256],
        decodings: [None; 256],
        specialized: [false; 256],
        shapes: [PLAIN; OPCODES],
    };
    let mut tables = [empty; Version::ALL.len()];
    let mut version = 0;
    while version < tables.len() {
        tables[version] = index_version(empty, version);
        version += 1;
    }
    tables
};

const fn index_version(mut table: VersionTable, version: usize) -> VersionTable {
    let minor = OLDEST + version;
    let mut i = 0;
    while i < OPCODES {
        let number = NUMBERS[i][version];
        if number != ABSENT {
            table.by_number[number as usize] = Some(Opcode::ALL[i]);
        }
        i += 1;
    }
    let mut i = 0;
    while i < SPECIALIZED.len() && minor >= OLDEST_SPECIALIZED {
        let number = SPECIALIZED[i].numbers[minor - OLDEST_SPECIALIZED];
        if number != ABSENT {
            table.by_number[number as usize] = Some(SPECIALIZED[i].base);
            table.specialized[number as usize] = true;
        }
        i += 1;
    }
    table.shapes = index_shapes(table.shapes, minor);
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

/// How many entries a layout of caches has.
const fn entries(layout: &[(&str, u8)]) -> u8 {
    let (mut all, mut at) = (0, 0);
    while at < layout.len() {
        all += layout[at].1;
        at += 1;
    }
    all
}

const fn index_shapes(mut shapes: [Shape; OPCODES], minor: usize) -> [Shape; OPCODES] {
    let mut i = 0;
    while i < OPERANDS.len() {
        let rule = OPERANDS[i];
        if rule.since as usize <= minor && minor <= rule.until as usize {
            shapes[rule.opcode as usize].kind = rule.kind;
        }
        i += 1;
    }
    let mut i = 0;
    while i < CACHES.len() {
        let rule = CACHES[i];
        if rule.since as usize <= minor && minor <= rule.until as usize {
            shapes[rule.opcode as usize].caches = rule.layout;
        }
        i += 1;
    }
    let mut i = 0;
    while i < EFFECTS.len() {
        let rule = EFFECTS[i];
        if rule.since as usize <= minor && minor <= rule.until as usize {
            shapes[rule.opcode as usize].falls = rule.falls;
            shapes[rule.opcode as usize].jumps = rule.jumps;
        }
        i += 1;
    }
    let mut i = 0;
    while i < FLOW.len() {
        shapes[FLOW[i].0 as usize].flow = FLOW[i].1;
        i += 1;
    }
    shapes = never_raise(shapes, NEVER_RAISES);
    if minor >= Version::Py312.minor() as usize {
        shapes = never_raise(shapes, NEVER_RAISES_SINCE_312);
    }
    let mut i = 0;
    while i < INSTRUMENTED.len() {
        // A monitoring callback may raise.
        shapes[INSTRUMENTED[i].0 as usize] = Shape { may_raise: true, ..shapes[INSTRUMENTED[i].1 as usize] };
        i += 1;
    }
    shapes
}

const fn never_raise(mut shapes: [Shape; OPCODES], opcodes: &[Opcode]) -> [Shape; OPCODES] {
    let mut i = 0;
    while i < opcodes.len() {
        shapes[opcodes[i] as usize].may_raise = false;
        i += 1;
    }
    shapes
}

fn table(version: Version) -> &'static VersionTable {
    &TABLES[version as usize - OLDEST]
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
        Opcode::ALL.iter().copied().find(|opcode| opcode.name() == name)
    }

    /// The opcode's number in `version`, if that has it.
    pub fn number(self, version: Version) -> Option<u8> {
        u8::try_from(NUMBERS[self as usize][version as usize - OLDEST]).ok()
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
            return Opcode::from_number(version, number).map(Opcode::name);
        }
        let column = version as usize - OLDEST_SPECIALIZED;
        SPECIALIZED.iter().find(|s| s.numbers[column] == u16::from(number)).map(|s| s.name)
    }

    /// The opcode that an `INSTRUMENTED_*` opcode stands for, where that can be told.
    pub fn deinstrumented(self) -> Option<Opcode> {
        INSTRUMENTED.iter().find(|(instrumented, _)| *instrumented == self).map(|&(_, base)| base)
    }

    /// Whether `sys.monitoring` put it there (PEP 669).
    pub fn is_instrumented(self) -> bool {
        self.name().starts_with("INSTRUMENTED_")
    }

    /// Its effect on the stack in `version` with argument `arg`, when it goes on with the next instruction.
    ///
    /// The net effect is what the version's `dis.stack_effect(opcode, arg, jump=False)` gives.
    pub fn stack_effect(self, version: Version, arg: u32) -> StackEffect {
        let effect = table(version).shapes[self as usize].falls;
        StackEffect { pops: effect.pops.of(arg), pushes: effect.pushes.of(arg) }
    }

    /// Its effect on the stack as seen at its jump target, or on entry to the handler that it sets up.
    ///
    /// The net effect is what the version's `dis.stack_effect(opcode, arg, jump=True)` gives.
    pub fn stack_effect_on_jump(self, version: Version, arg: u32) -> StackEffect {
        let effect = table(version).shapes[self as usize].jumps;
        StackEffect { pops: effect.pops.of(arg), pushes: effect.pushes.of(arg) }
    }

    /// Where control goes after it.
    pub fn flow(self) -> Flow {
        // The same in all versions; the newest table has the rows of every opcode.
        table(Version::Py315).shapes[self as usize].flow
    }

    /// Whether it may raise an exception in `version`; when in doubt, it may.
    pub fn may_raise(self, version: Version) -> bool {
        table(version).shapes[self as usize].may_raise
    }
}
