//! Decompiles one code object of a finished module once more, in another form, at the cost of that code object alone.

use lancehead_ast::{Module, Stmt, StmtKind, Suite};
use lancehead_pyc::CodeIndex;

use super::{Driver, Kind, place};
use crate::code::form::Form;
use crate::code::nested::Content;
use crate::tree::visit::suites_mut;

/// A body that was replaced: its definitions are empty.
#[derive(Debug)]
pub struct Replaced {
    code: CodeIndex,
    body: Suite,
    form: Form,
}

impl Driver<'_> {
    /// Puts the body of a code object in this form into the module. Gives the one that it had, to be [put back](Driver::put_back);
    /// `None`, and nothing changes, where it has no body in the module or none in this form.
    pub fn again(&mut self, code: CodeIndex, form: Form, module: &mut Module) -> Option<Replaced> {
        let kind = match code {
            CodeIndex::ROOT => crate::finish::Kind::Module,
            _ => match Kind::of(self.tree.code(code)) {
                Kind::Body(kind) => kind,
                _ => return None,
            },
        };
        let before = self.reports[code.index()].as_ref()?.form;
        let body = self.take_out(code, module)?;
        match self.body_in(code, kind, form) {
            Ok((suite, _)) => {
                self.recovered(code, form);
                self.put_in(code, suite, module);
                Some(Replaced { code, body, form: before })
            }
            Err(_) => {
                self.put_back(Replaced { code, body, form: before }, module);
                None
            }
        }
    }

    /// Undoes [`Driver::again`].
    pub fn put_back(&mut self, replaced: Replaced, module: &mut Module) {
        let Replaced { code, mut body, form } = replaced;
        self.take_out(code, module);
        place::bodies(&mut body, &mut self.results);
        self.recovered(code, form);
        self.put_in(code, body, module);
    }

    /// Takes the body of a code object out of the module, and the bodies within it out of that.
    fn take_out(&mut self, code: CodeIndex, module: &mut Module) -> Option<Suite> {
        let chain = self.chain(code);
        let mut taken = None;
        each_body_at(&mut module.body, &chain, &mut |body| taken = Some(std::mem::take(body)));
        let mut body = taken?;
        place::each_definition(&mut body, &mut |inner, body| {
            if !body.is_empty() {
                self.results.of_mut(inner).content = Content::Body(std::mem::take(body));
            }
        });
        Some(body)
    }

    fn put_in(&mut self, code: CodeIndex, suite: Suite, module: &mut Module) {
        let chain = self.chain(code);
        each_body_at(&mut module.body, &chain, &mut |body| *body = suite.clone());
    }

    /// The definitions to go through to reach the body of a code object, itself last.
    fn chain(&self, code: CodeIndex) -> Vec<CodeIndex> {
        let around = std::iter::successors(Some(code), |at| self.tree.parent(*at));
        let has_body = |at: &CodeIndex| matches!(Kind::of(self.tree.code(*at)), Kind::Body(_));
        let mut chain: Vec<_> = around.filter(|at| *at != CodeIndex::ROOT && has_body(at)).collect();
        chain.reverse();
        chain
    }
}

/// Calls `visit` with each body that a chain of definitions leads to.
fn each_body_at(suite: &mut Suite, chain: &[CodeIndex], visit: &mut dyn FnMut(&mut Suite)) {
    let Some((next, rest)) = chain.split_first() else { return visit(suite) };
    place::each_definition(suite, &mut |code, body| {
        if code == *next {
            each_body_at(body, rest, visit);
        }
    });
}

/// Calls `visit` with the body of the module (as that of [`CodeIndex::ROOT`]) and of each definition in it that a code object
/// was decompiled to, before those within it.
pub fn each_body(module: &mut Module, visit: &mut dyn FnMut(CodeIndex, &mut Suite)) {
    visit(CodeIndex::ROOT, &mut module.body);
    within(&mut module.body, visit);
}

fn within(suite: &mut [Stmt], visit: &mut dyn FnMut(CodeIndex, &mut Suite)) {
    for stmt in suite {
        let (code, body) = match &mut stmt.kind {
            StmtKind::FunctionDef(def) => (def.code, &mut def.body),
            StmtKind::ClassDef(def) => (def.code, &mut def.body),
            _ => {
                suites_mut(stmt, &mut |inner| within(inner, visit));
                continue;
            }
        };
        code.into_iter().for_each(|code| visit(code, body));
        within(body, visit);
    }
}
