//! Code that would crash an interpreter, and how the verifier says so.

#![allow(clippy::unwrap_used, reason = "a test says no by panicking")]

use lancehead_code::listing::print::{self, PlainText, PrintOptions};
use lancehead_code::verify::{self, verify};
use lancehead_code::{Listing, asm};
use lancehead_pyc::{CodeObject, Version};

/// Assembles `body` as a function of one parameter `x`, and gives all that the verifier says.
fn errors(version: &str, body: &str) -> String {
    let text = format!(
        ".python {version}\n.code \"f\"\n.argcount 1\n.flags 0x3\n.names n m\n.varnames x y\n.cellvars c\n\
         .consts\n    None\n    1\n    (\"a\", )\n.body\n{body}\n.end\n"
    );
    let mut code = asm::parse(&text).unwrap_or_else(|e| panic!("{e}\n{text}"));
    if body.contains("LOW") {
        code.stacksize = 0;
    }
    match verify(&code) {
        Ok(()) => "verifies".to_owned(),
        Err(errors) => errors.iter().map(|error| error.to_string()).collect::<Vec<_>>().join("; "),
    }
}

#[track_caller]
fn rejected(version: &str, body: &str, expected: &str) {
    let found = errors(version, body);
    assert!(found.contains(expected), "{version}: expected `{expected}`, found `{found}`");
}

#[test]
fn errors_stand_in_the_listing() {
    let text = ".python 3.12\n.code \"f\"\n.flags 3\n.consts\n.body\nRESUME 0\nPUSH_NULL\nPOP_TOP\nRETURN_VALUE\n.end";
    let code = asm::parse(text).unwrap();
    let notes = verify::notes(&verify(&code).unwrap_err());
    let mut out = PlainText(String::new());
    let listing = Listing::of(&code).unwrap();
    print::print_with_notes(&listing, PrintOptions::default(), &notes, &mut out).unwrap();
    let line = out.0.lines().position(|line| line.contains("RETURN_VALUE")).unwrap();
    let note = out.0.lines().nth(line + 1).unwrap();
    assert_eq!(note, "    ^ takes 1 values from the stack, which holds 0", "{}", out.0);
}

#[test]
fn sound_code_verifies() {
    assert_eq!(errors("3.8", "LOAD_FAST local x\nRETURN_VALUE"), "verifies");
    assert_eq!(errors("3.12", "RESUME 0\nLOAD_FAST local x\nRETURN_VALUE"), "verifies");
    assert_eq!(errors("3.15", "RESUME 0\nLOAD_FAST local x\nRETURN_VALUE"), "verifies");
}

#[test]
fn the_stack() {
    for version in ["3.7", "3.9", "3.11", "3.13", "3.15"] {
        rejected(
            version,
            "POP_TOP\nLOAD_CONST None\nRETURN_VALUE",
            "takes 1 values from the stack, which holds 0",
        );
        rejected(version, "LOAD_CONST None ; LOW\nRETURN_VALUE", "co_stacksize says 0");
        rejected(version, "LOAD_CONST None\nPOP_TOP", "runs off the end");
    }
    rejected("3.8", "A:\nLOAD_CONST 1\nJUMP_ABSOLUTE A", "grows without bound");
    rejected("3.12", "A:\nLOAD_CONST 1\nJUMP_BACKWARD A", "grows without bound");
}

/// Paths may meet with stacks of different depths, as long as none is too shallow for what comes behind.
#[test]
fn paths_that_meet_with_different_depths() {
    let uneven = "LOAD_FAST local x\nPOP_JUMP_IF_FALSE A\nLOAD_CONST 1\nA:\n";
    for version in ["3.9", "3.10", "3.12", "3.14", "3.15"] {
        assert_eq!(
            errors(version, &format!("{uneven}LOAD_CONST None\nRETURN_VALUE")),
            "verifies",
            "{version}"
        );
        rejected(version, &format!("{uneven}POP_TOP\nLOAD_CONST None\nRETURN_VALUE"), "takes 1 values");
        // What lies on top is known for each depth by itself.
        let kinds = "LOAD_CONST None\nLOAD_FAST local x\nPOP_JUMP_IF_FALSE A\nBUILD_LIST 0\nA:\nLOAD_CONST 1\nLIST_APPEND 1";
        rejected(version, &format!("{kinds}\nRETURN_VALUE"), "LIST_APPEND expects a list, gets None");
    }
    // A handler cuts back what a loop had before it was entered.
    let back = "RESUME 0\nA:\nLOAD_FAST local x\nB:\nLOAD_ATTR n\nC:\nRETURN_VALUE\nH:\nPOP_TOP\nLOAD_CONST 1\n\
                JUMP_BACKWARD A\n.try B C -> H 0";
    assert_eq!(errors("3.12", back), "verifies");
    let twice = "RESUME 0\nLOAD_CONST 1\nLOAD_CONST 1\nA:\nLOAD_FAST local x\nB:\nLOAD_ATTR n\nC:\nRETURN_VALUE\nH:\n\
                 POP_TOP\nJUMP_BACKWARD A\n.try B C -> H 0";
    assert_eq!(errors("3.12", twice), "verifies");
}

/// Code before the generator is made runs when the function is called; frames of it must not be seen until then.
#[test]
fn code_before_a_generator() {
    let generator = |version: &str, prefix: &str| {
        let text = format!(
            ".python {version}\n.code \"g\"\n.flags 0x23\n.names n\n.varnames x\n.consts\n.body\n{prefix}\nRETURN_GENERATOR\n\
             POP_TOP\nRESUME 0\nLOAD_CONST None\nYIELD_VALUE\nRESUME 1\nPOP_TOP\nLOAD_CONST None\nRETURN_VALUE\n.end"
        );
        let text = match version {
            "3.11" => text,
            _ => text.replace("YIELD_VALUE", "YIELD_VALUE 0"),
        };
        let code = asm::parse(&text).unwrap_or_else(|e| panic!("{e}\n{text}"));
        verify(&code).map_or_else(|errors| errors[0].to_string(), |()| "verifies".to_owned())
    };
    for version in ["3.11", "3.12", "3.13", "3.14", "3.15"] {
        assert_eq!(generator(version, "LOAD_GLOBAL n\nLOAD_ATTR n\nPOP_TOP"), "verifies", "{version}");
        // Nothing was sent yet.
        assert_ne!(generator(version, "POP_TOP"), "verifies", "{version}");
        // A frame object would be made of this frame, which goes away.
        assert!(generator(version, "RESUME 0\nLOAD_GLOBAL n\nPOP_TOP").contains("generator"), "{version}");
        assert!(generator(version, "LOAD_CONST None\nRETURN_GENERATOR").contains("generator"), "{version}");
    }
}

#[test]
fn null_and_objects() {
    rejected("3.12", "PUSH_NULL\nPOP_TOP\nRETURN_CONST None", "expects an object, gets NULL");
    rejected("3.12", "PUSH_NULL\nRETURN_VALUE", "expects an object, gets NULL");
    rejected("3.13", "LOAD_GLOBAL n + NULL\nRETURN_VALUE", "gets NULL");
    rejected("3.11", "LOAD_FAST local x\nLOAD_METHOD m\nBINARY_OP +\nRETURN_VALUE", "gets an object or NULL");
    rejected(
        "3.9",
        "LOAD_FAST local x\nLOAD_METHOD m\nPOP_TOP\nPOP_TOP\nLOAD_CONST None\nRETURN_VALUE",
        "or NULL",
    );
}

#[test]
fn types_that_are_taken_for_granted() {
    let add = "LOAD_FAST local x\nLOAD_CONST 1\nLIST_APPEND 1\nRETURN_VALUE";
    for version in ["3.9", "3.12", "3.14"] {
        rejected(version, add, "expects a list, gets an object");
    }
    let function = "LOAD_FAST local x\nMAKE_FUNCTION 0\nRETURN_VALUE";
    rejected("3.12", function, "expects a code object");
    rejected(
        "3.12",
        "LOAD_FAST local x\nA:\nFOR_ITER E\nPOP_TOP\nJUMP_BACKWARD A\nE:\nEND_FOR\nRETURN_CONST None",
        "expects an iterator",
    );
    rejected(
        "3.12",
        "LOAD_FAST local x\nGET_ITER\nA:\nFOR_ITER E\nPOP_TOP\nJUMP_BACKWARD A\nE:\nNOP\nPOP_TOP\nPOP_TOP\nRETURN_CONST None",
        "expected the offset of an instruction",
    );
    rejected("3.12", "LOAD_FAST local x\nPOP_EXCEPT\nRETURN_CONST None", "expects a saved exception");
    rejected("3.13", "LOAD_FAST local x\nRERAISE 0", "expects an exception");
}

#[test]
fn variables_and_cells() {
    rejected("3.12", "LOAD_FAST local y\nRETURN_VALUE", "variable 1 may not be set");
    rejected("3.12", "DELETE_FAST local x\nLOAD_FAST local x\nRETURN_VALUE", "variable 0 may not be set");
    assert_eq!(errors("3.11", "LOAD_FAST local y\nRETURN_VALUE"), "verifies");
    assert_eq!(errors("3.12", "LOAD_FAST_CHECK local y\nRETURN_VALUE"), "verifies");
    rejected("3.12", "LOAD_DEREF cell c\nRETURN_VALUE", "the cell of variable 2");
    assert_eq!(errors("3.12", "MAKE_CELL cell c\nLOAD_DEREF cell c\nRETURN_VALUE"), "verifies");
}

/// In a class body, `LOAD_CLASSDEREF` takes the name to look up from the free variables, so it must be one of them.
#[test]
fn names_of_free_variables() {
    let found = |version: &str, variable: &str| {
        let text = format!(
            ".python {version}\n.code \"C\"\n.flags 0x0\n.cellvars c\n.freevars d\n.consts\n.body\n\
             LOAD_CLASSDEREF {variable}\nRETURN_VALUE\n.end"
        );
        verify(&asm::parse(&text).unwrap())
            .map_or_else(|errors| errors[0].to_string(), |()| "verifies".to_owned())
    };
    for version in ["3.7", "3.8", "3.9", "3.10"] {
        assert_eq!(found(version, "free d"), "verifies");
        assert!(found(version, "cell c").contains("out of range"), "{version}");
    }
}

#[test]
fn opcodes_and_flags() {
    rejected("3.12", "LOAD_FAST local x\nYIELD_VALUE 1\nRETURN_VALUE", "generator or coroutine");
    rejected("3.13", "INTERPRETER_EXIT", "own use");
    rejected("3.12", "INSTRUMENTED_RESUME 0\nRETURN_CONST None", "instrumented");
    rejected("3.11", "CACHE\nLOAD_CONST None\nRETURN_VALUE", "own use");
    rejected("3.11", "PUSH_NULL\nLOAD_FAST local x\nCALL 0\nRETURN_VALUE", "PRECALL and CALL");
    rejected(
        "3.12",
        "KW_NAMES (\"a\", )\nLOAD_FAST local x\nRETURN_VALUE",
        "keyword arguments without the call",
    );
    rejected("3.10", "POP_BLOCK\nLOAD_CONST None\nRETURN_VALUE", "not properly nested");
    rejected("3.12", "LOAD_FAST local x\nRAISE_VARARGS 3", "out of range");
    rejected("3.12", "SWAP 0\nRETURN_CONST None", "out of range");
}

#[test]
fn handlers() {
    let deep = "A:\nLOAD_FAST local x\nLOAD_ATTR n\nPOP_TOP\nB:\nRETURN_CONST None\nH:\nPUSH_EXC_INFO\nRERAISE 0\n.try A B -> H 3";
    assert_eq!(errors("3.12", deep), "verifies");
    let eaten =
        "LOAD_FAST local x\nA:\nLOAD_ATTR n\nB:\nRETURN_VALUE\nH:\nPOP_TOP\nRETURN_VALUE\n.try A B -> H 1";
    rejected("3.12", eaten, "takes 1 values from the stack, which holds 0");
}

/// Which part of an exception a value is, and whether there is one.
#[test]
fn parts_of_exceptions() {
    let handled = |handler: &str| {
        format!(
            "SETUP_FINALLY H\nLOAD_FAST local x\nLOAD_ATTR n\nPOP_TOP\nPOP_BLOCK\nLOAD_CONST None\nRETURN_VALUE\nH:\n{handler}"
        )
    };
    for (version, raise) in [("3.9", "RERAISE"), ("3.10", "RERAISE 0")] {
        assert_eq!(errors(version, &handled(raise)), "verifies");
        rejected(version, &handled(&format!("ROT_TWO\n{raise}")), "expects the class of an exception");
        let dropped = "POP_TOP\n".repeat(5) + "LOAD_CONST None\nRETURN_VALUE";
        rejected(version, &handled(&dropped), "gets the instance of a saved exception");
    }
    let in_group = |handler: &str| {
        format!(
            "A:\nLOAD_FAST local x\nLOAD_ATTR n\nPOP_TOP\nB:\nRETURN_CONST None\nH:\nPUSH_EXC_INFO\nLOAD_GLOBAL n\n\
             CHECK_EG_MATCH\n{handler}\n.try A B -> H 0"
        )
    };
    rejected("3.12", &in_group("RERAISE 0"), "gets an exception or None");
    let tested = "COPY 1\nPOP_JUMP_IF_NONE N\nRERAISE 0\nN:\nRETURN_CONST None";
    assert_eq!(errors("3.12", &in_group(tested)), "verifies");
    rejected("3.12", &in_group(&tested.replace("IF_NONE", "IF_NOT_NONE")), "gets None");
    let end = "LOAD_FAST local x\nGET_AITER\nLOAD_FAST local x\nEND_ASYNC_FOR\nRETURN_CONST None";
    rejected("3.12", end, "expects an exception");
}

/// A function that verifies, for each version, and what the verifier says of it after a change.
fn after(change: impl Fn(&mut CodeObject)) -> Vec<(Version, String)> {
    let found = |version: Version| {
        let resume = if version >= Version::Py311 { "RESUME 0\n" } else { "" };
        let text = format!(
            ".python {version}\n.code \"f\"\n.argcount 1\n.flags 0x3\n.varnames x\n.consts\n.body\n{resume}LOAD_GLOBAL g\n\
             LOAD_ATTR a\nPOP_TOP\nLOAD_FAST local x\nPOP_TOP\nLOAD_CONST 5\nRETURN_VALUE\n.end"
        );
        let mut code = asm::parse(&text).unwrap();
        assert_eq!(verify(&code), Ok(()), "{version}");
        change(&mut code);
        let errors = verify(&code).map_or_else(|errors| errors, |()| Vec::new());
        (version, errors.iter().map(|error| error.to_string()).collect::<Vec<_>>().join("; "))
    };
    Version::ALL.into_iter().map(found).collect()
}

#[track_caller]
fn always(change: impl Fn(&mut CodeObject), expected: &str) {
    for (version, found) in after(change) {
        assert!(found.contains(expected), "{version}: expected `{expected}`, found `{found}`");
    }
}

/// What `types.CodeType` and `marshal.loads` take without a word, and an interpreter crashes on.
#[test]
fn bogus_code_objects() {
    always(|code| code.consts.clear(), "argument 0 of LOAD_CONST is out of range");
    always(|code| code.names.clear(), "of LOAD_GLOBAL is out of range");
    always(
        |code| {
            code.varnames.clear();
            code.localsplus.clear();
        },
        "out of range",
    );
    always(|code| code.argcount = 9, "there are 9 parameters but 1 variables");
    always(|code| code.stacksize = 0, "co_stacksize says 0");
    always(|code| code.code.clear(), "there are no instructions");
    always(|code| code.code.truncate(code.code.len() - 1), "even number of bytes");
    always(|code| code.code.truncate(code.code.len() - 2), "runs off the end");
    for (version, found) in after(|code| code.code[0] = 255) {
        assert!(!found.is_empty(), "{version}");
    }
    // A long entry that says nothing.
    for (version, found) in after(|code| code.linetable = vec![0xF0]) {
        assert!(version < Version::Py311 || found.contains("malformed line table"), "{version}: {found}");
    }
    for (version, found) in after(|code| code.exceptiontable = vec![0xC0]) {
        assert!(found.contains("malformed exception table"), "{version}: {found}");
    }
    // A handler in the middle of an instruction's caches, and one behind the end.
    for target in [2u8, 60] {
        for (version, found) in after(|code| code.exceptiontable = vec![0x80, 1, target, 0]) {
            assert!(version < Version::Py311 || !found.is_empty(), "{version}: {found}");
        }
    }
}

/// A jump into the caches of an instruction, between it and its prefixes, and to before the start.
#[test]
fn jumps_to_no_instruction() {
    let jump = |version: &str, body: &str, at: usize, arg: u8| {
        let text = format!(
            ".python {version}\n.code \"f\"\n.flags 0x3\n.consts\n.body\n{body}\nA:\nLOAD_CONST 1\nRETURN_VALUE\n.end"
        );
        let mut code = asm::parse(&text).unwrap();
        code.code[at] = arg;
        verify(&code).map_or_else(|errors| errors[0].to_string(), |()| "verifies".to_owned())
    };
    let cached = "RESUME 0\nJUMP_FORWARD A\nLOAD_GLOBAL g\nPOP_TOP";
    assert!(jump("3.12", cached, 3, 2).contains("expected the offset of an instruction"));
    assert!(jump("3.12", cached, 3, 200).contains("expected the offset of an instruction"));
    let prefixed = "JUMP_FORWARD A\nLOAD_CONST 1 { prefixes 1 }\nPOP_TOP";
    assert!(jump("3.9", prefixed, 1, 3).contains("expected the offset of an instruction"));
}

/// What other libraries assemble, to crash or to do something else.
#[test]
fn what_other_libraries_let_through() {
    // Instructions on two variables have four bits for each.
    let names: String = (0..17).map(|n| format!(" v{n}")).collect();
    let pair = |name: &str| {
        let text = format!(
            ".python 3.13\n.code \"f\"\n.flags 0x3\n.argcount 17\n.varnames{names}\n.cellvars c\n.consts\n.body\nRESUME 0\n\
             LOAD_FAST_LOAD_FAST local v0, {name}\nBUILD_TUPLE 2\nRETURN_VALUE\n.end"
        );
        asm::parse_verified(&text)
    };
    assert!(pair("local v15").is_ok());
    assert!(pair("local v16").unwrap_err()[0].message.contains("no variable for LOAD_FAST_LOAD_FAST"));
    assert!(pair("cell c").is_err());
    // A loop that ends as loops did in another version.
    let simple_loop = |end: &str| {
        format!(
            "RESUME 0\nLOAD_FAST local x\nGET_ITER\nA:\nFOR_ITER E\nPOP_TOP\nJUMP_BACKWARD A\nE:\n{end}\nRETURN_CONST None"
        )
    };
    assert_eq!(errors("3.12", &simple_loop("END_FOR")), "verifies");
    assert_eq!(errors("3.13", &simple_loop("END_FOR\nPOP_TOP")), "verifies");
    rejected("3.13", &simple_loop("END_FOR"), "expected the offset of an instruction");
    rejected("3.12", &simple_loop("NOP"), "expected the offset of an instruction");
    // A generator that its flags do not know of.
    for version in ["3.11", "3.12", "3.13", "3.14", "3.15"] {
        let made = "RETURN_GENERATOR\nPOP_TOP\nRESUME 0\nLOAD_CONST None\nRETURN_VALUE";
        rejected(version, made, "flags and opcodes disagree");
    }
    // NULL where a call expects its callable.
    rejected("3.13", "RESUME 0\nPUSH_NULL\nPUSH_NULL\nCALL 0\nRETURN_VALUE", "gets NULL");
    rejected("3.12", "RESUME 0\nPUSH_NULL\nPUSH_NULL\nCALL 0\nRETURN_VALUE", "gets NULL");
    // The callable and the NULL beside it the wrong way round.
    rejected("3.13", "RESUME 0\nPUSH_NULL\nLOAD_FAST local x\nCALL 0\nRETURN_VALUE", "gets NULL");
}

/// What END_FINALLY and its like find on the stack decides what they do, in each version in its own way.
#[test]
fn ends_of_finally() {
    let finally = |enter: &str, body: &str| {
        format!(
            "SETUP_FINALLY F\nLOAD_FAST local x\nPOP_TOP\nPOP_BLOCK\n{enter}\nF:\n{body}\nEND_FINALLY\nLOAD_CONST None\nRETURN_VALUE"
        )
    };
    assert_eq!(errors("3.7", &finally("LOAD_CONST None", "")), "verifies");
    assert_eq!(errors("3.8", &finally("BEGIN_FINALLY", "")), "verifies");
    rejected("3.8", &finally("LOAD_CONST None", ""), "END_FINALLY expects why it is reached, gets None");
    rejected("3.8", &finally("BEGIN_FINALLY", "LOAD_CONST None"), "gets None");
    rejected("3.7", &finally("LOAD_CONST 1", ""), "END_FINALLY expects why it is reached, gets an integer");
    rejected("3.7", "LOAD_CONST None\nBREAK_LOOP", "blocks are not properly nested");
    let in_loop =
        "SETUP_LOOP E\nSETUP_FINALLY F\nBREAK_LOOP\nF:\nEND_FINALLY\nE:\nLOAD_CONST None\nRETURN_VALUE";
    assert_eq!(errors("3.7", in_loop), "verifies");
    rejected("3.8", "LOAD_FAST local x\nPOP_EXCEPT\nLOAD_CONST None\nRETURN_VALUE", "takes 3 values");
    for version in ["3.7", "3.8"] {
        rejected(version, "LOAD_FAST local x\nLOAD_CONST 1\nLIST_APPEND 1\nRETURN_VALUE", "expects a list");
        rejected(
            version,
            "LOAD_FAST local x\nLOAD_METHOD m\nPOP_TOP\nRETURN_VALUE",
            "expects an object, gets an object or NULL",
        );
    }
}

/// Since 3.14 a handler gets the place of the exception as a number that is no object.
#[test]
fn the_place_of_an_exception() {
    let handler = |end: &str| {
        format!(
            "RESUME 0\nA:\nLOAD_FAST local x\nLOAD_ATTR n\nB:\nRETURN_VALUE\nH:\n{end}\n.try A B -> H 0 lasti"
        )
    };
    for version in ["3.13", "3.14", "3.15"] {
        assert_eq!(errors(version, &handler("POP_TOP\nPOP_TOP\nLOAD_CONST None\nRETURN_VALUE")), "verifies");
    }
    assert_eq!(errors("3.13", &handler("POP_TOP\nRETURN_VALUE")), "verifies");
    for version in ["3.14", "3.15"] {
        rejected(version, &handler("POP_TOP\nRETURN_VALUE"), "gets where an exception was raised");
        let other = "PUSH_EXC_INFO\nLOAD_CONST None\nSWAP 4\nPOP_TOP\nSWAP 2\nPOP_EXCEPT\nRERAISE 1";
        rejected(version, &handler(other), "expects where an exception was raised");
    }
}
