//! How a code object stood in the marshal data it was read from.
//!
//! Marshal leaves its writer choices that the values do not tell: which of several type codes, whether an object may be
//! referred to (`FLAG_REF`), and whether an equal object is a reference to one written before. A [`CodeForm`] keeps
//! the choices that were made, so that data read and written again are the same bytes, and so that an edited code
//! object differs from its original only where it was edited.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The choices made for one object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    /// The type code, with `FLAG_REF`.
    pub code: u8,
    /// The object's place in the table of references; for a reference, the place it refers to.
    pub place: u32,
    /// For a container, how many objects it holds: their marks, with those inside them, come next.
    pub items: u32,
}

/// How a code object stood in the marshal data it was read from; nothing, for one made afresh.
///
/// It says nothing about the meaning of the code object, and so equals any other. Writing follows it wherever it
/// agrees with the fields.
#[derive(Clone, Default)]
pub struct CodeForm(Option<Arc<Marks>>);

/// The marks of one code object.
pub(crate) struct Marks {
    /// Tells apart the data that marks come from: a place means nothing outside its own.
    pub stream: u64,
    /// The code object itself.
    pub own: Mark,
    /// Its fields in the order in which they stand, each followed by what it holds. A nested code object has one mark
    /// here, and the rest in its own form.
    pub fields: Vec<Mark>,
}

impl CodeForm {
    pub(crate) fn new(stream: u64, own: Mark, fields: Vec<Mark>) -> CodeForm {
        CodeForm(Some(Arc::new(Marks { stream, own, fields })))
    }

    pub(crate) fn marks(&self) -> Option<&Marks> {
        self.0.as_deref()
    }
}

impl PartialEq for CodeForm {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl fmt::Debug for CodeForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.marks() {
            Some(marks) => write!(f, "CodeForm({} marks)", marks.fields.len()),
            None => write!(f, "CodeForm(none)"),
        }
    }
}

/// A number that no other stream of this process has.
pub(crate) fn new_stream() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
