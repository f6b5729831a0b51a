//! A function without the module that it was written in.
//!
//! What a compiler makes of a function depends on what is around it: whose variables it uses, whether it is a method,
//! what the module imports from `__future__`. Code that stands alone says so itself, and a module is made up around the
//! source accordingly.

use lancehead_ast::{
    Alias, Arguments, ClassDef, Constant, Expr, ExprKind, FunctionDef, Module, Stmt, StmtKind, Suite,
};
use lancehead_pyc::{CodeObject, Object, ObjectRef, PyStr};

use crate::dialect::Dialect;
use crate::intern::Interner;
use crate::lower::{LowerFault, Lowered, lower};
use crate::verdict::{Checker, CodeVerdict, Difference, DifferenceKind};

/// The function around one that has variables of an enclosing scope.
const OUTER: &str = "_outer";
/// The class around a method. One whose name is all underscores changes no private names.
const CLASS: &str = "_";
const CLASS_CELL: &str = "__class__";
const ANNOTATIONS: &str = "annotations";

const CO_NESTED: u32 = 0x10;
const CO_ITERABLE_COROUTINE: u32 = 0x100;
const CO_METHOD: u32 = 0x0800_0000;
/// All that `__future__` has set at some time.
const CO_FUTURE: u32 = 0x01FE_0000;

/// Checks code that stands alone against a module whose last statement defines it: a `def`, a `class`, or the
/// expression of a lambda or generator. The first verdict is on `code` itself.
///
/// The qualified names, and flags that are no question of source (nesting, what decorators set), are taken on trust.
pub fn check_function(code: &CodeObject, module: &Module) -> Vec<CodeVerdict> {
    let dialect = Dialect::of(code.version);
    let mut interner = Interner::new();
    let around = Around::of(code, &dialect);
    let module = around.wrap(module);
    let path = code.name.to_string_lossy().into_owned();
    let lowered = lower(&module, &dialect, 0, &mut interner);
    let found = match &lowered {
        Ok(codes) => around.find(codes, code).ok_or(("the source does not define it", 0)),
        Err(LowerFault(why, line)) => Err((*why, *line)),
    };
    let mut checker = Checker { dialect: &dialect, interner, codes: &[], verdicts: Vec::new() };
    match (found, &lowered) {
        (Ok(number), Ok(codes)) => {
            checker.codes = codes;
            let header = &codes[number as usize].header;
            let mut code = code.clone();
            code.flags &= !(CO_NESTED | CO_ITERABLE_COROUTINE);
            code.flags |= header.flags & (CO_NESTED | CO_ITERABLE_COROUTINE);
            let from = code.qualname.clone();
            rebase(&mut code, &from, &header.qualname, header.flags & CO_FUTURE);
            checker.check(&code, number, path);
        }
        (Err((why, line)), _) => {
            let difference = Difference {
                kind: DifferenceKind::Unsupported,
                offset: None,
                line: Some(line),
                bytecode: String::new(),
                source: why.to_owned(),
            };
            checker.all(code, path, &difference);
        }
        (Ok(_), Err(_)) => {}
    }
    checker.verdicts
}

/// Gives `code` and all in it the qualified names and the flags of `__future__` that they have where they stand now.
fn rebase(code: &mut CodeObject, from: &PyStr, to: &PyStr, future: u32) {
    if let Some(rest) = code.qualname.as_bytes().strip_prefix(from.as_bytes())
        && (rest.is_empty() || rest.starts_with(b"."))
    {
        let moved = [to.as_bytes(), rest].concat();
        code.qualname = PyStr::from_wtf8(&moved).unwrap_or_default();
    }
    code.flags = code.flags & !CO_FUTURE | future;
    for constant in &mut code.consts {
        if let Object::Code(inner) = &**constant {
            let mut inner = inner.clone();
            rebase(&mut inner, from, to, future);
            *constant = ObjectRef::new(Object::Code(inner));
        }
    }
}

/// What stands around code that stands alone.
struct Around {
    is_class_body: bool,
    annotations: bool,
    in_class: bool,
    /// The variables of the function around it; `None` if there is none.
    variables: Option<Vec<PyStr>>,
}

impl Around {
    fn of(code: &CodeObject, dialect: &Dialect) -> Around {
        let has_class_cell = code.freevars.iter().any(|name| *name == CLASS_CELL);
        let is_nested = code.flags & CO_NESTED != 0;
        let is_class_body = code.flags & 0x3 == 0;
        let is_method = dialect.flags_methods() && code.flags & CO_METHOD != 0;
        let in_class = is_method || has_class_cell && !is_nested;
        let variables: Vec<PyStr> =
            code.freevars.iter().filter(|name| !(in_class && **name == CLASS_CELL)).cloned().collect();
        let variables = (is_nested || !variables.is_empty()).then_some(variables);
        let annotations = code.flags & dialect.future_flag(ANNOTATIONS) != 0;
        Around { is_class_body, annotations, in_class, variables }
    }

    fn wrap(&self, module: &Module) -> Module {
        let mut body: Suite = module.body.clone();
        if self.in_class {
            body = vec![Stmt::new(StmtKind::ClassDef(Box::new(ClassDef {
                name: CLASS.into(),
                type_params: Vec::new(),
                bases: Vec::new(),
                keywords: Vec::new(),
                body,
                decorators: Vec::new(),
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
                is_async: false,
            })))];
        }
        if self.annotations {
            let names = vec![Alias { name: ANNOTATIONS.into(), asname: None }];
            let module = Some("__future__".into());
            body.insert(0, Stmt::new(StmtKind::ImportFrom { module, names, level: 0, is_lazy: false }));
        }
        Module { body }
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
