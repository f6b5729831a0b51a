//! The assembler on code of our own making.

use lancehead_code::program::{
    AssembleError, Code, CompareOp, Constant, Instr, Item, Label, Operand, Region, Variable,
};
use lancehead_isa::{Opcode, Position, decode, exception_table};
use lancehead_pyc::{CodeObject, Object, Version};

fn empty(version: Version) -> Code {
    Code::empty(CodeObject::new(version))
}

fn instruction(opcode: Opcode, operand: Operand) -> Item {
    Item::Instruction(Instr::new(opcode, operand))
}

fn nops(count: usize) -> impl Iterator<Item = Item> {
    std::iter::repeat_n(instruction(Opcode::NOP, Operand::None), count)
}

/// A jump over `count` of `filler`, and back to the start.
fn far_jumps(version: Version, filler: Item, count: usize) -> Code {
    let mut code = empty(version);
    let (start, end) = (code.new_label(), code.new_label());
    code.items.push(Item::Label(start));
    code.items.push(instruction(Opcode::JUMP_FORWARD, Operand::Label(end)));
    code.items.extend(std::iter::repeat_n(filler, count));
    code.items.push(Item::Label(end));
    code.items.push(instruction(Opcode::JUMP_FORWARD, Operand::Label(start)));
    code
}

#[test]
fn jumps_get_the_prefixes_that_they_need() {
    for version in Version::ALL {
        // Around one, two and three bytes of argument, in units of the version.
        for count in
            [0, 1, 120, 126, 127, 128, 129, 254, 255, 256, 257, 300, 32_765, 65_530, 65_534, 65_535, 65_540]
        {
            let code = far_jumps(version, instruction(Opcode::NOP, Operand::None), count);
            let object = code.assemble().unwrap();
            let read = decode(version, &object.code).unwrap();
            let (first, last) = (read[0], read[read.len() - 1]);
            assert_eq!(first.jump_target(version), Some(last.start), "{version} {count}");
            assert_eq!(last.jump_target(version), Some(0), "{version} {count}");
            for jump in [first, last] {
                let prefixes = (jump.offset - jump.start) / 2;
                assert!(
                    prefixes == 0 || jump.arg >> (8 * prefixes) != 0,
                    "{version} {count}: a useless prefix"
                );
            }
        }
    }
}

#[test]
fn jumps_beyond_sixteen_million() {
    // Eleven units each.
    let method = instruction(Opcode::LOAD_METHOD, Operand::Name("m".into()));
    let code = far_jumps(Version::Py311, method, (1 << 24) / 11 + 1);
    let object = code.assemble().unwrap();
    let read = decode(Version::Py311, &object.code).unwrap();
    let (first, last) = (read[0], read[read.len() - 1]);
    assert_eq!(first.jump_target(Version::Py311), Some(last.start));
    assert_eq!(last.jump_target(Version::Py311), Some(0));
    assert_eq!((first.offset, last.offset - last.start), (6, 6));
}

#[test]
fn direction_follows_the_label() {
    let opcodes = |version| {
        let code = far_jumps(version, instruction(Opcode::NOP, Operand::None), 3);
        let object = code.assemble().unwrap();
        let read = decode(version, &object.code).unwrap();
        (read[0].opcode, read[read.len() - 1].opcode)
    };
    for version in Version::ALL {
        let back = if version < Version::Py311 { Opcode::JUMP_ABSOLUTE } else { Opcode::JUMP_BACKWARD };
        assert_eq!(opcodes(version), (Opcode::JUMP_FORWARD, back), "{version}");
    }
    let mut code = empty(Version::Py312);
    let label = code.new_label();
    code.items = vec![Item::Label(label), instruction(Opcode::FOR_ITER, Operand::Label(label))];
    let error = AssembleError::Direction { index: 0, opcode: Opcode::FOR_ITER, forward: false };
    assert_eq!(code.assemble(), Err(error));
}

#[test]
fn constants_are_told_apart_by_type() {
    let mut code = empty(Version::Py313);
    let values =
        [Object::Int(1), Object::Bool(true), Object::Float(1.0), Object::Float(0.0), Object::Float(-0.0)];
    for value in values.iter().chain(&values) {
        let constant = Constant::from(value.clone());
        code.items.push(instruction(Opcode::LOAD_CONST, Operand::Const(constant)));
    }
    let object = code.assemble().unwrap();
    assert_eq!(object.consts.len(), values.len());
    let args: Vec<u32> = decode(Version::Py313, &object.code).unwrap().iter().map(|i| i.arg).collect();
    assert_eq!(args, [0, 1, 2, 3, 4, 0, 1, 2, 3, 4]);
}

#[test]
fn regions_nest() {
    let mut code = empty(Version::Py312);
    let labels: Vec<Label> = (0..8).map(|_| code.new_label()).collect();
    for &label in &labels {
        code.items.push(Item::Label(label));
        code.items.extend(nops(1));
    }
    let region = |start: usize, end: usize, handler: usize, depth| Region {
        start: labels[start],
        end: labels[end],
        handler: labels[handler],
        depth,
        lasti: false,
    };
    // One over all, two within it, one of which holds another that begins with it; one is empty.
    code.regions = vec![
        region(0, 7, 7, 0),
        region(1, 3, 6, 1),
        region(1, 2, 5, 2),
        region(4, 5, 6, 3),
        region(4, 4, 6, 9),
    ];
    let object = code.assemble().unwrap();
    let table = exception_table(&object.exceptiontable).unwrap();
    let read: Vec<_> = table.iter().map(|e| (e.start / 2, e.end / 2, e.target / 2, e.depth)).collect();
    let flat = [(0, 1, 7, 0), (1, 2, 5, 2), (2, 3, 6, 1), (3, 4, 7, 0), (4, 5, 6, 3), (5, 7, 7, 0)];
    assert_eq!(read, flat);
}

#[test]
fn what_cannot_be_assembled_is_told() {
    let fails = |version, item| {
        let mut code = empty(version);
        code.items.push(item);
        code.assemble().unwrap_err()
    };
    let opcode = Opcode::BINARY_ADD;
    assert_eq!(
        fails(Version::Py312, instruction(opcode, Operand::None)),
        AssembleError::NoOpcode { index: 0, opcode, version: Version::Py312 }
    );
    let opcode = Opcode::LOAD_FAST;
    assert_eq!(
        fails(Version::Py312, instruction(opcode, Operand::Name("x".into()))),
        AssembleError::WrongOperand { index: 0, opcode }
    );
    assert_eq!(
        fails(Version::Py312, instruction(opcode, Operand::Variable(Variable::Local("x".into())))),
        AssembleError::NoVariable { index: 0, opcode }
    );
    let opcode = Opcode::COMPARE_OP;
    let compare = Operand::Compare { op: CompareOp::In, to_bool: false };
    assert_eq!(
        fails(Version::Py39, instruction(opcode, compare)),
        AssembleError::NotInVersion { index: 0, opcode }
    );
    let label = Operand::Label(Label(7));
    assert_eq!(
        fails(Version::Py39, instruction(Opcode::JUMP_FORWARD, label)),
        AssembleError::UnplacedLabel(Label(7))
    );
}

#[test]
fn moved_instructions_keep_their_lines() {
    for version in Version::ALL {
        let mut code = empty(version);
        code.object.firstlineno = 1;
        for line in [900, 2, 3, 3, 400] {
            let position =
                Position { line: Some(line), end_line: Some(line), col: Some(4), end_col: Some(9) };
            code.items.push(Item::Instruction(Instr::new(Opcode::NOP, Operand::None).at(position)));
        }
        let object = code.assemble().unwrap();
        let lines = |code: &Code| code.instructions().map(|i| i.position.line).collect::<Vec<_>>();
        let mut again = Code::of(&object).unwrap();
        assert_eq!(lines(&again), lines(&code), "{version}");
        again.items.reverse();
        let moved = Code::of(&again.assemble().unwrap()).unwrap();
        assert_eq!(lines(&moved), lines(&again), "{version}");
    }
}

/// A conditional jump back, which 3.12 and later lack, becomes two; the listing reads the same in all versions.
#[test]
fn conditional_jumps_back() {
    for version in lancehead_pyc::Version::ALL.into_iter().filter(|version| version.minor() != 11) {
        let text = format!(
            ".python {version}\n.code \"f\"\n.argcount 1\n.flags 0x3\n.varnames x\n.consts\n.body\nA:\nLOAD_CONST 0\n\
             STORE_FAST local x\nLOAD_FAST local x\nPOP_JUMP_IF_TRUE A\nLOAD_CONST None\nRETURN_VALUE\n.end"
        );
        let code = lancehead_code::asm::parse_verified(&text).unwrap();
        let jumps = lancehead_code::program::Code::of(&code).unwrap();
        let jumps: Vec<_> =
            jumps.instructions().map(|i| i.opcode.name()).filter(|n| n.contains("JUMP")).collect();
        let expected: &[&str] = match version.minor() {
            ..=10 => &["POP_JUMP_IF_TRUE"],
            _ => &["POP_JUMP_IF_FALSE", "JUMP_BACKWARD"],
        };
        assert_eq!(jumps, expected, "{version}");
        let bad = text.replace("LOAD_CONST None\nRETURN_VALUE", "POP_TOP\nLOAD_CONST None\nRETURN_VALUE");
        let errors = lancehead_code::asm::parse_verified(&bad).unwrap_err();
        assert_eq!((errors[0].line, errors[0].column), (13, 1), "{version}: {errors:?}");
    }
}
