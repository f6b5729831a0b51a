//! Names: `compiler_nameop`.

use lancehead_ir::Variable;
use lancehead_pyc::PyStr;

use super::Lower;
use crate::act::Act;
use crate::intern::{Interner, Name};
use crate::scope::{Kind, Meaning, mangle};

/// What is done to a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    Load,
    Store,
    Delete,
}

impl<'a> Lower<'a> {
    /// A name as the source spells it, mangled if it is private.
    pub fn mangled(&mut self, name: &PyStr) -> Name {
        let name = self.i.name(name);
        let private = self.unit().private;
        mangle(self.i, private, name)
    }

    pub fn name(&mut self, name: &PyStr, how: Use) {
        if how == Use::Load && *name == "__debug__" {
            let debug = if self.optimize == 0 { Interner::TRUE } else { Interner::FALSE };
            return self.constant(debug);
        }
        let name = self.mangled(name);
        self.name_op(name, how);
    }

    pub fn name_op(&mut self, name: Name, how: Use) {
        let unit = self.unit();
        let (scope, kind, inlined) = (unit.scope, unit.kind, unit.inlined > 0);
        let hidden = unit.hidden.contains(&name);
        let can_see_class = self.scopes.get(scope).can_see_class;
        let meaning = self.scopes.get(scope).symbol(name).map_or(Meaning::Unknown, |s| s.meaning);
        let in_class = kind == Kind::Class && !inlined;
        let variable = match meaning {
            Meaning::Free | Meaning::Cell => Variable::Deref,
            Meaning::Local if kind.is_function_like() || hidden => Variable::Fast,
            Meaning::GlobalImplicit if kind.is_function_like() => Variable::Global,
            Meaning::GlobalExplicit => Variable::Global,
            _ => Variable::Name,
        };
        if variable == Variable::Fast {
            let renamed = if kind == Kind::Annotations && *self.i.spell(name) == ".format" {
                self.t("format")
            } else {
                name
            };
            self.unit().varnames.insert(renamed);
            let act = match how {
                Use::Load => Act::Load(Variable::Fast, renamed),
                Use::Store => Act::Store(Variable::Fast, renamed),
                Use::Delete => Act::Delete(Variable::Fast, renamed),
            };
            return self.emit(act);
        }
        match (how, variable) {
            (Use::Store, variable) => self.emit(Act::Store(variable, name)),
            (Use::Delete, variable) => self.emit(Act::Delete(variable, name)),
            (Use::Load, Variable::Deref) if in_class && !self.d.has_classdict() => {
                self.emit(Act::Load(Variable::ClassDeref, name));
            }
            (Use::Load, Variable::Deref) if in_class => {
                self.emit(Act::LoadLocals);
                self.emit(Act::LoadFromDict(Variable::Deref, name));
            }
            (Use::Load, Variable::Deref) if can_see_class => {
                self.load_classdict();
                self.emit(Act::LoadFromDict(Variable::Deref, name));
            }
            (Use::Load, Variable::Global) if can_see_class && meaning == Meaning::GlobalImplicit => {
                self.load_classdict();
                self.emit(Act::LoadFromDict(Variable::Global, name));
            }
            (Use::Load, Variable::Name) if kind == Kind::Class && inlined => {
                self.emit(Act::Load(Variable::Global, name));
            }
            (Use::Load, variable) => self.emit(Act::Load(variable, name)),
        }
    }

    fn load_classdict(&mut self) {
        let name = self.t("__classdict__");
        self.emit(Act::Load(Variable::Deref, name));
    }

    /// The meaning of a name in the code under construction.
    pub fn meaning(&mut self, name: Name) -> Meaning {
        let scope = self.unit().scope;
        self.scopes.get(scope).symbol(name).map_or(Meaning::Unknown, |symbol| symbol.meaning)
    }
}
