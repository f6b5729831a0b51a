//! Imports.

use std::cell::RefCell;
use std::rc::Rc;

use lancehead_ast::{Alias, Constant, Expr, ExprKind, StmtKind};
use lancehead_pyc::PyStr;
use num_bigint::BigInt;

use super::{Machine, is_none};
use crate::code::failure::Outcome;
use crate::execute::value::{Import, Value};

impl Machine<'_> {
    /// `IMPORT_NAME`.
    pub fn import_name(&mut self, name: &PyStr, is_lazy: bool) -> Outcome<()> {
        let from_list = self.pop_expr()?;
        let level = match self.pop_expr()?.kind {
            ExprKind::Constant(Constant::Int(level)) if level >= BigInt::ZERO => u32::try_from(level).ok(),
            _ => None,
        };
        let Some(level) = level.filter(|level| *level < 1000) else {
            return self.fail("an import without a level");
        };
        self.push(Value::Module(Rc::new(Import {
            name: self.spelled(name),
            level,
            is_from: !is_none(&from_list),
            is_lazy,
            names: RefCell::default(),
        })));
        Ok(())
    }

    /// `IMPORT_FROM`: the module stays on the stack.
    pub fn import_from(&mut self, name: &PyStr) -> Outcome<()> {
        match self.stack.top() {
            Some(Value::Module(import) | Value::ImportedName(import, _)) => {
                let import = import.clone();
                self.push(Value::ImportedName(import, self.spelled(name)));
                Ok(())
            }
            _ => self.fail("a name imported from something that is no module"),
        }
    }

    /// `from module import *`.
    pub fn import_star(&mut self) -> Outcome<()> {
        let Value::Module(import) = self.pop()? else {
            return self.fail("everything imported from something that is no module");
        };
        import.names.borrow_mut().push(Alias { name: "*".into(), asname: None });
        self.emit_import_from(&import);
        // Since 3.12 an intrinsic does it, whose result is dropped.
        if self.version().intrinsics() {
            self.push(Value::Ignored);
        }
        Ok(())
    }

    /// A module that is dropped: all names have been imported from it.
    pub fn finish_import(&mut self, import: &Import) -> Outcome<()> {
        if import.is_from && !import.names.borrow().is_empty() {
            self.emit_import_from(import);
        }
        // What is dropped ends `import a.b as c`; no statement begins with it.
        self.take_statement_line();
        Ok(())
    }

    fn emit_import_from(&mut self, import: &Import) {
        let names = import.names.take();
        let module = (!import.name.is_empty()).then(|| import.name.clone());
        self.emit(StmtKind::ImportFrom { module, names, level: import.level, is_lazy: import.is_lazy });
    }

    /// Stores what was imported.
    pub fn bind_import(&mut self, target: Expr, value: Value) -> Outcome<()> {
        let ExprKind::Name(target) = target.kind else {
            return self.fail("an import into something that is no name");
        };
        match value {
            Value::ImportedName(import, name) if import.is_from => {
                let asname = (target != name).then_some(target);
                import.names.borrow_mut().push(Alias { name, asname });
            }
            // `import a.b as c` takes `b` from `a.b`, step by step.
            Value::ImportedName(import, _) => {
                let names = vec![Alias { name: import.name.clone(), asname: Some(target) }];
                self.emit(StmtKind::Import { names, is_lazy: import.is_lazy });
            }
            Value::Module(import) => {
                let first = import.name.as_bytes().split(|b| *b == b'.').next().unwrap_or_default();
                let plain = target.as_bytes() == first;
                let asname = (!plain).then_some(target);
                let names = vec![Alias { name: import.name.clone(), asname }];
                self.emit(StmtKind::Import { names, is_lazy: import.is_lazy });
            }
            _ => return self.fail("an import of something that is no module"),
        }
        Ok(())
    }
}
