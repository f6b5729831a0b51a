//! Decoding by hand-made bytes: what is found where, and what is said of malformed input.

#![allow(clippy::unwrap_used, reason = "a test says no by panicking")]

use lancehead_isa::{
    DecodeErrorKind, ExceptionEntry, Flow, LineRange, LineTable, Opcode, Position, decode,
    encode_exception_table, encode_line_table, exception_table,
};
use lancehead_pyc::{CodeObject, Version};

fn bytes(version: Version, units: &[(Opcode, u8)]) -> Vec<u8> {
    units.iter().flat_map(|&(opcode, arg)| [opcode.number(version).unwrap(), arg]).collect()
}

#[test]
fn prefixes_are_folded_in_and_caches_skipped() {
    let version = Version::Py312;
    let cache = (Opcode::CACHE, 0);
    let code = bytes(
        version,
        &[
            (Opcode::EXTENDED_ARG, 1),
            (Opcode::EXTENDED_ARG, 2),
            (Opcode::BINARY_OP, 3),
            cache,
            (Opcode::NOP, 9),
        ],
    );
    let read = decode(version, &code).unwrap();
    assert_eq!(read.len(), 2);
    let operation = read[0];
    assert_eq!((operation.start, operation.offset, operation.end), (0, 4, 8));
    assert_eq!((operation.opcode, operation.arg), (Opcode::BINARY_OP, 0x010203));
    assert_eq!(
        (read[1].opcode, read[1].arg),
        (Opcode::NOP, 0),
        "NOP has no argument, whatever its byte says"
    );
}

#[test]
fn jumps_in_the_unit_and_direction_of_the_version() {
    let target = |version, opcode, arg| {
        let caches = opcode_caches(opcode, version);
        let mut code = bytes(version, &[(Opcode::NOP, 0), (Opcode::NOP, 0), (opcode, arg)]);
        code.resize(code.len() + 2 * caches, 0);
        decode(version, &code).unwrap()[2].jump_target(version)
    };
    assert_eq!(target(Version::Py39, Opcode::JUMP_ABSOLUTE, 4), Some(4));
    assert_eq!(target(Version::Py310, Opcode::JUMP_ABSOLUTE, 4), Some(8));
    assert_eq!(target(Version::Py39, Opcode::JUMP_FORWARD, 4), Some(10));
    assert_eq!(target(Version::Py310, Opcode::JUMP_FORWARD, 4), Some(14));
    assert_eq!(target(Version::Py312, Opcode::JUMP_BACKWARD, 3), Some(0));
    // Its cache entry lies before where it counts from.
    assert_eq!(target(Version::Py313, Opcode::JUMP_BACKWARD, 3), Some(2));
    assert_eq!(target(Version::Py312, Opcode::JUMP_BACKWARD, 9), None, "before the bytecode");
    assert_eq!(target(Version::Py312, Opcode::LOAD_CONST, 0), None);
    assert_eq!(target(Version::Py314, Opcode::END_ASYNC_FOR, 1), None, "what it refers to is no jump");
}

fn opcode_caches(opcode: Opcode, version: Version) -> usize {
    opcode.caches(version) as usize
}

#[test]
fn specialized_opcodes_mean_their_base() {
    let version = Version::Py313;
    let number =
        (0..=255).find(|&n| Opcode::name_of_number(version, n) == Some("BINARY_OP_ADD_INT")).unwrap();
    let read = decode(version, &[number, 0, 0, 0]).unwrap();
    assert_eq!((read[0].opcode, read[0].raw, read[0].end), (Opcode::BINARY_OP, number, 4));
}

#[test]
fn malformed_bytecode_is_told_with_its_offset() {
    let version = Version::Py312;
    let fails = |code: &[u8]| {
        let error = decode(version, code).unwrap_err();
        (error.offset, error.kind)
    };
    let nop = Opcode::NOP.number(version).unwrap();
    let extended = Opcode::EXTENDED_ARG.number(version).unwrap();
    let binary = Opcode::BINARY_OP.number(version).unwrap();
    let unknown = (0..=255).find(|&n| Opcode::from_number(version, n).is_none()).unwrap();
    assert_eq!(fails(&[nop, 0, nop]), (3, DecodeErrorKind::OddLength));
    assert_eq!(fails(&[nop, 0, unknown, 0]), (2, DecodeErrorKind::UnknownOpcode(unknown)));
    assert_eq!(fails(&[nop, 0, extended, 0]), (4, DecodeErrorKind::DanglingExtendedArg));
    assert_eq!(
        fails(&[extended, 1, extended, 1, extended, 1, extended, 1, nop, 0]),
        (6, DecodeErrorKind::ArgumentTooLong)
    );
    assert_eq!(fails(&[nop, 0, binary, 0]), (4, DecodeErrorKind::TruncatedCaches));
}

#[test]
fn exception_tables_there_and_back() {
    let entries: Vec<ExceptionEntry> = (0..40u32)
        .map(|i| ExceptionEntry {
            start: 2 * (i << (i % 20)),
            end: 2 * ((i << (i % 20)) + 1 + i * i),
            target: 2 * i.pow(4),
            depth: i % 5,
            lasti: i % 3 == 0,
        })
        .collect();
    let table = encode_exception_table(&entries);
    assert_eq!(exception_table(&table), Ok(entries));
    assert_eq!(exception_table(&table[..table.len() - 1]).unwrap_err().kind, DecodeErrorKind::TruncatedTable);
    assert_eq!(exception_table(&[0x01]).unwrap_err().kind, DecodeErrorKind::MisplacedEntry);
    let huge = [0x80 | 0x40 | 0x3F, 0x7F, 0x7F, 0x7F, 0x7F, 0x7F, 0x3F, 0, 0, 0];
    assert_eq!(exception_table(&huge).unwrap_err().kind, DecodeErrorKind::NumberOutOfRange);
}

/// Positions of many sizes and directions, each instruction of some other length.
fn instructions(version: Version) -> Vec<LineRange> {
    let mut start = 0;
    let mut ranges = Vec::new();
    for i in 0..600u32 {
        let line = 1000 + (i * 7919) % 701 - if i % 5 == 0 { 300 } else { 0 };
        let col = (i * 31) % 200;
        let full = Position {
            line: Some(line),
            end_line: Some(line + u32::from(i % 7 == 0) * 3),
            col: (i % 11 != 0).then_some(col),
            end_col: (i % 11 != 0).then_some(col + i % 40),
        };
        let position = match i % 13 {
            _ if version < Version::Py310 => Position { line: Some(line), ..Position::default() },
            0 => Position::default(),
            _ if version == Version::Py310 => Position { line: Some(line), ..Position::default() },
            _ => full,
        };
        let end = start + 2 * (1 + i % 3 * 150);
        ranges.push(LineRange { start, end, position });
        start = end;
    }
    ranges
}

#[test]
fn line_tables_there_and_back() {
    for version in Version::ALL {
        let instructions = instructions(version);
        let mut code = CodeObject::new(version);
        code.firstlineno = 900;
        code.code = vec![0; instructions.last().unwrap().end as usize];
        code.linetable = encode_line_table(version, code.firstlineno, &instructions);
        let lines = LineTable::of(&code).unwrap();
        for range in &instructions {
            for offset in [range.start, range.end - 2] {
                assert_eq!(lines.position_at(offset), Some(range.position), "{version} at {offset}");
            }
        }
        assert_eq!(lines.line_at(code.code.len() as u32), None);
        let starts: Vec<_> = lines.lines().collect();
        assert!(starts.windows(2).all(|pair| pair[0].1 == pair[1].0 && pair[0].2 != pair[1].2), "{version}");
        if version <= Version::Py310 {
            code.linetable.pop();
            let cut = code.linetable.len() as u32;
            let error = LineTable::of(&code).unwrap_err();
            assert_eq!((error.offset, error.kind), (cut, DecodeErrorKind::TruncatedTable), "{version}");
        }
    }
}

#[test]
fn control_flow() {
    assert!(Opcode::JUMP_BACKWARD.flow().jumps() && !Opcode::JUMP_BACKWARD.flow().falls_through());
    assert!(Opcode::FOR_ITER.flow().jumps() && Opcode::FOR_ITER.flow().falls_through());
    assert_eq!(Opcode::INSTRUMENTED_RETURN_CONST.flow(), Flow::Return);
    assert_eq!(Opcode::LOAD_ATTR.flow(), Flow::Next);
    assert!(Opcode::LOAD_FAST.may_raise(Version::Py311) && !Opcode::LOAD_FAST.may_raise(Version::Py312));
}
