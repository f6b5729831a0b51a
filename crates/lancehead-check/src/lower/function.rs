//! Functions and lambdas.

use std::borrow::Cow;

use lancehead_ast::{Arguments, Expr, ExprKind, FunctionDef};
use lancehead_ir::{Collection, Variable};
use lancehead_pyc::PyStr;

use super::name::Use;
use super::{Lower, Result, docstring};
use crate::act::{Act, Setup};
use crate::intern::{Interner, Value};
use crate::scope::{Key, Part};

const DEFAULTS: u32 = 1;
const KW_DEFAULTS: u32 = 2;
const ANNOTATIONS: u32 = 4;
const CLOSURE: u32 = 8;
const ANNOTATE: u32 = 16;

impl<'a> Lower<'a> {
    /// A docstring as the code object holds it.
    pub fn clean_docstring(&mut self, doc: &PyStr) -> PyStr {
        if self.d.cleans_docstrings() { clean_docstring(doc) } else { doc.clone() }
    }

    pub fn function(&mut self, def: &'a FunctionDef) -> Result {
        for decorator in &def.decorators {
            self.expr(decorator)?;
        }
        let is_generic = !def.type_params.is_empty();
        if is_generic && !self.d.null_after {
            self.emit(Act::PushNull);
        }
        let mut flags = self.defaults(&def.args)?;
        if is_generic {
            let argc = flags.count_ones();
            self.type_params_of_function(def, flags)?;
            self.call_generic(argc)?;
        } else {
            flags |= self.function_annotations(def)?;
            let code = self.function_code(def)?;
            self.make_function(code, flags);
        }
        for _ in &def.decorators {
            self.call_with_top();
        }
        self.name(&def.name, Use::Store);
        Ok(())
    }

    /// Calls the function that makes something generic: its arguments lie below it.
    fn call_generic(&mut self, argc: u32) -> Result {
        if argc > 0 {
            self.emit(Act::Swap(argc + 1));
        } else if self.d.null_after {
            self.emit(Act::PushNull);
        }
        // Without a NULL before it, the first argument takes the place of self.
        let argc = if self.d.null_after { argc.saturating_sub(1) } else { argc };
        self.emit(Act::Call { argc, keywords: false, slots: 2 });
        Ok(())
    }

    fn type_params_of_function(&mut self, def: &'a FunctionDef, flags: u32) -> Result {
        if flags.count_ones() == 2 {
            self.emit(Act::Swap(2));
        }
        let key = Key::of(def, Part::TypeParams);
        let code = match self.cached(key) {
            Some(code) => code,
            None => {
                let scope = self.scope_of(key)?;
                let name = generic_name(&def.name);
                self.enter(scope, &name, self.line);
                self.unit().argcount = flags.count_ones();
                self.type_params(&def.type_params)?;
                // By their slots, not by what they are.
                for name in [".defaults", ".kwdefaults"].into_iter().take(flags.count_ones() as usize) {
                    let name = self.t(name);
                    self.emit(Act::Load(Variable::Fast, name));
                }
                let inner = flags | self.function_annotations(def)?;
                let code = self.function_code(def)?;
                self.make_function(code, inner);
                self.emit(Act::Swap(2));
                self.emit(Act::Intrinsic2("INTRINSIC_SET_FUNCTION_TYPE_PARAMS"));
                self.emit(Act::Return);
                self.leave(Some(key))?
            }
        };
        self.make_function(code, 0);
        Ok(())
    }

    /// Code that was lowered before, for another copy of the statement it stands in.
    pub fn cached(&mut self, key: Key) -> Option<u32> {
        self.cache.get(&(key, self.units.len() as u32)).copied()
    }

    fn function_code(&mut self, def: &'a FunctionDef) -> Result<u32> {
        let key = Key::of(def, Part::Body);
        if let Some(code) = self.cached(key) {
            return Ok(code);
        }
        let scope = self.scope_of(key)?;
        self.enter(scope, &def.name, self.line);
        self.arguments(&def.args);
        let mut body = &def.body[..];
        if let Some((first, rest)) = body.split_first()
            && let Some(doc) = docstring(first)
        {
            if self.optimize < 2 {
                let doc = self.clean_docstring(doc);
                self.unit().docstring = Some(doc);
            }
            body = rest;
        }
        let wrapped = self.begin_generator();
        self.suite(body)?;
        self.end_function(wrapped);
        self.leave(Some(key))
    }

    pub fn arguments(&mut self, args: &Arguments) {
        let unit = self.unit();
        unit.posonlyargcount = args.posonlyargs.len() as u32;
        unit.argcount = (args.posonlyargs.len() + args.args.len()) as u32;
        unit.kwonlyargcount = args.kwonlyargs.len() as u32;
        unit.star_args = args.vararg.is_some();
        unit.star_kwargs = args.kwarg.is_some();
    }

    /// 3.12: StopIteration raised in a generator is turned into RuntimeError by code of its own.
    pub fn begin_generator(&mut self) -> Option<super::frame::Label> {
        let scope = self.unit().scope;
        let scope = self.scopes.get(scope);
        if !self.d.wraps_generators() || !(scope.generator || scope.coroutine) {
            return None;
        }
        let handler = self.label();
        self.emit(Act::Setup(Setup::Cleanup, handler.0));
        Some(handler)
    }

    pub fn end_function(&mut self, wrapped: Option<super::frame::Label>) {
        self.constant(Interner::NONE);
        self.emit(Act::Return);
        if let Some(handler) = wrapped {
            self.place(handler);
            self.emit(Act::Intrinsic1("INTRINSIC_STOPITERATION_ERROR"));
            self.emit(Act::Reraise(1));
        }
    }

    /// `compiler_default_arguments`.
    pub fn defaults(&mut self, args: &Arguments) -> Result<u32> {
        let mut flags = 0;
        if !args.defaults.is_empty() {
            flags |= DEFAULTS;
            self.exprs(&args.defaults)?;
            self.emit(Act::Build(Collection::Tuple, args.defaults.len() as u32));
        }
        let given: Vec<_> = args
            .kwonlyargs
            .iter()
            .zip(&args.kw_defaults)
            .filter_map(|(a, d)| Some((a, d.as_ref()?)))
            .collect();
        if !given.is_empty() {
            flags |= KW_DEFAULTS;
            let mut keys = Vec::with_capacity(given.len());
            for (arg, default) in &given {
                let name = self.mangled(&arg.arg);
                let text = self.i.spell(name).clone();
                let key = self.i.string(&text);
                if !self.d.builds_const_key_maps() {
                    self.constant(key);
                }
                keys.push(key);
                self.expr(default)?;
            }
            let count = keys.len() as u32;
            if self.d.builds_const_key_maps() {
                let keys = self.i.constant(Value::Tuple(keys));
                self.constant(keys);
                self.emit(Act::BuildConstKeyMap(count));
            } else {
                self.emit(Act::Build(Collection::Map, count));
            }
        }
        Ok(flags)
    }

    /// `compiler_make_closure`: the flags say what lies on the stack for the function.
    pub fn make_function(&mut self, code: u32, flags: u32) {
        let mut flags = flags;
        let frees = self.codes[code as usize].header.freevars.clone();
        if !frees.is_empty() {
            flags |= CLOSURE;
            for name in &frees {
                let name = self.i.name(name);
                self.cell(name);
            }
            self.emit(Act::Build(Collection::Tuple, frees.len() as u32));
        }
        self.emit(Act::Code(code));
        if self.d.names_functions() {
            let lowered = &self.codes[code as usize];
            // A class is given its plain name here; it sets `__qualname__` itself.
            let qualname = if lowered.is_class { &lowered.header.name } else { &lowered.header.qualname };
            let qualname = qualname.clone();
            let qualname = self.i.string(&qualname);
            self.constant(qualname);
        }
        if self.d.sets_function_attributes() {
            self.emit(Act::MakeFunction(0));
            for flag in [CLOSURE, ANNOTATIONS, ANNOTATE, KW_DEFAULTS, DEFAULTS] {
                if flags & flag != 0 {
                    self.emit(Act::SetFunctionAttribute(flag));
                }
            }
        } else {
            self.emit(Act::MakeFunction(flags));
        }
    }

    /// Pushes the cell of a variable.
    pub fn cell(&mut self, name: crate::intern::Name) {
        self.emit(if self.d.loads_cells_as_locals() {
            Act::Load(Variable::Fast, name)
        } else {
            Act::Cell(name)
        });
    }

    pub fn lambda(&mut self, node: &Expr, args: &Arguments, body: &Expr) -> Result {
        let flags = self.defaults(args)?;
        let key = Key::of(node, Part::Body);
        let code = match self.cached(key) {
            Some(code) => code,
            None => {
                let scope = self.scope_of(key)?;
                self.enter(scope, &PyStr::from("<lambda>"), self.line);
                self.arguments(args);
                self.expr(body)?;
                self.emit(Act::Return);
                self.leave(Some(key))?
            }
        };
        self.make_function(code, flags);
        Ok(())
    }

    pub fn named_expr(&mut self, target: &Expr, value: &Expr) -> Result {
        let is_skipped = u32::from(self.d.folds_no_named_values());
        self.unfolded += is_skipped;
        self.expr(value)?;
        self.unfolded -= is_skipped;
        self.emit(Act::Copy(1));
        match &target.kind {
            ExprKind::Name(name) => self.name(name, Use::Store),
            _ => return self.fault("`:=` assigns to no name"),
        }
        Ok(())
    }
}

/// What the scope of type parameters is called.
pub fn generic_name(name: &PyStr) -> PyStr {
    let bytes = [b"<generic parameters of ", name.as_bytes(), b">"].concat();
    PyStr::from_wtf8(&bytes).unwrap_or_default()
}

/// `_PyCompile_CleanDoc`: the docstring without the indentation of its lines (3.13).
pub fn clean_docstring(doc: &PyStr) -> PyStr {
    let text = doc.as_bytes();
    let has_tabs = text.contains(&b'\t');
    let expanded = if has_tabs { Cow::Owned(expand_tabs(text)) } else { Cow::Borrowed(text) };
    let lines = || expanded.split(|byte| *byte == b'\n');
    let indent = |line: &[u8]| line.iter().take_while(|byte| **byte == b' ').count();
    let margin = lines().skip(1).map(|line| (indent(line), line.len())).filter(|(indent, len)| indent < len);
    let margin = margin.map(|(indent, _)| indent).min().unwrap_or(0);
    if margin == 0 && !has_tabs && !text.starts_with(b" ") {
        return doc.clone();
    }
    let mut cleaned = Vec::with_capacity(expanded.len());
    for (number, line) in lines().enumerate() {
        if number > 0 {
            cleaned.push(b'\n');
        }
        let cut = if number == 0 { indent(line) } else { margin.min(indent(line)) };
        cleaned.extend_from_slice(&line[cut..]);
    }
    PyStr::from_wtf8(&cleaned).unwrap_or_else(|_| doc.clone())
}

fn expand_tabs(text: &[u8]) -> Vec<u8> {
    let (mut expanded, mut column) = (Vec::with_capacity(text.len()), 0usize);
    for &byte in text {
        match byte {
            b'\t' => {
                let width = 8 - column % 8;
                expanded.resize(expanded.len() + width, b' ');
                column += width;
            }
            _ => {
                // A character of several bytes is one column.
                column =
                    if matches!(byte, b'\n' | b'\r') { 0 } else { column + usize::from(byte & 0xC0 != 0x80) };
                expanded.push(byte);
            }
        }
    }
    expanded
}
