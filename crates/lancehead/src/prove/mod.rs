//! Decompile, print, parse again, check: the text is proven, and says where it is not.
//!
//! Proof is per code object. The whole text is checked once. What is not proven is decompiled again in another form
//! ([`forms`]) and checked within an [`excerpt`] of the module, so that one unproven function costs one function.

mod excerpt;
mod forms;
mod name_uses;
mod notes;
mod rename;

use std::collections::BTreeMap;

use lancehead_ast::{Module, parse_module};
use lancehead_check::{CodeVerdict, Compilers, Equality, check_module_by, examine_function};
use lancehead_decompile::{Definition, Driver, Options, Status, module_around};
use lancehead_pyc::{CodeId, CodeIndex, CodeObject, CodeTree};

use rename::{Renamed, renamed};

use crate::isolate;
use crate::line_map::{Anchor, Anchors, line_map};
use crate::report::{DECOMPILE_SCHEMA, Decompilation, DecompileOptions, Fate, FunctionReport};
use crate::text::{Text, listing_lines};

/// Decompiles a module, or, with a definition, code that stands alone, as the options say.
///
/// Names that no source can spell are exchanged first: what is proven is proven of the code with those names.
pub(crate) fn decompiled(
    code: &CodeObject,
    definition: Option<&Definition>,
    options: &DecompileOptions,
) -> Decompilation {
    let Some(Renamed { code, names }) = renamed(code, definition.is_none()) else {
        return decompiled_with(code, definition, options, BTreeMap::new());
    };
    let named = |Definition { name, defaults, kwdefaults }: &Definition| Definition {
        name: names.of(name),
        defaults: defaults.clone(),
        kwdefaults: kwdefaults.iter().map(|(name, value)| (names.of(name), value.clone())).collect(),
    };
    decompiled_with(&code, definition.map(named).as_ref(), options, names.table())
}

fn decompiled_with(
    code: &CodeObject,
    definition: Option<&Definition>,
    options: &DecompileOptions,
    renamed: BTreeMap<String, String>,
) -> Decompilation {
    let lines = options.layout == lancehead_ast::Layout::Lines;
    let run = Options { listing: &listing_lines, form: options.form, lines, ..Options::default() };
    let around = module_around(code);
    let mut driver = match definition {
        Some(_) => Driver::alone(&around, code, &run),
        None => Driver::new(CodeTree::of(code), &run),
    };
    let module = match definition {
        Some(definition) => driver.standalone(definition.clone()),
        None => driver.module(),
    };
    let verdicts = vec![Verdict::Unchecked; driver.tree().len()];
    let tree = driver.tree();
    let mut indices: Vec<_> = tree.indices().map(|index| (CodeId::of(tree.code(index)), index)).collect();
    indices.sort_unstable();
    let mut job = Job {
        code,
        stands_alone: definition.is_some(),
        options,
        driver,
        module,
        verdicts,
        compilers: Compilers::of(code),
        is_unreadable: false,
        indices,
        renamed,
    };
    if !options.check {
        return job.finish(None);
    }
    let text = job.text(&[]);
    job.check_all(&text);
    let changed = job.try_forms();
    if changed && job.is_unreadable {
        let text = job.text(&[]);
        job.check_all(&text);
    }
    job.finish(Some(text).filter(|_| !changed))
}

/// The comment on a module that is not all there.
pub(crate) fn missing_note(missing: usize, all: usize) -> String {
    format!("Not all of it was recovered: {missing} of {all} code objects are missing; each says so.")
}

/// What is known of one code object.
#[derive(Debug, Clone)]
enum Verdict {
    Unchecked,
    Proven,
    Emulated,
    /// The first difference, and where in the source it shows.
    Unproven {
        difference: String,
        offset: Option<u32>,
        place: Option<Anchor>,
    },
}

impl Verdict {
    fn is_proven(&self) -> bool {
        matches!(self, Verdict::Proven | Verdict::Emulated)
    }
}

/// One input under way.
struct Job<'a> {
    code: &'a CodeObject,
    stands_alone: bool,
    options: &'a DecompileOptions,
    driver: Driver<'a>,
    /// What is printed.
    module: Module,
    /// By the index of the code object.
    verdicts: Vec<Verdict>,
    /// The compilers that may have made the file: one made all of it.
    compilers: Compilers,
    /// Whether the text as a whole is no Python: then nothing can be said of the module itself.
    is_unreadable: bool,
    /// The indices of each code object, in order of its identity.
    indices: Vec<(CodeId, CodeIndex)>,
    /// The names that were exchanged, with what is printed for them.
    renamed: BTreeMap<String, String>,
}

impl Job<'_> {
    /// The index of the code object that was asked for.
    fn root(&self) -> CodeIndex {
        CodeIndex(u32::from(self.stands_alone))
    }

    fn text(&self, notes: &[String]) -> Text {
        Text::of(&self.module, self.code.version, self.options, notes)
    }

    /// Checks the whole text. Where it is no Python, each definition of the module is checked by itself.
    fn check_all(&mut self, text: &Text) {
        let anchors = Anchors::of(&self.module, &text.statements);
        let compilers = &mut self.compilers;
        let checked = || match parse_module(&text.source, self.code.version) {
            Ok(module) if self.stands_alone => Ok(examine_function(self.code, module).verdicts),
            Ok(module) => Ok(check_module_by(self.code, &module, 0, compilers)),
            Err(error) => Err(error),
        };
        // A fault of the checker costs the proof, and not the text.
        match isolate::catch(checked) {
            Ok(Ok(verdicts)) => {
                self.is_unreadable = false;
                self.record(&verdicts, &anchors);
            }
            Ok(Err(error)) => {
                self.is_unreadable = true;
                let place = anchors.anchor(error.line);
                self.refuse(format!("the printed text is no Python: {error}"), place);
                if !self.stands_alone {
                    let tree = self.driver.tree();
                    let tops: Vec<CodeIndex> = tree.children(CodeIndex::ROOT).collect();
                    self.check_again(tops.into_iter());
                }
            }
            Err(error) => self.refuse(error.to_string(), None),
        }
    }

    /// Gives all code objects the same verdict.
    fn refuse(&mut self, difference: String, place: Option<Anchor>) {
        self.verdicts.fill(Verdict::Unproven { difference, offset: None, place });
    }

    /// Takes note of verdicts on a text whose lines `anchors` knows.
    fn record(&mut self, verdicts: &[CodeVerdict], anchors: &Anchors) {
        for verdict in verdicts {
            let first = self.indices.partition_point(|(code, _)| *code < verdict.code);
            let same = self.indices[first..].iter().take_while(|(code, _)| *code == verdict.code);
            for (_, index) in same {
                self.verdicts[index.index()] = told(verdict, anchors);
            }
        }
    }

    /// The report on each code object, in preorder. `lines` finds places in the final text.
    fn reports(&self, find: &dyn Fn(&Anchor) -> Option<u32>) -> Vec<FunctionReport> {
        let reports = self.driver.reports().filter(|report| report.code >= self.root());
        let one = |report: &lancehead_decompile::FunctionReport| {
            let verdict = &self.verdicts[report.code.index()];
            let fate = match (&report.status, verdict) {
                (Status::NotRecovered { reason }, _) => Fate::NotRecovered { reason: reason.clone() },
                (_, Verdict::Unchecked) => Fate::Unchecked,
                (_, Verdict::Proven) => Fate::Proven,
                (_, Verdict::Emulated) => Fate::Emulated,
                (_, Verdict::Unproven { difference, offset, place }) => {
                    let line = place.as_ref().and_then(find);
                    let difference = match line {
                        Some(line) => format!("{difference} (source line {line})"),
                        None => difference.clone(),
                    };
                    Fate::Unproven { difference, offset: *offset, line }
                }
            };
            let path = match self.stands_alone {
                true => report.path.trim_start_matches("<module>.").to_owned(),
                false => report.path.clone(),
            };
            let budgets = report.budgets.iter().map(|(budget, count)| (budget.name(), *count)).collect();
            FunctionReport { path, firstlineno: report.firstlineno, fate, verified: None, budgets }
        };
        reports.map(one).collect()
    }

    /// The text with all that is to be said in it. `text` is the module as it was printed last, if it has not changed.
    fn finish(mut self, text: Option<Text>) -> Decompilation {
        let functions = self.reports(&|_| None);
        let missing = functions.iter().filter(|function| !function.is_recovered()).count();
        let mut header = Vec::new();
        if missing > 0 {
            header.push(missing_note(missing, functions.len()));
        }
        header.extend(renamed_notes(&self.renamed));
        let has_notes = self.add_notes(&functions, &mut header);
        let text = match text.filter(|_| header.is_empty() && !has_notes) {
            Some(text) => text,
            None => self.text(&header),
        };
        let anchors = Anchors::of(&self.module, &text.statements);
        let functions = match has_notes {
            true => self.reports(&|anchor| anchors.line(anchor)),
            false => functions,
        };
        let lines = match self.options.lines {
            true => line_map(&self.module, &text.statements),
            false => Vec::new(),
        };
        let Text { source, warnings, .. } = text;
        let python = self.code.version.to_string();
        let compiled_by = self.compilers.releases().map(|releases| releases.to_string());
        let renamed = self.renamed;
        Decompilation {
            schema: DECOMPILE_SCHEMA,
            source,
            python,
            compiled_by,
            renamed,
            functions,
            lines,
            warnings,
        }
    }
}

/// The comments that tell which names were exchanged.
fn renamed_notes(renamed: &BTreeMap<String, String>) -> Vec<String> {
    const MOST: usize = 100;
    let mut notes: Vec<String> =
        renamed.iter().take(MOST).map(|(name, printed)| format!("Renamed: {name:?} is {printed}")).collect();
    if renamed.len() > MOST {
        notes.push(format!("Renamed: {} more names", renamed.len() - MOST));
    }
    notes
}

/// The verdict of the checker, with the place that it names.
fn told(verdict: &CodeVerdict, anchors: &Anchors) -> Verdict {
    match &verdict.difference {
        Some(difference) if !verdict.does_the_same() => {
            let place = difference.line.and_then(|line| anchors.anchor(line));
            let text = difference.to_string();
            // The line is told of the final text.
            let text = text.rsplit_once(" (source line ").map_or(text.as_str(), |(text, _)| text).to_owned();
            Verdict::Unproven { difference: text, offset: difference.offset, place }
        }
        _ if verdict.equality == Equality::Emulated => Verdict::Emulated,
        _ => Verdict::Proven,
    }
}
