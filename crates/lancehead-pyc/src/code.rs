//! Which code object, and the variables of one.

use rustc_hash::FxHashSet;

use crate::{CodeForm, CodeObject, PyStr, Version, co_fast, co_flags};

/// Which code object of a tree is meant. One that stands in several places of it is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CodeId(usize);

impl CodeId {
    /// The identity of a code object: it lasts as long as the code object is neither moved nor dropped.
    pub fn of(code: &CodeObject) -> CodeId {
        CodeId(std::ptr::from_ref(code).addr())
    }
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
