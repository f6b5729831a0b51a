//! What is in an input: the header, and the tree of code objects with all their fields.

use std::fmt;

use lancehead_code::repr_within;
use lancehead_pyc::{CodeObject, Header, Magic, Validation, tame};
use serde::Serialize;

use crate::load::{Loaded, children};
use lancehead_pyc::co_flags::flag_names;

/// The version of the JSON that [`Info`] serialises to. Fields may be added to it; when one changes its meaning or
/// goes, the number rises.
pub const INFO_SCHEMA: &str = "lancehead.info/1";

/// What is in an input. Serialises to the JSON of schema [`INFO_SCHEMA`].
#[derive(Debug, Clone, Serialize)]
pub struct Info {
    /// [`INFO_SCHEMA`].
    pub schema: &'static str,
    /// The Python version of the bytecode: `3.12`.
    pub python: String,
    /// The header; null for bare marshal data.
    pub header: Option<HeaderInfo>,
    /// What is odd about the input.
    pub warnings: Vec<String>,
    /// The module's code object.
    pub code: CodeInfo,
}

/// The header of a `.pyc`.
#[derive(Debug, Clone, Serialize)]
pub struct HeaderInfo {
    /// The magic number.
    pub magic: u16,
    /// The release in which this magic number came up.
    pub release: Option<&'static str>,
    /// Bytes of the header.
    pub size: usize,
    /// `timestamp`, `checked-hash` or `unchecked-hash` (PEP 552).
    pub validation: &'static str,
    /// Modification time of the source in seconds since 1970, if validated by time.
    pub source_mtime: Option<u32>,
    /// Size of the source in bytes, if validated by time.
    pub source_size: Option<u32>,
    /// Hash of the source in hexadecimal, if validated by hash.
    pub source_hash: Option<String>,
}

/// A code object. The fields are named as in CPython, without `co_`.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)] // FIELDS explains each.
pub struct CodeInfo {
    pub name: String,
    pub qualname: String,
    pub filename: String,
    pub firstlineno: i32,
    pub argcount: u32,
    pub posonlyargcount: u32,
    pub kwonlyargcount: u32,
    pub nlocals: u32,
    pub stacksize: u32,
    pub flags: u32,
    pub flag_names: Vec<String>,
    /// Length of `co_code` in bytes.
    pub code_size: usize,
    /// `repr` of each constant; containers are cut off with `…` after a million bytes.
    pub consts: Vec<String>,
    pub names: Vec<String>,
    pub varnames: Vec<String>,
    pub cellvars: Vec<String>,
    pub freevars: Vec<String>,
    /// Length of `co_linetable` in bytes.
    pub linetable_size: usize,
    /// Length of `co_exceptiontable` in bytes.
    pub exceptiontable_size: usize,
    /// The code objects among the constants.
    pub children: Vec<CodeInfo>,
}

impl Info {
    /// What is in `loaded`.
    pub fn of(loaded: &Loaded) -> Info {
        Info {
            schema: INFO_SCHEMA,
            python: loaded.code().version.to_string(),
            header: loaded.header.as_ref().map(HeaderInfo::of),
            warnings: loaded.warnings.clone(),
            code: CodeInfo::of(loaded.code()),
        }
    }
}

impl HeaderInfo {
    fn of(header: &Header) -> HeaderInfo {
        let mut info = HeaderInfo {
            magic: header.magic,
            release: Magic::find(header.magic).map(|magic| magic.release),
            size: header.size(),
            validation: "timestamp",
            source_mtime: None,
            source_size: None,
            source_hash: None,
        };
        match header.validation {
            Validation::Timestamp { mtime, source_size } => {
                info.source_mtime = Some(mtime);
                info.source_size = Some(source_size);
            }
            Validation::Hash { source_hash, check_source } => {
                info.validation = if check_source { "checked-hash" } else { "unchecked-hash" };
                info.source_hash = Some(source_hash.iter().map(|byte| format!("{byte:02x}")).collect());
            }
        }
        info
    }
}

impl CodeInfo {
    /// Recurses into nested code objects, whose depth the reader bounds.
    fn of(code: &CodeObject) -> CodeInfo {
        let texts = |names: &[lancehead_pyc::PyStr]| names.iter().map(ToString::to_string).collect();
        CodeInfo {
            name: code.name.to_string(),
            qualname: code.qualname.to_string(),
            filename: code.filename.to_string(),
            firstlineno: code.firstlineno,
            argcount: code.argcount,
            posonlyargcount: code.posonlyargcount,
            kwonlyargcount: code.kwonlyargcount,
            nlocals: code.nlocals,
            stacksize: code.stacksize,
            flags: code.flags,
            flag_names: flag_names(code.flags, code.version),
            code_size: code.code.len(),
            consts: code.consts.iter().map(|constant| repr_within(constant, MAX_CONSTANT)).collect(),
            names: texts(&code.names),
            varnames: texts(&code.varnames),
            cellvars: texts(&code.cellvars),
            freevars: texts(&code.freevars),
            linetable_size: code.linetable.len(),
            exceptiontable_size: code.exceptiontable.len(),
            children: children(code).map(CodeInfo::of).collect(),
        }
    }
}

/// How long the text of a container may become: references let a small file stand for a long one.
const MAX_CONSTANT: usize = 1_000_000;

/// How a field of a code object is shown.
type ShowField = fn(&CodeInfo) -> String;

/// Each field of a code object: CPython's name, what it is, how it is shown.
#[rustfmt::skip]
const FIELDS: &[(&str, &str, ShowField)] = &[
    ("co_name", "name of the function, class or module", |c| c.name.clone()),
    ("co_qualname", "the same with what it lies in (stored since 3.11)", |c| c.qualname.clone()),
    ("co_filename", "file it was compiled from", |c| c.filename.clone()),
    ("co_firstlineno", "line on which it starts, decorators included", |c| c.firstlineno.to_string()),
    ("co_argcount", "positional parameters, those with defaults included", |c| c.argcount.to_string()),
    ("co_posonlyargcount", "of these, positional-only ones (before `/`)", |c| c.posonlyargcount.to_string()),
    ("co_kwonlyargcount", "keyword-only parameters (after `*`)", |c| c.kwonlyargcount.to_string()),
    ("co_nlocals", "local variables, parameters included", |c| c.nlocals.to_string()),
    ("co_stacksize", "slots that its value stack needs", |c| c.stacksize.to_string()),
    ("co_flags", "what kind of code it is", flags),
    ("co_code", "its bytecode", |c| bytes(c.code_size)),
    ("co_consts", "constants that the bytecode loads", |c| list(&c.consts)),
    ("co_names", "names of globals, attributes and imports", |c| list(&c.names)),
    ("co_varnames", "names of local variables, parameters first", |c| list(&c.varnames)),
    ("co_cellvars", "local variables that inner functions use", |c| list(&c.cellvars)),
    ("co_freevars", "variables of enclosing functions that it uses", |c| list(&c.freevars)),
    ("co_linetable", "source positions of the bytecode (co_lnotab up to 3.9)", |c| bytes(c.linetable_size)),
    ("co_exceptiontable", "handlers of the bytecode (since 3.11)", |c| bytes(c.exceptiontable_size)),
];

fn flags(code: &CodeInfo) -> String {
    format!("{:#x} {}", code.flags, code.flag_names.join(" ")).trim_end().to_owned()
}

fn bytes(count: usize) -> String {
    format!("{count} bytes")
}

/// Longest text of one constant, in characters.
const MAX_ITEM: usize = 60;

fn list(items: &[String]) -> String {
    let short = |item: &String| match item.char_indices().nth(MAX_ITEM) {
        Some((at, _)) => format!("{}…", &item[..at]),
        None => item.clone(),
    };
    match items.is_empty() {
        true => "none".to_owned(),
        false => items.iter().map(short).collect::<Vec<_>>().join(", "),
    }
}

/// The same as text, for reading: every field with what it is, once for the module; nested code objects below it.
impl fmt::Display for Info {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.header {
            Some(header) => header.fmt(f)?,
            None => writeln!(f, "marshal data of Python {}, no header", self.python)?,
        }
        for warning in &self.warnings {
            writeln!(f, "warning: {}", tame(warning))?;
        }
        let mut waiting = vec![(0, &self.code)];
        while let Some((depth, code)) = waiting.pop() {
            code.write(f, depth)?;
            waiting.extend(code.children.iter().rev().map(|child| (depth + 1, child)));
        }
        Ok(())
    }
}

impl fmt::Display for HeaderInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "magic number {}", self.magic)?;
        match self.release {
            Some(release) => writeln!(f, ", in use since Python {release}")?,
            None => writeln!(f, ", of no known release")?,
        }
        write!(f, "validated by {}", self.validation)?;
        if let (Some(mtime), Some(size)) = (self.source_mtime, self.source_size) {
            write!(f, ": source of {size} bytes, changed {mtime} s after 1970")?;
        }
        if let Some(hash) = &self.source_hash {
            write!(f, ": source hash {hash}")?;
        }
        writeln!(f)
    }
}

impl CodeInfo {
    fn write(&self, f: &mut fmt::Formatter<'_>, depth: usize) -> fmt::Result {
        let indent = "    ".repeat(depth);
        writeln!(f, "\n{indent}{}", tame(&self.qualname))?;
        for (name, meaning, show) in FIELDS {
            let value = tame(&show(self)).into_owned();
            match depth {
                0 => writeln!(f, "  {name:<19}{value:<24} # {meaning}")?,
                _ => writeln!(f, "{indent}  {name:<19}{value}")?,
            }
        }
        Ok(())
    }
}
