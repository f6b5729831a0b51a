//! What has been read of an object that may be referred to.

use crate::{ObjectRef, PyStr};

/// What a reference to an object costs whoever walks the value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cost {
    /// Bytes of marshal data it stands for, references inside it followed; saturated.
    pub weight: u32,
    /// How many containers it adds to those it stands in.
    pub height: u32,
}

impl Cost {
    pub const LEAF: Cost = Cost { weight: 1, height: 0 };
}

/// An object that may be referred to.
pub(super) struct Place<'a>(pub Value<'a>);

/// The object, in the shape in which it was first needed: fields of code objects never become an [`ObjectRef`] unless
/// a constant refers to them.
pub(super) enum Value<'a> {
    /// Its end has not been reached.
    Unfinished,
    Object(ObjectRef, Cost),
    Str(PyStr),
    Bytes(&'a [u8]),
    Names(Box<[PyStr]>),
    Items(Box<[ObjectRef]>, Cost),
}
