//! Imports.

use lancehead_ast::Alias;
use lancehead_pyc::PyStr;

use super::name::Use;
use super::{Lower, Result};
use crate::act::Act;
use crate::intern::{Interner, Value};

/// How `IMPORT_NAME` is told to import (3.15).
const LAZILY: u8 = 1;
const EAGERLY: u8 = 2;

impl<'a> Lower<'a> {
    fn import_name(&mut self, level: u32, from: crate::intern::Const, name: &PyStr, mode: u8) {
        let level = self.i.int(i64::from(level));
        self.constant(level);
        self.constant(from);
        let name = self.mangled(name);
        self.emit(Act::ImportName(name, mode));
    }

    /// 3.15: imports in functions, classes and `try` are never lazy.
    fn import_mode(&mut self, is_lazy: bool) -> u8 {
        let is_module = self.units.len() == 1;
        let unit = self.unit();
        let in_try = unit.blocks.iter().any(|block| {
            matches!(
                block,
                super::frame::Block::TryExcept
                    | super::frame::Block::FinallyTry { .. }
                    | super::frame::Block::FinallyEnd { .. }
                    | super::frame::Block::HandlerCleanup { .. }
            )
        });
        match (self.d.lazy_imports(), is_lazy) {
            (false, _) => 0,
            (true, true) => LAZILY,
            (true, false) if !is_module || in_try => EAGERLY,
            (true, false) => 0,
        }
    }

    pub fn import(&mut self, names: &[Alias], is_lazy: bool) -> Result {
        for alias in names {
            let mode = self.import_mode(is_lazy);
            self.import_name(0, Interner::NONE, &alias.name, mode);
            match &alias.asname {
                None => self.name(&crate::scope::first_part(&alias.name), Use::Store),
                Some(asname) => {
                    let parts: Vec<&[u8]> = alias.name.as_bytes().split(|byte| *byte == b'.').collect();
                    for (at, part) in parts.iter().enumerate().skip(1) {
                        let name = self.i.name(&PyStr::from_wtf8(part).unwrap_or_default());
                        if at > 1 {
                            self.emit(Act::Swap(2));
                            self.emit(Act::Pop);
                        }
                        self.emit(Act::ImportFrom(name));
                    }
                    self.name(asname, Use::Store);
                    if parts.len() > 1 {
                        self.emit(Act::Pop);
                    }
                }
            }
        }
        Ok(())
    }

    pub fn import_from(
        &mut self,
        module: Option<&PyStr>,
        names: &[Alias],
        level: u32,
        is_lazy: bool,
    ) -> Result {
        let list = names.iter().map(|alias| self.i.string(&alias.name)).collect();
        let list = self.i.constant(Value::Tuple(list));
        let mut mode = self.import_mode(is_lazy);
        let star = matches!(names, [alias] if alias.name == "*");
        if star && self.d.lazy_imports() {
            mode = EAGERLY;
        }
        self.import_name(level, list, &module.cloned().unwrap_or_default(), mode);
        if star {
            self.emit(Act::ImportStar);
            if self.d.intrinsics() {
                self.emit(Act::Pop);
            }
            return Ok(());
        }
        for alias in names {
            let name = self.mangled(&alias.name);
            self.emit(Act::ImportFrom(name));
            self.name(alias.asname.as_ref().unwrap_or(&alias.name), Use::Store);
        }
        self.emit(Act::Pop);
        Ok(())
    }
}
