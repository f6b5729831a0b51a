//! For each invariant a graph that breaks it.

use super::{Broken, Invariant, Place, annotated, verify, verify_depths};
use crate::text::parse;
use crate::{BlockId, Graph, RegionId};

/// `try: a()` with `except: pass`, and an `if` behind it; well formed.
const GRAPH: &str = r#"entry b0
r0: try handler b2 in root depth 0 line 1
idle 0 next 2 line 1 try
idle 2 next 4 line 2
stop b0 to b1 line 2
stop b3 to b4 line 6
falls_to_jump b3

b0: offset 0 root
       1    0  jump b1

b1: offset 4 body r0
       2    4  PUSH_NULL
       2    6  LOAD name "a"
       2    8  CALL argc=0 keywords=false null_slot=true
       2   10  POP
       2   10  jump b3

b2: offset 30 handler r0
       0   30  ENTER_HANDLER 2
       3   32  POP
       3   34  POP_EXCEPT 1
       3   34  jump b3

b3: offset 12 root
       5   12  LOAD name "b"
       5   14  branch if_true b4 if_false b5

b4: offset 16 root
       6   16  jump b5

b5: offset 20 root
       7   20  LOAD_CONST None
       7   22  return
"#;

fn graph() -> Graph {
    parse(GRAPH).unwrap()
}

/// What is wrong once `from` is `to` in the text.
fn broken(from: &str, to: &str) -> Vec<Broken> {
    assert!(GRAPH.contains(from), "{from}");
    let graph = parse(&GRAPH.replacen(from, to, 1)).unwrap();
    let broken = verify(&graph);
    if broken.is_empty() { verify_depths(&graph) } else { broken }
}

/// Checks that one invariant is broken, at one place, and that it is shown below that.
fn assert_broken(from: &str, to: &str, invariant: Invariant, place: Place, shown: &str) {
    let found = broken(from, to);
    let graph = parse(&GRAPH.replacen(from, to, 1)).unwrap();
    let text = annotated(&graph, &found);
    assert!(found.iter().any(|each| each.invariant == invariant && each.place == place), "{text}");
    assert!(text.contains(shown), "{text}");
}

#[test]
fn nothing_is_wrong() {
    assert_eq!((verify(&graph()), verify_depths(&graph())), (Vec::new(), Vec::new()));
}

#[test]
fn ids() {
    let shown = "       1    0  jump b9\n    ^ Ids: a successor is b9, of 6\n";
    assert_broken("jump b1", "jump b9", Invariant::Ids, Place::Terminator(BlockId(0)), shown);
    let shown = "entry b6\n    ^ Ids: the entry is b6, of 6\n";
    assert_broken("entry b0", "entry b6", Invariant::Ids, Place::Graph, shown);
    let region = Place::Region(RegionId(0));
    assert_broken("handler b2", "handler b7", Invariant::Ids, region, "the handler is b7");
    assert_broken("line 1\nidle", "line 1 after b8\nidle", Invariant::Ids, region, "what is after it is b8");
    assert_broken("in root", "in s5", Invariant::Ids, region, "there is no scope s5");
    let block = Place::Block(BlockId(1));
    assert_broken("offset 4 body r0", "offset 4 s7", Invariant::Ids, block, "there is no scope s7");
    let inst = Place::Inst(BlockId(1), 3);
    let shown = "LEAVE_FINALLY r4\n    ^ Ids: there is no region r4\n";
    assert_broken("10  POP\n", "10  LEAVE_FINALLY r4\n", Invariant::Ids, inst, shown);
    assert_broken("to b4", "to b9", Invariant::Ids, Place::Graph, "the end of a elided jump is b9");
    assert_broken(
        "falls_to_jump b3",
        "falls_to_jump b9",
        Invariant::Ids,
        Place::Graph,
        "falls through to a jump is b9",
    );
}

#[test]
fn scopes() {
    let mut graph = graph();
    graph.scopes.swap(1, 2);
    let found = verify(&graph);
    assert!(
        matches!(&found[..], [Broken { invariant: Invariant::Scopes, place: Place::Graph, .. }]),
        "{found:?}"
    );
}

#[test]
fn nesting() {
    let region = Place::Region(RegionId(0));
    assert_broken("in root", "in body r0", Invariant::Nesting, region, "r0 is within itself");
}

#[test]
fn handlers() {
    let region = Place::Region(RegionId(0));
    let outside = "its handler b2 is in s0, not in s2";
    assert_broken("offset 30 handler r0", "offset 30 root", Invariant::Handlers, region, outside);
    let first = "does not begin with EnterHandler";
    assert_broken("30  ENTER_HANDLER 2", "30  NOP", Invariant::Handlers, Place::Block(BlockId(2)), first);
    let again = "EnterHandler where no handler starts";
    assert_broken(
        "10  POP\n",
        "10  ENTER_HANDLER 3\n",
        Invariant::Handlers,
        Place::Inst(BlockId(1), 3),
        again,
    );
}

#[test]
fn edges() {
    let shown = "jump b2\n    ^ Edges: the edge to b2 enters the handler scope s2\n";
    assert_broken(
        "6   16  jump b5",
        "6   16  jump b2",
        Invariant::Edges,
        Place::Terminator(BlockId(4)),
        shown,
    );
}

#[test]
fn handler_depth() {
    let inner = "r0: try handler b2 in body r1 depth 0 line 1\nr1: try handler b2 in root depth 3";
    let found =
        verify(&parse(&GRAPH.replacen("r0: try handler b2 in root depth 0 line 1", inner, 1)).unwrap());
    let is_depth =
        |each: &Broken| each.invariant == Invariant::HandlerDepth && each.place == Place::Region(RegionId(0));
    assert!(found.iter().any(is_depth), "{found:?}");
}

#[test]
fn line_markers() {
    let order = "the marker at 3 comes before that at 2";
    assert_broken("idle 0 next 2", "idle 3 next 4", Invariant::LineMarkers, Place::Graph, order);
    let next = "the marker at 2 comes before what is at 2";
    assert_broken("idle 2 next 4", "idle 2 next 2", Invariant::LineMarkers, Place::Graph, next);
}

#[test]
fn passed_jumps() {
    let order = "comes before";
    assert_broken("stop b0 to b1", "stop b0 to b5", Invariant::ElidedJumps, Place::Graph, order);
    let branch = Place::Terminator(BlockId(4));
    assert_broken("falls_to_jump b3", "falls_to_jump b4", Invariant::ElidedJumps, branch, "does not branch");
    let jumps = "falls_to_jump b3 b1";
    assert_broken("falls_to_jump b3", jumps, Invariant::ElidedJumps, Place::Graph, "b3 comes before b1");
}

#[test]
fn stack_depth() {
    let end = Place::Terminator(BlockId(2));
    let other = "1 values on the way to b3, 0 on another way";
    assert_broken("34  POP_EXCEPT 1", "34  NOP", Invariant::StackDepth, end, other);
    let inst = Place::Inst(BlockId(1), 3);
    assert_broken("10  POP\n", "10  SWAP 2\n", Invariant::StackDepth, inst, "takes 2 values of 1");
    let branch = Place::Terminator(BlockId(3));
    let found = broken("5   12  LOAD name \"b\"", "5   12  NOP");
    assert!(
        found.iter().any(|each| each.place == branch && each.message == "takes 1 values of 0"),
        "{found:?}"
    );
}
