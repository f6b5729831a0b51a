//! Which inputs there are: files, the files of folders, the members of archives, standard input.
//!
//! - [`find`] turns the paths a person names into [`Input`]s;
//! - [`archive`] reads members of zip archives within bounds;
//! - [`destination`] says where the output of an input may go;
//! - [`sources`] finds the source that an input was compiled from.

mod archive;
mod bounded;
mod destination;
mod ours;
mod sources;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use walkdir::WalkDir;

use crate::Error;
use archive::Archive;
use bounded::read_bounded;

pub use bounded::MAX_INPUT_BYTES;
pub use destination::{Destination, write_file, write_new};
pub use ours::{is_untouched, sealed};
pub use sources::Sources;

/// Bytes to process, and what they are called.
#[derive(Debug, Clone)]
pub struct Input {
    /// What to call it in messages: a path, `archive.whl: member.pyc`, or `<stdin>`.
    pub name: String,
    /// Where its output goes, below a folder the person chose.
    pub destination: Destination,
    source: Source,
}

#[derive(Debug, Clone)]
enum Source {
    File(PathBuf),
    Member(Arc<Archive>, usize),
    Stdin,
}

impl Input {
    /// Reads its bytes.
    ///
    /// # Errors
    /// What the system or the archive says, or that there are more than [`MAX_INPUT_BYTES`].
    pub fn read(&self) -> Result<Vec<u8>, Error> {
        match &self.source {
            Source::File(path) => {
                let file = File::open(path)?;
                // Opening a folder succeeds on Unix, reading from it fails with a stranger message.
                if file.metadata()?.is_dir() {
                    return Err(std::io::Error::from(std::io::ErrorKind::IsADirectory).into());
                }
                read_bounded(file, MAX_INPUT_BYTES)
            }
            Source::Member(archive, index) => archive.read(*index),
            Source::Stdin => read_bounded(std::io::stdin().lock(), MAX_INPUT_BYTES),
        }
    }
}

/// A path that gave no inputs, and why.
#[derive(Debug)]
pub struct Problem {
    /// The path, as it was named or found.
    pub name: String,
    /// What is wrong with it.
    pub error: Error,
}

/// The inputs that paths stand for, in a fixed order, and the paths that stand for none.
#[derive(Debug, Default)]
pub struct Found {
    /// The inputs. No two have the same destination.
    pub inputs: Vec<Input>,
    /// Paths that do not exist, cannot be read, or are damaged archives.
    pub problems: Vec<Problem>,
}

impl Found {
    fn problem(&mut self, path: &Path, error: impl Into<Error>) {
        self.problems.push(Problem { name: path.display().to_string(), error: error.into() });
    }

    fn file(&mut self, path: &Path, relative: &Path) {
        self.inputs.push(Input {
            name: path.display().to_string(),
            destination: Destination::of_path(relative),
            source: Source::File(path.to_owned()),
        });
    }

    /// Adds the `.pyc` members of the archive at `path`; `folder` is where their output goes.
    fn archive(&mut self, path: &Path, folder: &Path) {
        let archive = match Archive::open(path) {
            Ok(archive) => Arc::new(archive),
            Err(error) => return self.problem(path, error),
        };
        let shown = path.display().to_string();
        for (index, member) in archive.members() {
            self.inputs.push(Input {
                name: format!("{shown}: {member}"),
                destination: Destination::of_member(folder, &member),
                source: Source::Member(Arc::clone(&archive), index),
            });
        }
    }

    /// Adds every `.pyc` file and every archive below `root`. Links to folders are not followed: they may lead out,
    /// or round. A link to a file is, if the file lies below `root` too; else it is reported.
    fn folder(&mut self, root: &Path) {
        for entry in WalkDir::new(root).sort_by_file_name() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    let path = error.path().unwrap_or(root).to_owned();
                    let looped = || std::io::Error::other("a link leads back to a folder above it");
                    self.problem(&path, error.into_io_error().unwrap_or_else(looped));
                    continue;
                }
            };
            let path = entry.path();
            if !path.is_file() {
                continue;
            }
            let is_wanted = is_archive_name(path) || has_extension(path, &["pyc"]);
            if is_wanted && entry.path_is_symlink() && leads_out(root, path) {
                self.problem(path, Error::LeadsOut);
                continue;
            }
            let relative = path.strip_prefix(root).unwrap_or(path);
            if is_archive_name(path) {
                self.archive(path, relative);
            } else if has_extension(path, &["pyc"]) {
                self.file(path, relative);
            }
        }
    }
}

/// Finds the inputs that `paths` stand for.
///
/// A file is taken whatever its name; one named `.zip`, `.whl` or `.egg` stands for its `.pyc` members; a folder
/// stands for the `.pyc` files and the archives below it; `-` is standard input.
pub fn find<P: AsRef<Path>>(paths: &[P]) -> Found {
    let mut found = Found::default();
    for path in paths {
        let path = path.as_ref();
        let before = (found.inputs.len(), found.problems.len());
        if path == Path::new("-") {
            found.inputs.push(Input {
                name: "<stdin>".to_owned(),
                destination: Destination::of_path(Path::new("stdin.pyc")),
                source: Source::Stdin,
            });
        } else if path.is_dir() {
            found.folder(path);
        } else if is_archive_name(path) && path.is_file() {
            found.archive(path, Path::new(""));
        } else {
            match path.symlink_metadata() {
                Ok(_) => found.file(path, path.file_name().map(Path::new).unwrap_or(path)),
                Err(error) => found.problem(path, error),
            }
        }
        if before == (found.inputs.len(), found.problems.len()) {
            found.problem(path, Error::Empty);
        }
    }
    distinct(&mut found.inputs);
    found
}

/// Gives inputs that would write to one path a path each: their own names where those differ, else a number.
pub fn distinct(inputs: &mut [Input]) {
    let mut destinations: Vec<&mut Destination> =
        inputs.iter_mut().map(|input| &mut input.destination).collect();
    destination::tell_apart(&mut destinations);
}

/// Whether what `path` links to does not lie below `root`.
fn leads_out(root: &Path, path: &Path) -> bool {
    match (root.canonicalize(), path.canonicalize()) {
        (Ok(root), Ok(target)) => !target.starts_with(root),
        _ => true,
    }
}

fn is_archive_name(path: &Path) -> bool {
    has_extension(path, &["zip", "whl", "egg"])
}

fn has_extension(path: &Path, wanted: &[&str]) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| wanted.iter().any(|wanted| extension.eq_ignore_ascii_case(wanted)))
}
