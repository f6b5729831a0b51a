//! The instruction tables: declared once as data, indexed both ways for each version when the crate is compiled.

pub(crate) mod opcodes;
mod operands;
mod specialized;

use lancehead_pyc::Version;

use crate::{Opcode, OperandKind};
use opcodes::{ABSENT, NUMBERS};
use operands::OPERANDS;
use specialized::SPECIALIZED;

const OPCODES: usize = Opcode::ALL.len();
/// The minor number of the oldest version, which stands first in every table.
const OLDEST: usize = Version::ALL[0].minor() as usize;
/// The minor number of the first version with specialised opcodes.
const OLDEST_SPECIALIZED: usize = Version::Py311.minor() as usize;

/// Operand kind and number of caches of an opcode in one version.
#[derive(Clone, Copy)]
struct Shape {
    kind: OperandKind,
    caches: u8,
}

/// One version's instruction set, indexed by number and by opcode.
#[derive(Clone, Copy)]
struct VersionTable {
    by_number: [Option<Opcode>; 256],
    specialized: [bool; 256],
    shapes: [Shape; OPCODES],
}

static TABLES: [VersionTable; Version::ALL.len()] = {
    let empty = VersionTable {
        by_number: [None; 256],
        specialized: [false; 256],
        shapes: [Shape { kind: OperandKind::None, caches: 0 }; OPCODES],
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
    let mut i = 0;
    while i < OPCODES {
        let number = NUMBERS[i][version];
        if number != ABSENT {
            table.by_number[number as usize] = Some(Opcode::ALL[i]);
        }
        i += 1;
    }
    let minor = OLDEST + version;
    let mut i = 0;
    while i < SPECIALIZED.len() && minor >= OLDEST_SPECIALIZED {
        let number = SPECIALIZED[i].numbers[minor - OLDEST_SPECIALIZED];
        if number != ABSENT {
            table.by_number[number as usize] = Some(SPECIALIZED[i].base);
            table.specialized[number as usize] = true;
        }
        i += 1;
    }
    let mut i = 0;
    while i < OPERANDS.len() {
        let rule = OPERANDS[i];
        if rule.since as usize <= minor && minor <= rule.until as usize {
            table.shapes[rule.opcode as usize] = Shape { kind: rule.kind, caches: rule.caches };
        }
        i += 1;
    }
    table
}

fn table(version: Version) -> &'static VersionTable {
    &TABLES[version as usize - OLDEST]
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

    /// What its argument means in `version`; [`OperandKind::None`] too when the version lacks the opcode.
    pub fn operand(self, version: Version) -> OperandKind {
        table(version).shapes[self as usize].kind
    }

    /// How many 16-bit cache entries follow it in `version`.
    pub fn caches(self, version: Version) -> u32 {
        u32::from(table(version).shapes[self as usize].caches)
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
}
