//! Control-flow graphs as pictures.

#![allow(clippy::unwrap_used, reason = "a test says no by panicking")]

use lancehead_code::asm;
use lancehead_code::cfg::{dot, mermaid};

const LOOP: &str = ".python 3.12
.code \"f\"
.argcount 1
.flags 0x3
.varnames x
.names \"a<b>\\\"\"
.consts
    None
.body
    RESUME 0  @1
    LOAD_FAST local x  @2
    GET_ITER
N:
    FOR_ITER E
    LOAD_GLOBAL \"a<b>\\\"\"  @3
    POP_TOP
    POP_TOP
B:
    JUMP_BACKWARD N
E:
    END_FOR
    RETURN_CONST None
H:
    PUSH_EXC_INFO
    RERAISE 0
    .try N B -> H 1
.end
";

#[test]
fn a_loop_with_a_handler() {
    let code = asm::parse(LOOP).unwrap();
    let drawn = dot(&code).unwrap();
    assert_eq!(drawn.lines().filter(|line| line.contains("[label=")).count(), 6, "{drawn}");
    for part in [
        "0: stack 0\\l    1     0 RESUME",
        "LOAD_GLOBAL a<b>\\\"\\l",
        "[style=dashed, color=red]",
        "[color=blue]",
    ] {
        assert!(drawn.contains(part), "{part}\n{drawn}");
    }
    let drawn = mermaid(&code).unwrap();
    assert!(drawn.starts_with("flowchart TD\n  b0[\"0: stack 0<br/>"), "{drawn}");
    assert!(drawn.contains("LOAD_GLOBAL a#lt;b#gt;#quot;") && drawn.contains(" -.-> b5"), "{drawn}");
}
