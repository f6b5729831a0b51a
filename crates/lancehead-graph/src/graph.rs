//! Directed graphs with dense node numbers.

/// A directed graph whose nodes are 0 to `len - 1`. Edges may repeat.
///
/// Both directions are stored as flat lists, so that building is linear and walking touches little memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Graph {
    successors: Adjacency,
    predecessors: Adjacency,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Adjacency {
    /// By node: where its neighbours begin in `neighbours`; one more entry at the end.
    starts: Vec<u32>,
    neighbours: Vec<u32>,
}

impl Adjacency {
    fn new(len: usize, edges: &[(u32, u32)]) -> Adjacency {
        let mut starts = vec![0u32; len + 1];
        for &(from, _) in edges {
            starts[from as usize + 1] += 1;
        }
        for node in 0..len {
            starts[node + 1] += starts[node];
        }
        let mut next = starts.clone();
        let mut neighbours = vec![0; edges.len()];
        for &(from, to) in edges {
            neighbours[next[from as usize] as usize] = to;
            next[from as usize] += 1;
        }
        Adjacency { starts, neighbours }
    }

    fn of(&self, node: u32) -> &[u32] {
        let node = node as usize;
        &self.neighbours[self.starts[node] as usize..self.starts[node + 1] as usize]
    }
}

impl Graph {
    /// A graph of `len` nodes with these edges; the order of a node's edges is kept.
    ///
    /// # Panics
    /// When an edge leads from or to a node that is not there.
    pub fn new(len: usize, edges: &[(u32, u32)]) -> Graph {
        let reversed: Vec<(u32, u32)> = edges.iter().map(|&(from, to)| (to, from)).collect();
        Graph { successors: Adjacency::new(len, edges), predecessors: Adjacency::new(len, &reversed) }
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.successors.starts.len() - 1
    }

    /// Whether there are no nodes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where edges from `node` lead.
    pub fn successors(&self, node: u32) -> &[u32] {
        self.successors.of(node)
    }

    /// Where edges to `node` come from.
    pub fn predecessors(&self, node: u32) -> &[u32] {
        self.predecessors.of(node)
    }

    /// Every node that can be reached from `entry`, each before its successors except along back edges.
    pub fn reverse_postorder(&self, entry: u32) -> Vec<u32> {
        let mut order = Vec::with_capacity(self.len());
        let mut seen = vec![false; self.len()];
        let mut path: Vec<(u32, usize)> = Vec::new();
        if let Some(first) = seen.get_mut(entry as usize) {
            *first = true;
            path.push((entry, 0));
        }
        while let Some((node, next)) = path.last_mut() {
            let Some(&successor) = self.successors.of(*node).get(*next) else {
                order.push(*node);
                path.pop();
                continue;
            };
            *next += 1;
            if !std::mem::replace(&mut seen[successor as usize], true) {
                path.push((successor, 0));
            }
        }
        order.reverse();
        order
    }
}
