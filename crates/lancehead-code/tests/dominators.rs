//! Holds dominators against petgraph's, on random graphs and on chains that are hard for iterative methods.

use lancehead_code::cfg::{Dominators, Graph};
use petgraph::algo::dominators::simple_fast;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::Reversed;
use proptest::prelude::*;

fn edges() -> impl Strategy<Value = (u32, Vec<(u32, u32)>)> {
    (1u32..40).prop_flat_map(|len| (Just(len), prop::collection::vec((0..len, 0..len), 0..120)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn equal_to_petgraph((len, edges) in edges()) {
        let ours = Dominators::of(&Graph::new(len as usize, &edges), 0);
        let mut theirs = DiGraph::<(), ()>::from_edges(&edges);
        while theirs.node_count() < len as usize {
            theirs.add_node(());
        }
        let theirs = simple_fast(&theirs, NodeIndex::new(0));
        for node in 0..len {
            let theirs_immediate = theirs.immediate_dominator(NodeIndex::new(node as usize));
            prop_assert_eq!(ours.immediate(node), theirs_immediate.map(|n| n.index() as u32));
            let chain: Vec<u32> =
                theirs.dominators(NodeIndex::new(node as usize)).into_iter().flatten().map(|n| n.index() as u32).collect();
            for other in 0..len {
                prop_assert_eq!(ours.dominates(other, node), chain.contains(&other));
            }
        }
    }

    #[test]
    fn post_dominators_are_dominators_of_the_reversed_graph((len, edges) in edges()) {
        let graph = Graph::new(len as usize, &edges);
        let ours = Dominators::post(&graph);
        let exits = (0..len).filter(|&node| graph.successors(node).is_empty());
        let with_end: Vec<(u32, u32)> = edges.iter().copied().chain(exits.map(|exit| (exit, len))).collect();
        let mut theirs = DiGraph::<(), ()>::from_edges(&with_end);
        while theirs.node_count() < len as usize + 1 {
            theirs.add_node(());
        }
        let theirs = simple_fast(Reversed(&theirs), NodeIndex::new(len as usize));
        for node in 0..len {
            let theirs_immediate = theirs.immediate_dominator(NodeIndex::new(node as usize));
            prop_assert_eq!(ours.immediate(node), theirs_immediate.map(|n| n.index() as u32));
        }
    }
}

/// A long function in one `try`: every block has an edge to the handler.
#[test]
fn one_handler_for_many_blocks_takes_no_time() {
    let len = 400_000;
    let handler = len - 1;
    let edges: Vec<(u32, u32)> =
        (0..handler - 1).flat_map(|node| [(node, node + 1), (node, handler)]).collect();
    let graph = Graph::new(len as usize, &edges);
    let begin = std::time::Instant::now();
    let dominators = Dominators::of(&graph, 0);
    assert_eq!(dominators.immediate(handler), Some(0));
    assert_eq!(Dominators::post(&graph).immediate(0), Some(len));
    assert!(begin.elapsed().as_secs() < 5, "{:?}", begin.elapsed());
}
