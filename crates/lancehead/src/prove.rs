//! Decompile, print, parse again, check: the text is proven, and says where it is not.

use std::collections::{HashMap, HashSet};

use lancehead_ast::{Layout, Module, ParseError, parse_module};
use lancehead_check::{CodeVerdict, Equality, check_function, check_module};
use lancehead_decompile::{Definition, Form, Options, Status, decompile_function, decompile_module};
use lancehead_pyc::{CodeId, CodeObject, Object};

use crate::decompile::{
    DECOMPILE_SCHEMA, Decompilation, DecompileOptions, Fate, FunctionReport, Text, listing_lines,
};
use crate::line_map::line_map;
use crate::{Error, isolate};

/// What is said of code objects, by the code object at whose start it is to stand.
type Notes = HashMap<CodeId, Vec<String>>;

/// The forms of code objects that do not have the exact one.
type Forms = HashMap<CodeId, Form>;

/// What is said of a code object that is [emulated](Fate::Emulated).
const EMULATED_NOTE: &str = "Proven to do the same, though it compiles to other bytecode.";

/// Decompiles a module, or, with a definition, code that stands alone, as the options say.
pub(crate) fn decompiled(
    code: &CodeObject,
    definition: Option<&Definition>,
    options: &DecompileOptions,
) -> Decompilation {
    let job = Job { code, definition, options };
    let draft = job.draft(&Forms::new(), &Notes::new(), &[]);
    if draft.functions.iter().all(|function| function.fate == Fate::Proven) {
        return job.finish(draft);
    }
    let (forms, draft) = job.with_temporaries(draft);
    // What is not as it should be is known only now, and the text has to say so. Comments change nothing that was
    // proven, but lines.
    let missing = draft.functions.iter().filter(|function| !function.is_recovered()).count();
    let mut header = Vec::new();
    if missing > 0 {
        header.push(missing_note(missing, draft.functions.len()));
    }
    let (module_notes, notes) = job.notes(&draft);
    header.extend(module_notes);
    if header.is_empty() && notes.is_empty() {
        return job.finish(draft);
    }
    let names_lines = |function: &FunctionReport| matches!(function.fate, Fate::Unproven { .. });
    if draft.functions.iter().any(names_lines) {
        return job.finish(job.draft(&forms, &notes, &header));
    }
    let unchecked = Job { options: &DecompileOptions { check: false, ..*options }, ..job };
    let noted = unchecked.draft(&forms, &notes, &header);
    job.finish(Draft { functions: draft.functions, ..noted })
}

/// The comment on a module that is not all there.
pub(crate) fn missing_note(missing: usize, all: usize) -> String {
    format!("Not all of it was recovered: {missing} of {all} code objects are missing; each says so.")
}

/// The tree of the printed text; or why it is no Python; or the fault of the parser.
type Parsed = Result<Result<Module, ParseError>, Error>;

struct Job<'a> {
    code: &'a CodeObject,
    definition: Option<&'a Definition>,
    options: &'a DecompileOptions,
}

/// A text, and what is known about it.
struct Draft {
    text: Text,
    lines: Vec<(u32, u32)>,
    ids: Vec<CodeId>,
    functions: Vec<FunctionReport>,
}

impl Draft {
    /// The code objects with such a fate.
    fn those(&self, such: impl Fn(&Fate) -> bool) -> impl Iterator<Item = CodeId> {
        self.ids.iter().zip(&self.functions).filter(move |(_, f)| such(&f.fate)).map(|(id, _)| *id)
    }
}

impl Job<'_> {
    fn draft(&self, forms: &Forms, notes: &Notes, header: &[String]) -> Draft {
        let noted = |code: &CodeObject| notes.get(&CodeId::of(code)).cloned().unwrap_or_default();
        let form = |code: &CodeObject| forms.get(&CodeId::of(code)).copied().unwrap_or(self.options.form);
        let lines = self.options.layout == Layout::Lines;
        let options =
            Options { listing: &listing_lines, notes: &noted, form: &form, lines, ..Options::default() };
        let decompiled = match self.definition {
            Some(definition) => decompile_function(self.code, definition.clone(), &options),
            None => decompile_module(self.code, &options),
        };
        let text = Text::of(&decompiled.module, self.code.version, self.options, header);
        let parsed = match self.options.check || self.options.lines {
            true => isolate::catch(|| parse_module(&text.source, self.code.version)),
            false => Ok(Ok(Module::default())),
        };
        let lines = match &parsed {
            Ok(Ok(parsed)) if self.options.lines => line_map(&decompiled.module, parsed),
            _ => Vec::new(),
        };
        let (ids, functions) = match self.options.check {
            true => merge(self.verdicts(parsed), &decompiled.functions),
            false => decompiled.functions.into_iter().map(unchecked).unzip(),
        };
        Draft { text, lines, ids, functions }
    }

    /// Tries other forms for what is not proven, and keeps those that are. Gives the forms, and the draft in them.
    fn with_temporaries(&self, draft: Draft) -> (Forms, Draft) {
        let mut draft = draft;
        let mut forms = Forms::new();
        for form in [Form::Temporaries, Form::Dispatch] {
            let unproven = draft.those(|fate| matches!(fate, Fate::Unproven { .. }));
            let asked: Forms = unproven.map(|id| (id, form)).collect();
            if asked.is_empty() {
                break;
            }
            let mut trial = self.draft(&joined(&forms, &asked), &Notes::new(), &[]);
            let proven = |fate: &Fate| matches!(fate, Fate::Proven | Fate::Emulated);
            let proven: HashSet<CodeId> = trial.those(proven).collect();
            let kept: Forms =
                asked.iter().filter(|(id, _)| proven.contains(id)).map(|(k, v)| (*k, *v)).collect();
            if kept.is_empty() {
                continue;
            }
            forms = joined(&forms, &kept);
            if kept.len() < asked.len() {
                trial = self.draft(&forms, &Notes::new(), &[]);
            }
            draft = trial;
        }
        (forms, draft)
    }

    fn finish(&self, draft: Draft) -> Decompilation {
        let Draft { text: Text { source, warnings }, lines, functions, .. } = draft;
        let python = self.code.version.to_string();
        Decompilation { schema: DECOMPILE_SCHEMA, source, python, functions, lines, warnings }
    }

    /// A verdict on each code object; an error for all when the text is no Python.
    fn verdicts(&self, parsed: Parsed) -> Vec<(CodeVerdict, Option<Fate>)> {
        let fate = |verdict: &CodeVerdict| match &verdict.difference {
            Some(difference) if !verdict.does_the_same() => Some(Fate::Unproven {
                difference: difference.to_string(),
                offset: difference.offset,
                line: difference.line,
            }),
            _ => (verdict.equality == Equality::Emulated).then_some(Fate::Emulated),
        };
        let checked = || match parsed? {
            Ok(module) if self.definition.is_some() => Ok(Ok(check_function(self.code, module))),
            Ok(module) => Ok(Ok(check_module(self.code, &module))),
            Err(error) => Ok(Err((format!("the printed text is no Python: {error}"), Some(error.line)))),
        };
        // A fault of the checker costs the proof, and not the text.
        let checked = isolate::catch(checked).and_then(|checked| checked);
        let checked = checked.unwrap_or_else(|error| Err((error.to_string(), None)));
        match checked {
            Ok(verdicts) => verdicts.into_iter().map(|v| (fate(&v), v)).map(|(f, v)| (v, f)).collect(),
            Err((difference, line)) => {
                let fate = Fate::Unproven { difference, offset: None, line };
                let mut verdicts = Vec::new();
                unread(self.code, &self.code.name.to_string_lossy(), &mut verdicts);
                verdicts.into_iter().map(|verdict| (verdict, Some(fate.clone()))).collect()
            }
        }
    }

    /// The comments for what is not proven: for the module, and by the code object that they stand in.
    fn notes(&self, draft: &Draft) -> (Vec<String>, Notes) {
        let mut hosts = HashMap::new();
        find_hosts(self.code, self.code, &mut hosts);
        let (mut module, mut notes) = (Vec::new(), Notes::new());
        let mut said = HashSet::new();
        for (id, function) in draft.ids.iter().zip(&draft.functions) {
            let mut note = match &function.fate {
                Fate::Unproven { difference, .. } => format!("Not proven: {}", without_line(difference)),
                Fate::Emulated => EMULATED_NOTE.to_owned(),
                _ => continue,
            };
            if !said.insert(*id) {
                continue;
            }
            let host = hosts.get(id).copied().unwrap_or(CodeId::of(self.code));
            if host != *id {
                let name = function.path.rsplit_once('.').map_or(function.path.as_str(), |(_, name)| name);
                note = format!("{name} of line {}: {note}", function.firstlineno);
            }
            let is_top = host == CodeId::of(self.code) && self.options.layout == Layout::Lines;
            if is_top { module.push(note) } else { notes.entry(host).or_default().push(note) }
        }
        (module, notes)
    }
}

fn joined(forms: &Forms, more: &Forms) -> Forms {
    forms.iter().chain(more).map(|(id, form)| (*id, *form)).collect()
}

/// A difference without the line of the text, which the comment itself would move.
fn without_line(difference: &str) -> &str {
    difference.rsplit_once(" (source line ").map_or(difference, |(text, _)| text)
}

fn unchecked(report: lancehead_decompile::FunctionReport) -> (CodeId, FunctionReport) {
    let fate = match report.status {
        Status::Recovered => Fate::Unchecked,
        Status::NotRecovered { reason } => Fate::NotRecovered { reason },
    };
    (report.code, FunctionReport { path: report.path, firstlineno: report.first_line, fate, verified: None })
}

/// One report for each code object: what kept it from being recovered, or else the verdict.
fn merge(
    verdicts: Vec<(CodeVerdict, Option<Fate>)>,
    reports: &[lancehead_decompile::FunctionReport],
) -> (Vec<CodeId>, Vec<FunctionReport>) {
    let mut reasons = HashMap::new();
    for report in reports {
        if let Status::NotRecovered { reason } = &report.status {
            reasons.insert(report.code, reason);
        }
    }
    let seen: HashSet<CodeId> = match reasons.is_empty() {
        true => HashSet::new(),
        false => reports.iter().map(|report| report.code).collect(),
    };
    let one = |(verdict, fate): (CodeVerdict, Option<Fate>)| {
        let fate = match (reasons.get(&verdict.code), fate) {
            (Some(reason), _) => Fate::NotRecovered { reason: (*reason).clone() },
            (None, None) => Fate::Proven,
            // The decompiler never came to it, and there is no source for it.
            (None, Some(Fate::Unproven { .. })) if !reasons.is_empty() && !seen.contains(&verdict.code) => {
                Fate::NotRecovered { reason: "the code around it was not recovered".to_owned() }
            }
            (None, Some(fate)) => fate,
        };
        let firstlineno = i32::try_from(verdict.first_line).unwrap_or(0);
        (verdict.code, FunctionReport { path: verdict.path, firstlineno, fate, verified: None })
    };
    verdicts.into_iter().map(one).unzip()
}

/// A verdict on each code object, without anything said.
fn unread(code: &CodeObject, path: &str, verdicts: &mut Vec<CodeVerdict>) {
    let first_line = u32::try_from(code.firstlineno).unwrap_or(0);
    verdicts.push(CodeVerdict {
        code: CodeId::of(code),
        path: path.to_owned(),
        first_line,
        difference: None,
        equality: Equality::Exact,
    });
    for inner in children(code) {
        unread(inner, &format!("{path}.{}", inner.name.to_string_lossy()), verdicts);
    }
}

/// For each code object the one whose body, in the source, it is written in: itself, unless it is an expression.
fn find_hosts(code: &CodeObject, host: &CodeObject, hosts: &mut HashMap<CodeId, CodeId>) {
    for inner in children(code) {
        let name = inner.name.as_bytes();
        let has_body = !name.starts_with(b"<") && name != b"__annotate__";
        let host = if has_body { inner } else { host };
        hosts.insert(CodeId::of(inner), CodeId::of(host));
        find_hosts(inner, host, hosts);
    }
    hosts.entry(CodeId::of(code)).or_insert(CodeId::of(host));
}

fn children(code: &CodeObject) -> impl Iterator<Item = &CodeObject> {
    code.consts.iter().filter_map(|constant| match &**constant {
        Object::Code(inner) => Some(&**inner),
        _ => None,
    })
}
