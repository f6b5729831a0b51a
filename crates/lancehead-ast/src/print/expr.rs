//! Expressions.

use super::first::{first_line, first_operand};
use super::level::{Level, Slot, binary, boolean, unary};
use super::line::Line;
use super::{ProblemKind, number, string};
use crate::node::*;
use lancehead_pyc::PyStr;

/// How tightly `expr` binds as it is printed.
pub(super) fn level(expr: &Expr) -> Level {
    match &expr.kind {
        ExprKind::Yield(_) | ExprKind::YieldFrom(_) => Level::Yield,
        ExprKind::NamedExpr { .. } => Level::Named,
        ExprKind::Tuple(items) if items.is_empty() => Level::Atom,
        ExprKind::Tuple(_) => Level::Tuple,
        ExprKind::Lambda { .. } | ExprKind::IfExp { .. } | ExprKind::Verbatim(_) => Level::Test,
        ExprKind::BoolOp { op, .. } => boolean(*op).1,
        ExprKind::UnaryOp { op, .. } => unary(*op).1,
        ExprKind::Compare { .. } => Level::Compare,
        ExprKind::BinOp { op, .. } => binary(*op).1,
        ExprKind::Await(_) => Level::Await,
        ExprKind::Constant(constant) => number::level(constant),
        _ => Level::Atom,
    }
}

/// Whether the compiler makes a constant of `expr`, as far as annotations commonly go.
fn is_constant(expr: &Expr) -> bool {
    if let ExprKind::Tuple(items) = &expr.kind {
        return items.iter().all(is_constant);
    }
    let literal = match &expr.kind {
        ExprKind::UnaryOp { op: UnaryOp::USub, operand } => operand,
        _ => expr,
    };
    matches!(literal.kind, ExprKind::Constant(_))
}

fn has_star(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Tuple(items) => items.iter().any(|item| matches!(item.kind, ExprKind::Starred(_))),
        _ => false,
    }
}

impl<'a> Line<'a> {
    /// Queues the parts of `expr`.
    pub(super) fn expand(&mut self, expr: &'a Expr, slot: Slot, breaks: bool) {
        let level = match &expr.kind {
            ExprKind::Constant(Constant::Complex(re, im)) => {
                number::complex(*re, *im, self.syntax.mixed_complex_arithmetic).level
            }
            _ => level(expr),
        };
        let parenthesise = slot.needs_parentheses(level, has_star(expr));
        if self.keeps_lines {
            // A parenthesis of ours stands before the first operand, whose line is that of the whole.
            let line = match first_operand(expr) {
                Some(_) if parenthesise => first_line(expr),
                Some(_) => 0,
                None => expr.line,
            };
            self.at(line);
        }
        if parenthesise {
            self.open("(");
        }
        self.queue(expr, breaks || parenthesise);
        if parenthesise {
            self.close(")", matches!(&expr.kind, ExprKind::Tuple(items) if items.len() > 1));
        }
    }

    fn queue(&mut self, expr: &'a Expr, breaks: bool) {
        match &expr.kind {
            ExprKind::BoolOp { op, values } => {
                let (token, _, operand) = boolean(*op);
                for (i, value) in values.iter().enumerate() {
                    if i > 0 {
                        self.blank(breaks);
                        self.at_start(value);
                        self.text(token);
                    }
                    self.expr(value, Slot::At(operand));
                }
            }
            ExprKind::NamedExpr { target, value } => {
                let slot = if self.as_annotation { Slot::At(Level::Atom) } else { Slot::TEST };
                self.expr(target, slot);
                let is_tight = self.as_annotation && !self.syntax.annotation_walrus_blanks;
                self.text(if is_tight { ":=" } else { " := " });
                self.expr(value, slot);
            }
            ExprKind::BinOp { left, op, right } => self.binary(left, *op, right, breaks),
            ExprKind::UnaryOp { op, operand } => {
                let (token, level) = unary(*op);
                self.text(token);
                self.expr(operand, Slot::At(level));
            }
            ExprKind::Lambda { args, body } => self.lambda(args, body),
            ExprKind::IfExp { test, body, orelse } => {
                self.expr(body, Slot::At(Level::Or));
                self.blank(breaks);
                self.at_start(test);
                self.text("if ");
                self.expr(test, Slot::At(Level::Or));
                self.blank(breaks);
                self.at_start(orelse);
                self.text("else ");
                self.pass_on(breaks, orelse, Slot::TEST, matches!(orelse.kind, ExprKind::IfExp { .. }));
            }
            ExprKind::Dict { keys, values } => self.dict(keys, values),
            ExprKind::Set(items) if items.is_empty() => self.text("{*()}"),
            ExprKind::Set(items) => self.display("{", items, "}"),
            ExprKind::List(items) => self.display("[", items, "]"),
            ExprKind::Tuple(items) => self.tuple(items, breaks),
            ExprKind::ListComp { element, generators } => self.comprehension("[", element, generators, "]"),
            ExprKind::SetComp { element, generators } => self.comprehension("{", element, generators, "}"),
            ExprKind::GeneratorExp { element, generators } => {
                self.comprehension("(", element, generators, ")")
            }
            ExprKind::DictComp { key, value, generators } => {
                self.dict_comprehension(key, value.as_deref(), generators);
            }
            ExprKind::Await(value) => {
                self.text("await ");
                self.expr(value, Slot::At(Level::Atom));
            }
            ExprKind::Yield(value) => self.yield_expr(value.as_deref()),
            ExprKind::YieldFrom(value) => {
                self.text("yield from ");
                self.expr(value, Slot::TEST);
            }
            ExprKind::Compare { left, ops, comparators } => {
                self.expr(left, Slot::At(Level::BitOr));
                for (op, comparator) in ops.iter().zip(comparators) {
                    self.at_start(comparator);
                    self.text(comparison(*op));
                    self.expr(comparator, Slot::At(Level::BitOr));
                }
            }
            ExprKind::Call { func, args, keywords } => {
                self.expr(func, Slot::At(Level::Atom));
                self.call_arguments(args, keywords);
            }
            ExprKind::JoinedStr(parts) if self.as_annotation => self.annotation_fstring("f", parts),
            ExprKind::TemplateStr(parts) if self.as_annotation => self.annotation_fstring("t", parts),
            ExprKind::JoinedStr(parts) => self.fstring("f", parts, expr.line),
            ExprKind::TemplateStr(parts) => self.fstring("t", parts, expr.line),
            ExprKind::Constant(constant) => self.constant(constant),
            ExprKind::Attribute { value, attr } => {
                self.expr(value, Slot::At(Level::Atom));
                self.at(expr.line);
                // `1.real` is a float and a name.
                let is_int =
                    matches!(value.kind, ExprKind::Constant(Constant::Int(_))) && level(value) == Level::Atom;
                self.text(if is_int { " ." } else { "." });
                self.identifier(attr);
            }
            ExprKind::Subscript { value, slice } => {
                self.expr(value, Slot::At(Level::Atom));
                self.index(slice);
            }
            ExprKind::Starred(value) => {
                self.text("*");
                self.expr(value, Slot::At(Level::BitOr));
            }
            ExprKind::Name(name) => self.identifier(name),
            ExprKind::Slice { lower, upper, step } => {
                self.slice(lower.as_deref(), upper.as_deref(), step.as_deref());
            }
            ExprKind::Verbatim(text) => self.verbatim(text),
        }
    }

    fn binary(&mut self, left: &'a Expr, op: Operator, right: &'a Expr, breaks: bool) {
        let (token, level, left_level, right_level) = binary(op);
        // A chain of operators that bind alike is broken at all of them. `%` mostly has a tuple on its right, which
        // is the better place.
        let is_chain =
            |op| matches!(binary(op).1, Level::BitOr | Level::Arith | Level::Term) && op != Operator::Mod;
        let continues =
            matches!(&left.kind, ExprKind::BinOp { op, .. } if is_chain(*op) && binary(*op).1 == level);
        self.pass_on(breaks, left, Slot::At(left_level), continues && is_chain(op));
        self.blank(breaks && is_chain(op));
        self.at_start(right);
        self.text(token.trim_start());
        let is_strict = self.as_annotation && op == Operator::Pow;
        self.expr(right, Slot::At(if is_strict { Level::Power } else { right_level }));
    }

    /// Queues an operand, which may be broken as the whole may if it `continues` it.
    fn pass_on(&mut self, breaks: bool, operand: &'a Expr, slot: Slot, continues: bool) {
        if breaks && continues { self.breakable(operand, slot) } else { self.expr(operand, slot) }
    }

    fn verbatim(&mut self, text: &PyStr) {
        if text.to_str().is_none() {
            self.problems.push(ProblemKind::Unencodable);
        }
        self.owned(text.to_string_lossy().into_owned());
    }

    fn constant(&mut self, constant: &Constant) {
        match constant {
            Constant::Str(text) => match string::str_literal(text, self.quotes) {
                Some(literal) => self.owned(literal),
                None => self.unquotable(),
            },
            Constant::Bytes(bytes) => match string::bytes_literal(bytes, self.quotes) {
                Some(literal) => self.owned(literal),
                None => self.unquotable(),
            },
            Constant::Complex(re, im) => {
                let form = number::complex(*re, *im, self.syntax.mixed_complex_arithmetic);
                if !form.exact {
                    self.problems.push(ProblemKind::Complex);
                }
                self.owned(form.text);
            }
            other => self.owned(number::text(other)),
        }
    }

    /// A string could not be written inside the f-strings around it.
    pub(super) fn unquotable(&mut self) {
        self.problems.push(ProblemKind::FString);
    }

    fn lambda(&mut self, args: &'a Arguments, body: &'a Expr) {
        self.text("lambda");
        if !args.is_empty() {
            // CPython forgets the blank where there are no positional parameters.
            let has_positional = !args.args.is_empty() || !args.posonlyargs.is_empty();
            self.text(if self.as_annotation && !has_positional { "" } else { " " });
            self.parameters(args, false);
        }
        self.text(": ");
        self.expr(body, Slot::TEST);
    }

    fn display(&mut self, open: &'static str, items: &'a [Expr], close: &'static str) {
        if items.is_empty() {
            self.text(open);
            return self.text(close);
        }
        self.open(open);
        self.items(items, Slot::TEST);
        self.close(close, true);
    }

    /// A blank, or a place to break the line.
    fn blank(&mut self, breaks: bool) {
        if breaks { self.space() } else { self.text(" ") }
    }

    /// The items of a tuple, without parentheses unless it is empty.
    fn tuple(&mut self, items: &'a [Expr], breaks: bool) {
        if items.is_empty() {
            return self.text("()");
        }
        // A tuple that has become one constant is written as its `repr`.
        let is_folded =
            self.as_annotation && !self.syntax.annotation_unfolded && items.iter().all(is_constant);
        for (i, item) in items.iter().enumerate() {
            if i > 0 {
                self.text(",");
                self.blank(breaks);
            }
            match &item.kind {
                ExprKind::Constant(Constant::Ellipsis) if is_folded => self.text("Ellipsis"),
                ExprKind::Constant(Constant::Float(value)) if is_folded && value.is_infinite() => {
                    self.text("inf");
                }
                _ => self.expr(item, Slot::TEST),
            }
        }
        if items.len() == 1 {
            self.text(",");
        }
    }

    fn dict(&mut self, keys: &'a [Option<Expr>], values: &'a [Expr]) {
        if values.is_empty() {
            return self.text("{}");
        }
        self.open("{");
        for (i, (key, value)) in keys.iter().zip(values).enumerate() {
            if i > 0 {
                self.comma();
            }
            match key {
                Some(key) => {
                    self.expr(key, Slot::TEST);
                    self.text(": ");
                    self.expr(value, Slot::TEST);
                }
                None => {
                    self.at_start(value);
                    self.text("**");
                    self.expr(value, Slot::At(Level::BitOr));
                }
            }
        }
        self.close("}", true);
    }

    fn comprehension(
        &mut self,
        open: &'static str,
        element: &'a Expr,
        generators: &'a [Comprehension],
        close: &'static str,
    ) {
        self.open(open);
        self.expr(element, Slot::TEST);
        self.generators(generators);
        self.close(close, false);
    }

    fn dict_comprehension(
        &mut self,
        key: &'a Expr,
        value: Option<&'a Expr>,
        generators: &'a [Comprehension],
    ) {
        self.open("{");
        match value {
            Some(value) => {
                self.expr(key, Slot::TEST);
                self.text(": ");
                self.expr(value, Slot::TEST);
            }
            None => {
                self.text("**");
                self.expr(key, Slot::At(Level::BitOr));
            }
        }
        self.generators(generators);
        self.close("}", false);
    }

    fn generators(&mut self, generators: &'a [Comprehension]) {
        for generator in generators {
            self.space();
            self.at_start(&generator.target);
            self.text(if generator.is_async { "async for " } else { "for " });
            self.expr(&generator.target, Slot::StarTuple);
            self.text(" in ");
            // A conditional expression here would swallow the `if` that follows.
            self.expr(&generator.iter, Slot::At(Level::Or));
            for condition in &generator.ifs {
                self.space();
                self.at_start(condition);
                self.text("if ");
                self.expr(condition, Slot::At(Level::Or));
            }
        }
    }

    fn yield_expr(&mut self, value: Option<&'a Expr>) {
        self.text("yield");
        if let Some(value) = value {
            self.text(" ");
            let slot = match self.syntax.star_in_return {
                _ if self.as_annotation => Slot::TEST,
                true => Slot::StarTuple,
                false => Slot::PlainTuple,
            };
            self.expr(value, slot);
        }
    }

    /// The arguments of a call, with their parentheses.
    fn call_arguments(&mut self, args: &'a [Expr], keywords: &'a [Keyword]) {
        if let ([Expr { kind: ExprKind::GeneratorExp { .. }, .. }], []) = (args, keywords) {
            // The generator's own parentheses serve for the call's.
            return self.expr(&args[0], Slot::TEST);
        }
        self.arguments(args, keywords, Slot::Named);
    }

    /// Positional arguments that `slot` says how to parenthesise, and keyword arguments, in parentheses.
    pub(super) fn arguments(&mut self, args: &'a [Expr], keywords: &'a [Keyword], slot: Slot) {
        if args.is_empty() && keywords.is_empty() {
            return self.text("()");
        }
        self.open("(");
        self.items(args, slot);
        for (i, keyword) in keywords.iter().enumerate() {
            if i > 0 || !args.is_empty() {
                self.comma();
            }
            self.at_start(&keyword.value);
            match &keyword.arg {
                Some(name) => {
                    self.identifier(name);
                    self.text("=");
                    self.expr(&keyword.value, Slot::TEST);
                }
                None => {
                    self.text("**");
                    let slot = if self.as_annotation { Slot::TEST } else { Slot::At(Level::BitOr) };
                    self.expr(&keyword.value, slot);
                }
            }
        }
        self.close(")", true);
    }

    fn index(&mut self, slice: &'a Expr) {
        self.open("[");
        match &slice.kind {
            // A tuple that has become one constant.
            ExprKind::Tuple(items)
                if self.as_annotation
                    && !self.syntax.annotation_unfolded
                    && items.iter().all(is_constant) =>
            {
                self.expr(slice, Slot::TEST);
            }
            ExprKind::Tuple(items)
                if !items.is_empty() && (self.syntax.star_in_index || !has_star(slice)) =>
            {
                self.items(items, Slot::TEST);
                if let [only] = items.as_slice()
                    && (self.as_annotation || !matches!(only.kind, ExprKind::Starred(_)))
                {
                    self.text(",");
                }
            }
            _ if self.as_annotation && !self.syntax.annotation_index_parentheses => {
                self.expr(slice, Slot::Named);
            }
            _ => self.expr(slice, Slot::TEST),
        }
        self.close("]", false);
    }

    fn slice(&mut self, lower: Option<&'a Expr>, upper: Option<&'a Expr>, step: Option<&'a Expr>) {
        if let Some(lower) = lower {
            self.expr(lower, Slot::TEST);
        }
        self.text(":");
        if let Some(upper) = upper {
            self.expr(upper, Slot::TEST);
        }
        if let Some(step) = step {
            self.text(":");
            self.expr(step, Slot::TEST);
        }
    }
}

fn comparison(op: CmpOp) -> &'static str {
    match op {
        CmpOp::Eq => " == ",
        CmpOp::NotEq => " != ",
        CmpOp::Lt => " < ",
        CmpOp::LtE => " <= ",
        CmpOp::Gt => " > ",
        CmpOp::GtE => " >= ",
        CmpOp::Is => " is ",
        CmpOp::IsNot => " is not ",
        CmpOp::In => " in ",
        CmpOp::NotIn => " not in ",
    }
}
