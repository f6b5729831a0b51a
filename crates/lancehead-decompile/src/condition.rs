//! Conditions: trees of tests that decide between two ways on, and the expressions that compile to them.

use lancehead_ast::{BoolOp, CmpOp, Expr, ExprKind, UnaryOp};

/// A condition, as the jumps spell it.
#[derive(Debug, Clone)]
pub enum Test {
    /// One test. A test for None that CPython spells the same for `is` and `is not` is marked.
    Leaf {
        /// What is tested.
        expr: Expr,
        /// Negating it costs nothing.
        none_test: bool,
    },
    /// The opposite.
    Not(Box<Test>),
    /// All, in order.
    And(Vec<Test>),
    /// Any, in order.
    Or(Vec<Test>),
    /// `then if test else otherwise`.
    If(Box<(Test, Test, Test)>),
    /// Whether the exception matches a type.
    Exception(Expr),
}

/// What a `not` in front of `in` or `is` costs where the compiler would fold it: more than any number of others.
const FOLDED: u32 = 1 << 16;

impl Test {
    /// Both tests.
    pub fn and(self, other: Test) -> Test {
        join(self, other, |t| if let Test::And(v) = t { Ok(v) } else { Err(t) }, Test::And)
    }

    /// Either test.
    pub fn or(self, other: Test) -> Test {
        join(self, other, |t| if let Test::Or(v) = t { Ok(v) } else { Err(t) }, Test::Or)
    }

    /// The opposite test.
    pub fn negated(self) -> Test {
        match self {
            Test::Not(inner) => *inner,
            other => Test::Not(Box::new(other)),
        }
    }

    /// The expression, and whether it says the same where the compiler folds `not … in …`.
    pub fn into_expr(self, folds: bool) -> (Expr, bool) {
        let writer = Writer { folds };
        let faithful = writer.cost(&self, false) < FOLDED;
        (writer.write(self, false), faithful)
    }

    /// Whether the test or its opposite can be written without changing what the compiler makes of it.
    pub fn is_faithful(&self, negate: bool, folds: bool) -> bool {
        Writer { folds }.cost(self, negate) < FOLDED
    }
}

fn join(
    a: Test,
    b: Test,
    split: impl Fn(Test) -> Result<Vec<Test>, Test>,
    make: impl Fn(Vec<Test>) -> Test,
) -> Test {
    let mut tests = split(a).unwrap_or_else(|t| vec![t]);
    match split(b) {
        Ok(more) => tests.extend(more),
        Err(test) => tests.push(test),
    }
    make(tests)
}

struct Writer {
    folds: bool,
}

impl Writer {
    /// How many `not`s the test, or its opposite, takes.
    fn cost(&self, test: &Test, negate: bool) -> u32 {
        match test {
            Test::Leaf { none_test: true, .. } => 0,
            Test::Leaf { expr, .. } => match negate {
                false => 0,
                true if self.folds && is_foldable(expr) => FOLDED,
                true => 1,
            },
            Test::Not(inner) => self.cost(inner, !negate),
            Test::And(tests) | Test::Or(tests) => {
                let whole = u32::from(negate).saturating_add(self.groups_cost(tests, false));
                match negate {
                    false => whole,
                    true => whole.min(self.groups_cost(tests, true)),
                }
            }
            Test::If(parts) => {
                let (test, then, otherwise) = &**parts;
                let arms = |negate| self.cost(then, negate).saturating_add(self.cost(otherwise, negate));
                let arms = if negate { arms(true).min(arms(false).saturating_add(1)) } else { arms(false) };
                self.cost(test, false).saturating_add(arms)
            }
            Test::Exception(_) => {
                if negate {
                    FOLDED
                } else {
                    0
                }
            }
        }
    }

    /// The cost of a list of operands, where neighbours may share a `not`.
    fn groups_cost(&self, tests: &[Test], negate: bool) -> u32 {
        self.groups(tests, negate)
            .iter()
            .map(|group| match group {
                Group::One(at) => self.cost(&tests[*at], negate),
                Group::Negated(range) => {
                    1 + range.clone().map(|at| self.cost(&tests[at], !negate)).sum::<u32>()
                }
            })
            .fold(0, u32::saturating_add)
    }

    /// How operands are grouped: one whose `not` would be folded away is put under one `not` with a neighbour that is
    /// negated too.
    fn groups(&self, tests: &[Test], negate: bool) -> Vec<Group> {
        let mut groups: Vec<Group> = Vec::new();
        let mut at = 0;
        while at < tests.len() {
            if self.cost(&tests[at], negate) < FOLDED {
                groups.push(Group::One(at));
                at += 1;
                continue;
            }
            let fits = |i: usize| tests.get(i).is_some_and(|t| self.cost(t, !negate) < self.cost(t, negate));
            let mut start = at;
            let mut end = at + 1;
            while fits(end) && self.cost(&tests[end], negate) >= FOLDED {
                end += 1;
            }
            if end - start < 2 {
                match groups.last() {
                    Some(Group::One(before)) if fits(*before) => {
                        start = *before;
                        groups.pop();
                    }
                    Some(Group::Negated(before)) => {
                        start = before.start;
                        groups.pop();
                    }
                    _ if fits(end) => end += 1,
                    _ => {}
                }
            }
            groups.push(if end - start >= 2 { Group::Negated(start..end) } else { Group::One(at) });
            at = end;
        }
        groups
    }

    fn write(&self, test: Test, negate: bool) -> Expr {
        match test {
            Test::Leaf { expr, none_test: true } if negate => invert_none_test(expr),
            Test::Leaf { expr, .. } | Test::Exception(expr) => {
                if negate {
                    not(expr)
                } else {
                    expr
                }
            }
            Test::Not(inner) => self.write(*inner, !negate),
            Test::And(tests) => self.write_list(tests, BoolOp::And, negate),
            Test::Or(tests) => self.write_list(tests, BoolOp::Or, negate),
            Test::If(parts) => {
                let (test, then, otherwise) = *parts;
                let arms = |negate| self.cost(&then, negate).saturating_add(self.cost(&otherwise, negate));
                let inside = negate && arms(true) <= arms(false).saturating_add(1);
                let test = self.write(test, false);
                let line = test.line;
                let kind = ExprKind::IfExp {
                    test: Box::new(test),
                    body: Box::new(self.write(then, inside)),
                    orelse: Box::new(self.write(otherwise, inside)),
                };
                let expr = Expr::at(kind, line);
                if negate && !inside { not(expr) } else { expr }
            }
        }
    }

    fn write_list(&self, tests: Vec<Test>, op: BoolOp, negate: bool) -> Expr {
        let opposite = match op {
            BoolOp::And => BoolOp::Or,
            BoolOp::Or => BoolOp::And,
        };
        if negate {
            let outside = self.groups_cost(&tests, false).saturating_add(1);
            if outside <= self.groups_cost(&tests, true) {
                return not(self.operands(tests, op, false));
            }
            return self.operands(tests, opposite, true);
        }
        self.operands(tests, op, false)
    }

    fn operands(&self, tests: Vec<Test>, op: BoolOp, negate: bool) -> Expr {
        let opposite = match op {
            BoolOp::And => BoolOp::Or,
            BoolOp::Or => BoolOp::And,
        };
        let groups = self.groups(&tests, negate);
        let mut tests = tests.into_iter();
        let mut values = Vec::new();
        for group in groups {
            match group {
                Group::One(_) => values.extend(tests.next().map(|test| self.write(test, negate))),
                Group::Negated(range) => {
                    let inner: Vec<Expr> =
                        tests.by_ref().take(range.len()).map(|test| self.write(test, !negate)).collect();
                    values.push(not(bool_op(opposite, inner)));
                }
            }
        }
        bool_op(op, values)
    }
}

enum Group {
    One(usize),
    Negated(std::ops::Range<usize>),
}

/// `a and b and …`; operands that are the same operation are taken apart, as the jumps cannot tell.
pub fn bool_op(op: BoolOp, values: Vec<Expr>) -> Expr {
    let line = values.first().map_or(0, |v| v.line);
    let mut flat = Vec::with_capacity(values.len());
    for value in values {
        match value.kind {
            ExprKind::BoolOp { op: inner, values } if inner == op => flat.extend(values),
            _ => flat.push(value),
        }
    }
    match flat.len() {
        1 => flat.swap_remove(0),
        _ => Expr::at(ExprKind::BoolOp { op, values: flat }, line),
    }
}

fn not(operand: Expr) -> Expr {
    let line = operand.line;
    Expr::at(ExprKind::UnaryOp { op: UnaryOp::Not, operand: Box::new(operand) }, line)
}

/// Whether the compiler turns `not` in front of it into another comparison.
fn is_foldable(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Compare { ops, .. } => {
            matches!(ops[..], [CmpOp::In | CmpOp::NotIn | CmpOp::Is | CmpOp::IsNot])
        }
        _ => false,
    }
}

fn invert_none_test(mut expr: Expr) -> Expr {
    match &mut expr.kind {
        ExprKind::Compare { ops, .. } if ops.len() == 1 => {
            ops[0] = match ops[0] {
                CmpOp::Is => CmpOp::IsNot,
                _ => CmpOp::Is,
            };
            expr
        }
        _ => not(expr),
    }
}
