//! Control-flow graphs as pictures.

#![allow(clippy::unwrap_used, reason = "a test says no by panicking")]

use lancehead_code::asm;
use lancehead_code::cfg::{dot, mermaid, svg};

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
        "0: stack 0\\l    1     0   0  RESUME",
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

/// The numbers of an attribute, in order.
fn numbers(text: &str, attribute: &str) -> Vec<u32> {
    let mark = format!(" {attribute}=\"");
    text.split(&mark).skip(1).map(|rest| rest[..rest.find('"').unwrap()].parse().unwrap()).collect()
}

#[test]
fn a_picture_without_overlaps() {
    let code = asm::parse(LOOP).unwrap();
    let drawn = svg(&code).unwrap();
    let boxes: String = drawn.lines().filter(|line| line.starts_with("<rect")).collect();
    let [x, y, width, height] = ["x", "y", "width", "height"].map(|name| numbers(&boxes, name));
    assert_eq!(x.len(), 6, "{drawn}");
    for a in 0..x.len() {
        for b in 0..a {
            let apart = x[a] + width[a] <= x[b]
                || x[b] + width[b] <= x[a]
                || y[a] + height[a] <= y[b]
                || y[b] + height[b] <= y[a];
            assert!(apart, "blocks {a} and {b} overlap\n{drawn}");
        }
    }
    assert_eq!(drawn.matches("class=\"exception\"").count(), 2, "{drawn}");
    assert!(drawn.contains("LOAD_GLOBAL a&lt;b&gt;\"") && drawn.ends_with("</svg>\n"), "{drawn}");
}
