//! Single changes to a syntax tree that change what it means.

use lancehead_ast::*;
use lancehead_pyc::PyStr;

/// Applies the change with this number, counted over the whole tree. What was changed, or `None` past the last.
pub fn mutate(module: &mut Module, number: usize) -> Option<String> {
    let mut mutator = Mutator { left: number, done: None };
    mutator.suite(&mut module.body);
    mutator.done
}

struct Mutator {
    left: usize,
    done: Option<String>,
}

impl Mutator {
    /// Whether the change that is offered here is the one.
    fn here(&mut self, what: &str, line: u32) -> bool {
        if self.done.is_some() {
            return false;
        }
        if self.left == 0 {
            self.done = Some(format!("{what} on line {line}"));
            return true;
        }
        self.left -= 1;
        false
    }

    fn suite(&mut self, suite: &mut Suite) {
        for at in 0..suite.len() {
            if self.done.is_some() {
                return;
            }
            let line = suite[at].line;
            let trivial = matches!(
                &suite[at].kind,
                StmtKind::Pass | StmtKind::Expr(Expr { kind: ExprKind::Constant(_), .. })
            );
            if !trivial && self.here("dropped statement", line) {
                suite[at] = Stmt::at(StmtKind::Pass, line);
                return;
            }
            if at > 0 && matches!(suite[at].kind, StmtKind::Return(_)) && self.here("return moved up", line) {
                suite.swap(at - 1, at);
                return;
            }
            if matches!(suite[at].kind, StmtKind::Break) && self.here("break made continue", line) {
                suite[at].kind = StmtKind::Continue;
                return;
            }
            if at > 0 && !trivial && self.here("swapped statements", line) {
                suite.swap(at - 1, at);
                return;
            }
            self.stmt(&mut suite[at]);
        }
    }

    fn negate(&mut self, test: &mut Expr) {
        if self.here("negated condition", test.line) {
            let operand = std::mem::replace(test, Expr::name("x"));
            let line = operand.line;
            *test = Expr::at(ExprKind::UnaryOp { op: UnaryOp::Not, operand: Box::new(operand) }, line);
        }
        self.expr(test);
    }

    fn stmt(&mut self, stmt: &mut Stmt) {
        match &mut stmt.kind {
            StmtKind::FunctionDef(def) => {
                def.decorators.iter_mut().for_each(|e| self.expr(e));
                def.args.defaults.iter_mut().for_each(|e| self.expr(e));
                self.suite(&mut def.body);
            }
            StmtKind::ClassDef(def) => {
                def.bases.iter_mut().for_each(|e| self.expr(e));
                self.suite(&mut def.body);
            }
            StmtKind::Return(Some(value)) | StmtKind::Expr(value) => self.expr(value),
            StmtKind::Assign { targets, value } => {
                targets.iter_mut().for_each(|e| self.expr(e));
                self.expr(value);
            }
            StmtKind::AugAssign { op, value, .. } => {
                if self.here("other operator", stmt.line) {
                    *op = other_operator(*op);
                }
                self.expr(value);
            }
            StmtKind::For { iter, body, orelse, .. } => {
                self.expr(iter);
                self.suite(body);
                self.suite(orelse);
            }
            StmtKind::While { test, body, orelse } => {
                self.negate(test);
                self.suite(body);
                self.suite(orelse);
            }
            StmtKind::If { test, body, orelse } => {
                self.negate(test);
                if !orelse.is_empty() && self.here("swapped branches", stmt.line) {
                    std::mem::swap(body, orelse);
                    return;
                }
                self.suite(body);
                self.suite(orelse);
            }
            StmtKind::With { items, body, .. } => {
                items.iter_mut().for_each(|item| self.expr(&mut item.context));
                self.suite(body);
            }
            StmtKind::Try { body, handlers, orelse, finalbody, .. } => {
                self.suite(body);
                for handler in handlers.iter_mut() {
                    if let Some(typ) = &mut handler.typ {
                        self.expr(typ);
                    }
                    self.suite(&mut handler.body);
                }
                if handlers.len() > 1 && self.here("dropped handler", stmt.line) {
                    handlers.pop();
                    return;
                }
                if !body.is_empty() && orelse.is_empty() && self.here("statement moved out of try", stmt.line)
                {
                    orelse.extend(body.pop());
                    if handlers.is_empty() {
                        finalbody.splice(0..0, orelse.drain(..));
                    }
                    return;
                }
                self.suite(orelse);
                self.suite(finalbody);
            }
            StmtKind::Assert { test, .. } => self.negate(test),
            StmtKind::Match { subject, cases } => {
                self.expr(subject);
                cases.iter_mut().for_each(|case| self.suite(&mut case.body));
            }
            StmtKind::Raise { exc: Some(exc), .. } => self.expr(exc),
            _ => {}
        }
    }

    fn expr(&mut self, expr: &mut Expr) {
        if self.done.is_some() {
            return;
        }
        let line = expr.line;
        match &mut expr.kind {
            ExprKind::Name(name) if self.here("other name", line) => *name = PyStr::from("zzz"),
            ExprKind::Constant(constant) if self.here("changed constant", line) => {
                *constant = match constant {
                    Constant::Int(i) => Constant::Int(i.clone() + 1),
                    Constant::Bool(b) => Constant::Bool(!*b),
                    Constant::None => Constant::Ellipsis,
                    Constant::Str(_) => Constant::Str(PyStr::from("zzz")),
                    _ => Constant::None,
                };
            }
            ExprKind::BoolOp { op, values } => {
                if self.here("other operator", line) {
                    *op = if *op == BoolOp::And { BoolOp::Or } else { BoolOp::And };
                    return;
                }
                values.iter_mut().for_each(|e| self.expr(e));
            }
            ExprKind::BinOp { left, op, right } => {
                if self.here("other operator", line) {
                    *op = other_operator(*op);
                    return;
                }
                if left != right && self.here("swapped operands", line) {
                    std::mem::swap(left, right);
                    return;
                }
                self.expr(left);
                self.expr(right);
            }
            ExprKind::UnaryOp { operand, .. } => self.expr(operand),
            ExprKind::IfExp { test, body, orelse } => {
                self.negate(test);
                self.expr(body);
                self.expr(orelse);
            }
            ExprKind::Compare { left, ops, comparators } => {
                if let Some(op) = ops.first_mut()
                    && self.here("other comparison", line)
                {
                    *op = other_comparison(*op);
                    return;
                }
                self.expr(left);
                comparators.iter_mut().for_each(|e| self.expr(e));
            }
            ExprKind::Call { func, args, keywords } => {
                if args.len() > 1 && args[0] != args[1] && self.here("swapped arguments", line) {
                    args.swap(0, 1);
                    return;
                }
                if !args.is_empty() && self.here("dropped argument", line) {
                    args.pop();
                    return;
                }
                self.expr(func);
                args.iter_mut().for_each(|e| self.expr(e));
                keywords.iter_mut().for_each(|keyword| self.expr(&mut keyword.value));
            }
            ExprKind::Attribute { value, attr } => {
                if self.here("other attribute", line) {
                    *attr = PyStr::from("zzz");
                    return;
                }
                self.expr(value);
            }
            ExprKind::Subscript { value, slice } => {
                self.expr(value);
                self.expr(slice);
            }
            ExprKind::Tuple(items) | ExprKind::List(items) | ExprKind::Set(items) => {
                items.iter_mut().for_each(|e| self.expr(e));
            }
            ExprKind::Starred(value) | ExprKind::Await(value) => self.expr(value),
            ExprKind::Dict { values, .. } => values.iter_mut().for_each(|e| self.expr(e)),
            ExprKind::ListComp { element, generators } | ExprKind::GeneratorExp { element, generators } => {
                self.expr(element);
                for generator in generators {
                    self.expr(&mut generator.iter);
                    generator.ifs.iter_mut().for_each(|e| self.negate(e));
                }
            }
            ExprKind::Lambda { body, .. } => self.expr(body),
            _ => {}
        }
    }
}

fn other_operator(op: Operator) -> Operator {
    match op {
        Operator::Add => Operator::Sub,
        Operator::Sub => Operator::Add,
        Operator::Mult => Operator::Div,
        Operator::LShift => Operator::RShift,
        Operator::BitAnd => Operator::BitOr,
        Operator::Mod => Operator::Mult,
        _ => Operator::BitAnd,
    }
}

fn other_comparison(op: CmpOp) -> CmpOp {
    match op {
        CmpOp::Eq => CmpOp::NotEq,
        CmpOp::NotEq => CmpOp::Eq,
        CmpOp::Lt => CmpOp::LtE,
        CmpOp::LtE => CmpOp::Lt,
        CmpOp::Gt => CmpOp::GtE,
        CmpOp::GtE => CmpOp::Gt,
        CmpOp::Is => CmpOp::IsNot,
        CmpOp::IsNot => CmpOp::Is,
        CmpOp::In => CmpOp::NotIn,
        CmpOp::NotIn => CmpOp::In,
    }
}
