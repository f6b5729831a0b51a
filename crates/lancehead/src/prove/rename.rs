//! Names that no source can spell, exchanged for others before anything is decompiled.
//!
//! Bytecode may call a variable `@py_assert1` (pytest does), `class`, `a b` or nothing at all. A copy of the code gets names that
//! Python can write, the same one in every place; it is decompiled, and the text is proven against it. What is exchanged is
//! told as [`renamed`](crate::Decompilation::renamed).

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use lancehead_ast::{is_identifier, nearest_identifier};
use lancehead_pyc::{CodeObject, Object, ObjectRef, PyStr, is_wild};
use rustc_hash::{FxHashMap, FxHashSet};

use super::name_uses::{Definition, Uses};

/// Names that the compiler gives to variables, and that no source spells.
const HIDDEN: [&str; 6] = [".0", ".defaults", ".kwdefaults", ".type_params", ".generic_base", ".format"];

/// Names that the compiler gives to code.
const CODE: [&str; 6] = ["<module>", "<lambda>", "<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"];

/// Names deeper than this stay: the reader lets no code nest so.
const MAX_DEPTH: usize = 1000;

/// Qualified names longer than this are taken part by part.
const MAX_QUALNAME: usize = 4096;

/// Code whose names source can spell, and what was exchanged.
pub(super) struct Renamed {
    pub code: CodeObject,
    pub names: Names,
}

/// The copy of `code` with names that source can spell; `None` if it has no others. Its own name stays if it is a module.
pub(super) fn renamed(code: &CodeObject, is_module: bool) -> Option<Renamed> {
    let root = (!is_module).then_some(&code.name);
    let is_odd_itself = root.is_some_and(|name| !is_compilers(name) && !can_be_spelled(name));
    if !is_odd_itself && !may_be_odd(code, 0) {
        return None;
    }
    let mut names = Names::default();
    root.into_iter().for_each(|name| names.meet_code(name));
    names.collect(code, 0);
    if names.odd.is_empty() && !names.has_clashes {
        return None;
    }
    names.choose();
    let mut copy = code.clone();
    names.apply(&mut copy, 0);
    if let Some(name) = root {
        copy.name = names.code_name(name);
        copy.qualname = names.qualname(&code.qualname);
    }
    Some(Renamed { code: copy, names })
}

/// Whether code, or any in it, may have names that source cannot spell, or variables that share theirs: a look at the names alone.
/// What the instructions do with them is asked only where a name may be that of a module, `a.b`.
fn may_be_odd(code: &CodeObject, depth: usize) -> bool {
    let is_odd = |name: &PyStr| !can_be_spelled(name);
    let variables = || code.varnames.iter().chain(&code.cellvars).chain(&code.freevars);
    let is_dotted = |name: &PyStr| parts(name).all(|part| can_be_spelled(&part));
    let mut odd_names = code.names.iter().enumerate().filter(|(_, name)| is_odd(name)).peekable();
    if odd_names.peek().is_some() {
        let uses = Uses::of(code);
        if odd_names.any(|(at, name)| !is_dotted(name) || !uses.is_imported(at)) {
            return true;
        }
    }
    let mut seen: FxHashSet<&PyStr> = code.freevars.iter().collect();
    let shares = !code.varnames.iter().all(|name| seen.insert(name));
    if shares || variables().any(is_odd) {
        return true;
    }
    code.consts.iter().any(|constant| match &**constant {
        Object::Tuple(items) => {
            items.iter().any(|item| matches!(&**item, Object::Str(name) if *name != "*" && is_odd(name)))
                && !Names::of_constants(code).iter().all(can_be_spelled)
        }
        Object::Code(inner) => {
            !is_compilers(&inner.name) && is_odd(&inner.name)
                || depth >= MAX_DEPTH
                || may_be_odd(inner, depth + 1)
        }
        _ => false,
    })
}

/// The names of some code, and what becomes of those that source cannot spell.
#[derive(Debug, Default)]
pub(super) struct Names {
    all: FxHashSet<PyStr>,
    /// Those that cannot be spelled, in the order in which they were met.
    odd: Vec<PyStr>,
    chosen: FxHashMap<PyStr, PyStr>,
    /// Those of the odd ones that are printed as chosen somewhere.
    used: RefCell<FxHashSet<PyStr>>,
    /// How many names were made of the same text.
    counts: FxHashMap<String, u32>,
    has_clashes: bool,
    /// What else was exchanged: names of variables that share theirs with another of the same code, and names of functions that
    /// are stored under another.
    others: Vec<(PyStr, PyStr)>,
    /// Qualified names of functions that are called as they are stored.
    qualnames: FxHashMap<PyStr, PyStr>,
}

impl Names {
    /// What a name has become.
    pub fn of(&self, name: &PyStr) -> PyStr {
        match self.chosen.get(name) {
            Some(other) => {
                self.used.borrow_mut().insert(name.clone());
                other.clone()
            }
            None => name.clone(),
        }
    }

    /// Each name that was exchanged, with what is printed for it; where that is not the same everywhere, all that is.
    pub fn table(&self) -> BTreeMap<String, String> {
        let shown = |name: &PyStr| name.to_string_lossy().into_owned();
        let used = self.used.borrow();
        let used = self.odd.iter().filter(|name| used.contains(*name));
        let mut printed: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (name, other) in used.filter_map(|name| Some((name, self.chosen.get(name)?))) {
            printed.entry(shown(name)).or_default().insert(shown(other));
        }
        for (name, other) in &self.others {
            printed.entry(shown(name)).or_default().insert(shown(other));
        }
        let joined = |names: BTreeSet<String>| names.into_iter().collect::<Vec<_>>().join(", ");
        printed.into_iter().map(|(name, others)| (name, joined(others))).collect()
    }

    /// Takes note of a name.
    fn meet(&mut self, name: &PyStr) {
        if self.all.insert(name.clone()) && !can_be_spelled(name) {
            self.odd.push(name.clone());
        }
    }

    fn meet_code(&mut self, name: &PyStr) {
        if !is_compilers(name) {
            self.meet(name);
        }
    }

    /// Takes note of all names in a code object and those within it, and of variables that share theirs.
    fn collect(&mut self, code: &CodeObject, depth: usize) {
        let uses = Uses::of(code);
        for (at, name) in code.names.iter().enumerate() {
            match uses.is_imported(at) {
                true => parts(name).for_each(|part| self.meet(&part)),
                false => self.meet(name),
            }
        }
        for name in code.varnames.iter().chain(&code.cellvars).chain(&code.freevars) {
            self.meet(name);
        }
        Names::in_constants(code, &uses, &mut |name| self.meet(name));
        for inner in code.consts.iter().filter_map(code_of) {
            self.meet_code(&inner.name);
            if depth < MAX_DEPTH {
                self.collect(inner, depth + 1);
            }
        }
        self.has_clashes |= !clashes(code, &uses).is_empty();
    }

    /// Calls `visit` with the names in the constants that instructions take names from.
    fn in_constants(code: &CodeObject, uses: &Uses, visit: &mut dyn FnMut(&PyStr)) {
        for constant in uses.name_constants().filter_map(|at| code.consts.get(at)) {
            if let Object::Tuple(items) = &**constant {
                for item in items {
                    if let Object::Str(name) = &**item
                        && *name != "*"
                    {
                        visit(name);
                    }
                }
            }
        }
    }

    /// The names in the constants that instructions take names from.
    fn of_constants(code: &CodeObject) -> Vec<PyStr> {
        let mut names = Vec::new();
        Names::in_constants(code, &Uses::of(code), &mut |name| names.push(name.clone()));
        names
    }

    /// Chooses what is printed for the names that cannot be spelled. A private name stays private, and what the class makes of it
    /// (`_C__name`) stays that.
    fn choose(&mut self) {
        let mut odd = self.odd.clone();
        odd.sort_by_key(|name| !name.as_bytes().starts_with(b"__"));
        for name in odd {
            let other = self.mangled(&name).unwrap_or_else(|| self.fresh(&name));
            self.chosen.insert(name, other);
        }
    }

    /// What becomes of a name that a class has made of a private one.
    fn mangled(&self, name: &PyStr) -> Option<PyStr> {
        let bytes = name.as_bytes();
        let at = (1..bytes.len()).find(|at| bytes[*at..].starts_with(b"__"))?;
        let (class, private) = bytes.split_at(at);
        let private = self.chosen.get(&PyStr::from_wtf8(private).ok()?)?;
        let made = PyStr::from_wtf8(&[class, private.as_bytes()].concat()).ok()?;
        (class.starts_with(b"_") && can_be_spelled(&made) && !self.all.contains(&made)).then_some(made)
    }

    /// An identifier like `name` that nothing is called by.
    fn fresh(&mut self, name: &PyStr) -> PyStr {
        let mut base = nearest_identifier(&name.to_string_lossy());
        let is_private = name.as_bytes().starts_with(b"__") && !name.as_bytes().ends_with(b"__");
        if is_private {
            let rest = base.trim_matches('_');
            base = format!("__{}", if rest.is_empty() { "name" } else { rest });
        }
        loop {
            let count = self.counts.entry(base.clone()).or_default();
            *count += 1;
            let made: PyStr = match (*count, &*base) {
                (1, base) => base.into(),
                (count, "_") => format!("_{count}").into(),
                (count, base) => format!("{base}_{count}").into(),
            };
            if self.all.insert(made.clone()) {
                return made;
            }
        }
    }

    fn code_name(&self, name: &PyStr) -> PyStr {
        if is_compilers(name) { name.clone() } else { self.of(name) }
    }

    /// A dotted name, part by part.
    fn dotted(&self, name: &PyStr) -> PyStr {
        join(parts(name).map(|part| self.of(&part)))
    }

    /// A qualified name: as much of it as is known to be another, and the rest part by part. It may end with a dot.
    fn qualname(&self, name: &PyStr) -> PyStr {
        let bytes = name.as_bytes();
        let dots = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'.').map(|(at, _)| at);
        let ends: Vec<usize> = dots.chain([bytes.len()]).collect();
        // No name of any source is so long; each end is looked at from the start.
        let ends = if bytes.len() > MAX_QUALNAME || self.qualnames.is_empty() { Vec::new() } else { ends };
        let known = ends.iter().rev().find_map(|end| {
            let around = PyStr::from_wtf8(&bytes[..*end]).ok()?;
            Some((self.qualnames.get(&around)?.clone(), *end))
        });
        let (mut made, rest) = match &known {
            Some((known, end)) => (known.as_bytes().to_vec(), &bytes[*end..]),
            None => (Vec::new(), bytes),
        };
        for (number, part) in rest.split(|byte| *byte == b'.').enumerate() {
            if number > 0 {
                made.push(b'.');
            }
            let is_edge =
                part.is_empty() && (number == 0 && known.is_some() || rest.ends_with(b".") && number > 0);
            let part = PyStr::from_wtf8(part).unwrap_or_default();
            match part == "<locals>" || is_edge {
                true => made.extend_from_slice(part.as_bytes()),
                false => made.extend_from_slice(self.code_name(&part).as_bytes()),
            }
        }
        PyStr::from_wtf8(&made).unwrap_or_default()
    }

    /// Exchanges the names in a code object and those within it.
    fn apply(&mut self, code: &mut CodeObject, depth: usize) {
        let uses = Uses::of(code);
        let clashing = clashes(code, &uses);
        let stored = self.called_as_stored(code, &uses);
        let constants: Vec<usize> = uses.name_constants().collect();
        for at in constants {
            if let Some(constant) = code.consts.get_mut(at) {
                *constant = self.constant(constant);
            }
        }
        for (at, name) in code.names.iter_mut().enumerate() {
            *name = if uses.is_imported(at) && !name.is_empty() {
                self.dotted(name)
            } else {
                self.name(name, &uses, at)
            };
        }
        let own: Vec<(usize, PyStr)> =
            clashing.into_iter().map(|at| (at, code.varnames[at].clone())).collect();
        for names in [&mut code.varnames, &mut code.cellvars, &mut code.freevars] {
            names.iter_mut().for_each(|name| *name = self.of(name));
        }
        code.localsplus.iter_mut().for_each(|(name, _)| *name = self.of(name));
        for (at, name) in own {
            let other = self.fresh(&name);
            self.others.push((name.clone(), self.of(&name)));
            rename_local(code, at, &other);
            self.others.push((name, other));
        }
        for (at, constant) in code.consts.iter_mut().enumerate() {
            let Some(inner) = code_of(constant) else { continue };
            let mut copy = inner.clone();
            copy.name = match stored.get(&at) {
                Some(name) => name.clone(),
                None => self.code_name(&inner.name),
            };
            copy.qualname = match inner.qualname == inner.name {
                true => copy.name.clone(),
                false => self.qualname(&inner.qualname),
            };
            if depth < MAX_DEPTH {
                self.apply(&mut copy, depth + 1);
            }
            *constant = Object::Code(Box::new(copy)).into();
        }
    }

    /// The functions within, by constant, whose names cannot be spelled but that are stored under a name: they are called by that.
    fn called_as_stored(&mut self, code: &CodeObject, uses: &Uses) -> FxHashMap<usize, PyStr> {
        let mut stored = FxHashMap::default();
        for Definition { code: at, qualname, name } in uses.definitions() {
            let Some(inner) = code.consts.get(*at).and_then(code_of) else { continue };
            // A private name is stored as the class has made it.
            let is_alike = !inner.name.is_empty() && name.as_bytes().ends_with(inner.name.as_bytes());
            if can_be_spelled(&inner.name) || is_compilers(&inner.name) || is_alike {
                continue;
            }
            let name = self.of(name);
            let qualified = match qualname.and_then(|at| code.consts.get(at)).map(|constant| &**constant) {
                Some(Object::Str(text)) => text,
                _ => &inner.qualname,
            };
            let around = qualified.as_bytes().strip_suffix(inner.name.as_bytes());
            let around = around.and_then(|around| PyStr::from_wtf8(around).ok());
            if let Some(around) =
                around.filter(|around| around.is_empty() || around.as_bytes().ends_with(b"."))
            {
                let around = self.qualname(&around);
                let whole = [around.as_bytes(), name.as_bytes()].concat();
                self.qualnames.insert(qualified.clone(), PyStr::from_wtf8(&whole).unwrap_or_default());
            }
            self.others.push((inner.name.clone(), name.clone()));
            stored.insert(*at, name);
        }
        stored
    }

    /// A name that no import asks for; the empty one is that of the package, if one does.
    fn name(&self, name: &PyStr, uses: &Uses, at: usize) -> PyStr {
        if uses.is_imported(at) { name.clone() } else { self.of(name) }
    }

    /// A constant that holds names: a qualified one, or a tuple of them.
    fn constant(&self, constant: &ObjectRef) -> ObjectRef {
        match &**constant {
            Object::Str(name) => Object::Str(self.qualname(name)).into(),
            Object::Tuple(items) => {
                let renamed = |item: &ObjectRef| match &**item {
                    Object::Str(name) if *name != "*" => Object::Str(self.of(name)).into(),
                    _ => item.clone(),
                };
                Object::Tuple(items.iter().map(renamed).collect()).into()
            }
            _ => constant.clone(),
        }
    }
}

/// Whether source can spell a name as it is, or no source has to.
fn can_be_spelled(name: &PyStr) -> bool {
    let is_plain = |text: &str| is_identifier(text) && !text.chars().any(is_wild);
    HIDDEN.iter().any(|hidden| *name == **hidden) || name.to_str().is_some_and(is_plain)
}

/// Whether the compiler calls code by a name that no source spells.
fn is_compilers(name: &PyStr) -> bool {
    CODE.iter().any(|known| *name == **known) || name.as_bytes().starts_with(b"<generic parameters of ")
}

/// The parts of a dotted name; none of the empty one.
fn parts(name: &PyStr) -> impl Iterator<Item = PyStr> {
    let parts = name.as_bytes().split(|byte| *byte == b'.');
    parts.filter_map(|part| PyStr::from_wtf8(part).ok()).collect::<Vec<_>>().into_iter()
}

fn join(parts: impl Iterator<Item = PyStr>) -> PyStr {
    let parts: Vec<PyStr> = parts.collect();
    let bytes: Vec<&[u8]> = parts.iter().map(PyStr::as_bytes).collect();
    PyStr::from_wtf8(&bytes.join(&b'.')).unwrap_or_default()
}

fn code_of(constant: &ObjectRef) -> Option<&CodeObject> {
    match &**constant {
        Object::Code(code) => Some(code),
        _ => None,
    }
}

/// The local variables, by index, that are called like one before them or like a variable of code around. The variables of
/// comprehensions that were inlined are: they are saved before, and put back.
fn clashes(code: &CodeObject, uses: &Uses) -> Vec<usize> {
    if uses.saves_variables() {
        return Vec::new();
    }
    let mut seen: FxHashSet<&PyStr> = code.freevars.iter().collect();
    let clashing = code.varnames.iter().enumerate().filter(|(_, name)| !seen.insert(name));
    clashing.map(|(at, _)| at).collect()
}

/// Gives a local variable a name of its own.
fn rename_local(code: &mut CodeObject, at: usize, name: &PyStr) {
    const LOCAL: u8 = 0x20;
    code.varnames[at] = name.clone();
    let mut locals = code.localsplus.iter_mut().filter(|(_, kind)| kind & LOCAL != 0);
    if let Some((local, _)) = locals.nth(at) {
        *local = name.clone();
    }
}
