//! Scopes and the names in them.

use rustc_hash::FxHashMap;

use crate::intern::{Interner, Name};

/// A scope of a [`Scopes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ScopeId(pub u32);

/// What opens a scope, by the address of its node in the tree, which outlives the scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key(pub usize, pub Part);

/// Which of a node's scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    Body,
    TypeParams,
    Annotations,
    Bound,
    Default,
}

impl Key {
    pub fn of<T>(node: &T, part: Part) -> Key {
        Key(std::ptr::from_ref(node) as usize, part)
    }
}

/// What kind of code a scope belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    Module,
    Class,
    Function,
    Lambda,
    Comprehension(Comp),
    /// `__annotate__` (3.14), or annotations that are only kept as text.
    Annotations,
    TypeParams,
    TypeAlias,
    /// The bound, constraints or default of a type parameter.
    TypeVariable,
}

/// Kinds of comprehensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Comp {
    List,
    Set,
    Dict,
    Generator,
}

impl Kind {
    /// Whether names are local variables there (`_PyST_IsFunctionLike`).
    pub fn is_function_like(self) -> bool {
        !matches!(self, Kind::Module | Kind::Class)
    }
}

/// How a name was used; bits of [`Symbol::flags`].
pub mod flag {
    pub const GLOBAL: u32 = 1;
    pub const LOCAL: u32 = 2;
    pub const PARAM: u32 = 4;
    pub const NONLOCAL: u32 = 8;
    pub const USE: u32 = 16;
    pub const IMPORT: u32 = 32;
    pub const TYPE_PARAM: u32 = 64;
    pub const FREE_CLASS: u32 = 128;
    pub const COMP_CELL: u32 = 256;
    pub const ANNOT: u32 = 512;
    /// The name is bound here.
    pub const BOUND: u32 = LOCAL | PARAM | IMPORT | TYPE_PARAM;
}

/// What a name means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Meaning {
    #[default]
    Unknown,
    Local,
    GlobalExplicit,
    GlobalImplicit,
    Free,
    Cell,
}

/// A name in a scope.
#[derive(Debug, Clone, Copy, Default)]
pub struct Symbol {
    pub flags: u32,
    pub meaning: Meaning,
}

/// One scope.
#[derive(Debug)]
pub struct Scope {
    pub kind: Kind,
    pub name: Name,
    pub parent: Option<ScopeId>,
    pub children: Vec<ScopeId>,
    pub params: Vec<Name>,
    pub nested: bool,
    pub generator: bool,
    /// Whether it has a `return` with a value.
    pub returns_value: bool,
    pub coroutine: bool,
    /// A comprehension that is compiled into the code around it (3.12).
    pub inlined: bool,
    /// A class whose methods use `__class__`.
    pub needs_class_closure: bool,
    /// A class whose inner scopes look into its namespace (3.12).
    pub needs_classdict: bool,
    pub can_see_class: bool,
    /// Annotations may or may not be executed (3.14).
    pub conditional_annotations: bool,
    pub(super) in_conditional: bool,
    pub(super) unevaluated: bool,
    /// The scope of the annotations of a class or module (3.14).
    pub annotations: Option<ScopeId>,
    /// Names bound here or below are free here or below.
    pub(super) free: bool,
    pub(super) child_free: bool,
    pub(super) symbols: Vec<(Name, Symbol)>,
    /// Where each symbol is, once there are many.
    pub(super) index: FxHashMap<Name, u32>,
}

/// So many symbols are looked through faster than a table is made.
const FEW_SYMBOLS: usize = 24;

impl Scope {
    /// What is known of a name.
    pub fn symbol(&self, name: Name) -> Option<Symbol> {
        self.position(name).map(|at| self.symbols[at].1)
    }

    pub(super) fn position(&self, name: Name) -> Option<usize> {
        match self.symbols.len() <= FEW_SYMBOLS {
            true => self.symbols.iter().position(|(known, _)| *known == name),
            false => self.index.get(&name).map(|&at| at as usize),
        }
    }

    /// All names, in order of appearance.
    pub fn symbols(&self) -> &[(Name, Symbol)] {
        &self.symbols
    }

    pub(super) fn symbol_mut(&mut self, name: Name) -> &mut Symbol {
        let at = self.position(name).unwrap_or_else(|| {
            self.symbols.push((name, Symbol::default()));
            match self.symbols.len() {
                ..=FEW_SYMBOLS => {}
                len if len == FEW_SYMBOLS + 1 => self.rebuild_index(),
                len => drop(self.index.insert(name, len as u32 - 1)),
            }
            self.symbols.len() - 1
        });
        &mut self.symbols[at].1
    }

    pub(super) fn rebuild_index(&mut self) {
        self.index = self.symbols.iter().enumerate().map(|(at, (name, _))| (*name, at as u32)).collect();
    }

    pub(super) fn flags(&self, name: Name) -> u32 {
        self.symbol(name).map_or(0, |symbol| symbol.flags)
    }

    /// Gives a name another meaning for a while (inlined comprehensions); the former one is returned.
    pub fn set(&mut self, name: Name, symbol: Symbol) {
        *self.symbol_mut(name) = symbol;
    }
}

/// All scopes of a module.
#[derive(Debug)]
pub struct Scopes {
    pub(super) scopes: Vec<Scope>,
    pub(super) by_key: FxHashMap<Key, ScopeId>,
}

/// Something that the compiler would refuse, at this line.
#[derive(Debug, Clone)]
pub struct ScopeFault(pub &'static str, pub u32);

impl Scopes {
    pub fn get(&self, id: ScopeId) -> &Scope {
        &self.scopes[id.0 as usize]
    }

    pub fn get_mut(&mut self, id: ScopeId) -> &mut Scope {
        &mut self.scopes[id.0 as usize]
    }

    /// The scope that a node opens.
    pub fn find(&self, key: Key) -> Option<ScopeId> {
        self.by_key.get(&key).copied()
    }
}

/// A name as it is inside a class: `__private` becomes `_Class__private`.
pub fn mangle(interner: &mut Interner, class: Option<Name>, name: Name) -> Name {
    let Some(class) = class else { return name };
    let text = interner.spell(name).as_bytes();
    if !text.starts_with(b"__") || text.ends_with(b"__") || text.contains(&b'.') {
        return name;
    }
    let class = interner.spell(class).as_bytes();
    let stripped = match class.iter().position(|byte| *byte != b'_') {
        Some(start) => &class[start..],
        None => return name,
    };
    let mangled = [b"_", stripped, text].concat();
    match lancehead_pyc::PyStr::from_wtf8(&mangled) {
        Ok(mangled) => interner.name(&mangled),
        Err(_) => name,
    }
}
