//! Walking two graphs in lock-step.

use std::collections::VecDeque;

use super::nodes::Nodes;
use crate::stack::find;

/// Where two graphs part: a node of each that control reaches at once, and that do not do the same.
pub(super) struct Parting {
    first: usize,
    second: usize,
}

impl Parting {
    pub fn describe(&self, first: &Nodes<'_>, second: &Nodes<'_>) -> String {
        let (a, b) = (&first.nodes[self.first], &second.nodes[self.second]);
        let line =
            |line: Option<u32>| line.map_or("without a line".to_owned(), |line| format!("line {line}"));
        let (a_line, b_line) = (line(a.line), line(b.line));
        match a.text == b.text {
            false => format!("{a_line}: {}; {b_line}: {}", a.text, b.text),
            true => format!("{a_line}, {b_line}: other handlers protect {}", a.text),
        }
    }
}

/// Finds two paths that do not do the same; none when the graphs are bisimilar.
///
/// Pairs are merged as they are found equal (Hopcroft and Karp, 1971), so that no more are looked at than there are
/// nodes.
pub(super) fn first_difference(first: &Nodes<'_>, second: &Nodes<'_>) -> Option<Parting> {
    let offset = first.nodes.len();
    let mut class: Vec<usize> = (0..offset + second.nodes.len()).collect();
    let mut waiting = VecDeque::from([(0, 0)]);
    while let Some((a, b)) = waiting.pop_front() {
        let (a, b) = (first.resolve(a), second.resolve(b));
        let (of_a, of_b) = (find(&mut class, a), find(&mut class, offset + b));
        if of_a == of_b {
            continue;
        }
        class[of_a] = of_b;
        let (Some(mine), Some(theirs)) = (first.nodes.get(a), second.nodes.get(b)) else { continue };
        let protected = |handler: Option<(usize, u32, bool)>| handler.map(|(_, depth, lasti)| (depth, lasti));
        let same = mine.text == theirs.text
            && mine.next.len() == theirs.next.len()
            && protected(mine.handler) == protected(theirs.handler);
        if !same {
            return Some(Parting { first: a, second: b });
        }
        waiting.extend(mine.next.iter().copied().zip(theirs.next.iter().copied()));
        if let (Some((mine, ..)), Some((theirs, ..))) = (mine.handler, theirs.handler) {
            waiting.push_back((mine, theirs));
        }
    }
    None
}
