//! What no compiler writes is found, whatever a listing shows. Most of these were found by `scripts/adversary.py`: the
//! interpreter did something else than the source, or crashed.

#![allow(clippy::unwrap_used, reason = "a test says no by panicking")]

use lancehead_code::{asm, authentic, verify};
use lancehead_isa::{ExceptionEntry, Opcode, encode_exception_table};
use lancehead_pyc::{CodeObject, Object, Version};

/// A code object of these instructions, of which nothing is odd.
fn code(version: &str, settings: &str, body: &str) -> CodeObject {
    let consts = if settings.contains(".consts") { "" } else { "\n.consts" };
    let text =
        format!(".python {version}\n.code \"f\"\n.flags 0x3\n{settings}{consts}\n.body\n{body}\n.end\n");
    let code = asm::parse(&text).unwrap();
    assert_eq!(authentic(&code), [], "{version}: {body}");
    code
}

fn odd(code: &CodeObject) -> String {
    authentic(code).iter().filter(|oddity| oddity.matters).map(|oddity| format!("{oddity}\n")).collect()
}

/// The offset of the first instruction of this opcode.
fn find(code: &CodeObject, opcode: Opcode) -> usize {
    let all = lancehead_isa::decode(code.version, &code.code).unwrap();
    all.iter().find(|instruction| instruction.opcode == opcode).unwrap().offset as usize
}

#[test]
fn a_specialised_opcode_and_its_cache() {
    let specialised = "LOAD_GLOBAL_MODULE";
    for (version, call) in [("3.11", "PRECALL 0\nCALL 0"), ("3.12", "CALL 0"), ("3.13", "CALL 0")] {
        let body = format!("RESUME 0 @1\nLOAD_GLOBAL good + NULL\n{call}\nRETURN_VALUE");
        let mut code = code(version, ".names good", &body);
        let at = find(&code, Opcode::LOAD_GLOBAL);
        let number = (0..=255).find(|n| Opcode::name_of_number(code.version, *n) == Some(specialised));
        code.code[at] = number.unwrap();
        assert!(
            odd(&code).contains("LOAD_GLOBAL_MODULE is stored specialised (offset 0x2)"),
            "{}",
            odd(&code)
        );
        code.code[at] = Opcode::LOAD_GLOBAL.number(code.version).unwrap();
        code.code[at + 4] = 10;
        assert!(odd(&code).contains("the cache of LOAD_GLOBAL is not empty at byte 6"), "{}", odd(&code));
    }
}

#[test]
fn the_mask_of_a_comparison() {
    for version in ["3.12", "3.13", "3.14"] {
        let body = "RESUME 0 @1\nLOAD_FAST local a\nLOAD_FAST local a\nCOMPARE_OP <\nRETURN_VALUE";
        let mut code = code(version, ".argcount 1\n.varnames a", body);
        let at = find(&code, Opcode::COMPARE_OP);
        code.code[at + 1] &= 0xF0;
        assert!(odd(&code).contains("the mask of COMPARE_OP is 0 and not 2"), "{}", odd(&code));
    }
}

#[test]
fn a_branch_on_what_is_no_bool() {
    for version in ["3.13", "3.14"] {
        let body = "RESUME 0 @1\nLOAD_FAST local a\nTO_BOOL\nUNARY_NOT\nRETURN_VALUE";
        let mut code = code(version, ".argcount 1\n.varnames a", body);
        let (at, end) = (find(&code, Opcode::TO_BOOL), find(&code, Opcode::UNARY_NOT));
        for unit in (at..end).step_by(2) {
            code.code[unit] = Opcode::NOP.number(code.version).unwrap();
        }
        assert!(odd(&code).contains("UNARY_NOT expects a bool, gets an object"), "{}", odd(&code));
    }
}

#[test]
fn rows_of_the_exception_table_out_of_order() {
    let body =
        "RESUME 0 @1\nLOAD_FAST local a\nPOP_TOP\nLOAD_CONST None\nRETURN_VALUE\nPUSH_EXC_INFO\nRERAISE 0";
    let mut code = code("3.12", ".argcount 1\n.varnames a\n.consts\n    None", body);
    let row = |start, end| ExceptionEntry { start, end, target: 10, depth: 0, lasti: false };
    code.stacksize = 3;
    code.exceptiontable = encode_exception_table(&[row(2, 4), row(4, 6)]);
    assert_eq!(odd(&code), "");
    code.exceptiontable = encode_exception_table(&[row(4, 6), row(2, 4)]);
    assert!(odd(&code).contains("exception-table entries are out of order"), "{}", odd(&code));
}

#[test]
fn cells_are_made_at_the_beginning_and_once() {
    let body = "MAKE_CELL cell a @1\nRESUME 0\nLOAD_DEREF cell a\nRETURN_VALUE";
    let whole = code("3.12", ".argcount 1\n.varnames a\n.cellvars a", body);
    let number = |opcode: Opcode| opcode.number(Version::Py312).unwrap();
    let mut unmade = whole.clone();
    unmade.code[0] = number(Opcode::NOP);
    assert!(odd(&unmade).contains("cell"), "{}", odd(&unmade));
    let mut twice = whole.clone();
    twice.code.splice(0..0, [number(Opcode::MAKE_CELL), 0]);
    assert!(odd(&twice).contains("a cell is made twice"), "{}", odd(&twice));
    let mut later = whole;
    later.code.splice(4..4, [number(Opcode::MAKE_CELL), 0]);
    assert!(odd(&later).contains("MAKE_CELL outside of the beginning"), "{}", odd(&later));
}

#[test]
fn where_a_generator_stands() {
    let body = "RETURN_GENERATOR @1\nPOP_TOP\nRESUME 0\nLOAD_CONST None\nYIELD_VALUE 1\nRESUME 1\nPOP_TOP\n\
                LOAD_CONST None\nRETURN_VALUE\nL1:\nCALL_INTRINSIC_1 INTRINSIC_STOPITERATION_ERROR\nRERAISE 1";
    let text = format!(
        ".python 3.12\n.code \"f\"\n.flags 0x23\n.stacksize 3\n.consts\n    None\n.body\n{body}\n.end\n"
    );
    let mut code = asm::parse(&text).unwrap();
    let row = ExceptionEntry { start: 4, end: 18, target: 18, depth: 0, lasti: true };
    code.exceptiontable = encode_exception_table(&[row]);
    assert_eq!(odd(&code), "");
    // throw() would hand the exception to what was yielded, close() would not run handlers.
    let at = find(&code, Opcode::YIELD_VALUE);
    let mut moved = code.clone();
    moved.code[at + 3] = 2;
    assert!(odd(&moved).contains("RESUME 2 at this place"), "{}", odd(&moved));
    let mut deeper = code.clone();
    deeper.code[at + 1] = 2;
    assert!(odd(&deeper).contains("YIELD_VALUE 2 at this place"), "{}", odd(&deeper));
    let mut plain = code;
    plain.code[0] = Opcode::NOP.number(Version::Py312).unwrap();
    assert!(odd(&plain).contains("RETURN_GENERATOR"), "{}", odd(&plain));
}

#[test]
fn borrowed_variables() {
    let body = "RESUME 0 @1\nLOAD_FAST_BORROW local a\nPOP_TOP\nLOAD_FAST_BORROW local a\nRETURN_VALUE";
    let mut code = code("3.14", ".argcount 2\n.varnames a b", body);
    let at = find(&code, Opcode::POP_TOP);
    code.code[at] = Opcode::STORE_FAST.number(Version::Py314).unwrap();
    code.code[at + 1] = 1;
    assert!(odd(&code).contains("a borrowed variable is stored into another"), "{}", odd(&code));
}

#[test]
fn arguments_of_opcodes_that_have_none() {
    // The interpreter jumps by that of END_ASYNC_FOR up to 3.10, and looks at no other.
    let mut code = code("3.8", ".consts\n    None", "LOAD_CONST None @1\nRETURN_VALUE");
    let at = find(&code, Opcode::RETURN_VALUE);
    code.code[at + 1] = 7;
    assert_eq!(authentic(&code), []);
    code.code.splice(0..0, [Opcode::END_ASYNC_FOR.number(Version::Py38).unwrap(), 7]);
    assert!(odd(&code).contains("END_ASYNC_FOR has an argument"), "{}", odd(&code));
}

#[test]
fn what_control_never_reaches_does_not_matter() {
    let mut code = code("3.8", ".consts\n    None", "LOAD_CONST None @1\nRETURN_VALUE\nNOP");
    let at = find(&code, Opcode::NOP);
    code.code[at..at + 2].copy_from_slice(&[Opcode::LOAD_CONST.number(Version::Py38).unwrap(), 200]);
    assert_eq!(odd(&code), "");
}

#[test]
fn a_variable_and_a_cell_of_one_name() {
    let body = "MAKE_CELL cell a @1\nRESUME 0\nLOAD_DEREF cell a\nRETURN_VALUE";
    let mut code = code("3.12", ".argcount 1\n.varnames a\n.cellvars a", body);
    // The parameter keeps its value, and the cell beside it stays empty.
    code.localsplus = vec![("a".into(), 0x20), ("a".into(), 0x40)];
    (code.code[1], code.code[5]) = (1, 1);
    assert!(odd(&code).contains("two variables are called a"), "{}", odd(&code));
}

#[test]
fn a_jump_past_the_names_of_keyword_arguments() {
    let body = "RESUME 0 @1\nPUSH_NULL\nLOAD_FAST local a\nLOAD_FAST local a\nLOAD_FAST local a\nPOP_JUMP_IF_TRUE B\n\
                KW_NAMES (\"k\",)\nB:\nCALL 1\nRETURN_VALUE";
    let settings = ".argcount 1\n.varnames a\n.consts\n    (\"k\",)";
    let text = format!(".python 3.12\n.code \"f\"\n.flags 0x3\n{settings}\n.body\n{body}\n.end\n");
    let code = asm::parse(&text).unwrap();
    assert!(odd(&code).contains("names of keyword arguments"), "{}", odd(&code));
}

#[test]
fn a_stack_too_small_and_hidden_variables() {
    let mut code = code("3.12", ".argcount 1\n.varnames a", "RESUME 0 @1\nLOAD_FAST local a\nRETURN_VALUE");
    let mut small = code.clone();
    small.stacksize = 0;
    assert!(odd(&small).contains("co_stacksize says 0"), "{}", odd(&small));
    code.localsplus[0].1 |= 0x10;
    assert!(odd(&code).contains("the local variable a is hidden"), "{}", odd(&code));
}

/// What the interpreter survives is odd all the same where no compiler writes it.
#[test]
fn what_only_runs() {
    let only_runs = |version: &str, body: &str, why: &str| {
        let text = format!(
            ".python {version}\n.code \"f\"\n.flags 0x3\n.argcount 1\n.varnames x\n.names n\n.consts\n.body\nRESUME 0 @1\n{body}\n\
             .end\n"
        );
        let code = asm::parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        assert_eq!(verify::verify(&code), Ok(()), "{version}: {body}");
        assert!(odd(&code).contains(why), "{version}: {body}: {}", odd(&code));
    };
    for version in ["3.11", "3.12", "3.14"] {
        let test = if version == "3.11" { "POP_JUMP_FORWARD_IF_NONE" } else { "POP_JUMP_IF_NONE" };
        let uneven = format!("LOAD_FAST local x\n{test} A\nLOAD_CONST 1\nA:\nLOAD_CONST None\nRETURN_VALUE");
        only_runs(version, &uneven, "on one path and");
        let deep = "A:\nLOAD_FAST local x\nLOAD_ATTR n\nB:\nRETURN_VALUE\nH:\nPUSH_EXC_INFO\nRERAISE 0\n.try A B -> H 3";
        only_runs(version, deep, "the handler keeps 3 values");
    }
    let number = "A:\nLOAD_FAST local x\nLOAD_ATTR n\nB:\nRETURN_VALUE\nH:\nLOAD_CONST 1\nSWAP 2\nRERAISE 1\n.try A B -> H 0";
    only_runs("3.12", number, "expects where an exception was raised");
}

#[test]
fn a_comprehension_that_is_not_called_at_once() {
    let text = |name: &str, settings: &str, body: &str| {
        format!(
            ".python 3.11\n.code \"{name}\"\n{settings}\n.consts\n    None\n.body\nRESUME 0 @1\n{body}\nRETURN_VALUE\n.end\n"
        )
    };
    let body = "BUILD_LIST 0\nLOAD_FAST local \".0\"\nL:\nFOR_ITER E\nLIST_APPEND 2\nJUMP_BACKWARD L\nE:";
    let inner = asm::parse(&text("<listcomp>", ".flags 0x13\n.argcount 1\n.varnames \".0\"", body)).unwrap();
    let outer = |body: &str| {
        let settings = ".flags 0x3\n.argcount 1\n.varnames x";
        let mut code = asm::parse(&text("f", settings, body)).unwrap();
        code.consts[0] = Object::Code(Box::new(inner.clone())).into();
        assert_eq!(verify::verify(&code), Ok(()), "{body}");
        odd(&code)
    };
    let made = "LOAD_CONST None\nMAKE_FUNCTION 0";
    assert_eq!(outer(&format!("{made}\nLOAD_FAST local x\nGET_ITER\nPRECALL 0\nCALL 0")), "");
    let why = "gets a function that must be called with an iterator";
    for body in [made.to_owned(), format!("{made}\nSTORE_FAST local x\nLOAD_FAST local x")] {
        assert!(outer(&body).contains(why), "{body}: {}", outer(&body));
    }
}
