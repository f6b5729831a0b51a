//! Names and constants as small numbers, shared by both sides of a check so that equal means the same number.

use lancehead_pyc::{Object, PyStr};
use num_bigint::BigInt;
use rustc_hash::{FxBuildHasher, FxHashMap};

/// An interned name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(pub u32);

/// An interned constant. Two are the same number only if type and value agree all the way down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Const(pub u32);

/// A constant, its parts interned. Floats are their bits, so that `0.0` and `-0.0` differ; all NaNs are one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Value {
    None,
    Bool(bool),
    Ellipsis,
    StopIteration,
    Int(i64),
    /// Only what does not fit `Int`.
    BigInt(BigInt),
    Float(u64),
    Complex(u64, u64),
    Str(PyStr),
    Bytes(Vec<u8>),
    Tuple(Vec<Const>),
    /// Sorted by number: the order of a set says nothing.
    FrozenSet(Vec<Const>),
    Slice([Const; 3]),
    /// What no compiler makes a constant of; each is different from all others.
    Other(u32),
}

/// All names and constants of one check.
#[derive(Debug)]
pub struct Interner {
    names: FxHashMap<PyStr, Name>,
    name_list: Vec<PyStr>,
    consts: FxHashMap<Value, Const>,
    const_list: Vec<Value>,
}

impl Interner {
    /// The constant None.
    pub const NONE: Const = Const(0);
    /// The constants False and True.
    pub const FALSE: Const = Const(1);
    /// The constant True.
    pub const TRUE: Const = Const(2);

    pub fn new() -> Interner {
        let mut interner = Interner {
            // Room for what a function of common length has.
            names: FxHashMap::with_capacity_and_hasher(28, FxBuildHasher),
            name_list: Vec::with_capacity(28),
            consts: FxHashMap::with_capacity_and_hasher(14, FxBuildHasher),
            const_list: Vec::with_capacity(14),
        };
        for value in [Value::None, Value::Bool(false), Value::Bool(true)] {
            interner.constant(value);
        }
        interner
    }

    pub fn name(&mut self, name: &PyStr) -> Name {
        if let Some(&known) = self.names.get(name) {
            return known;
        }
        let id = Name(self.name_list.len() as u32);
        self.name_list.push(name.clone());
        self.names.insert(name.clone(), id);
        id
    }

    pub fn text(&mut self, name: &str) -> Name {
        self.name(&PyStr::from(name))
    }

    pub fn spell(&self, name: Name) -> &PyStr {
        &self.name_list[name.0 as usize]
    }

    pub fn constant(&mut self, value: Value) -> Const {
        if let Some(&known) = self.consts.get(&value) {
            return known;
        }
        let id = Const(self.const_list.len() as u32);
        self.const_list.push(value.clone());
        self.consts.insert(value, id);
        id
    }

    pub fn value(&self, constant: Const) -> &Value {
        &self.const_list[constant.0 as usize]
    }

    pub fn string(&mut self, text: &PyStr) -> Const {
        self.constant(Value::Str(text.clone()))
    }

    pub fn int(&mut self, number: i64) -> Const {
        self.constant(Value::Int(number))
    }

    pub fn big(&mut self, number: BigInt) -> Const {
        let value = match i64::try_from(&number) {
            Ok(small) => Value::Int(small),
            Err(_) => Value::BigInt(number),
        };
        self.constant(value)
    }

    pub fn float(&mut self, number: f64) -> Const {
        self.constant(Value::Float(bits(number)))
    }

    pub fn complex(&mut self, re: f64, im: f64) -> Const {
        self.constant(Value::Complex(bits(re), bits(im)))
    }

    pub fn frozenset(&mut self, mut items: Vec<Const>) -> Const {
        items.sort_unstable();
        items.dedup();
        self.constant(Value::FrozenSet(items))
    }

    /// A constant of a code object. Marshalled values nest no deeper than the reader allows.
    pub fn object(&mut self, object: &Object) -> Const {
        let value = match object {
            Object::None => return Self::NONE,
            Object::Bool(b) => Value::Bool(*b),
            Object::Ellipsis => Value::Ellipsis,
            Object::StopIteration => Value::StopIteration,
            Object::Int(i) => Value::Int(*i),
            Object::BigInt(i) => return self.big(i.clone()),
            Object::Float(f) => return self.float(*f),
            Object::Complex(re, im) => return self.complex(*re, *im),
            Object::Str(s) => Value::Str(s.clone()),
            Object::Bytes(b) => Value::Bytes(b.clone()),
            Object::Tuple(items) => Value::Tuple(items.iter().map(|item| self.object(item)).collect()),
            Object::FrozenSet(items) => {
                let items = items.iter().map(|item| self.object(item)).collect();
                return self.frozenset(items);
            }
            Object::Slice(start, stop, step) => {
                Value::Slice([self.object(start), self.object(stop), self.object(step)])
            }
            Object::List(_) | Object::Set(_) | Object::Dict(_) | Object::FrozenDict(_) | Object::Code(_) => {
                Value::Other(self.const_list.len() as u32)
            }
        };
        self.constant(value)
    }
}

fn bits(number: f64) -> u64 {
    if number.is_nan() { f64::NAN.to_bits() } else { number.to_bits() }
}
