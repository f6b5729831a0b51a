//! What has become of the code objects nested in one: the contract between the driver and what executes the code around.
//!
//! Children are decompiled before their parent, so that executing the parent only looks results up. What a result still
//! lacks is known to the parent alone and is put in there: the defaults of a function, the first iterable of a
//! comprehension, the arguments of a hidden function of type parameters.

use std::cell::{Cell, OnceCell};

use lancehead_ast::{Expr, Suite};
use lancehead_pyc::{CodeId, CodeIndex, CodeObject, CodeTree};
use rustc_hash::FxHashMap;

use crate::code::budget::{Budget, MAX_NESTED_NODES};
use crate::code::definition::Definition;
use crate::code::failure::{Failure, Outcome};

/// What one code object became.
#[derive(Debug, Default)]
pub struct Decompiled {
    /// What it is in the source.
    pub content: Content,
    /// Its statements as they were before they were finished, if it may be a function that evaluates annotations or a part of a type
    /// parameter: that takes the caller to know.
    pub evaluated: Option<Suite>,
    /// How large it is, all that is nested in it included: statements of a suite, nodes of an expression.
    pub size: u64,
}

/// What a code object is in the source.
#[derive(Debug, Default)]
pub enum Content {
    /// Nothing: it is not decompiled yet, its body was put into the definition already, or it failed.
    #[default]
    Nothing,
    /// The body of a module, class or function.
    Body(Suite),
    /// The body of a lambda, or a comprehension whose first iterable is still the hidden parameter.
    Expression(Expr),
    /// The function, class or alias that a hidden function of type parameters returns.
    Generic(Definition),
    /// It could not be recovered, and the code around it cannot do without it.
    Failed(Failure),
}

/// The results so far, by the index of the code object.
#[derive(Debug)]
pub struct Results(Vec<Decompiled>);

impl Results {
    /// Results of this many code objects, none of them known.
    pub fn new(count: usize) -> Results {
        Results(std::iter::repeat_with(Decompiled::default).take(count).collect())
    }

    /// The result of a code object.
    pub fn of(&self, index: CodeIndex) -> &Decompiled {
        &self.0[index.index()]
    }

    /// The result of a code object, to be taken or replaced.
    pub fn of_mut(&mut self, index: CodeIndex) -> &mut Decompiled {
        &mut self.0[index.index()]
    }
}

/// The code objects directly within the one that is decompiled.
#[derive(Debug, Clone)]
pub struct Nested<'a> {
    /// All code objects.
    tree: &'a CodeTree<'a>,
    /// The one that is decompiled.
    own: CodeIndex,
    results: &'a Results,
    by_code: OnceCell<FxHashMap<CodeId, CodeIndex>>,
    /// How many nodes of expressions were copied out of the results.
    copied: Cell<u64>,
}

impl<'a> Nested<'a> {
    /// What is nested in the code object at `own`.
    pub fn new(tree: &'a CodeTree<'a>, own: CodeIndex, results: &'a Results) -> Nested<'a> {
        Nested { tree, own, results, by_code: OnceCell::new(), copied: Cell::new(0) }
    }

    /// The index of a code object that is among the constants.
    pub fn find(&self, code: &CodeObject) -> Option<CodeIndex> {
        let children =
            || self.tree.children(self.own).map(|child| (CodeId::of(self.tree.code(child)), child));
        self.by_code.get_or_init(|| children().collect()).get(&CodeId::of(code)).copied()
    }

    /// The code object at an index.
    pub fn code(&self, index: CodeIndex) -> &'a CodeObject {
        self.tree.code(index)
    }

    /// The body of a lambda, or a comprehension.
    ///
    /// # Errors
    /// [`Failure::Expression`] if the code is no expression, [`Failure::TooComplex`] if too much is copied.
    pub fn expression(&self, index: CodeIndex) -> Outcome<Expr> {
        let result = self.results.of(index);
        match &result.content {
            Content::Expression(expr) => {
                self.copied.set(self.copied.get() + result.size);
                match self.copied.get() > MAX_NESTED_NODES {
                    true => Err(Failure::TooComplex(Budget::NestedNodes)),
                    false => Ok(expr.clone()),
                }
            }
            Content::Failed(failure) => Err(failure.clone()),
            _ => failed("code in an expression that is no expression"),
        }
    }

    /// The definition that a hidden function of type parameters returns.
    ///
    /// # Errors
    /// Why there is none.
    pub fn generic(&self, index: CodeIndex) -> Outcome<Definition> {
        match &self.results.of(index).content {
            Content::Generic(definition) => Ok(definition.clone()),
            Content::Failed(failure) => Err(failure.clone()),
            _ => failed("type parameters of nothing"),
        }
    }

    /// The statements of a function that evaluates annotations or a part of a type parameter.
    ///
    /// # Errors
    /// Why there are none.
    pub fn evaluated(&self, index: CodeIndex) -> Outcome<Suite> {
        let result = self.results.of(index);
        match (&result.evaluated, &result.content) {
            (Some(suite), _) => Ok(suite.clone()),
            (None, Content::Failed(failure)) => Err(failure.clone()),
            (None, _) => failed("an evaluator that does more than evaluate"),
        }
    }
}

fn failed<T>(what: &'static str) -> Outcome<T> {
    Err(Failure::Expression { what, offset: 0 })
}
