//! Code objects in marshal data.

use super::view::View;
use super::{Cursor, Write, Writer};
use crate::CodeObject;
use crate::error::WriteError;
use crate::layout::{FLAG_REF, Field, code as typecode, fields};

impl<'a> Writer<'a> {
    /// Writes a code object, in its own form if it has one.
    pub(super) fn code(&mut self, view: View<'a>, code: &'a CodeObject) -> Write {
        self.check(code)?;
        let address = view.address();
        let marks = code.form.marks();
        if marks.is_none()
            && let Some(definition) = address.and_then(|address| self.shared.find(&address))
        {
            self.refer(definition);
            return Ok(());
        }
        let flagged = marks.is_some_and(|marks| marks.own.code & FLAG_REF != 0);
        let definition = self.define(flagged);
        if let Some(address) = address {
            self.shared.note(address, definition);
        }
        if let (Some(marks), true) = (marks, flagged) {
            self.kept.insert(marks.stream, marks.own.place, definition, view);
        }
        self.out.push(typecode::CODE);
        self.enter()?;
        let mut cursor = marks.map_or_else(Cursor::fresh, Cursor::new);
        for field in fields(self.version) {
            self.field(*field, code, &mut cursor)?;
        }
        self.depth -= 1;
        Ok(())
    }

    fn field(&mut self, field: Field, code: &'a CodeObject, cursor: &mut Cursor<'a>) -> Write {
        match field {
            Field::ArgCount => self.count("co_argcount", code.argcount),
            Field::PosOnlyArgCount => self.count("co_posonlyargcount", code.posonlyargcount),
            Field::KwOnlyArgCount => self.count("co_kwonlyargcount", code.kwonlyargcount),
            Field::NLocals => self.count("co_nlocals", code.nlocals),
            Field::StackSize => self.count("co_stacksize", code.stacksize),
            Field::Flags => {
                self.out.extend(code.flags.to_le_bytes());
                Ok(())
            }
            Field::Code => self.value(View::Bytes(&code.code), cursor),
            Field::Consts => self.value(View::Items(&code.consts), cursor),
            Field::Names => self.value(View::Names(&code.names), cursor),
            Field::VarNames => self.value(View::Names(&code.varnames), cursor),
            Field::FreeVars => self.value(View::Names(&code.freevars), cursor),
            Field::CellVars => self.value(View::Names(&code.cellvars), cursor),
            Field::LocalsPlusNames => self.value(View::Slots(&code.localsplus), cursor),
            Field::LocalsPlusKinds => self.value(View::Kinds(&code.localsplus), cursor),
            Field::Filename => self.value(View::Text(&code.filename), cursor),
            Field::Name => self.value_in(View::Str(&code.name), cursor, true),
            Field::QualName => self.value_in(View::Str(&code.qualname), cursor, true),
            Field::FirstLineNo => {
                self.out.extend(code.firstlineno.to_le_bytes());
                Ok(())
            }
            Field::LineTable => self.value(View::Bytes(&code.linetable), cursor),
            Field::ExceptionTable => self.value(View::Bytes(&code.exceptiontable), cursor),
        }
    }

    fn count(&mut self, what: &'static str, count: u32) -> Write {
        let count = i32::try_from(count).map_err(|_| WriteError::TooLarge { what, value: count.into() })?;
        self.out.extend(count.to_le_bytes());
        Ok(())
    }

    /// Refuses what the version would drop in silence.
    fn check(&self, code: &CodeObject) -> Write {
        let name = || code.qualname.to_string_lossy().into_owned();
        let version = self.version;
        if code.version != version {
            return Err(WriteError::MixedVersions { name: name(), found: code.version, expected: version });
        }
        let stores = |field| fields(version).contains(&field);
        if code.posonlyargcount != 0 && !stores(Field::PosOnlyArgCount) {
            return Err(WriteError::Unsupported { what: "positional-only parameters", version });
        }
        if !code.exceptiontable.is_empty() && !stores(Field::ExceptionTable) {
            return Err(WriteError::Unsupported { what: "an exception table", version });
        }
        if stores(Field::LocalsPlusNames) {
            if !code.localsplus_agrees() {
                return Err(WriteError::Variables { name: name() });
            }
        } else if !code.localsplus.is_empty() {
            return Err(WriteError::Unsupported { what: "`localsplus`", version });
        }
        Ok(())
    }
}
