//! Other forms of the code objects that are not proven, each tried at its own cost.

use std::collections::BTreeSet;

use lancehead_ast::{Module, parse_module};
use lancehead_check::{check_definition_by, check_module_itself_by};
use lancehead_decompile::{Form, Replaced, Status};
use lancehead_pyc::CodeIndex;

use super::excerpt::{excerpt, outline};
use super::{Job, Verdict};
use crate::isolate;
use crate::line_map::Anchors;
use crate::text::Text;

impl Job<'_> {
    /// Tries other forms for what is not proven, and keeps those that are. Tells whether the module has changed.
    pub(super) fn try_forms(&mut self) -> bool {
        let mut changed = false;
        for form in [Form::Temporaries, Form::Dispatch] {
            let unproven = self.unproven();
            if unproven.is_empty() {
                break;
            }
            let before = self.verdicts.clone();
            let again = |code: CodeIndex| Some((code, self.driver.again(code, form, &mut self.module)?));
            // What is within others comes first: it is taken out of them and put in again.
            let replaced: Vec<(CodeIndex, Replaced)> = unproven.into_iter().rev().filter_map(again).collect();
            self.check_again(replaced.iter().map(|(code, _)| *code));
            let mut dropped = Vec::new();
            let mut kept = Vec::new();
            for (code, replaced) in replaced.into_iter().rev() {
                match self.verdicts[code.index()].is_proven() {
                    true => kept.push(code),
                    false => dropped.push((code, replaced)),
                }
            }
            changed |= !kept.is_empty();
            if kept.is_empty() {
                self.verdicts = before;
            }
            let codes: Vec<CodeIndex> = dropped.iter().map(|(code, _)| *code).collect();
            for (_, replaced) in dropped {
                self.driver.put_back(replaced, &mut self.module);
            }
            if !kept.is_empty() && !codes.is_empty() {
                self.check_again(codes.into_iter());
            }
        }
        changed
    }

    /// The code objects that have source which is not proven.
    fn unproven(&self) -> Vec<CodeIndex> {
        let reports = self.driver.reports().filter(|report| report.code >= self.root());
        let recovered = reports.filter(|report| report.status == Status::Recovered);
        let is_unproven = |code: &CodeIndex| matches!(self.verdicts[code.index()], Verdict::Unproven { .. });
        // Of a text that is no Python, the module is to blame only if it is none without its definitions.
        let spoils = || self.reparsed(&outline(&self.module)).is_none();
        let is_whole = |code: &CodeIndex| self.is_unreadable && *code == CodeIndex::ROOT && !spoils();
        recovered.map(|report| report.code).filter(|code| is_unproven(code) && !is_whole(code)).collect()
    }

    /// Checks what some code objects have to do with: all in and around them, but for the module; and the module itself
    /// if it is one of them.
    pub(super) fn check_again(&mut self, codes: impl Iterator<Item = CodeIndex>) {
        let codes: BTreeSet<CodeIndex> = codes.collect();
        if self.stands_alone {
            if !codes.is_empty() {
                let text = self.text(&[]);
                self.check_all(&text);
            }
            return;
        }
        let mut tops: BTreeSet<CodeIndex> = BTreeSet::new();
        for code in &codes {
            match self.top(*code) {
                Some(top) => _ = tops.insert(top),
                None => self.check_module_itself(),
            }
        }
        for top in tops {
            self.check_top(top);
        }
    }

    /// The code object directly within the module that one is in, or is; none for the module.
    fn top(&self, code: CodeIndex) -> Option<CodeIndex> {
        let tree = self.driver.tree();
        let around = std::iter::successors(Some(code), |at| tree.parent(*at));
        around.filter(|at| *at != CodeIndex::ROOT).last()
    }

    fn check_top(&mut self, top: CodeIndex) {
        let tree = self.driver.tree();
        let is_within = |code: CodeIndex| self.top(code) == Some(top);
        let excerpt = excerpt(&self.module, &is_within);
        let code = tree.code(top);
        let Some((module, anchors)) = self.reparsed(&excerpt) else { return };
        let compilers = &mut self.compilers;
        if let Ok(verdicts) = isolate::catch(|| check_definition_by(code, &module, compilers)) {
            self.record(&verdicts, &anchors);
        }
    }

    fn check_module_itself(&mut self) {
        let Some((module, anchors)) = self.reparsed(&outline(&self.module)) else { return };
        let compilers = &mut self.compilers;
        if let Ok(verdict) = isolate::catch(|| check_module_itself_by(self.code, &module, compilers)) {
            self.record(&[verdict], &anchors);
        }
    }

    /// A part of the module, printed and parsed.
    fn reparsed(&self, part: &Module) -> Option<(Module, Anchors)> {
        let text = Text::of(part, self.code.version, self.options, &[]);
        let parsed = isolate::catch(|| parse_module(&text.source, self.code.version)).ok()?.ok()?;
        Some((parsed, Anchors::of(part, &text.statements)))
    }
}
