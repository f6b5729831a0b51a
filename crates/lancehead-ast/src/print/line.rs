//! One logical line: a queue of tasks instead of recursion.
//!
//! To print a node is to queue what it consists of, in reading order; [`Line::run`] works the queue off depth
//! first. So the depth of the tree costs memory in proportion, and never stack. What has no parts, and nothing queued
//! before it, is written at once.

use super::ProblemKind;
use super::first::first_line;
use super::fragment::{Fragment, Fragments};
use super::level::Slot;
use super::string::Quotes;
use crate::node::{Expr, ExprKind, Pattern};
use crate::syntax::{Syntax, is_identifier, plain_identifier};
use lancehead_pyc::{PyStr, Version};

/// The tokenizer's own limit on nested brackets.
const MAX_BRACKETS: usize = 200;

/// A step of printing.
#[derive(Debug, Clone)]
pub(super) enum Task<'a> {
    Text(&'static str),
    Owned(String),
    Identifier(&'a PyStr),
    /// An expression; with `true`, the line may be broken at its own operators or commas.
    Expr(&'a Expr, Slot, bool),
    /// A pattern; `tight` where `as` and `|` need parentheses.
    Pattern(&'a Pattern, bool),
    Layout(Fragment),
}

/// A logical line in the making.
#[derive(Debug)]
pub(super) struct Line<'a> {
    pub version: Version,
    pub syntax: Syntax,
    pub fragments: Fragments,
    pub problems: Vec<ProblemKind>,
    /// What the strings in it may be quoted with; restricted inside an f-string.
    pub quotes: Quotes,
    /// Whether this is the text of an annotation as CPython's compiler stores it (`Python/ast_unparse.c`), which
    /// differs from what reads best in a few places.
    pub as_annotation: bool,
    /// Whether parts are put on their original lines, for which f-strings are taken apart.
    pub keeps_lines: bool,
    /// How many f-strings stand around it.
    pub fstring_depth: usize,
    pending: Vec<Task<'a>>,
    stack: Vec<Task<'a>>,
    brackets: usize,
}

impl<'a> Line<'a> {
    /// An empty line.
    pub(super) fn new(version: Version) -> Self {
        Line {
            version,
            syntax: Syntax::of(version),
            fragments: Fragments::with_room(),
            problems: Vec::new(),
            quotes: Quotes::default(),
            as_annotation: false,
            keeps_lines: false,
            fstring_depth: 0,
            pending: Vec::with_capacity(16),
            stack: Vec::with_capacity(16),
            brackets: 0,
        }
    }

    /// Queues a token.
    pub(super) fn text(&mut self, text: &'static str) {
        match self.pending.is_empty() {
            true => self.fragments.text(text),
            false => self.pending.push(Task::Text(text)),
        }
    }

    /// Queues text made for the occasion.
    pub(super) fn owned(&mut self, text: String) {
        match self.pending.is_empty() {
            true => self.fragments.text(&text),
            false => self.pending.push(Task::Owned(text)),
        }
    }

    /// Queues an expression for a place that takes what `slot` says.
    pub(super) fn expr(&mut self, expr: &'a Expr, slot: Slot) {
        match &expr.kind {
            ExprKind::Name(name) if self.pending.is_empty() && !self.keeps_lines => {
                self.write_identifier(name)
            }
            _ => self.pending.push(Task::Expr(expr, slot, false)),
        }
    }

    /// Queues an expression that may be spread over several lines, in parentheses that appear only then.
    pub(super) fn spread(&mut self, expr: &'a Expr, slot: Slot) {
        // With a comma it must not become another tuple, nor a call.
        let comma = matches!(&expr.kind, ExprKind::Tuple(items) if items.len() > 1);
        self.open_optional();
        self.breakable(expr, slot);
        self.close_optional(comma);
    }

    /// Queues an expression that may be broken at its own operators or commas: there are brackets around it.
    pub(super) fn breakable(&mut self, expr: &'a Expr, slot: Slot) {
        self.pending.push(Task::Expr(expr, slot, true));
    }

    /// Queues a name, dotted or not.
    pub(super) fn identifier(&mut self, name: &'a PyStr) {
        match self.pending.is_empty() {
            true => self.write_identifier(name),
            false => self.pending.push(Task::Identifier(name)),
        }
    }

    /// Queues a pattern.
    pub(super) fn pattern(&mut self, pattern: &'a Pattern, tight: bool) {
        self.pending.push(Task::Pattern(pattern, tight));
    }

    /// Queues an opening bracket with what follows free to be broken.
    pub(super) fn open(&mut self, bracket: &'static str) {
        self.text(bracket);
        self.fragment(Fragment::Open { optional: false });
    }

    /// Queues the closing bracket; `comma` when a trailing comma is welcome.
    pub(super) fn close(&mut self, bracket: &'static str, comma: bool) {
        self.fragment(Fragment::Close { optional: false, comma });
        self.text(bracket);
    }

    /// Queues parentheses that appear only where the line is too long.
    pub(super) fn open_optional(&mut self) {
        self.fragment(Fragment::Open { optional: true });
    }

    /// Ends [`Line::open_optional`].
    pub(super) fn close_optional(&mut self, comma: bool) {
        self.fragment(Fragment::Close { optional: true, comma });
    }

    /// Queues a place to break, a blank otherwise.
    pub(super) fn space(&mut self) {
        self.fragment(Fragment::Break { space: true });
    }

    /// Queues the mark that what follows began on `line`, if that is asked for and known.
    pub(super) fn at(&mut self, line: u32) {
        if self.keeps_lines && line > 0 {
            self.fragment(Fragment::At(line));
        }
    }

    /// Queues the mark that what follows began on the line of `expr`.
    pub(super) fn at_start(&mut self, expr: &Expr) {
        if self.keeps_lines {
            self.at(first_line(expr));
        }
    }

    fn fragment(&mut self, fragment: Fragment) {
        match self.pending.is_empty() {
            true => self.layout(fragment),
            false => self.pending.push(Task::Layout(fragment)),
        }
    }

    /// Queues a comma and a place to break.
    pub(super) fn comma(&mut self) {
        self.text(",");
        self.space();
    }

    /// Queues items with commas between them.
    pub(super) fn items(&mut self, items: &'a [Expr], slot: Slot) {
        for (i, item) in items.iter().enumerate() {
            if i > 0 {
                self.comma();
            }
            self.expr(item, slot);
        }
    }

    /// Works off all that is queued.
    pub(super) fn run(&mut self) {
        self.stack.extend(self.pending.drain(..).rev());
        while let Some(task) = self.stack.pop() {
            match task {
                Task::Text(text) => self.fragments.text(text),
                Task::Owned(text) => self.fragments.text(&text),
                Task::Identifier(name) => self.write_identifier(name),
                Task::Layout(fragment) => self.layout(fragment),
                Task::Expr(expr, slot, breaks) => {
                    self.expand(expr, slot, breaks);
                    self.stack.extend(self.pending.drain(..).rev());
                }
                Task::Pattern(pattern, tight) => {
                    self.expand_pattern(pattern, tight);
                    self.stack.extend(self.pending.drain(..).rev());
                }
            }
        }
    }

    fn layout(&mut self, fragment: Fragment) {
        match fragment {
            Fragment::Open { .. } => {
                self.brackets += 1;
                if self.brackets == MAX_BRACKETS + 1 {
                    self.problems.push(ProblemKind::TooManyBrackets);
                }
            }
            Fragment::Close { .. } => self.brackets = self.brackets.saturating_sub(1),
            _ => {}
        }
        self.fragments.push(fragment);
    }

    fn write_identifier(&mut self, name: &PyStr) {
        if let Some(plain) = plain_identifier(name) {
            return self.fragments.text(plain);
        }
        let text = name.to_string_lossy();
        if name.to_str().is_none() || !text.split('.').all(is_identifier) {
            self.problems.push(ProblemKind::InvalidIdentifier(text.escape_debug().to_string()));
        }
        // No character of a bad name may reach the text as it is: a newline in it would be code.
        if text.chars().all(|c| !c.is_control() && c != '#') {
            self.fragments.text(&text);
        } else {
            self.fragments.text(&text.chars().filter(|c| c.is_alphanumeric()).collect::<String>());
        }
    }
}
