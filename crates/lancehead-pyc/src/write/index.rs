//! What has been written, so that it can be referred to.

use std::hash::Hash;

use rustc_hash::FxHashMap;

use super::view::View;

/// Finds definitions by a key. Files that were not edited never ask, so nothing is hashed before the first question.
pub(super) struct Index<K> {
    noted: Vec<(K, usize)>,
    hashed: FxHashMap<K, usize>,
}

impl<K: Eq + Hash> Index<K> {
    pub fn new() -> Index<K> {
        Index { noted: Vec::new(), hashed: FxHashMap::default() }
    }

    pub fn note(&mut self, key: K, definition: usize) {
        self.noted.push((key, definition));
    }

    pub fn find(&mut self, key: &K) -> Option<usize> {
        self.hashed.extend(self.noted.drain(..));
        self.hashed.get(key).copied()
    }
}

/// Definitions of objects that were read, by the stream they come from and their place in it.
#[derive(Default)]
pub(super) struct Kept<'a> {
    /// The stream of the first of them, which most others share.
    home: Option<u64>,
    /// The objects of that stream, by place.
    places: Vec<Option<(usize, View<'a>)>>,
    /// The objects of other streams.
    others: FxHashMap<(u64, u32), (usize, View<'a>)>,
}

impl<'a> Kept<'a> {
    pub fn insert(&mut self, stream: u64, place: u32, definition: usize, view: View<'a>) {
        if *self.home.get_or_insert(stream) != stream {
            self.others.insert((stream, place), (definition, view));
            return;
        }
        let index = place as usize;
        if index >= self.places.len() {
            self.places.resize(index + 1, None);
        }
        self.places[index] = Some((definition, view));
    }

    pub fn find(&self, stream: u64, place: u32) -> Option<(usize, View<'a>)> {
        match self.home == Some(stream) {
            true => self.places.get(place as usize).copied().flatten(),
            false => self.others.get(&(stream, place)).copied(),
        }
    }
}
