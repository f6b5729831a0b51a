//! Zip archives (wheels and eggs too), read within bounds.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use zip::ZipArchive;

use super::{MAX_INPUT_BYTES, read_bounded};
use crate::Error;

/// The most bytes that are unpacked from one archive: a few kilobytes can be made to unpack without end.
const MAX_UNPACKED_BYTES: u64 = 4 << 30;

/// A member may unpack to so many times its size in the archive, and to so many bytes in any case. Code comes to five
/// times its size, seldom to twenty; what comes to more is made to fill memory.
const MAX_RATIO: u64 = 100;
const ALLOWANCE: u64 = 1 << 20;

/// An open archive.
#[derive(Debug)]
pub(super) struct Archive {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    zip: ZipArchive<BufReader<File>>,
    unpacked: u64,
}

impl Archive {
    /// Opens the archive at `path` and reads its directory.
    pub(super) fn open(path: &Path) -> Result<Archive, Error> {
        let zip = ZipArchive::new(BufReader::new(File::open(path)?))?;
        Ok(Archive { state: Mutex::new(State { zip, unpacked: 0 }) })
    }

    /// The index and name of each `.pyc` member, in order of their names.
    pub(super) fn members(&self) -> Vec<(usize, String)> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let named = |index| match state.zip.name_for_index(index) {
            Some(Ok(name)) => Some((index, name.into_owned())),
            _ => None,
        };
        let is_pyc = |name: &str| name.len() > 4 && name.to_ascii_lowercase().ends_with(".pyc");
        let mut members: Vec<_> =
            (0..state.zip.len()).filter_map(named).filter(|(_, name)| is_pyc(name)).collect();
        members.sort_by(|a, b| a.1.cmp(&b.1));
        members
    }

    /// The index of the member of this name.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).zip.index_for_name(name)
    }

    /// The name of the member at `index`.
    pub(super) fn name(&self, index: usize) -> Option<String> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.zip.name_for_index(index)?.ok().map(|name| name.into_owned())
    }

    /// The bytes of the member at `index`.
    pub(super) fn read(&self, index: usize) -> Result<Vec<u8>, Error> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.unpacked >= MAX_UNPACKED_BYTES {
            return Err(Error::ArchiveTooLarge { limit: MAX_UNPACKED_BYTES });
        }
        let member = state.zip.by_index(index)?;
        let packed = member.compressed_size();
        let limit = packed.saturating_mul(MAX_RATIO).saturating_add(ALLOWANCE).min(MAX_INPUT_BYTES);
        let result = read_bounded(member, limit).map_err(|error| match error {
            Error::TooLarge { limit } if limit < MAX_INPUT_BYTES => Error::Inflated { limit, packed },
            error => error,
        });
        state.unpacked += result.as_ref().map_or(MAX_INPUT_BYTES, |bytes| bytes.len() as u64);
        result
    }
}
