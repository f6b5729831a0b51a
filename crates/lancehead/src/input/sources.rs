//! Which source belongs to which bytecode.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::archive::Archive;
use super::destination::without_level;
use super::{Input, MAX_INPUT_BYTES, Source, is_archive_name, read_bounded};
use crate::Error;

/// Where sources lie.
#[derive(Debug, Clone)]
pub enum Sources {
    /// Where CPython would look: `pkg/mod.py` for `pkg/__pycache__/mod.cpython-312.pyc` and for `pkg/mod.pyc`, in the same
    /// folder tree or archive.
    Beside,
    /// This one file.
    File(PathBuf),
    /// Below this folder, by their paths relative to it.
    Folder(PathBuf),
    /// In an archive, by the names of its members.
    Archive(ArchivedSources),
}

/// An archive with sources in it.
#[derive(Debug, Clone)]
pub struct ArchivedSources(Arc<Archive>);

impl Sources {
    /// The sources that `path` stands for: a file, a folder, or a `.zip`, `.whl` or `.egg` archive.
    ///
    /// # Errors
    /// There is nothing at `path`, or a damaged archive.
    pub fn at(path: &Path) -> Result<Sources, Error> {
        if path.metadata()?.is_dir() {
            Ok(Sources::Folder(path.to_owned()))
        } else if is_archive_name(path) {
            Ok(Sources::Archive(ArchivedSources(Arc::new(Archive::open(path)?))))
        } else {
            Ok(Sources::File(path.to_owned()))
        }
    }

    /// What to call the source of `input`, and its bytes.
    ///
    /// # Errors
    /// [`Error::NoSource`], or what the system or the archive says.
    pub fn read(&self, input: &Input) -> Result<(String, Vec<u8>), Error> {
        match (self, &input.source) {
            (Sources::File(path), _) => read_file(path.clone()),
            (Sources::Folder(folder), _) => read_file(folder.join(input.destination.source())),
            (Sources::Archive(ArchivedSources(archive)), _) => {
                read_member(archive, &member_name(&input.destination.source()))
            }
            (Sources::Beside, Source::File(path)) => read_file(beside(path)),
            (Sources::Beside, Source::Member(archive, index)) => {
                let name = archive.name(*index).unwrap_or_default();
                read_member(archive, &member_name(&beside(Path::new(&name))))
            }
            (Sources::Beside, Source::Stdin) => Err(Error::NoSource("a second path".to_owned())),
        }
    }
}

/// PEP 3147's place of the source of a `.pyc`.
fn beside(path: &Path) -> PathBuf {
    let folder = path.parent().unwrap_or(Path::new(""));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    match folder.file_name().is_some_and(|name| name == "__pycache__") {
        true => {
            let module = name.split('.').next().unwrap_or_default();
            folder.parent().unwrap_or(Path::new("")).join(format!("{module}.py"))
        }
        false => without_level(&path.with_extension("py")),
    }
}

fn member_name(path: &Path) -> String {
    let names: Vec<_> =
        path.components().map(|name| name.as_os_str().to_string_lossy().into_owned()).collect();
    names.join("/")
}

fn read_file(path: PathBuf) -> Result<(String, Vec<u8>), Error> {
    let name = path.display().to_string();
    match std::fs::File::open(&path) {
        Ok(file) => Ok((name, read_bounded(file, MAX_INPUT_BYTES)?)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(Error::NoSource(name)),
        Err(error) => Err(error.into()),
    }
}

fn read_member(archive: &Archive, name: &str) -> Result<(String, Vec<u8>), Error> {
    let index = archive.find(name).ok_or_else(|| Error::NoSource(name.to_owned()))?;
    Ok((name.to_owned(), archive.read(index)?))
}
