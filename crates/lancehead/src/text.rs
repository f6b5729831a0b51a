//! The text of a decompiled module.

use std::borrow::Cow;

use lancehead_ast::{Layout, Module, PrintOptions, print_module};
use lancehead_code::listing::print;
use lancehead_pyc::{CodeObject, Object, ObjectRef, Version, tame};

use crate::PlainText;
use crate::disassemble::list;
use crate::report::DecompileOptions;

/// The words that the first line of every output starts with; the last line, where the lines are those of the original.
pub const HEADER_MARK: &str = "# Decompiled by Lancehead ";

/// The text of a module, with the header that says who made it.
pub(crate) struct Text {
    pub source: String,
    pub warnings: Vec<String>,
    /// The line of each statement, in order.
    pub statements: Vec<u32>,
}

impl Text {
    /// Prints a module. `notes` are comments on it as a whole; where lines are kept, they and the header are at its end.
    pub fn of(module: &Module, version: Version, options: &DecompileOptions, notes: &[String]) -> Text {
        let layout = options.layout;
        let mut header = String::new();
        if options.header {
            header +=
                &format!("{HEADER_MARK}{} from Python {version} bytecode.\n", env!("CARGO_PKG_VERSION"));
        }
        for note in notes {
            header += &format!("# {}\n", tame(note));
        }
        let mut print = PrintOptions::new(version);
        print.layout = layout;
        let mut printed = print_module(module, &print);
        if layout != Layout::Lines {
            let before = header.lines().count() as u32;
            printed.statements.iter_mut().for_each(|line| *line += before);
        }
        let source = match layout {
            _ if header.is_empty() => printed.source,
            Layout::Lines => printed.source + &header,
            _ => header + &printed.source,
        };
        let warnings = printed.problems.iter().map(|problem| format!("output {problem}")).collect();
        Text { source, warnings, statements: printed.statements }
    }
}

pub(crate) fn listing_lines(code: &CodeObject) -> Vec<String> {
    let mut text = String::new();
    match list(&short_enough(code)) {
        Ok(listing) => {
            // Writing to a `String` cannot fail.
            let _ = print::print(&listing, print::PrintOptions::default(), &mut PlainText(&mut text));
            text.lines().map(str::to_owned).collect()
        }
        Err(reason) => vec![format!("cannot be listed: {reason}")],
    }
}

/// The code object itself, or, where its constants are long and many instructions may load them, without the text of those.
fn short_enough(code: &CodeObject) -> Cow<'_, CodeObject> {
    const MOST: usize = 16 << 20;
    const SHORT: usize = 1000;
    let length = |object: &ObjectRef| match &**object {
        Object::Str(text) => text.as_bytes().len(),
        Object::Bytes(bytes) => bytes.len(),
        Object::Tuple(items) | Object::FrozenSet(items) => items.len(),
        _ => 0,
    };
    let longest = code.consts.iter().map(length).max().unwrap_or(0);
    if longest.saturating_mul(code.code.len() / 2) <= MOST {
        return Cow::Borrowed(code);
    }
    let mut code = code.clone();
    for object in code.consts.iter_mut().filter(|object| length(object) > SHORT) {
        *object = Object::Str(format!("a constant of length {}", length(object)).into()).into();
    }
    Cow::Owned(code)
}
