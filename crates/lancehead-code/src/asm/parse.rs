//! Reading code objects from text.

use lancehead_isa::{Opcode, Position, decode};
use lancehead_pyc::{CodeObject, Object, Version};
use rustc_hash::{FxHashMap, FxHashSet};

use super::cursor::{Cursor, Parsed};
use super::{AsmError, literal, operand};
use crate::program::{AssembleError, Code, Hint, Instr, Item, Label, Region};
use crate::verify::verify;

/// Code objects that may lie within one another.
const MAX_NESTING: usize = 200;

/// Reads a code object from text (see the [module](super) for its form) and assembles it.
///
/// # Errors
/// With line and column: text that does not have that form, names that are not declared, and what the assembler finds.
/// Whether the code makes sense is not looked at; see [`verify`](crate::verify::verify).
pub fn parse(text: &str) -> Result<CodeObject, AsmError> {
    let mut unlooked = |_: &CodeObject, _: &[Place], _: Place| {};
    read(text, &mut unlooked)
}

/// The same, for code that is to be run: everything that the verifier finds, in all code objects, is an error at the
/// instruction that it is about.
///
/// # Errors
/// What [`parse`] says, alone; or all that the verifier finds, in the order of the text.
pub fn parse_verified(text: &str) -> Result<CodeObject, Vec<AsmError>> {
    let mut faults = Vec::new();
    let mut look = |code: &CodeObject, places: &[Place], end: Place| {
        let Err(errors) = verify(code) else { return };
        // What was just assembled can be decoded.
        let instructions = decode(code.version, &code.code).unwrap_or_default();
        faults.extend(errors.iter().map(|error| {
            let index = instructions.partition_point(|instruction| instruction.offset < error.offset);
            let whole = error.offset == 0 && error.kind.is_about_all();
            let place = places.get(index).copied().filter(|_| !whole).unwrap_or(end);
            AsmError { line: place.line, column: place.column, message: error.kind.to_string() }
        }));
    };
    let code = read(text, &mut look).map_err(|error| vec![error])?;
    faults.sort_by_key(|error| (error.line, error.column));
    if faults.is_empty() { Ok(code) } else { Err(faults) }
}

/// Where something stands in the text.
#[derive(Debug, Clone, Copy)]
struct Place {
    line: u32,
    column: u32,
}

/// Takes each code object as it is finished, with the places of its instructions and of its `.end`.
type Look<'a> = dyn FnMut(&CodeObject, &[Place], Place) + 'a;

fn read(text: &str, look: &mut Look<'_>) -> Result<CodeObject, AsmError> {
    let mut reader = Reader { version: None, open: Vec::new(), finished: None, look };
    let mut last = 1;
    for (number, line) in (1..).zip(text.lines()) {
        let mut cursor = Cursor::new(line, number);
        if !cursor.is_done() {
            reader.line(&mut cursor, number)?;
            cursor.end()?;
        }
        last = number;
    }
    let end = Cursor::new("", last);
    match reader.finished {
        Some(code) => Ok(code),
        None if reader.open.is_empty() => end.expected("`.code`"),
        None => end.expected("`.end`"),
    }
}

struct Reader<'a, 'b> {
    version: Option<Version>,
    /// Code objects being read, each within the one before.
    open: Vec<Reading>,
    finished: Option<CodeObject>,
    look: &'a mut Look<'b>,
}

/// Where in a code object reading is.
#[derive(PartialEq)]
enum Section {
    Settings,
    Constants,
    Body,
}

struct Reading {
    code: Code,
    section: Section,
    labels: FxHashMap<String, Label>,
    placed: FxHashSet<Label>,
    /// By label that is not placed yet: where it was first named.
    unplaced: FxHashMap<Label, AsmError>,
    position: Position,
    /// By instruction: where it stands.
    places: Vec<Place>,
}

impl Reader<'_, '_> {
    fn line(&mut self, cursor: &mut Cursor<'_>, number: u32) -> Parsed<()> {
        let Some(version) = self.version else {
            cursor.take(".python")?;
            let before = cursor.clone();
            return match cursor.chunk().parse() {
                Ok(version) => {
                    self.version = Some(version);
                    Ok(())
                }
                Err(_) => before.expected("a version from 3.7 to 3.15"),
            };
        };
        if self.finished.is_some() {
            return cursor.expected("nothing after the last `.end`");
        }
        if cursor.eat_word(".code") {
            return self.begin(version, cursor);
        }
        let Some(reading) = self.open.last_mut() else { return cursor.expected("`.code`") };
        match reading.section {
            Section::Settings => reading.setting(cursor),
            Section::Constants => reading.constant(cursor),
            Section::Body if cursor.eat_word(".end") => self.end(number),
            Section::Body => reading.body_line(cursor, number),
        }
    }

    fn begin(&mut self, version: Version, cursor: &mut Cursor<'_>) -> Parsed<()> {
        if self.open.last().is_some_and(|outer| outer.section != Section::Constants) {
            return cursor.error("code objects stand among `.consts`");
        }
        if self.open.len() >= MAX_NESTING {
            return cursor.error("code objects nest too deeply");
        }
        let mut object = CodeObject::new(version);
        object.name = cursor.string()?;
        object.qualname = object.name.clone();
        self.open.push(Reading {
            code: Code::empty(object),
            section: Section::Settings,
            labels: FxHashMap::default(),
            placed: FxHashSet::default(),
            unplaced: FxHashMap::default(),
            position: Position::default(),
            places: Vec::new(),
        });
        Ok(())
    }

    fn end(&mut self, number: u32) -> Parsed<()> {
        let Some(reading) = self.open.pop() else { return Ok(()) };
        let end = Place { line: number, column: 1 };
        let (code, places) = reading.finish(end)?;
        (self.look)(&code, &places, end);
        match self.open.last_mut() {
            Some(outer) => outer.code.object.consts.push(Object::Code(Box::new(code)).into()),
            None => self.finished = Some(code),
        }
        Ok(())
    }
}

impl Reading {
    fn setting(&mut self, cursor: &mut Cursor<'_>) -> Parsed<()> {
        let before = cursor.clone();
        let word = cursor.word().unwrap_or_default();
        let object = &mut self.code.object;
        match word {
            ".qualname" => object.qualname = cursor.string()?,
            ".filename" => object.filename = cursor.string()?,
            ".argcount" => object.argcount = cursor.number()?,
            ".posonlyargcount" => object.posonlyargcount = cursor.number()?,
            ".kwonlyargcount" => object.kwonlyargcount = cursor.number()?,
            ".firstlineno" => object.firstlineno = cursor.signed()?,
            ".flags" => object.flags = cursor.number()?,
            ".stacksize" => object.stacksize = cursor.number()?,
            ".nlocals" => object.nlocals = cursor.number()?,
            ".names" | ".varnames" | ".cellvars" | ".freevars" => self.names(word, cursor)?,
            ".localsplus" => {
                while !cursor.is_done() {
                    let name = cursor.name()?;
                    let at = cursor.clone();
                    match u8::try_from(cursor.number()?) {
                        Ok(kind) => object.localsplus.push((name, kind)),
                        Err(_) => return at.expected("a kind of at most 8 bits"),
                    }
                }
            }
            ".consts" => {
                if object.version.shares_slots() && object.localsplus.is_empty() {
                    object.set_localsplus_from_variables();
                }
                self.section = Section::Constants;
            }
            _ => return before.expected("a setting or `.consts`"),
        }
        Ok(())
    }

    fn names(&mut self, setting: &str, cursor: &mut Cursor<'_>) -> Parsed<()> {
        let object = &mut self.code.object;
        let mut names = Vec::new();
        while !cursor.is_done() {
            names.push(cursor.name()?);
        }
        match setting {
            ".names" => object.names = names,
            ".cellvars" => object.cellvars = names,
            ".freevars" => object.freevars = names,
            _ => {
                object.nlocals = names.len() as u32;
                object.varnames = names;
            }
        }
        Ok(())
    }

    fn constant(&mut self, cursor: &mut Cursor<'_>) -> Parsed<()> {
        if cursor.eat_word(".lnotab") {
            self.code.object.linetable = cursor.hex()?;
        } else if cursor.eat_word(".body") {
            self.section = Section::Body;
        } else {
            self.code.object.consts.push(literal::read(cursor)?.into());
        }
        Ok(())
    }

    fn body_line(&mut self, cursor: &mut Cursor<'_>, number: u32) -> Parsed<()> {
        if cursor.eat_word(".try") {
            return self.region(cursor);
        }
        if cursor.eat_word(".line") {
            let line = Some(cursor.number()?);
            self.position = Position { line, end_line: line, ..Position::default() };
            return Ok(());
        }
        let before = cursor.clone();
        let Some(word) = cursor.word() else { return cursor.expected("an opcode, a label or `.end`") };
        if cursor.eat(":") {
            return self.place(word, &before);
        }
        let version = self.code.object.version;
        let Some(opcode) = Opcode::from_name(word).filter(|opcode| opcode.number(version).is_some()) else {
            return before.expected(&format!("an opcode of {version}, a label or `.end`"));
        };
        let at = cursor.clone();
        let mut used = None;
        let labels = &mut self.labels;
        let operand = operand::read(cursor, &self.code.object, opcode, |name| {
            let label = label_of(labels, name);
            used = Some((label, name.to_owned()));
            label
        })?;
        if let Some((label, name)) = used {
            self.note_use(label, &at, &name);
        }
        let hint = read_hint(cursor)?;
        if cursor.eat("@") {
            self.position = read_position(cursor)?;
        }
        self.places.push(Place { line: number, column: before.column() });
        let instruction = Instr { hint, ..Instr::new(opcode, operand).at(self.position) };
        self.code.items.push(Item::Instruction(instruction));
        Ok(())
    }

    fn place(&mut self, name: &str, at: &Cursor<'_>) -> Parsed<()> {
        let label = label_of(&mut self.labels, name);
        if !self.placed.insert(label) {
            return at.error(format!("label {name} is placed twice"));
        }
        self.unplaced.remove(&label);
        self.code.items.push(Item::Label(label));
        Ok(())
    }

    fn region(&mut self, cursor: &mut Cursor<'_>) -> Parsed<()> {
        let start = self.label(cursor)?;
        let end = self.label(cursor)?;
        cursor.take("->")?;
        let handler = self.label(cursor)?;
        let depth = cursor.number()?;
        let lasti = cursor.eat_word("lasti");
        self.code.regions.push(Region { start, end, handler, depth, lasti });
        Ok(())
    }

    fn label(&mut self, cursor: &mut Cursor<'_>) -> Parsed<Label> {
        let at = cursor.clone();
        let Some(name) = cursor.word() else { return cursor.expected("a label") };
        let label = label_of(&mut self.labels, name);
        self.note_use(label, &at, name);
        Ok(label)
    }

    /// Remembers where a label was first named.
    fn note_use(&mut self, label: Label, at: &Cursor<'_>, name: &str) {
        if self.placed.contains(&label) {
            return;
        }
        if let Err(error) = at.error::<()>(format!("label {name} is not placed")) {
            self.unplaced.entry(label).or_insert(error);
        }
    }

    fn finish(self, end: Place) -> Parsed<(CodeObject, Vec<Place>)> {
        if let Some(error) = self.unplaced.into_values().min_by_key(|error| (error.line, error.column)) {
            return Err(error);
        }
        let assembled = self.code.assemble().map_err(|error| {
            let at = instruction_of(error).and_then(|index| self.places.get(index)).copied().unwrap_or(end);
            AsmError { line: at.line, column: at.column, message: error.to_string() }
        })?;
        let places = match self.code.expanded() {
            Some(expanded) => {
                expanded.origins.iter().filter_map(|&index| self.places.get(index).copied()).collect()
            }
            None => self.places,
        };
        Ok((assembled, places))
    }
}

fn label_of(labels: &mut FxHashMap<String, Label>, name: &str) -> Label {
    let next = Label(labels.len() as u32);
    *labels.entry(name.to_owned()).or_insert(next)
}

fn read_hint(cursor: &mut Cursor<'_>) -> Parsed<Hint> {
    let mut hint = Hint::default();
    if cursor.eat("{") {
        if cursor.eat_word("arg") {
            hint.arg = Some(cursor.number()?);
        }
        if cursor.eat_word("prefixes") {
            let at = cursor.clone();
            match cursor.number()? {
                number @ ..=3 => hint.prefixes = number as u8,
                _ => return at.expected("at most 3 prefixes"),
            }
        }
        cursor.take("}")?;
    }
    Ok(hint)
}

fn read_position(cursor: &mut Cursor<'_>) -> Parsed<Position> {
    let part = |cursor: &mut Cursor<'_>| if cursor.eat("?") { Ok(None) } else { cursor.number().map(Some) };
    let line = part(cursor)?;
    if !cursor.eat(":") {
        return Ok(Position { line, ..Position::default() });
    }
    let col = part(cursor)?;
    cursor.take("-")?;
    let end_line = part(cursor)?;
    cursor.take(":")?;
    let end_col = part(cursor)?;
    Ok(Position { line, end_line, col, end_col })
}

/// The instruction that an error is about.
fn instruction_of(error: AssembleError) -> Option<usize> {
    match error {
        AssembleError::NoOpcode { index, .. }
        | AssembleError::WrongOperand { index, .. }
        | AssembleError::NotInVersion { index, .. }
        | AssembleError::NoVariable { index, .. }
        | AssembleError::Direction { index, .. } => Some(index),
        AssembleError::UnplacedLabel(_) | AssembleError::LabelPlacedTwice(_) | AssembleError::TooLong => None,
    }
}
