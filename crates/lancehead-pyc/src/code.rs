//! Code objects.

use rustc_hash::FxHashSet;

use crate::{CodeForm, ObjectRef, PyStr, Version, co_fast, co_flags};

/// Which code object of a tree is meant. One that stands in several places of it is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CodeId(usize);

impl CodeId {
    /// The identity of a code object: it lasts as long as the code object is neither moved nor dropped.
    pub fn of(code: &CodeObject) -> CodeId {
        CodeId(std::ptr::from_ref(code).addr())
    }
}

/// A code object, in the shape its version gives it, with the variables already told apart.
///
/// Fields are named as in CPython, without `co_`.
#[derive(Debug, Clone, PartialEq)]
pub struct CodeObject {
    /// The version whose bytecode this is.
    pub version: Version,
    /// Number of positional parameters, positional-only ones included.
    pub argcount: u32,
    /// Number of positional-only parameters (0 before 3.8).
    pub posonlyargcount: u32,
    /// Number of keyword-only parameters.
    pub kwonlyargcount: u32,
    /// Number of local variables; stored up to 3.10, derived from `varnames` since.
    pub nlocals: u32,
    /// Stack slots needed.
    pub stacksize: u32,
    /// `co_flags`.
    pub flags: u32,
    /// The bytecode.
    pub code: Vec<u8>,
    /// Constants.
    pub consts: Vec<ObjectRef>,
    /// Names of globals, attributes and imports.
    pub names: Vec<PyStr>,
    /// Names of local variables, parameters first.
    pub varnames: Vec<PyStr>,
    /// Names of variables from enclosing scopes.
    pub freevars: Vec<PyStr>,
    /// Names of local variables that inner scopes use. One that is also a parameter stands in `varnames` too.
    pub cellvars: Vec<PyStr>,
    /// `co_filename`.
    pub filename: PyStr,
    /// `co_name`.
    pub name: PyStr,
    /// `co_qualname` (3.11 and later; equal to `name` before).
    pub qualname: PyStr,
    /// First line of the source, from 1.
    pub firstlineno: i32,
    /// `co_lnotab` up to 3.9, `co_linetable` since.
    pub linetable: Vec<u8>,
    /// `co_exceptiontable` (empty before 3.11).
    pub exceptiontable: Vec<u8>,
    /// How `varnames`, `cellvars` and `freevars` share the frame since 3.11: names in slot order, each with its
    /// `CO_FAST_*` kind bits (0x10 hidden, 0x20 local, 0x40 cell, 0x80 free; since 3.14 also 0x02 by position, 0x04 by
    /// name, 0x08 starred, for parameters). Empty before. Writing demands that it says the same as those three; after
    /// a change to them, call [`set_localsplus_from_variables`](CodeObject::set_localsplus_from_variables).
    pub localsplus: Vec<(PyStr, u8)>,
    /// How it stood in the file it was read from, so that it can be written the same; the default for a new one.
    pub form: CodeForm,
}

impl CodeObject {
    /// A code object with nothing in it: no bytecode, no names, empty strings, line 0.
    pub fn new(version: Version) -> CodeObject {
        CodeObject {
            version,
            argcount: 0,
            posonlyargcount: 0,
            kwonlyargcount: 0,
            nlocals: 0,
            stacksize: 0,
            flags: 0,
            code: Vec::new(),
            consts: Vec::new(),
            names: Vec::new(),
            varnames: Vec::new(),
            freevars: Vec::new(),
            cellvars: Vec::new(),
            filename: PyStr::default(),
            name: PyStr::default(),
            qualname: PyStr::default(),
            firstlineno: 0,
            linetable: Vec::new(),
            exceptiontable: Vec::new(),
            localsplus: Vec::new(),
            form: CodeForm::default(),
        }
    }

    /// Fills `varnames`, `cellvars`, `freevars` and `nlocals` from `localsplus`, as CPython's properties of those
    /// names do (`_PyCode_GetVarnames` and its neighbours in `Objects/codeobject.c`).
    pub fn set_variables_from_localsplus(&mut self) {
        let of_kind = |bit: u8| {
            self.localsplus
                .iter()
                .filter(move |(_, kind)| kind & bit != 0)
                .map(|(name, _)| name.clone())
                .collect()
        };
        (self.varnames, self.cellvars, self.freevars) =
            (of_kind(co_fast::LOCAL), of_kind(co_fast::CELL), of_kind(co_fast::FREE));
        self.nlocals = self.varnames.len() as u32;
    }

    /// Fills `localsplus` from `varnames`, `cellvars` and `freevars`, in the order in which CPython's compiler lays out
    /// a frame: locals, then cells that are no parameters, then free variables (`compute_localsplus_info` in
    /// `Python/assemble.c`). A name keeps the kind it had where `localsplus` knew it with the same scope; since 3.14,
    /// the bits that say how a parameter is passed are set anew.
    pub fn set_localsplus_from_variables(&mut self) {
        const SCOPE: u8 = co_fast::LOCAL | co_fast::CELL | co_fast::FREE;
        // The same name may stand for a local variable and for one of an enclosing scope.
        let hidden: FxHashSet<(PyStr, u8)> = (self.localsplus.drain(..))
            .filter(|(_, kind)| kind & co_fast::HIDDEN != 0)
            .map(|(name, kind)| (name, kind & SCOPE))
            .collect();
        let kind_of = |name: &PyStr, scope: u8| match hidden.contains(&(name.clone(), scope)) {
            true => scope | co_fast::HIDDEN,
            false => scope,
        };
        let cells: FxHashSet<&PyStr> = self.cellvars.iter().collect();
        let locals: FxHashSet<&PyStr> = self.varnames.iter().collect();
        let mut slots = Vec::with_capacity(self.varnames.len() + self.cellvars.len() + self.freevars.len());
        for (index, name) in self.varnames.iter().enumerate() {
            let scope = if cells.contains(name) { co_fast::LOCAL | co_fast::CELL } else { co_fast::LOCAL };
            slots.push((name.clone(), kind_of(name, scope) | self.parameter_kind(index)));
        }
        let other_cells = self.cellvars.iter().filter(|name| !locals.contains(name));
        slots.extend(other_cells.map(|name| (name.clone(), kind_of(name, co_fast::CELL))));
        slots.extend(self.freevars.iter().map(|name| (name.clone(), kind_of(name, co_fast::FREE))));
        self.localsplus = slots;
        self.nlocals = self.varnames.len() as u32;
    }

    /// Whether `localsplus` says the same as `varnames`, `cellvars` and `freevars`.
    pub(crate) fn localsplus_agrees(&self) -> bool {
        let agrees = |bit: u8, names: &[PyStr]| {
            self.localsplus.iter().filter(|(_, kind)| kind & bit != 0).map(|(name, _)| name).eq(names)
        };
        agrees(co_fast::LOCAL, &self.varnames)
            && agrees(co_fast::CELL, &self.cellvars)
            && agrees(co_fast::FREE, &self.freevars)
    }

    /// The bits with which 3.14 and later say how parameter `index` is passed; none for other variables and versions.
    fn parameter_kind(&self, index: usize) -> u8 {
        if !self.version.marks_parameters() {
            return 0;
        }
        let [positional_only, positional, keyword_only] =
            [self.posonlyargcount, self.argcount, self.kwonlyargcount].map(|count| count as usize);
        let first_starred = positional + keyword_only;
        let starred = [
            (self.flags & co_flags::VARARGS != 0, co_fast::ARG_VAR | co_fast::ARG_POS),
            (self.flags & co_flags::VARKEYWORDS != 0, co_fast::ARG_VAR | co_fast::ARG_KW),
        ];
        match index {
            _ if index < positional_only => co_fast::ARG_POS,
            _ if index < positional => co_fast::ARG_POS | co_fast::ARG_KW,
            _ if index < first_starred => co_fast::ARG_KW,
            _ => {
                let mut present = starred.iter().filter(|(is_there, _)| *is_there).map(|(_, kind)| *kind);
                present.nth(index - first_starred).unwrap_or(0)
            }
        }
    }

    /// The name of frame slot `slot` of a `LOAD_FAST` or, since 3.11, of a `LOAD_DEREF` too.
    pub fn slot_name(&self, slot: u32) -> Option<&PyStr> {
        match self.localsplus.is_empty() {
            true => self.varnames.get(slot as usize),
            false => self.localsplus.get(slot as usize).map(|(name, _)| name),
        }
    }
}
