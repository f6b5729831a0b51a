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
    /// The line on which it begins, 0 when unknown.
    pub fn first_line(&self) -> u32 {
        self.leaf(|parts| &parts.1).map_or(0, Expr::first_line)
    }

    /// What is tested first.
    pub fn first(&self) -> Option<&Expr> {
        self.leaf(|parts| &parts.0)
    }

    /// The first test, where of a conditional test one is chosen.
    fn leaf(&self, choose: impl Fn(&(Test, Test, Test)) -> &Test) -> Option<&Expr> {
        let mut at = self;
        loop {
            at = match at {
                Test::Leaf { expr, .. } | Test::Exception(expr) => return Some(expr),
                Test::Not(inner) => inner,
                Test::And(tests) | Test::Or(tests) => tests.first()?,
                Test::If(parts) => choose(parts),
            };
        }
    }

    /// How many nodes its expressions have.
    pub fn size(&self) -> u64 {
        let (mut nodes, mut work) = (0, vec![self]);
        while let Some(test) = work.pop() {
            match test {
                Test::Leaf { expr, .. } | Test::Exception(expr) => nodes += crate::tree::visit::size(expr),
                Test::Not(inner) => work.push(inner),
                Test::And(tests) | Test::Or(tests) => work.extend(tests),
                Test::If(parts) => work.extend([&parts.0, &parts.1, &parts.2]),
            }
        }
        nodes
    }

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
        self.costs(test)[usize::from(negate)]
    }

    /// The costs of the test and of its opposite.
    fn costs(&self, test: &Test) -> [u32; 2] {
        match test {
            Test::Leaf { none_test: true, .. } => [0, 0],
            Test::Leaf { expr, .. } => [0, if self.folds && is_foldable(expr) { FOLDED } else { 1 }],
            Test::Not(inner) => {
                let [same, opposite] = self.costs(inner);
                [opposite, same]
            }
            Test::And(tests) | Test::Or(tests) => {
                let costs: Vec<[u32; 2]> = tests.iter().map(|t| self.costs(t)).collect();
                list_costs(&costs)
            }
            Test::If(parts) => {
                let (test, then, otherwise) = &**parts;
                let ([a, b], [c, d]) = (self.costs(then), self.costs(otherwise));
                let test = self.cost(test, false);
                let arms = [a.saturating_add(c), b.saturating_add(d)];
                let opposite = arms[1].min(arms[0].saturating_add(1));
                [test.saturating_add(arms[0]), test.saturating_add(opposite)]
            }
            Test::Exception(_) => [0, FOLDED],
        }
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

    /// A list of operands, or its opposite: under one `not`, or with each operand taken by itself.
    fn write_list(&self, tests: Vec<Test>, op: BoolOp, negate: bool) -> Expr {
        let costs: Vec<[u32; 2]> = tests.iter().map(|t| self.costs(t)).collect();
        if groups_cost(&costs, !negate).saturating_add(1) < groups_cost(&costs, negate) {
            return not(self.operands(tests, if negate { op } else { opposite(op) }, !negate));
        }
        self.operands(tests, if negate { opposite(op) } else { op }, negate)
    }

    fn operands(&self, tests: Vec<Test>, op: BoolOp, negate: bool) -> Expr {
        let costs: Vec<[u32; 2]> = tests.iter().map(|t| self.costs(t)).collect();
        let groups = groups(&costs, negate);
        let mut tests = tests.into_iter();
        let mut values = Vec::new();
        for group in groups {
            match group {
                Group::One(_) => values.extend(tests.next().map(|test| self.write(test, negate))),
                Group::Negated(range) => {
                    let inner: Vec<Expr> =
                        tests.by_ref().take(range.len()).map(|test| self.write(test, !negate)).collect();
                    values.push(not(bool_op(opposite(op), inner)));
                }
            }
        }
        bool_op(op, values)
    }
}

fn opposite(op: BoolOp) -> BoolOp {
    match op {
        BoolOp::And => BoolOp::Or,
        BoolOp::Or => BoolOp::And,
    }
}

/// The costs of a list of operands and of its opposite.
fn list_costs(costs: &[[u32; 2]]) -> [u32; 2] {
    let apart = [groups_cost(costs, false), groups_cost(costs, true)];
    [apart[0].min(apart[1].saturating_add(1)), apart[1].min(apart[0].saturating_add(1))]
}

/// The cost of a list of operands, each negated or not, where neighbours may share a `not`.
fn groups_cost(costs: &[[u32; 2]], negate: bool) -> u32 {
    let of = |at: usize, negate: bool| costs[at][usize::from(negate)];
    groups(costs, negate)
        .iter()
        .map(|group| match group {
            Group::One(at) => of(*at, negate),
            Group::Negated(range) => range.clone().map(|at| of(at, !negate)).fold(1, u32::saturating_add),
        })
        .fold(0, u32::saturating_add)
}

/// How operands are grouped: one whose `not` would be folded away is put under one `not` with a neighbour that is negated
/// too.
fn groups(costs: &[[u32; 2]], negate: bool) -> Vec<Group> {
    let folded = |at: usize| costs[at][usize::from(negate)] >= FOLDED;
    let fits = |at: usize| costs.get(at).is_some_and(|c| c[usize::from(!negate)] < c[usize::from(negate)]);
    let mut groups: Vec<Group> = Vec::new();
    let mut at = 0;
    while at < costs.len() {
        if !folded(at) {
            groups.push(Group::One(at));
            at += 1;
            continue;
        }
        let (mut start, mut end) = (at, at + 1);
        while fits(end) && folded(end) {
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
