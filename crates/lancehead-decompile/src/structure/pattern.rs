//! What a `case` asks of the parts of its subject, and the pattern that this amounts to.

use lancehead_ast::{Constant, Expr, ExprKind, Pattern};
use lancehead_pyc::PyStr;

/// A part of the subject, or a copy of one.
pub type PartId = usize;

/// Patterns nest at most this deep.
const MAX_DEPTH: u32 = 400;
/// The longest sequence pattern.
const MAX_LENGTH: usize = 1 << 16;

/// Something that is asked of a part, or done with it.
#[derive(Debug, Clone)]
pub enum Question {
    /// `part == value`.
    Equal(Expr),
    /// `part is constant`.
    Same(Constant),
    /// `MATCH_SEQUENCE`.
    Sequence,
    /// The length is this, or at least this.
    Length {
        /// At least.
        least: bool,
        /// The length.
        length: usize,
    },
    /// `UNPACK_SEQUENCE`, `UNPACK_EX`.
    Unpacked {
        /// The items.
        items: Vec<PartId>,
        /// Which of them is starred.
        starred: Option<usize>,
    },
    /// The item at an index; from the end, when negative.
    Item(i64, PartId),
    /// `MATCH_MAPPING`.
    Mapping,
    /// `MATCH_KEYS`.
    Keys {
        /// The keys.
        keys: Vec<Expr>,
        /// Their values.
        values: Vec<PartId>,
    },
    /// What a mapping holds besides the keys.
    Rest(PartId),
    /// `MATCH_CLASS`.
    Class {
        /// The class.
        class: Expr,
        /// The names of attributes that keyword patterns are for.
        names: Vec<PyStr>,
        /// The attributes, those of positional patterns first.
        values: Vec<PartId>,
    },
    /// A copy that is asked more: of an `as` pattern, or an alternative of an or-pattern.
    Copy(PartId),
}

#[derive(Debug, Clone, Default)]
struct Part {
    asked: Vec<Question>,
    /// The variable that it is stored in.
    name: Option<PyStr>,
    /// The part of another alternative that goes the same way from here on, and how much had been asked of it before.
    like: Option<(PartId, usize)>,
}

/// The parts of one subject.
#[derive(Debug, Clone, Default)]
pub struct Parts {
    parts: Vec<Part>,
}

impl Parts {
    /// A new part, of which nothing is asked yet.
    pub fn add(&mut self) -> PartId {
        self.parts.push(Part::default());
        self.parts.len() - 1
    }

    /// This many new parts.
    pub fn add_many(&mut self, count: usize) -> Vec<PartId> {
        (0..count).map(|_| self.add()).collect()
    }

    /// Takes note of a question.
    pub fn ask(&mut self, part: PartId, question: Question) {
        self.parts[part].asked.push(question);
    }

    /// The last copy made of a part turns out to have been made to take an item from.
    pub fn ask_item(&mut self, copy: PartId, index: i64, item: PartId) -> bool {
        let made = |q: &Question| matches!(q, Question::Copy(c) if *c == copy);
        let Some(part) = self.parts.iter_mut().find(|p| p.asked.last().is_some_and(made)) else {
            return false;
        };
        part.asked.pop();
        part.asked.push(Question::Item(index, item));
        true
    }

    /// Takes note that a part is stored, as several copies of the end of a pattern may do. `false` if it was stored
    /// under another name.
    pub fn store(&mut self, part: PartId, name: PyStr) -> bool {
        self.parts[part].name.get_or_insert(name.clone()) == &name
    }

    /// `part` goes where `other`, of an alternative before, went after it had been asked `before` questions.
    pub fn join(&mut self, part: PartId, other: PartId, before: usize) {
        if part != other {
            self.parts[part].like = Some((other, before));
        }
    }

    /// How many questions have been asked of each part so far.
    pub fn asked_of_all(&self) -> Vec<usize> {
        self.parts.iter().map(|part| part.asked.len()).collect()
    }

    /// The items that a part was taken apart into right after it had been asked `before` questions.
    pub fn unpacked_since(&self, part: PartId, before: usize) -> Option<Vec<PartId>> {
        match self.asked(part).get(before)? {
            Question::Unpacked { items, starred: None } => Some(items.clone()),
            _ => None,
        }
    }

    /// All that is asked of a part.
    fn asked(&self, part: PartId) -> Vec<Question> {
        let mut asked = self.parts[part].asked.clone();
        let mut at = part;
        for _ in 0..self.parts.len() {
            let Some((like, before)) = self.parts[at].like else { break };
            asked.extend(self.parts[like].asked.iter().skip(before).cloned());
            at = like;
        }
        asked
    }

    /// Whether nothing but copies were made of a part so far.
    pub fn is_only_copied(&self, part: PartId) -> bool {
        let asked = &self.parts[part].asked;
        !asked.is_empty() && asked.iter().all(|q| matches!(q, Question::Copy(_)))
    }

    fn name(&self, part: PartId) -> Option<PyStr> {
        let mut at = part;
        for _ in 0..self.parts.len() {
            match (&self.parts[at].name, self.parts[at].like) {
                (None, Some((like, _))) => at = like,
                (name, _) => return name.clone(),
            }
        }
        None
    }

    /// The pattern of the whole subject, and whether it was copied for it: it is for every `case` but the last.
    pub fn subject_pattern(&self, subject: PartId) -> Option<(Pattern, bool)> {
        match (&self.parts[subject].asked[..], &self.parts[subject].name) {
            ([Question::Copy(copy)], None) => Some((self.pattern(*copy, 0)?, true)),
            _ => Some((self.pattern(subject, 0)?, false)),
        }
    }

    fn pattern(&self, part: PartId, depth: u32) -> Option<Pattern> {
        if depth > MAX_DEPTH {
            return None;
        }
        let depth = depth + 1;
        let asked = self.asked(part);
        let name = self.name(part);
        let pattern = match &asked[..] {
            [] => return Some(Pattern::As { pattern: None, name }),
            [Question::Copy(copy)] => {
                let inner = self.pattern(*copy, depth)?;
                return Some(Pattern::As { pattern: Some(Box::new(inner)), name: Some(name?) });
            }
            [Question::Copy(_), ..] => Pattern::Or(self.alternatives(&asked, depth)?),
            [Question::Equal(value)] => Pattern::Value(is_value(value).then(|| value.clone())?),
            [Question::Same(constant)] => Pattern::Singleton(constant.clone()),
            [Question::Sequence, rest @ ..] => Pattern::Sequence(self.sequence(rest, depth)?),
            [Question::Mapping, rest @ ..] => self.mapping(rest, depth)?,
            [Question::Class { class, names, values }] => self.class(class, names, values, depth)?,
            _ => return None,
        };
        name.is_none().then_some(pattern)
    }

    fn alternatives(&self, asked: &[Question], depth: u32) -> Option<Vec<Pattern>> {
        asked
            .iter()
            .map(|question| match question {
                Question::Copy(copy) => self.pattern(*copy, depth),
                _ => None,
            })
            .collect()
    }

    fn patterns(&self, parts: &[PartId], depth: u32) -> Option<Vec<Pattern>> {
        parts.iter().map(|part| self.pattern(*part, depth)).collect()
    }

    fn sequence(&self, asked: &[Question], depth: u32) -> Option<Vec<Pattern>> {
        let (length, rest) = match asked {
            [Question::Length { least, length }, rest @ ..] => (Some((*least, *length)), rest),
            rest => (None, rest),
        };
        if length.is_some_and(|(_, length)| length > MAX_LENGTH) {
            return None;
        }
        if let [Question::Unpacked { items, starred }] = rest {
            let mut patterns = self.patterns(items, depth)?;
            let expected = items.len() - usize::from(starred.is_some());
            if length.is_some_and(|(least, length)| least != starred.is_some() || length != expected) {
                return None;
            }
            if let Some(at) = *starred {
                let Pattern::As { pattern: None, name } = patterns.get(at)?.clone() else { return None };
                patterns[at] = Pattern::Star(name);
            }
            return Some(patterns);
        }
        let (least, length) = length.unwrap_or((true, 0));
        let mut patterns = vec![wildcard(); length];
        let mut before = 0;
        let mut after = length;
        for question in rest {
            let Question::Item(index, part) = question else { return None };
            let at = match usize::try_from(*index) {
                Ok(at) => {
                    before = before.max(at + 1);
                    at
                }
                Err(_) => {
                    let at = length.checked_sub(usize::try_from(index.checked_neg()?).ok()?)?;
                    after = after.min(at);
                    at
                }
            };
            *patterns.get_mut(at)? = self.pattern(*part, depth)?;
        }
        if before > after || (!least && !rest.is_empty()) {
            return None;
        }
        if least {
            // Without items asked for, where the star stands makes no difference: it is written last.
            patterns.insert(if rest.is_empty() { length } else { before }, Pattern::Star(None));
        }
        Some(patterns)
    }

    fn mapping(&self, asked: &[Question], depth: u32) -> Option<Pattern> {
        let (length, rest) = match asked {
            [Question::Length { least: true, length }, rest @ ..] => (*length, rest),
            rest => (0, rest),
        };
        let (keys, values, rest) = match rest {
            [] => return (length == 0).then(|| empty_mapping(None)),
            [Question::Keys { keys, values }] => (keys, values, None),
            [Question::Keys { keys, values }, Question::Rest(part)] => {
                (keys, values, Some(self.name(*part)?))
            }
            _ => return None,
        };
        if keys.len() != length || !keys.iter().all(is_key) || (keys.is_empty() && rest.is_none()) {
            return None;
        }
        Some(Pattern::Mapping { keys: keys.clone(), patterns: self.patterns(values, depth)?, rest })
    }

    fn class(&self, class: &Expr, names: &[PyStr], values: &[PartId], depth: u32) -> Option<Pattern> {
        if !is_dotted(class) {
            return None;
        }
        let mut patterns = self.patterns(values, depth)?;
        let kwd_patterns = patterns.split_off(patterns.len().checked_sub(names.len())?);
        Some(Pattern::Class { cls: class.clone(), patterns, kwd_attrs: names.to_vec(), kwd_patterns })
    }
}

/// The pattern `_`.
pub fn wildcard() -> Pattern {
    Pattern::As { pattern: None, name: None }
}

fn empty_mapping(rest: Option<PyStr>) -> Pattern {
    Pattern::Mapping { keys: Vec::new(), patterns: Vec::new(), rest }
}

/// Whether an expression is a name, or attributes of one.
fn is_dotted(expr: &Expr) -> bool {
    let mut at = expr;
    loop {
        match &at.kind {
            ExprKind::Name(_) => return true,
            ExprKind::Attribute { value, .. } => at = value,
            _ => return false,
        }
    }
}

/// Whether an expression may be a value pattern or literal pattern: a bare name would be a capture.
fn is_value(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Attribute { .. } => is_dotted(expr),
        ExprKind::Constant(constant) => {
            !matches!(constant, Constant::None | Constant::Bool(_) | Constant::Ellipsis)
        }
        ExprKind::UnaryOp { operand, .. } => matches!(operand.kind, ExprKind::Constant(_)),
        ExprKind::BinOp { left, right, .. } => is_value(left) && matches!(right.kind, ExprKind::Constant(_)),
        _ => false,
    }
}

fn is_key(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Constant(Constant::None | Constant::Bool(_))) || is_value(expr)
}
