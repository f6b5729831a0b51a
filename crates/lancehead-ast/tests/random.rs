//! Random trees: what is printed parses back into the same tree, for the oldest and the newest version.

// A test that cannot do its work has failed.
#![allow(clippy::unwrap_used)]

use lancehead_ast::*;
use lancehead_pyc::{PyStr, Version};

/// A small generator of numbers, the same on every run (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }

    fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }

    fn name(&mut self) -> PyStr {
        self.pick(&["a", "b", "match", "type", "é"]).into()
    }

    fn text(&mut self) -> PyStr {
        let pieces: [&[u8]; 12] = [
            b"a",
            b"'",
            b"\"",
            b"\\",
            b"\n",
            b"{",
            b"}",
            b"#",
            b"\r\0",
            "é\u{ad}".as_bytes(),
            b"\xED\xA0\x80",
            b"%s:!r",
        ];
        let bytes: Vec<u8> = (0..self.below(4)).flat_map(|_| self.pick(&pieces).to_vec()).collect();
        PyStr::from_wtf8(&bytes).unwrap()
    }

    fn constant(&mut self) -> Constant {
        match self.below(9) {
            0 => Constant::None,
            1 => Constant::Bool(true),
            2 => Constant::Ellipsis,
            3 => Constant::Int(self.below(100).into()),
            4 => Constant::Float(self.pick(&[0.0, 1.5, 1e100, f64::INFINITY])),
            5 => Constant::Complex(0.0, self.pick(&[0.0, 2.0, 1e-7])),
            6 => Constant::Bytes(self.text().as_bytes().to_vec()),
            _ => Constant::Str(self.text()),
        }
    }

    /// An expression of at most this depth.
    fn expr(&mut self, depth: usize) -> Expr {
        let kind = if depth == 0 {
            if self.below(2) == 0 { ExprKind::Name(self.name()) } else { ExprKind::Constant(self.constant()) }
        } else {
            self.nested(depth - 1)
        };
        // All will be printed on one line.
        Expr::at(kind, 1)
    }

    fn boxed(&mut self, depth: usize) -> Box<Expr> {
        Box::new(self.expr(depth))
    }

    fn optional(&mut self, depth: usize) -> Option<Box<Expr>> {
        (self.below(2) == 0).then(|| self.boxed(depth))
    }

    fn exprs(&mut self, least: usize, depth: usize) -> Vec<Expr> {
        (0..least + self.below(3)).map(|_| self.expr(depth)).collect()
    }

    fn starred(&mut self, least: usize, depth: usize) -> Vec<Expr> {
        let mut items = self.exprs(least, depth);
        for item in &mut items {
            if self.below(4) == 0 {
                *item = Expr::at(ExprKind::Starred(Box::new(item.clone())), 1);
            }
        }
        items
    }

    fn generators(&mut self, depth: usize) -> Vec<Comprehension> {
        let generator = |this: &mut Self| Comprehension {
            target: match this.below(3) {
                0 => Expr::at(ExprKind::Tuple(vec![Expr::at(ExprKind::Name("t".into()), 1)]), 1),
                _ => Expr::at(ExprKind::Name("t".into()), 1),
            },
            iter: this.expr(depth),
            ifs: this.exprs(0, depth),
            is_async: this.below(4) == 0,
        };
        (0..1 + self.below(2)).map(|_| generator(self)).collect()
    }

    fn parts(&mut self, depth: usize, in_spec: bool) -> Vec<FStringPart> {
        let mut parts = Vec::new();
        for _ in 0..1 + self.below(2) {
            let text = self.text();
            if !text.is_empty() {
                parts.push(FStringPart::Literal(text));
            }
            let spec = (!in_spec && self.below(3) == 0).then(|| self.parts(0, true));
            let conversion = self.pick(&[None, None, Some('r'), Some('s')]);
            parts.push(FStringPart::Interpolation { value: self.boxed(depth), text: None, conversion, spec });
        }
        parts
    }

    fn arguments(&mut self, depth: usize) -> Arguments {
        let arg = |name: &str| Arg { arg: name.into(), annotation: None };
        let args = vec![arg("p"), arg("q")];
        let defaults = self.exprs(0, depth);
        let vararg = (self.below(2) == 0).then(|| arg("v"));
        let kw_defaults = vec![self.optional(depth).map(|default| *default)];
        Arguments { args, defaults, vararg, kwonlyargs: vec![arg("k")], kw_defaults, ..Arguments::default() }
    }

    fn nested(&mut self, depth: usize) -> ExprKind {
        match self.below(24) {
            0 => {
                let op = self.pick(&[BoolOp::And, BoolOp::Or]);
                ExprKind::BoolOp { op, values: self.exprs(2, depth) }
            }
            1 => {
                let target = Box::new(Expr::at(ExprKind::Name(self.name()), 1));
                ExprKind::NamedExpr { target, value: self.boxed(depth) }
            }
            2..=4 => {
                use Operator::*;
                let op = self.pick(&[
                    Add, Sub, Mult, MatMult, Div, Mod, Pow, Pow, LShift, RShift, BitOr, BitXor, BitAnd,
                    FloorDiv,
                ]);
                ExprKind::BinOp { left: self.boxed(depth), op, right: self.boxed(depth) }
            }
            5 | 6 => {
                let op = self.pick(&[UnaryOp::Not, UnaryOp::USub, UnaryOp::UAdd, UnaryOp::Invert]);
                ExprKind::UnaryOp { op, operand: self.boxed(depth) }
            }
            7 => ExprKind::Lambda { args: Box::new(self.arguments(depth)), body: self.boxed(depth) },
            8 => ExprKind::IfExp {
                test: self.boxed(depth),
                body: self.boxed(depth),
                orelse: self.boxed(depth),
            },
            9 => {
                let values = self.exprs(0, depth);
                let keys = values.iter().map(|_| self.optional(depth).map(|key| *key)).collect();
                ExprKind::Dict { keys, values }
            }
            10 => ExprKind::Set(self.starred(1, depth)),
            11 => ExprKind::ListComp { element: self.boxed(depth), generators: self.generators(depth) },
            12 => ExprKind::DictComp {
                key: self.boxed(depth),
                value: Some(self.boxed(depth)),
                generators: self.generators(depth),
            },
            13 => ExprKind::GeneratorExp { element: self.boxed(depth), generators: self.generators(depth) },
            14 => ExprKind::Await(self.boxed(depth)),
            15 => ExprKind::Yield(self.optional(depth)),
            16 => ExprKind::YieldFrom(self.boxed(depth)),
            17 => {
                let comparators = self.exprs(1, depth);
                let ops =
                    comparators.iter().map(|_| self.pick(&[CmpOp::Eq, CmpOp::NotIn, CmpOp::IsNot])).collect();
                ExprKind::Compare { left: self.boxed(depth), ops, comparators }
            }
            18 => {
                let keywords = self.exprs(0, depth).into_iter().enumerate();
                let keywords = keywords
                    .map(|(i, value)| Keyword { arg: (i != 1).then(|| format!("k{i}").into()), value })
                    .collect();
                ExprKind::Call { func: self.boxed(depth), args: self.starred(0, depth), keywords }
            }
            19 => ExprKind::JoinedStr(self.parts(depth, false)),
            20 => ExprKind::Attribute { value: self.boxed(depth), attr: self.name() },
            21 => {
                let slice = match self.below(3) {
                    0 => self.boxed(depth),
                    1 => Box::new(self.slice(depth)),
                    _ => {
                        let items = vec![self.expr(depth), self.slice(depth)];
                        Box::new(Expr::at(ExprKind::Tuple(items), 1))
                    }
                };
                ExprKind::Subscript { value: self.boxed(depth), slice }
            }
            22 => ExprKind::List(self.starred(0, depth)),
            _ => ExprKind::Tuple(self.starred(0, depth)),
        }
    }

    fn slice(&mut self, depth: usize) -> Expr {
        let kind = ExprKind::Slice {
            lower: self.optional(depth),
            upper: self.optional(depth),
            step: self.optional(depth),
        };
        Expr::at(kind, 1)
    }
}

#[test]
fn random_expressions_come_back() {
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    for round in 0..6000 {
        let depth = 1 + random.below(4);
        let expr = random.expr(depth);
        for version in [Version::Py38, Version::Py315] {
            let stmt = Stmt::at(StmtKind::Return(Some(expr.clone())), 1);
            let module = Module { body: vec![stmt] };
            let mut options = PrintOptions::new(version);
            // Nothing is broken over lines: no part is on another line than the first.
            options.layout = Layout::Lines;
            let printed = print_module(&module, &options);
            if version == Version::Py38 && printed.problems.iter().all(|p| p.kind == ProblemKind::FString) {
                if !printed.problems.is_empty() {
                    continue;
                }
            } else {
                assert_eq!(printed.problems, [], "{}", printed.source);
            }
            match parse_module(&printed.source, version) {
                Ok(again) if again == module => {}
                // Strings in f-strings may have to hold line feeds before 3.12.
                Ok(_) if version == Version::Py38 && printed.source.lines().count() > 1 => {}
                Ok(again) => panic!("{round} {version}:\n{}\n{module:#?}\n{again:#?}", printed.source),
                Err(e) => panic!("{round} {version}: {e}\n{}", printed.source),
            }
        }
    }
}
