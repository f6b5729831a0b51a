//! Code objects in marshal data.

use std::sync::Arc;

use super::reference::misplaced;
use super::value::{Cost, Value};
use super::{PREALLOCATED, Reader};
use crate::bytes::Read;
use crate::error::ReadError;
use crate::form::{CodeForm, Mark};
use crate::layout::{FLAG_REF, Field, code as typecode, fields};
use crate::{CodeObject, Object, ObjectRef, PyStr};

impl<'a> Reader<'a> {
    #[inline(never)]
    pub(super) fn code_object(&mut self, start: usize, raw: u8) -> Read<ObjectRef> {
        let own = Mark { code: raw, place: self.places.len() as u32, items: 0 };
        let scope = self.open(start, raw)?;
        let first_mark = self.marks.len();
        let mut code = Box::new(CodeObject::new(self.version));
        for field in fields(self.version) {
            self.field(*field, &mut code)?;
        }
        let marks = self.marks.drain(first_mark..).collect();
        code.form = CodeForm::new(self.stream, own, marks);
        let object = Arc::new(Object::Code(code));
        self.close(scope, |cost| Value::Object(object.clone(), cost));
        Ok(object)
    }

    fn field(&mut self, field: Field, code: &mut CodeObject) -> Read<()> {
        match field {
            Field::ArgCount => code.argcount = self.count("co_argcount")?,
            Field::PosOnlyArgCount => code.posonlyargcount = self.count("co_posonlyargcount")?,
            Field::KwOnlyArgCount => code.kwonlyargcount = self.count("co_kwonlyargcount")?,
            Field::NLocals => code.nlocals = self.count("co_nlocals")?,
            Field::StackSize => code.stacksize = self.count("co_stacksize")?,
            Field::Flags => code.flags = self.bytes.u32("co_flags")?,
            Field::Code => code.code = self.bytes_field("co_code, a bytes object")?,
            Field::Consts => code.consts = self.consts("co_consts, a tuple")?,
            Field::Names => code.names = self.names("co_names, a tuple of strings")?,
            Field::VarNames => code.varnames = self.names("co_varnames, a tuple of strings")?,
            Field::FreeVars => code.freevars = self.names("co_freevars, a tuple of strings")?,
            Field::CellVars => code.cellvars = self.names("co_cellvars, a tuple of strings")?,
            // Their kinds come next, and tell the variables apart.
            Field::LocalsPlusNames => code.varnames = self.names("co_localsplusnames, a tuple of strings")?,
            Field::LocalsPlusKinds => self.kinds(code)?,
            Field::Filename => code.filename = self.name("co_filename, a string")?,
            Field::Name => {
                code.name = self.name("co_name, a string")?;
                code.qualname = code.name.clone();
            }
            Field::QualName => code.qualname = self.name("co_qualname, a string")?,
            Field::FirstLineNo => code.firstlineno = self.bytes.i32("co_firstlineno")?,
            Field::LineTable => code.linetable = self.bytes_field("the line table, a bytes object")?,
            Field::ExceptionTable => {
                code.exceptiontable = self.bytes_field("co_exceptiontable, a bytes object")?
            }
        }
        Ok(())
    }

    fn count(&mut self, expected: &'static str) -> Read<u32> {
        let start = self.bytes.offset();
        let value = self.bytes.i32(expected)?;
        u32::try_from(value)
            .map_err(|_| ReadError::unexpected(start, expected, format!("the negative {value}")))
    }

    fn kinds(&mut self, code: &mut CodeObject) -> Read<()> {
        let start = self.bytes.offset();
        let kinds = self.bytes_field("co_localspluskinds, a bytes object")?;
        let names = std::mem::take(&mut code.varnames);
        if kinds.len() != names.len() {
            let found = format!("{} kinds for {} names", kinds.len(), names.len());
            return Err(ReadError::unexpected(start, "as many kinds of variables as there are names", found));
        }
        code.localsplus = names.into_iter().zip(kinds).collect();
        code.set_variables_from_localsplus();
        Ok(())
    }

    /// The code of the next object, with its flag, and where it stands.
    #[inline]
    fn start(&mut self, expected: &'static str) -> Read<(usize, u8)> {
        Ok((self.bytes.offset(), self.bytes.byte(expected)?))
    }

    fn name(&mut self, expected: &'static str) -> Read<PyStr> {
        let (start, raw) = self.start(expected)?;
        let code = raw & !FLAG_REF;
        if code == typecode::REF {
            return self.refer_to_name(start, raw, expected);
        }
        let Some(text) = self.text(code)? else { return Err(misplaced(start, expected, raw)) };
        self.finish_leaf(raw, || Value::Str(text.clone()));
        Ok(text)
    }

    fn bytes_field(&mut self, expected: &'static str) -> Read<Vec<u8>> {
        let (start, raw) = self.start(expected)?;
        match raw & !FLAG_REF {
            typecode::REF => self.refer_to_bytes(start, raw, expected),
            typecode::STRING => {
                let content = self.bytes_content(expected)?;
                self.finish_leaf(raw, || Value::Bytes(content));
                Ok(content.to_vec())
            }
            _ => Err(misplaced(start, expected, raw)),
        }
    }

    fn tuple_count(&mut self, start: usize, raw: u8, expected: &'static str) -> Read<usize> {
        match raw & !FLAG_REF {
            typecode::SMALL_TUPLE => self.small_count(),
            typecode::TUPLE => self.bytes.length(1, expected),
            _ => Err(misplaced(start, expected, raw)),
        }
    }

    fn names(&mut self, expected: &'static str) -> Read<Vec<PyStr>> {
        let (start, raw) = self.start(expected)?;
        if raw & !FLAG_REF == typecode::REF {
            return self.refer_to_names(start, raw, expected);
        }
        let count = self.tuple_count(start, raw, expected)?;
        let mark = self.marks.len();
        let scope = self.open(start, raw)?;
        self.set_items(mark, count);
        let mut names = Vec::with_capacity(count.min(PREALLOCATED));
        for _ in 0..count {
            names.push(self.name(expected)?);
        }
        self.close(scope, |_| Value::Names(names.as_slice().into()));
        Ok(names)
    }

    fn consts(&mut self, expected: &'static str) -> Read<Vec<ObjectRef>> {
        let (start, raw) = self.start(expected)?;
        if raw & !FLAG_REF == typecode::REF {
            return self.refer_to_items(start, raw, expected);
        }
        let count = self.tuple_count(start, raw, expected)?;
        let mark = self.marks.len();
        let scope = self.open(start, raw)?;
        let items = self.items(mark, count)?;
        self.close(scope, |cost: Cost| Value::Items(items.as_slice().into(), cost));
        Ok(items)
    }
}
