//! The code objects of a module, as one tree.

use crate::{CodeObject, Object};

/// Which code object of a [`CodeTree`] is meant: its place in preorder, 0 for the root.
///
/// A code object that stands in several places of the tree (marshal data may refer to one object twice) has an index for
/// each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CodeIndex(pub u32);

impl CodeIndex {
    /// The root of every tree.
    pub const ROOT: CodeIndex = CodeIndex(0);

    /// The index as an index of slices.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// One code object in its tree.
#[derive(Debug, Clone, Copy)]
struct Node<'a> {
    code: &'a CodeObject,
    parent: Option<CodeIndex>,
    /// How many code objects are around it.
    depth: u32,
    /// The index behind the last one within it.
    end: u32,
}

/// A code object and all those nested in its constants, in preorder: the order in which they stand in the file.
///
/// ```
/// use lancehead_pyc::{CodeIndex, CodeObject, CodeTree, Object, Version};
///
/// let mut module = CodeObject::new(Version::Py312);
/// module.consts.push(Object::Code(Box::new(CodeObject::new(Version::Py312))).into());
/// let tree = CodeTree::of(&module);
/// assert_eq!(tree.len(), 2);
/// assert_eq!(tree.children(CodeIndex::ROOT).collect::<Vec<_>>(), [CodeIndex(1)]);
/// assert_eq!(tree.parent(CodeIndex(1)), Some(CodeIndex::ROOT));
/// ```
#[derive(Debug, Clone)]
pub struct CodeTree<'a> {
    nodes: Vec<Node<'a>>,
}

impl<'a> CodeTree<'a> {
    /// The tree under `root`.
    pub fn of(root: &'a CodeObject) -> CodeTree<'a> {
        let mut tree = CodeTree { nodes: Vec::new() };
        tree.add(root, None, 0);
        tree.measure();
        tree
    }

    /// The tree of a module that holds `code` alone, although it is not among its constants.
    pub fn around(module: &'a CodeObject, code: &'a CodeObject) -> CodeTree<'a> {
        let root = Node { code: module, parent: None, depth: 0, end: 0 };
        let mut tree = CodeTree { nodes: vec![root] };
        tree.add(code, Some(CodeIndex::ROOT), 1);
        tree.measure();
        tree
    }

    fn add(&mut self, code: &'a CodeObject, parent: Option<CodeIndex>, depth: u32) {
        let mut waiting = vec![(code, parent, depth)];
        while let Some((code, parent, depth)) = waiting.pop() {
            let own = CodeIndex(self.nodes.len() as u32);
            self.nodes.push(Node { code, parent, depth, end: own.0 + 1 });
            let nested = code.consts.iter().rev().filter_map(|constant| match &**constant {
                Object::Code(inner) => Some((&**inner, Some(own), depth + 1)),
                _ => None,
            });
            waiting.extend(nested);
        }
    }

    fn measure(&mut self) {
        for at in (0..self.nodes.len()).rev() {
            let end = self.nodes[at].end.max(at as u32 + 1);
            self.nodes[at].end = end;
            if let Some(parent) = self.nodes[at].parent {
                let around = &mut self.nodes[parent.index()].end;
                *around = end.max(*around);
            }
        }
    }

    /// How many code objects there are; at least one.
    #[allow(clippy::len_without_is_empty, reason = "a tree has a root")]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// All indices, in preorder.
    pub fn indices(&self) -> impl DoubleEndedIterator<Item = CodeIndex> + use<> {
        (0..self.nodes.len() as u32).map(CodeIndex)
    }

    /// The code object at an index.
    pub fn code(&self, index: CodeIndex) -> &'a CodeObject {
        self.nodes[index.index()].code
    }

    /// The code object around one; none around the root.
    pub fn parent(&self, index: CodeIndex) -> Option<CodeIndex> {
        self.nodes[index.index()].parent
    }

    /// How many code objects are around one.
    pub fn depth(&self, index: CodeIndex) -> u32 {
        self.nodes[index.index()].depth
    }

    /// A code object and all those within it, in preorder.
    pub fn subtree(&self, index: CodeIndex) -> impl DoubleEndedIterator<Item = CodeIndex> + use<> {
        (index.0..self.nodes[index.index()].end).map(CodeIndex)
    }

    /// The code objects directly within one, in the order of its constants.
    pub fn children(&self, index: CodeIndex) -> impl Iterator<Item = CodeIndex> {
        let end = self.nodes[index.index()].end;
        let first = (index.0 + 1 < end).then_some(index.0 + 1);
        let next = move |at: &u32| Some(self.nodes[*at as usize].end).filter(|next| *next < end);
        std::iter::successors(first, next).map(CodeIndex)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Version;

    fn code(name: &str, inner: Vec<CodeObject>) -> CodeObject {
        let mut code = CodeObject::new(Version::Py312);
        code.name = name.into();
        code.consts = inner.into_iter().map(|code| Object::Code(Box::new(code)).into()).collect();
        code
    }

    #[test]
    fn preorder_with_parents() {
        let root = code("m", vec![code("a", vec![code("b", vec![])]), code("c", vec![])]);
        let tree = CodeTree::of(&root);
        let names: Vec<String> = tree.indices().map(|at| tree.code(at).name.to_string()).collect();
        assert_eq!(names, ["m", "a", "b", "c"]);
        let children = |at: u32| tree.children(CodeIndex(at)).map(|at| at.0).collect::<Vec<_>>();
        assert_eq!(
            [children(0), children(1), children(2), children(3)],
            [vec![1, 3], vec![2], vec![], vec![]]
        );
        assert_eq!(tree.subtree(CodeIndex(1)).map(|at| at.0).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(tree.depth(CodeIndex(2)), 2);
    }

    #[test]
    fn code_that_stands_alone() {
        let (module, lone) = (code("m", vec![]), code("f", vec![code("g", vec![])]));
        let tree = CodeTree::around(&module, &lone);
        assert_eq!(tree.len(), 3);
        assert_eq!(tree.children(CodeIndex::ROOT).collect::<Vec<_>>(), [CodeIndex(1)]);
        assert_eq!(tree.subtree(CodeIndex::ROOT).count(), 3);
    }
}
