//! Checking a module, or a part of one, by the compiler that made it.

use lancehead_ast::Module;
use lancehead_pyc::CodeObject;

use crate::dialect::Dialect;
use crate::difference::{CodeVerdict, Difference, Equality};
use crate::intern::Interner;
use crate::lower::{Lowered, lower};
use crate::trial::{Compilers, Releases, Trial};
use crate::verdict::{Checker, unsupported};

/// Checks a module that was compiled without `-O`. The first verdict is the module's own; every code object has one.
pub fn check_module(code: &CodeObject, module: &Module) -> Vec<CodeVerdict> {
    examine_module(code, module, 0).verdicts
}

/// Checks a module that was compiled with this level of optimisation: 1 drops `assert`, 2 docstrings too.
pub fn check_module_optimized(code: &CodeObject, module: &Module, optimize: u8) -> Vec<CodeVerdict> {
    examine_module(code, module, optimize).verdicts
}

/// [`check_module_optimized`], and which patch releases compile the source to the bytecode.
pub fn examine_module(code: &CodeObject, module: &Module, optimize: u8) -> Checked {
    let mut compilers = Compilers::of(code);
    let verdicts = check_module_by(code, module, optimize, &mut compilers);
    Checked { verdicts, releases: compilers.releases() }
}

/// [`check_module_optimized`] of a file that one of these compilers made: what is proven is noted in them.
pub fn check_module_by(
    code: &CodeObject,
    module: &Module,
    optimize: u8,
    compilers: &mut Compilers,
) -> Vec<CodeVerdict> {
    compilers.check(|number| {
        by_compiler(code, module, (optimize, number), |checker, lowered| {
            let path = code.name.to_string_lossy().into_owned();
            match lowered {
                Ok(codes) => checker.check(code, codes.len().saturating_sub(1) as u32, path),
                Err(why) => checker.all(code, path, &why),
            }
        })
    })
}

/// What came of checking a module.
#[derive(Debug, Clone)]
pub struct Checked {
    /// A verdict on each code object, in the order in which they stand in the bytecode.
    pub verdicts: Vec<CodeVerdict>,
    /// Which patch releases compile the source to the bytecode, if only some of the version do. Where code objects
    /// differ, those that compile the others.
    pub releases: Option<Releases>,
}

/// Checks one definition of a module against source that holds it, and as much of what is around it as changes how it is
/// compiled: `from __future__` imports, the names that the module imports, whether it mentions `super`.
///
/// `code` is a code object directly within the module's. The first verdict is on it; every code object in it has one.
pub fn check_definition(code: &CodeObject, module: &Module) -> Vec<CodeVerdict> {
    check_definition_by(code, module, &mut Compilers::of(code))
}

/// [`check_definition`] in a file that one of these compilers made: what is proven is noted in them.
pub fn check_definition_by(
    code: &CodeObject,
    module: &Module,
    compilers: &mut Compilers,
) -> Vec<CodeVerdict> {
    compilers.check(|number| {
        by_compiler(code, module, (0, number), |checker, lowered| {
            let path = format!("<module>.{}", code.name.to_string_lossy());
            match lowered {
                Ok(codes) => {
                    let within = codes.last().map(|module| &module.children[..]).unwrap_or_default();
                    let is_it = |number: &u32| codes[*number as usize].header.name == code.name;
                    let numbers: Vec<u32> = within.iter().copied().filter(is_it).collect();
                    checker.check_against(code, &numbers, path);
                }
                Err(why) => checker.all(code, path, &why),
            }
        })
    })
}

/// Checks the code object of a module and none in it: the bodies of its functions and classes may be left out of `module`.
pub fn check_module_itself(code: &CodeObject, module: &Module) -> CodeVerdict {
    check_module_itself_by(code, module, &mut Compilers::of(code))
}

/// [`check_module_itself`] in a file that one of these compilers made: what is proven is noted in them.
pub fn check_module_itself_by(code: &CodeObject, module: &Module, compilers: &mut Compilers) -> CodeVerdict {
    let mut verdicts = compilers.check(|number| {
        by_compiler(code, module, (0, number), |checker, lowered| {
            let path = code.name.to_string_lossy().into_owned();
            match lowered {
                Ok(codes) => drop(checker.check_one(code, codes.len().saturating_sub(1) as u32, path)),
                Err(why) => checker.push(code, path, Some(why), Equality::Exact),
            }
        })
    });
    verdicts.remove(0)
}

/// Lowers the source as one compiler would, and checks.
fn by_compiler(
    code: &CodeObject,
    module: &Module,
    (optimize, number): (u8, usize),
    check: impl FnOnce(&mut Checker<'_>, Result<&[Lowered], Difference>),
) -> Trial {
    let dialect = Dialect::of_compiler(code.version, number);
    let mut interner = Interner::new();
    let lowered = lower(module, &dialect, optimize, 0, &mut interner);
    let mut checker = Checker::new(&dialect, interner, None);
    match &lowered {
        Ok(codes) => {
            checker.codes = codes;
            check(&mut checker, Ok(codes));
        }
        Err(fault) => check(&mut checker, Err(unsupported(fault))),
    }
    checker.finish()
}
