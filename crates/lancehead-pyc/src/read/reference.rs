//! Objects that may be referred to, and the references.

use std::sync::Arc;

use super::value::{Cost, Place, Value};
use super::{Reader, describe};
use crate::bytes::Read;
use crate::error::ReadError;
use crate::form::Mark;
use crate::layout::MAX_DEPTH;
use crate::{Object, ObjectRef, PyStr};

impl<'a> Reader<'a> {
    /// The index of a reference that stands at `start`, and its mark.
    fn reference(&mut self, start: usize, raw: u8) -> Read<usize> {
        let index = self.bytes.u32("a reference")?;
        self.marks.push(Mark { code: raw, place: index, items: 0 });
        match self.places.get(index as usize) {
            Some(Place(Value::Unfinished)) => Err(ReadError::unexpected(
                start,
                "a reference to an object that is complete",
                "one to its own container",
            )),
            Some(_) => Ok(index as usize),
            None => {
                let found = format!("number {index} of {}", self.places.len());
                Err(ReadError::unexpected(start, "a reference to an earlier object", found))
            }
        }
    }

    /// Counts what a reference repeats.
    fn charge(&mut self, start: usize, cost: Cost) -> Read<()> {
        self.repeated += u64::from(cost.weight);
        if self.repeated > self.repeat_limit {
            return Err(Box::new(ReadError::TooLarge { offset: start, limit: self.repeat_limit }));
        }
        self.deepest = self.deepest.max(self.depth + cost.height);
        if self.deepest > MAX_DEPTH {
            return Err(Box::new(ReadError::TooDeep { offset: start, limit: MAX_DEPTH }));
        }
        Ok(())
    }

    /// An object given by a reference.
    #[inline(never)]
    pub(super) fn refer_to_object(&mut self, start: usize, raw: u8) -> Read<ObjectRef> {
        let index = self.reference(start, raw)?;
        let place = &mut self.places[index].0;
        let (object, cost) = match place {
            Value::Object(object, cost) => (object.clone(), *cost),
            Value::Str(text) => (Arc::new(Object::Str(text.clone())), Cost::LEAF),
            Value::Bytes(bytes) => (Arc::new(Object::Bytes(bytes.to_vec())), Cost::LEAF),
            Value::Names(names) => {
                let items = names.iter().map(|name| Arc::new(Object::Str(name.clone()))).collect();
                (Arc::new(Object::Tuple(items)), names_cost(names.len()))
            }
            Value::Items(items, cost) => (Arc::new(Object::Tuple(items.to_vec())), *cost),
            Value::Unfinished => return Err(unsuitable(start, "an object")),
        };
        // From now on it is one object, whatever it was first needed for.
        *place = Value::Object(object.clone(), cost);
        self.charge(start, cost)?;
        Ok(object)
    }

    /// A string given by a reference.
    pub(super) fn refer_to_name(&mut self, start: usize, raw: u8, expected: &'static str) -> Read<PyStr> {
        let index = self.reference(start, raw)?;
        match &self.places[index].0 {
            Value::Str(text) => Ok(text.clone()),
            Value::Object(object, _) => match &**object {
                Object::Str(text) => Ok(text.clone()),
                _ => Err(unsuitable(start, expected)),
            },
            _ => Err(unsuitable(start, expected)),
        }
    }

    /// A tuple of strings given by a reference.
    pub(super) fn refer_to_names(
        &mut self,
        start: usize,
        raw: u8,
        expected: &'static str,
    ) -> Read<Vec<PyStr>> {
        let index = self.reference(start, raw)?;
        let names: Vec<PyStr> = match &self.places[index].0 {
            Value::Names(names) => names.to_vec(),
            Value::Items(items, _) => strings(items).ok_or_else(|| unsuitable(start, expected))?,
            Value::Object(object, _) => match &**object {
                Object::Tuple(items) => strings(items).ok_or_else(|| unsuitable(start, expected))?,
                _ => return Err(unsuitable(start, expected)),
            },
            _ => return Err(unsuitable(start, expected)),
        };
        self.charge(start, names_cost(names.len()))?;
        Ok(names)
    }

    /// A bytes object given by a reference.
    pub(super) fn refer_to_bytes(&mut self, start: usize, raw: u8, expected: &'static str) -> Read<Vec<u8>> {
        let index = self.reference(start, raw)?;
        let bytes = match &self.places[index].0 {
            Value::Bytes(bytes) => bytes.to_vec(),
            Value::Object(object, _) => match &**object {
                Object::Bytes(bytes) => bytes.clone(),
                _ => return Err(unsuitable(start, expected)),
            },
            _ => return Err(unsuitable(start, expected)),
        };
        self.charge(start, Cost { weight: bytes.len().try_into().unwrap_or(u32::MAX), height: 0 })?;
        Ok(bytes)
    }

    /// The items of a tuple given by a reference.
    pub(super) fn refer_to_items(
        &mut self,
        start: usize,
        raw: u8,
        expected: &'static str,
    ) -> Read<Vec<ObjectRef>> {
        let index = self.reference(start, raw)?;
        if let Value::Names(_) = self.places[index].0 {
            self.share(index);
        }
        let (items, cost) = match &self.places[index].0 {
            Value::Items(items, cost) => (items.to_vec(), *cost),
            Value::Object(object, cost) => match &**object {
                Object::Tuple(items) => (items.clone(), *cost),
                _ => return Err(unsuitable(start, expected)),
            },
            _ => return Err(unsuitable(start, expected)),
        };
        self.charge(start, cost)?;
        Ok(items)
    }

    /// Turns a tuple of names into a tuple of objects, so that all who refer to it share them.
    fn share(&mut self, index: usize) {
        if let Value::Names(names) = &self.places[index].0 {
            let items = names.iter().map(|name| Arc::new(Object::Str(name.clone()))).collect();
            self.places[index].0 = Value::Items(items, names_cost(names.len()));
        }
    }
}

/// Each name is a reference of five bytes, most often.
fn names_cost(count: usize) -> Cost {
    Cost { weight: (5 * count as u64 + 2).try_into().unwrap_or(u32::MAX), height: 1 }
}

fn strings(items: &[ObjectRef]) -> Option<Vec<PyStr>> {
    let name = |item: &ObjectRef| match &**item {
        Object::Str(text) => Some(text.clone()),
        _ => None,
    };
    items.iter().map(name).collect()
}

fn unsuitable(start: usize, expected: &'static str) -> Box<ReadError> {
    ReadError::unexpected(start, expected, "a reference to something else")
}

/// The error for an object of type `raw` that stands where `expected` is demanded.
pub(super) fn misplaced(start: usize, expected: &'static str, raw: u8) -> Box<ReadError> {
    ReadError::unexpected(start, expected, describe(raw))
}
