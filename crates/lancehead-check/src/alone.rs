//! A function without the module that it was written in.
//!
//! What a compiler makes of a function depends on what is around it: whose variables it uses, whether it is a method,
//! what the module imports from `__future__`. Code that stands alone says so itself, and a module is made up around the
//! source accordingly.

use std::collections::BTreeSet;

use lancehead_ast::{
    Alias, Arguments, ClassDef, Constant, Expr, ExprKind, FunctionDef, Module, Stmt, StmtKind, Suite,
};
use lancehead_isa::argument::{FlaggedName, LocalPair};
use lancehead_isa::{Instruction, Opcode, OperandKind, decode};
use lancehead_pyc::{CodeId, CodeObject, Object, ObjectRef, PyStr, co_flags};
use rustc_hash::FxHashMap;

use crate::dialect::Dialect;
use crate::difference::CodeVerdict;
use crate::intern::Interner;
use crate::lower::{LowerFault, Lowered, lower};
use crate::module::Checked;
use crate::read::children;
use crate::trial::{Compilers, Trial};
use crate::verdict::{Checker, unsupported};

/// The function around one that has variables of an enclosing scope.
const OUTER: &str = "_outer";
/// The class around a method. One whose name is all underscores changes no private names.
const CLASS: &str = "_";
/// The variables that a class has for what is within it.
const CLASS_CELL: &str = "__class__";
const CLASS_NAMESPACE: &str = "__classdict__";
const ANNOTATIONS: &str = "annotations";

/// Checks code that stands alone against a module whose last statement defines it: a `def`, a `class`, or the
/// expression of a lambda or generator. The first verdict is on `code` itself.
///
/// The qualified names, and flags that are no question of source (nesting, what decorators set), are taken on trust.
pub fn check_function(code: &CodeObject, module: Module) -> Vec<CodeVerdict> {
    examine_function(code, module).verdicts
}

/// [`check_function`], and which patch releases compile the source to the bytecode.
pub fn examine_function(code: &CodeObject, module: Module) -> Checked {
    let mut decoded = decode(code.version, &code.code).ok();
    let around = Around::of(code, decoded.as_deref().unwrap_or_default(), &Dialect::of(code.version));
    let module = around.wrap(module);
    let mut compilers = Compilers::of(code);
    let verdicts = compilers.check(|number| {
        let dialect = Dialect::of_compiler(code.version, number);
        check_within(code, &module, &around, &dialect, decoded.take())
    });
    Checked { verdicts, releases: compilers.releases() }
}

/// [`check_function`] within the module that is made up for it, by one compiler.
fn check_within(
    code: &CodeObject,
    module: &Module,
    around: &Around,
    dialect: &Dialect,
    decoded: Option<Vec<Instruction>>,
) -> Trial {
    let mut interner = Interner::new();
    let path = code.name.to_string_lossy().into_owned();
    let mut lowered = lower(module, dialect, 0, around.depth(), &mut interner);
    let found = match &lowered {
        Ok(codes) => around.find(codes, code).ok_or(LowerFault("the source does not define it", 0)),
        Err(fault) => Err(fault.clone()),
    };
    let mut checker = Checker::new(dialect, interner, decoded);
    let is_all = has_nothing_within(code);
    if let (Ok(number), Ok(codes), true) = (&found, &mut lowered, is_all) {
        let header = &mut codes[*number as usize].header;
        let trusted = co_flags::NESTED | co_flags::ITERABLE_COROUTINE | co_flags::FUTURE;
        header.flags = header.flags & !trusted | code.flags & trusted;
        header.qualname = code.qualname.clone();
    }
    match (found, &lowered) {
        (Ok(number), Ok(codes)) if is_all => {
            checker.codes = codes;
            checker.check(code, number, path);
        }
        (Ok(number), Ok(codes)) => {
            checker.codes = codes;
            check_moved(&mut checker, code, number, path);
        }
        (Err(fault), _) => checker.all(code, path, &unsupported(&fault)),
        (Ok(_), Err(_)) => {}
    }
    checker.finish()
}

/// Checks a copy of `code` that has the flags and names of where the source puts it.
fn check_moved(checker: &mut Checker<'_>, original: &CodeObject, number: u32, path: String) {
    let header = &checker.codes[number as usize].header;
    let mut code = original.clone();
    code.flags &= !(co_flags::NESTED | co_flags::ITERABLE_COROUTINE);
    code.flags |= header.flags & (co_flags::NESTED | co_flags::ITERABLE_COROUTINE);
    let from = own_qualname(&code);
    let is_in_function = code.flags & co_flags::FUNCTION == co_flags::FUNCTION;
    adapt(&mut code, (&from, &header.qualname), header.flags & co_flags::FUTURE);
    if is_in_function {
        each_child(&mut code, &mut set_nested);
    }
    checker.check(&code, number, path);
    let mut originals = FxHashMap::default();
    pair(original, &code, &mut originals);
    for verdict in &mut checker.verdicts {
        verdict.code = originals.get(&verdict.code).copied().unwrap_or(verdict.code);
    }
}

/// Whether neither code within `code` nor any constant depends on where `code` stands.
fn has_nothing_within(code: &CodeObject) -> bool {
    children(code).next().is_none() && qualname_constants(code).is_empty()
}

/// The code objects of a tree, by those of its copy.
fn pair(original: &CodeObject, copy: &CodeObject, originals: &mut FxHashMap<CodeId, CodeId>) {
    originals.insert(CodeId::of(copy), CodeId::of(original));
    for ((_, original), (_, copy)) in children(original).zip(children(copy)) {
        stacker::maybe_grow(64 * 1024, 1 << 20, || pair(original, copy, originals));
    }
}

/// Sets the flags of `__future__` in `code` and all in it, and moves their qualified names.
fn adapt(code: &mut CodeObject, (from, to): (&PyStr, &PyStr), future: u32) {
    code.flags = code.flags & !co_flags::FUTURE | future;
    move_own_qualnames(code, from, to);
    each_child(code, &mut |inner| adapt(inner, (from, to), future));
}

/// All functions within a function are nested, whatever a tool that put them together says. Class bodies never are
/// (`compute_code_flags`).
fn set_nested(code: &mut CodeObject) {
    if code.flags & co_flags::FUNCTION == co_flags::FUNCTION {
        code.flags |= co_flags::NESTED;
    }
    each_child(code, &mut set_nested);
}

fn each_child(code: &mut CodeObject, change: &mut dyn FnMut(&mut CodeObject)) {
    for constant in &mut code.consts {
        if let Object::Code(inner) = &**constant {
            let mut inner = inner.clone();
            change(&mut inner);
            *constant = ObjectRef::new(Object::Code(inner));
        }
    }
}

/// The qualified name of `code`. Up to 3.10 only what is within it tells; the plain name if there is nothing.
pub fn own_qualname(code: &CodeObject) -> PyStr {
    if Dialect::of(code.version).has_qualnames() {
        return code.qualname.clone();
    }
    let around = |code: &CodeObject, at: usize| {
        let Object::Str(text) = &**code.consts.get(at)? else { return None };
        let at = find_last(text.as_bytes(), LOCALS)?;
        PyStr::from_wtf8(&text.as_bytes()[..at]).ok()
    };
    let within = |code: &CodeObject| qualname_constants(code).into_iter().find_map(|at| around(code, at));
    let classes = code.consts.iter().filter_map(|constant| match &**constant {
        Object::Code(inner) if inner.flags & co_flags::FUNCTION == 0 => Some(inner),
        _ => None,
    });
    let found = within(code).or_else(|| classes.into_iter().find_map(|class| within(class)));
    found.unwrap_or_else(|| code.name.clone())
}

/// What stands between the qualified name of a function and the names of those in it.
const LOCALS: &[u8] = b".<locals>.";

fn find_last(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).rposition(|window| window == part)
}

/// The places of the constants that are qualified names: those that class bodies store and, up to 3.10, those that
/// functions are made with.
fn qualname_constants(code: &CodeObject) -> Vec<usize> {
    let names_functions = !Dialect::of(code.version).has_qualnames() && children(code).next().is_some();
    if !names_functions && !code.names.iter().any(|name| *name == "__qualname__") {
        return Vec::new();
    }
    let Ok(instructions) = decode(code.version, &code.code) else { return Vec::new() };
    let is_qualname = |pair: &[Instruction]| {
        let stores = pair[1].opcode == Opcode::STORE_NAME
            && code.names.get(pair[1].arg as usize).is_some_and(|name| *name == "__qualname__");
        pair[0].opcode == Opcode::LOAD_CONST && (stores || pair[1].opcode == Opcode::MAKE_FUNCTION)
    };
    let pairs = instructions.windows(2).filter(|pair| is_qualname(pair));
    pairs.map(|pair| pair[0].arg as usize).collect()
}

/// Puts `to` for `from` at the beginning of the qualified names of `code` and all in it.
pub fn move_qualnames(code: &mut CodeObject, from: &PyStr, to: &PyStr) {
    move_own_qualnames(code, from, to);
    each_child(code, &mut |inner| move_qualnames(inner, from, to));
}

fn move_own_qualnames(code: &mut CodeObject, from: &PyStr, to: &PyStr) {
    let moved = |name: &PyStr| {
        let rest = name.as_bytes().strip_prefix(from.as_bytes())?;
        let is_within = rest.is_empty() || rest.starts_with(b".");
        PyStr::from_wtf8(&[to.as_bytes(), rest].concat()).ok().filter(|_| is_within)
    };
    if Dialect::of(code.version).has_qualnames() {
        code.qualname = moved(&code.qualname).unwrap_or_else(|| code.qualname.clone());
    }
    for at in qualname_constants(code) {
        if let Some(Object::Str(name)) = code.consts.get(at).map(|constant| &**constant)
            && let Some(name) = moved(name)
        {
            code.consts[at] = Object::Str(name).into();
        }
    }
}

/// The names that the module around `code` may import: since 3.12, calls of what they hold are compiled in another
/// way (`is_import_originated` in `Python/compile.c`).
pub fn imported_names(code: &CodeObject) -> Vec<PyStr> {
    let instructions = decode(code.version, &code.code).unwrap_or_default();
    imported_names_of(code, &instructions, &Dialect::of(code.version))
}

fn imported_names_of(code: &CodeObject, instructions: &[Instruction], dialect: &Dialect) -> Vec<PyStr> {
    if !dialect.imports_are_no_methods() {
        return Vec::new();
    }
    let (mut called, mut methods) = (BTreeSet::new(), BTreeSet::new());
    gather_attributes(code, instructions, dialect, &mut called, &mut methods);
    called.difference(&methods).cloned().collect()
}

/// Whether the module around `code` uses `super` itself: then calls of it in methods are compiled as any other.
pub fn module_uses_super(code: &CodeObject) -> bool {
    uses_of_super(code) == Super::AsAnyName
}

/// How code uses `super` (`can_optimize_super_call` in CPython's `Python/compile.c`, or `codegen.c`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Super {
    NotAtAll,
    AsAnyName,
    ByItsInstruction,
}

/// How `code`, and the code in it, uses `super`.
fn uses_of_super(code: &CodeObject) -> Super {
    let has_instruction = || {
        let instructions = decode(code.version, &code.code).unwrap_or_default();
        instructions.iter().any(|instruction| instruction.opcode == Opcode::LOAD_SUPER_ATTR)
    };
    let own = match code.names.iter().any(|name| *name == "super") {
        false => Super::NotAtAll,
        true if has_instruction() => Super::ByItsInstruction,
        true => Super::AsAnyName,
    };
    let inner = code.consts.iter().map(|constant| match &**constant {
        Object::Code(inner) => uses_of_super(inner),
        _ => Super::NotAtAll,
    });
    inner.fold(own, Ord::max)
}

/// Names of which attributes are called that were loaded as values are, and names of which methods are.
fn gather_attributes(
    code: &CodeObject,
    instructions: &[Instruction],
    dialect: &Dialect,
    called: &mut BTreeSet<PyStr>,
    methods: &mut BTreeSet<PyStr>,
) {
    let is_null = |at: Option<usize>| {
        at.and_then(|at| instructions.get(at)).is_some_and(|i| i.opcode == Opcode::PUSH_NULL)
    };
    for (at, pair) in instructions.windows(2).enumerate() {
        let is_method = match pair[1].opcode {
            Opcode::LOAD_METHOD => true,
            // Up to 3.11, the instruction for methods is another one.
            Opcode::LOAD_ATTR if pair[1].opcode.operand(code.version) == OperandKind::Name => false,
            Opcode::LOAD_ATTR => FlaggedName::of(pair[1].arg).flag,
            _ => continue,
        };
        let kind = pair[0].opcode.operand(code.version);
        let has_null = match dialect.null_after {
            true => is_null(Some(at + 2)),
            false => {
                kind == OperandKind::NameAndNull && FlaggedName::of(pair[0].arg).flag
                    || is_null(at.checked_sub(1))
            }
        };
        if !is_method && !has_null {
            continue;
        }
        let name = match kind {
            OperandKind::Name | OperandKind::NameAndNull => {
                kind.name_index(pair[0].arg).and_then(|index| code.names.get(index as usize))
            }
            OperandKind::Local | OperandKind::Deref => code.slot_name(pair[0].arg),
            OperandKind::LocalPair => code.slot_name(LocalPair::of(pair[0].arg).second),
            _ => None,
        };
        let opcode = pair[0].opcode;
        let is_load = opcode == Opcode::STORE_FAST_LOAD_FAST
            || opcode.name().starts_with("LOAD") && opcode != Opcode::LOAD_ATTR;
        if let Some(name) = name.filter(|_| is_load) {
            let names = if is_method { &mut *methods } else { &mut *called };
            names.insert(name.clone());
        }
    }
    for (_, inner) in children(code) {
        let instructions = decode(inner.version, &inner.code).unwrap_or_default();
        gather_attributes(inner, &instructions, dialect, called, methods);
    }
}

/// What stands around code that stands alone.
struct Around {
    is_class_body: bool,
    annotations: bool,
    in_class: bool,
    /// The variables of the function around it; `None` if there is none.
    variables: Option<Vec<PyStr>>,
    imports: Vec<PyStr>,
    uses_super: bool,
}

impl Around {
    fn of(code: &CodeObject, instructions: &[Instruction], dialect: &Dialect) -> Around {
        let has_class_cell = code.freevars.iter().any(|name| *name == CLASS_CELL);
        let has_namespace = code.freevars.iter().any(|name| *name == CLASS_NAMESPACE);
        let is_nested = code.flags & co_flags::NESTED != 0;
        let is_class_body = code.flags & co_flags::FUNCTION == 0;
        let is_method = dialect.flags_methods() && code.flags & co_flags::METHOD != 0;
        let in_class = is_method || has_namespace || has_class_cell && !is_nested;
        let of_class =
            |name: &PyStr| in_class && [CLASS_CELL, CLASS_NAMESPACE].iter().any(|own| *name == **own);
        let variables: Vec<PyStr> = code.freevars.iter().filter(|name| !of_class(name)).cloned().collect();
        let variables = (is_nested || !variables.is_empty()).then_some(variables);
        let annotations = code.flags & co_flags::future_annotations(code.version) != 0;
        let uses_super = module_uses_super(code);
        let imports = imported_names_of(code, instructions, dialect);
        Around { is_class_body, annotations, in_class, variables, imports, uses_super }
    }

    fn wrap(&self, module: Module) -> Module {
        let mut body: Suite = module.body;
        if self.in_class {
            body = vec![Stmt::new(StmtKind::ClassDef(Box::new(ClassDef {
                name: CLASS.into(),
                type_params: Vec::new(),
                bases: Vec::new(),
                keywords: Vec::new(),
                body,
                decorators: Vec::new(),
                code: None,
            })))];
        }
        if let Some(variables) = &self.variables {
            let bind = |name: &PyStr| {
                let value = Expr::new(ExprKind::Constant(Constant::None));
                Stmt::new(StmtKind::Assign { targets: vec![Expr::name(name.clone())], value })
            };
            let mut outer: Suite = variables.iter().map(bind).collect();
            outer.append(&mut body);
            body = vec![Stmt::new(StmtKind::FunctionDef(Box::new(FunctionDef {
                name: OUTER.into(),
                type_params: Vec::new(),
                args: Arguments::default(),
                body: outer,
                decorators: Vec::new(),
                returns: None,
                // Asynchronous comprehensions may stand alone, too.
                is_async: true,
                code: None,
            })))];
        }
        if !self.imports.is_empty() {
            let alias = |name: &PyStr| Alias { name: name.clone(), asname: None };
            let names = self.imports.iter().map(alias).collect();
            body.insert(0, Stmt::new(StmtKind::Import { names, is_lazy: false }));
        }
        if self.uses_super {
            body.insert(0, Stmt::new(StmtKind::Expr(Expr::name("super"))));
        }
        if self.annotations {
            let names = vec![Alias { name: ANNOTATIONS.into(), asname: None }];
            let module = Some("__future__".into());
            body.insert(0, Stmt::new(StmtKind::ImportFrom { module, names, level: 0, is_lazy: false }));
        }
        Module { body }
    }

    /// How many code objects there are around the one that stands alone.
    fn depth(&self) -> usize {
        1 + usize::from(self.variables.is_some()) + usize::from(self.in_class)
    }

    /// The number of `code` among what was made of the module, which is the last.
    fn find(&self, codes: &[Lowered], code: &CodeObject) -> Option<u32> {
        let mut at = u32::try_from(codes.len().checked_sub(1)?).ok()?;
        let mut path = Vec::new();
        path.extend(self.variables.is_some().then(|| PyStr::from(OUTER)));
        path.extend(self.in_class.then(|| PyStr::from(CLASS)));
        path.push(code.name.clone());
        for name in path {
            let children = &codes.get(at as usize)?.children;
            let named = |number: &&u32| codes[**number as usize].header.name == name;
            at = *children.iter().rev().find(named)?;
        }
        let lowered = &codes[at as usize];
        (lowered.is_class == self.is_class_body).then_some(at)
    }
}
