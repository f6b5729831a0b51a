//! The verdicts on a module and all code in it.

use lancehead_ir::Temporaries;
use lancehead_isa::{Instruction, decode};
use lancehead_pyc::{CodeId, CodeObject, PyStr, co_flags};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::act::Program;
use crate::authentic::oddities;
use crate::compiler::Choices;
use crate::dialect::Dialect;
use crate::difference::{CodeVerdict, Difference, DifferenceKind, Equality};
use crate::intern::{Interner, Name};
use crate::loosen::{has_temporaries, loosen};
use crate::lower::{Header, LowerFault, Lowered};
use crate::read::{ReadFault, child, children, read_decoded};
use crate::show;
use crate::trial::Trial;
use crate::walk::{Likeness, Mismatch, Outcome, Sight, walk};

/// The verdict on source that could not be lowered.
pub(crate) fn unsupported(LowerFault(why, line): &LowerFault) -> Difference {
    Difference {
        kind: DifferenceKind::Unsupported,
        offset: None,
        line: Some(*line),
        bytecode: String::new(),
        source: (*why).to_owned(),
    }
}

pub(crate) struct Checker<'a> {
    pub dialect: &'a Dialect,
    pub interner: Interner,
    pub codes: &'a [Lowered],
    pub verdicts: Vec<CodeVerdict>,
    /// How the code around the one under check is equal.
    pub around: Equality,
    /// The instructions of the code object that is checked first, if they are decoded already.
    pub decoded: Option<Vec<Instruction>>,
    /// The choices of the compiler that code objects depend on which are proven.
    evidence: Choices,
}

impl<'a> Checker<'a> {
    /// A checker without lowered code yet; `decoded` are the instructions of the code object that is checked first.
    pub fn new(dialect: &'a Dialect, interner: Interner, decoded: Option<Vec<Instruction>>) -> Checker<'a> {
        let (verdicts, around) = (Vec::new(), Equality::Exact);
        Checker { dialect, interner, codes: &[], verdicts, around, decoded, evidence: 0 }
    }

    /// The end of a check.
    pub fn finish(self) -> Trial {
        let asked = self.dialect.compiler.ever_asked();
        Trial { verdicts: self.verdicts, evidence: self.evidence, asked }
    }

    /// Gives a code object and all in it the same verdict.
    pub fn all(&mut self, code: &CodeObject, path: String, difference: &Difference) {
        for (_, inner) in children(code) {
            let inner_path = format!("{path}.{}", inner.name.to_string_lossy());
            stacker::maybe_grow(64 * 1024, 1 << 20, || self.all(inner, inner_path, difference));
        }
        self.push(code, path, Some(difference.clone()), Equality::Exact);
    }

    pub fn push(
        &mut self,
        code: &CodeObject,
        path: String,
        difference: Option<Difference>,
        equality: Equality,
    ) {
        let first_line = u32::try_from(code.firstlineno).unwrap_or(0);
        self.verdicts.push(CodeVerdict { code: CodeId::of(code), path, first_line, difference, equality });
    }

    /// Checks a code object and all in it.
    pub fn check(&mut self, code: &CodeObject, number: u32, path: String) {
        let (pairs, paired, equality) = self.check_one(code, number, path.clone());
        let around = self.around;
        if equality == Equality::Emulated {
            self.around = equality;
        }
        self.nested(code, &self.codes[number as usize], pairs, paired, &path);
        self.around = around;
    }

    /// Checks a code object itself. Gives which code objects in it belong to which of the source, whether that is known, and how
    /// it is equal.
    pub fn check_one(
        &mut self,
        code: &CodeObject,
        number: u32,
        path: String,
    ) -> (Vec<(u32, u32)>, bool, Equality) {
        let lowered = &self.codes[number as usize];
        let mut pairs = Vec::new();
        let decoded = self.decoded.take().map_or_else(|| decode(code.version, &code.code), Ok);
        let temporaries = Temporaries::of(code);
        let mut equality = match has_temporaries(&lowered.program, &temporaries, &self.interner) {
            true => Equality::Emulated,
            false => Equality::Exact,
        };
        let header = {
            let around = (&temporaries, self.around);
            header_difference(code, &lowered.header, around, self.dialect, &mut self.interner)
        };
        let difference = match (header, decoded) {
            (Some((bytecode, source)), _) => {
                equality = Equality::Exact;
                let line = Some(lowered.first_line);
                Some(Difference { kind: DifferenceKind::Header, offset: None, line, bytecode, source })
            }
            (None, Ok(decoded)) => self.instructions(code, &decoded, lowered, &mut equality, &mut pairs),
            (None, Err(error)) => {
                equality = Equality::Exact;
                Some(unreadable(error.into()))
            }
        };
        let paired = difference.is_none() || equality == Equality::Emulated;
        if paired {
            self.evidence |= lowered.asked;
        }
        self.push(code, path, difference, equality);
        (pairs, paired, equality)
    }

    fn instructions(
        &mut self,
        code: &CodeObject,
        decoded: &[Instruction],
        lowered: &Lowered,
        equality: &mut Equality,
        pairs: &mut Vec<(u32, u32)>,
    ) -> Option<Difference> {
        let program = match read_decoded(code, decoded, self.dialect, &mut self.interner) {
            Ok(program) => program,
            Err(fault) => {
                *equality = Equality::Exact;
                return Some(unreadable(fault));
            }
        };
        let mut walk = |equality: Equality| {
            let likeness = match equality {
                Equality::Exact => Likeness::Exact,
                Equality::Emulated => {
                    Likeness::Loose(Sight::of(code, &program, lowered.is_bare_class, &self.interner))
                }
            };
            compare(code, &program, &lowered.program, likeness, self.dialect, &mut self.interner)
        };
        let outcome = walk(*equality);
        *pairs = outcome.pairs;
        // What instructions say holds for the interpreter only where a compiler may have written them.
        let Some(mismatch) = outcome.mismatch else {
            let odd = oddities(code, decoded);
            if odd.is_some() {
                *equality = Equality::Exact;
            }
            return odd;
        };
        let loose = if *equality == Equality::Exact { Some(walk(Equality::Emulated)) } else { None };
        *equality = Equality::Exact;
        if let Some(Outcome { mismatch: None, pairs: loosely_paired }) = loose {
            *pairs = loosely_paired;
            if let Some(odd) = oddities(code, decoded) {
                return Some(odd);
            }
            *equality = Equality::Emulated;
        }
        Some(difference(mismatch))
    }

    /// The nested code objects: those that stand for each other, and the rest by name and order.
    fn nested(
        &mut self,
        code: &CodeObject,
        lowered: &Lowered,
        pairs: Vec<(u32, u32)>,
        paired: bool,
        path: &str,
    ) {
        let mut by_child: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
        let mut taken: FxHashSet<u32> = FxHashSet::default();
        for (child, number) in pairs.into_iter().filter(|_| paired) {
            by_child.entry(child).or_default().push(number);
            taken.insert(number);
        }
        let inner: Vec<_> = children(code).map(|(at, _)| at).collect();
        for at in inner {
            let Some(inner) = child(code, at) else { continue };
            let path = format!("{path}.{}", inner.name.to_string_lossy());
            let mut numbers = by_child.remove(&at).unwrap_or_default();
            if numbers.is_empty() && !(paired && self.around == Equality::Emulated) {
                let found = lowered.children.iter().copied().find(|number| {
                    !taken.contains(number) && self.codes[*number as usize].header.name == inner.name
                });
                taken.extend(found);
                numbers.extend(found);
            }
            if numbers.is_empty() && paired {
                // No compiler made this code, and no instruction loads what is left in it.
                self.unused(inner, path);
                continue;
            }
            stacker::maybe_grow(256 * 1024, 2 << 20, || self.check_against(inner, &numbers, path));
        }
    }

    /// Code that nothing loads does nothing, whatever source there is.
    fn unused(&mut self, code: &CodeObject, path: String) {
        for (_, inner) in children(code) {
            let inner_path = format!("{path}.{}", inner.name.to_string_lossy());
            stacker::maybe_grow(64 * 1024, 1 << 20, || self.unused(inner, inner_path));
        }
        self.push(code, path, None, Equality::Emulated);
    }

    /// One constant may stand for several equal code objects of the source: all must be equal to it.
    pub fn check_against(&mut self, code: &CodeObject, numbers: &[u32], path: String) {
        let Some((&first, others)) = numbers.split_first() else {
            let difference = Difference {
                kind: DifferenceKind::Missing,
                offset: None,
                line: None,
                bytecode: code.name.to_string_lossy().into_owned(),
                source: String::new(),
            };
            return self.all(code, path, &difference);
        };
        let from = self.verdicts.len();
        self.check(code, first, path.clone());
        for &number in others {
            let kept = self.verdicts.split_off(from);
            self.check(code, number, path.clone());
            let again = std::mem::take(&mut self.verdicts);
            let (before, again) = again.split_at(from);
            self.verdicts = before.to_vec();
            for (mut verdict, other) in kept.into_iter().zip(again) {
                let same = verdict.does_the_same() && other.does_the_same();
                let exact = [&verdict, other].iter().all(|one| one.equality == Equality::Exact);
                verdict.equality = if same && !exact { Equality::Emulated } else { Equality::Exact };
                verdict.difference = verdict.difference.or_else(|| other.difference.clone());
                self.verdicts.push(verdict);
            }
        }
    }
}

/// Walks the program of `code` beside another, as strictly as `likeness` demands.
pub(crate) fn compare(
    code: &CodeObject,
    bytecode: &Program,
    source: &Program,
    likeness: Likeness,
    dialect: &Dialect,
    interner: &mut Interner,
) -> Outcome {
    match likeness {
        Likeness::Exact => walk(bytecode, source, likeness, dialect, interner),
        Likeness::Loose(_) => {
            let temporaries = Temporaries::of(code);
            let closes_over = |number: u32, cells: &[Name]| {
                let free = child(code, number).map(|inner| &inner.freevars[..]).unwrap_or_default();
                free.len() == cells.len()
                    && free.iter().zip(cells).all(|(free, cell)| free == interner.spell(*cell))
            };
            let bytecode = loosen(bytecode, &closes_over, &temporaries, dialect, interner);
            let source = loosen(source, &|_, _| true, &temporaries, dialect, interner);
            walk(&bytecode, &source, likeness, dialect, interner)
        }
    }
}

pub(crate) fn unreadable(fault: ReadFault) -> Difference {
    let (offset, bytecode) = match fault {
        ReadFault::Decode(error) => (Some(error.offset), error.kind.to_string()),
        ReadFault::Operand(at) => (Some(at), "an argument out of range".to_owned()),
        ReadFault::Target(at) => (Some(at), "a jump to no instruction".to_owned()),
    };
    Difference { kind: DifferenceKind::Bytecode, offset, line: None, bytecode, source: String::new() }
}

pub(crate) fn difference(mismatch: Mismatch) -> Difference {
    Difference {
        kind: if mismatch.broken { DifferenceKind::Bytecode } else { DifferenceKind::Instruction },
        offset: Some(mismatch.offset),
        line: Some(mismatch.line),
        bytecode: mismatch.bytecode,
        source: mismatch.source,
    }
}

/// What the two headers disagree about, on both sides.
fn header_difference(
    code: &CodeObject,
    header: &Header,
    (temporaries, around): (&Temporaries, Equality),
    dialect: &Dialect,
    interner: &mut Interner,
) -> Option<(String, String)> {
    let differ = |what: &str, a: &[PyStr], b: &[PyStr]| Some((show::names(what, a), show::names(what, b)));
    let one = std::slice::from_ref::<PyStr>;
    if code.name != header.name {
        return differ("name", one(&code.name), one(&header.name));
    }
    let counts = |argcount: u32, posonly: u32, kwonly: u32| (argcount, posonly, kwonly);
    let a = counts(code.argcount, code.posonlyargcount, code.kwonlyargcount);
    let b = counts(header.argcount, header.posonlyargcount, header.kwonlyargcount);
    if a != b {
        return Some((show::argument_counts(a), show::argument_counts(b)));
    }
    if code.flags != header.flags {
        return Some((show::flags(code.flags, code.version), show::flags(header.flags, code.version)));
    }
    // Where functions were made by hand, so were their qualified names.
    if around == Equality::Exact && dialect.has_qualnames() && code.qualname != header.qualname {
        return differ("qualified name", one(&code.qualname), one(&header.qualname));
    }
    let args = &code.varnames[..header.args.len().min(code.varnames.len())];
    if args != header.args {
        return differ("arguments", args, &header.args);
    }
    let sorted = |names: &[lancehead_pyc::PyStr]| {
        let mut names = names.to_vec();
        names.sort();
        names
    };
    let mut varnames = header.varnames.clone();
    varnames.retain(|name| !temporaries.contains(name) && !code.freevars.contains(name));
    for (what, a, b) in [
        ("variables", &own_variables(code), &varnames),
        ("cell variables", &code.cellvars, &header.cellvars),
        ("free variables", &code.freevars, &header.freevars),
    ] {
        let a = sorted(a);
        if a != *b {
            return differ(what, &a, b);
        }
    }
    // Closures are handed over by position. Code that was put together by hand is compared with what hands them over.
    if around == Equality::Exact && code.freevars != header.freevars {
        return differ("free variables in the order", &code.freevars, &header.freevars);
    }
    let docstring = docstring(code, dialect);
    if header.is_def && docstring != header.docstring {
        let mut show = |text: &Option<PyStr>| show::docstring(text.as_ref(), interner);
        return Some((show(&docstring), show(&header.docstring)));
    }
    None
}

/// The local variables of code, but those that no source can have: they are called as variables of enclosing functions
/// are, and nothing tells them apart but the instructions.
pub(crate) fn own_variables(code: &CodeObject) -> Vec<PyStr> {
    let is_own = |name: &&PyStr| !code.freevars.contains(name);
    code.varnames.iter().filter(is_own).cloned().collect()
}

/// A function's docstring: flagged since 3.14, before that the first constant of every `def`.
fn docstring(code: &CodeObject, dialect: &Dialect) -> Option<lancehead_pyc::PyStr> {
    let has_one = if dialect.flags_docstrings() {
        code.flags & co_flags::HAS_DOCSTRING != 0
    } else {
        code.flags & co_flags::FUNCTION == co_flags::FUNCTION && !code.name.as_bytes().starts_with(b"<")
    };
    match code.consts.first().map(|first| &**first) {
        Some(lancehead_pyc::Object::Str(text)) if has_one => Some(text.clone()),
        _ => None,
    }
}
