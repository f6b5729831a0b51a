//! Graphs of blocks, over the fixtures of every version.

#![allow(clippy::unwrap_used, reason = "a test says no by panicking")]

mod support;

use lancehead_code::flow::{BlockId, FlowGraph, Liveness};
use lancehead_code::program::Code;
use lancehead_code::verify::verify;
use lancehead_code::{asm, diff::diff};
use lancehead_pyc::{CodeObject, Version};

fn graph_of(code: &CodeObject) -> FlowGraph {
    FlowGraph::of(&Code::of(code).unwrap())
}

/// Whether the graph is put together to this code.
fn is_same(graph: &FlowGraph, code: &CodeObject) -> bool {
    let again = graph.to_code().assemble().unwrap();
    again.code == code.code
        && again.linetable == code.linetable
        && again.exceptiontable == code.exceptiontable
        && again.stacksize == code.stacksize
        && again.consts.len() == code.consts.len()
}

#[test]
fn cut_into_blocks_and_back() {
    let mut blocks = 0;
    for (name, code) in support::fixtures() {
        let graph = graph_of(&code);
        blocks += graph.order.len();
        assert!(is_same(&graph, &code), "{name}: {}", code.qualname);
    }
    println!("{blocks} blocks");
}

/// The standard library of each interpreter found; with `LANCEHEAD_FULL=1`, with its tests.
#[test]
fn the_library_as_blocks_is_the_same() {
    for (version, python) in support::interpreters::found() {
        let (mut same, mut flags, mut all) = (0, 0, 0);
        support::for_each_module(version, &python, "none", |name, module, _| {
            for (_, code) in lancehead_code::code_tree(module) {
                all += 1;
                let taken_apart = Code::of(code).unwrap();
                let graph = FlowGraph::of(&taken_apart);
                assert!(
                    is_same(&graph, code),
                    "{version} {name}: {} line {}",
                    code.qualname,
                    code.firstlineno
                );
                same += 1;
                let inferred = taken_apart.inferred_flags();
                assert_eq!(
                    inferred, code.flags,
                    "{version} {name}: {} line {}",
                    code.qualname, code.firstlineno
                );
                flags += 1;
            }
        });
        println!("{version}: {same} of {all} the same through blocks, {flags} flags inferred");
    }
}

/// In pieces of one instruction, merged again, backwards, without dead blocks: it does the same.
#[test]
fn split_merged_and_reordered() {
    for (name, code) in support::fixtures() {
        let mut graph = graph_of(&code);
        for at in 0..graph.order.len() {
            let id = graph.order[at];
            for cut in (1..graph.block(id).instructions.len()).rev().take(5) {
                graph.split(id, cut);
            }
        }
        assert!(is_same(&graph, &code), "{name}: {} split", code.qualname);
        graph.remove_dead_blocks();
        graph.merge_blocks();
        let merged = graph.to_code().assemble().unwrap();
        assert_eq!(diff(&code, &merged), [], "{name}: {}", code.qualname);
        assert_eq!(verify(&merged), Ok(()), "{name}: {}", code.qualname);
        assert!(graph.dead_blocks().is_empty());
        assert_eq!(graph.merge_blocks(), 0);
    }
}

const NESTED: &str = ".python 3.12
.code \"f\"
.argcount 1
.flags 0x3
.varnames x y z
.consts
.body
    RESUME 0
    LOAD_FAST local x
    STORE_FAST local z
outer:
    LOAD_CONST 1
    STORE_FAST local y
inner:
    LOAD_FAST local y
    POP_JUMP_IF_FALSE done
    LOAD_CONST 0
    STORE_FAST local y
    JUMP_BACKWARD inner
done:
    LOAD_FAST local x
    POP_JUMP_IF_TRUE out
    JUMP_BACKWARD outer
out:
    RETURN_CONST None
.end";

#[test]
fn loops_and_liveness() {
    let graph = graph_of(&asm::parse(NESTED).unwrap());
    let loops = graph.loops();
    let headers: Vec<u32> = loops.iter().map(|found| found.header.0).collect();
    assert_eq!(headers, [1, 2]);
    assert_eq!(loops[0].blocks.len(), 5);
    assert_eq!(loops[1].blocks, [BlockId(2), BlockId(3)]);
    assert_eq!(loops[1].parent, Some(0));
    let live = Liveness::of(&graph);
    let names = |block| {
        let mut names: Vec<String> =
            live.live_in(BlockId(block)).iter().map(|v| v.name().to_string()).collect();
        names.sort();
        names.join(" ")
    };
    assert_eq!([names(0), names(1), names(2), names(4)], ["x", "x", "x y", "x"]);
    assert!(live.live_out(BlockId(6)).is_empty());
}

/// A handler that holds for a block keeps alive what it reads, even if the block sets it.
#[test]
fn what_a_handler_reads_is_live() {
    let text = ".python 3.12\n.code \"f\"\n.flags 0x3\n.varnames x\n.argcount 1\n.consts\n.body\nRESUME 0\nA:\nLOAD_GLOBAL g\n\
                STORE_FAST local x\nB:\nRETURN_CONST None\nH:\nPUSH_EXC_INFO\nPOP_TOP\nPOP_EXCEPT\nLOAD_FAST local x\n\
                RETURN_VALUE\n.try A B -> H 0\n.end";
    let graph = graph_of(&asm::parse(text).unwrap());
    assert_eq!(Liveness::of(&graph).live_in(BlockId(1)).len(), 1);
}

#[test]
fn flags_follow_the_instructions() {
    let body = |version: Version, flags: u32, body: &str| {
        let text = format!(
            ".python {version}\n.code \"f\"\n.flags {flags:#x}\n.consts\n.body\n{body}\nLOAD_CONST None\nRETURN_VALUE\n.end"
        );
        Code::of(&asm::parse(&text).unwrap()).unwrap().inferred_flags()
    };
    let (plain, generator, coroutine) = (0x3, 0x23, 0x83);
    assert_eq!(body(Version::Py38, plain, "LOAD_CONST 1\nYIELD_VALUE\nPOP_TOP"), generator | 0x40);
    assert_eq!(body(Version::Py313, plain, "LOAD_CONST 1\nYIELD_VALUE 0\nPOP_TOP"), generator);
    assert_eq!(
        body(Version::Py39, plain, "LOAD_CONST 1\nGET_AWAITABLE\nLOAD_CONST None\nYIELD_FROM\nPOP_TOP"),
        coroutine | 0x40
    );
    assert_eq!(body(Version::Py313, generator, "NOP"), generator);
    assert_eq!(body(Version::Py313, 0x1000003, "NOP"), 0x1000003);
}

/// Time grows with the size of the code, whatever its shape: regions that all overlap, chains of jumps, a line for each
/// instruction of a long block.
#[test]
fn large_code_takes_no_longer_than_its_size() {
    use lancehead_code::passes::{Hooks, Pass, add_hooks, optimize};
    use std::fmt::Write as _;
    const SIZE: usize = 30_000;
    let mut text = String::from(".python 3.13\n.code \"f\"\n.flags 0x3\n.consts\n.body\nRESUME 0 @1\n");
    for n in 0..SIZE {
        writeln!(text, "A{n}:\nNOP @{}\nLOAD_GLOBAL g\nPOP_TOP", n + 2).unwrap();
    }
    for n in 0..SIZE {
        writeln!(text, "J{n}:\nJUMP_FORWARD J{}", n + 1).unwrap();
    }
    writeln!(text, "J{SIZE}:\nRETURN_CONST None\nH:\nPUSH_EXC_INFO\nRERAISE 0").unwrap();
    for n in 0..SIZE {
        writeln!(text, ".try A{n} J0 -> H 0").unwrap();
    }
    text.push_str(".end\n");
    let start = std::time::Instant::now();
    let code = asm::parse(&text).unwrap();
    // Neighbouring entries of the exception table with one handler become one.
    assert_eq!(diff(&code, &graph_of(&code).to_code().assemble().unwrap()), []);
    let small = optimize(&code, Pass::ALL).unwrap();
    assert!(small.code.len() < code.code.len());
    let hooks = Hooks { name: "hook".into(), lines: true, branches: true, starts: true };
    let hooked = add_hooks(&code, &hooks).unwrap();
    // Each line, the start, and the handler, which is reached from other lines.
    assert_eq!(hooked.sites.len(), SIZE + 2);
    let needed = start.elapsed().as_secs_f64();
    println!("{needed:.1} s for {} bytes", code.code.len());
    assert!(needed < 30.0, "{needed:.1} s");
}
