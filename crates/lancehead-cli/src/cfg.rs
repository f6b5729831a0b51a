//! `lancehead cfg`.

use std::io;

use lancehead::{CodeObject, input, isolate};
use lancehead_code::cfg::{dot, mermaid, svg};
use lancehead_code::code_tree;

use crate::args::{CfgFormat, CfgOptions};
use crate::console::Console;

pub(crate) fn run(options: &CfgOptions, console: &mut Console<'_>) -> io::Result<()> {
    let name = options.path.display().to_string();
    let found = input::find(std::slice::from_ref(&options.path));
    let inputs = console.inputs(found);
    let [input] = inputs.as_slice() else {
        if inputs.len() > 1 {
            console.problem(&name, &format!("expected one .pyc file, found {}", inputs.len()));
        }
        return Ok(());
    };
    let Some(loaded) = console.load(input, options.format()) else { return Ok(()) };
    let Some(code) = find(loaded.code(), options.function.as_deref()) else {
        console.problem(&name, &unknown(loaded.code(), options.function.as_deref()));
        return Ok(());
    };
    let draw = match options.format {
        CfgFormat::Dot => dot,
        CfgFormat::Mermaid => mermaid,
        CfgFormat::Svg => svg,
    };
    match isolate::on_big_stack(|| draw(code)) {
        Ok(Ok(drawn)) => console.out().write_all(drawn.as_bytes())?,
        Ok(Err(error)) => console.problem(&name, &error),
        Err(error) => console.failed(&name, &error),
    }
    Ok(())
}

/// The code objects of a module with their paths below it: `Class.method`.
fn paths(module: &CodeObject) -> Vec<(String, &CodeObject)> {
    let mut open: Vec<String> = Vec::new();
    let mut all = Vec::new();
    for (depth, code) in code_tree(module) {
        open.truncate(depth.saturating_sub(1));
        if depth > 0 {
            open.push(code.name.to_string());
        }
        all.push((open.join("."), code));
    }
    all
}

/// The code object named: by its path, its qualified name, or its name alone if no other has it first; the module's own
/// without a name.
fn find<'a>(module: &'a CodeObject, name: Option<&str>) -> Option<&'a CodeObject> {
    let Some(name) = name else { return Some(module) };
    let all = paths(module);
    let by = |fits: &dyn Fn(&(String, &CodeObject)) -> bool| {
        all.iter().find(|entry| fits(entry)).map(|(_, code)| *code)
    };
    by(&|(path, _)| path == name)
        .or_else(|| by(&|(_, code)| code.qualname == *name))
        .or_else(|| by(&|(_, code)| code.name == *name))
}

fn unknown(module: &CodeObject, name: Option<&str>) -> String {
    let known: Vec<String> = paths(module).into_iter().skip(1).map(|(path, _)| path).collect();
    format!(
        "expected the name of a function or class in it ({}), found {}",
        known.join(", "),
        name.unwrap_or("")
    )
}
