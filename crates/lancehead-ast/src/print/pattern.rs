//! The patterns of `match`.

use super::level::{Level, Slot};
use super::line::Line;
use crate::node::{Constant, Expr, Identifier, Pattern};

impl<'a> Line<'a> {
    /// Queues the parts of `pattern`; `tight` where `as` and `|` need parentheses.
    pub(super) fn expand_pattern(&mut self, pattern: &'a Pattern, tight: bool) {
        let loose = matches!(pattern, Pattern::Or(_) | Pattern::As { pattern: Some(_), name: Some(_) });
        let parenthesise = tight && loose;
        if parenthesise {
            self.open("(");
        }
        self.queue_pattern(pattern);
        if parenthesise {
            self.close(")", false);
        }
    }

    fn queue_pattern(&mut self, pattern: &'a Pattern) {
        match pattern {
            Pattern::Value(value) => self.expr(value, Slot::TEST),
            Pattern::Singleton(constant) => self.text(match constant {
                Constant::Bool(true) => "True",
                Constant::Bool(false) => "False",
                _ => "None",
            }),
            Pattern::Sequence(patterns) => {
                self.open("[");
                self.patterns(patterns);
                self.close("]", false);
            }
            Pattern::Mapping { keys, patterns, rest } => self.mapping(keys, patterns, rest.as_ref()),
            Pattern::Class { cls, patterns, kwd_attrs, kwd_patterns } => {
                self.expr(cls, Slot::At(Level::Atom));
                self.open("(");
                self.patterns(patterns);
                for (i, (name, pattern)) in kwd_attrs.iter().zip(kwd_patterns).enumerate() {
                    if i > 0 || !patterns.is_empty() {
                        self.comma();
                    }
                    self.identifier(name);
                    self.text("=");
                    self.pattern(pattern, false);
                }
                self.close(")", false);
            }
            Pattern::Star(name) => {
                self.text("*");
                self.capture(name.as_ref());
            }
            Pattern::As { pattern: Some(pattern), name: Some(name) } => {
                // `p | q as x` needs no parentheses, `(p as x) as y` does.
                self.pattern(pattern, matches!(**pattern, Pattern::As { .. }));
                self.text(" as ");
                self.identifier(name);
            }
            Pattern::As { pattern: Some(pattern), name: None } => self.pattern(pattern, true),
            Pattern::As { pattern: None, name } => self.capture(name.as_ref()),
            Pattern::Or(alternatives) => {
                for (i, alternative) in alternatives.iter().enumerate() {
                    if i > 0 {
                        self.text(" | ");
                    }
                    self.pattern(alternative, true);
                }
            }
        }
    }

    fn patterns(&mut self, patterns: &'a [Pattern]) {
        for (i, pattern) in patterns.iter().enumerate() {
            if i > 0 {
                self.comma();
            }
            self.pattern(pattern, false);
        }
    }

    fn capture(&mut self, name: Option<&'a Identifier>) {
        match name {
            Some(name) => self.identifier(name),
            None => self.text("_"),
        }
    }

    fn mapping(&mut self, keys: &'a [Expr], patterns: &'a [Pattern], rest: Option<&'a Identifier>) {
        self.open("{");
        for (i, (key, pattern)) in keys.iter().zip(patterns).enumerate() {
            if i > 0 {
                self.comma();
            }
            self.expr(key, Slot::TEST);
            self.text(": ");
            self.pattern(pattern, false);
        }
        if let Some(rest) = rest {
            if !keys.is_empty() {
                self.comma();
            }
            self.text("**");
            self.identifier(rest);
        }
        self.close("}", false);
    }
}
