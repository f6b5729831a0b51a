//! The text form of a [`Graph`]: what its `Display` prints, and [`parse`] reads again.
//!
//! ```text
//! entry b0
//! r0: try handler b2 in root depth 1 line 2
//! idle 4 next 6 line 2 try
//! stop b0 to b1 line 5
//! falls_to_jump b0
//!
//! b0: offset 0 root
//!        2    4  LOAD name "a"
//!        2    6  branch if_true b1 if_false b2 jump_if
//! ```
//!
//! Each line of a block holds the source line, the byte offset, and an operation or the terminator. Operations have upper-case
//! names, with their operands in the order of the fields of [`Op`](crate::Op); a field that has a name there is written
//! `name=value`. The scope of a block is `root`, `body r0` or `handler r0`. Constants are written much as in Python; a
//! nested code object is `code "name" line 3`, and is read as an empty one of this name.

mod literal;
mod op;
mod read;
mod write;

use std::fmt;

pub use read::parse;

/// Why text is no graph.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct TextError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub message: String,
}

impl fmt::Display for crate::Graph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut result = Ok(());
        self.write_lines(&mut |_, line| {
            if result.is_ok() {
                result = writeln!(f, "{line}");
            }
        });
        result
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    const GRAPH: &str = r#"entry b0
r0: try handler b2 in root depth 1 line 2 after b3
r1: with handler b2 in body r0 clauses_end b3
idle 4 next 6 line 2 try
idle 8 next 10 line 3
stop b0 to b1 line 5
falls_to_jump b0 b1

b0: offset 0 body r0
       2    4  LOAD_CONST (1, -2.5, "it's \u{d800}", b"\xff", None, frozenset(True), ...)
       2    4  LOAD_CONST slice(1, None, code "f" line 3)
       2    4  LOAD name "a"
       2    6  CALL argc=1 keywords=false null_slot=true
       2    6  FORMAT_VALUE conversion='r' has_spec=false
       2    6  FORMAT_VALUE conversion=none has_spec=true
       2    6  INTRINSIC_1 "INTRINSIC_PRINT"
       2    6  LEAVE_FINALLY r0
       2    6  branch if_true b1 if_false b2 jump_if none_test

b1: offset 8 root
       3    8  for_iter body b0 exhausted b3 async

b2: offset 20 handler r0
       0   20  ENTER_HANDLER 3
       0   22  raise 1

b3: offset 30 root
       0   30  loop body b0 after b1 for

b4: offset 30 root
       0   30  return
"#;

    #[test]
    fn what_is_read_prints_the_same() {
        assert_eq!(parse(GRAPH).unwrap().to_string(), GRAPH);
    }

    #[test]
    fn errors_say_where() {
        let wrong = |from: &str, to: &str| parse(&GRAPH.replacen(from, to, 1)).unwrap_err().to_string();
        assert_eq!(
            wrong("LOAD name", "LOAD nowhere"),
            "line 12: expected a kind of variable, found `nowhere`"
        );
        assert_eq!(wrong("CALL argc", "COLL argc"), "line 13: there is no operation COLL");
        assert_eq!(wrong("line 5", "line x"), "line 6: expected a number, found `x`");
        assert_eq!(wrong("return", "return 1"), "line 31: expected the end of the line, found `1`");
        assert_eq!(wrong("b1: ", "b7: "), "line 20: expected block b1, found b7");
    }
}
