//! Where output goes.
//!
//! The names of files in folders, and of members in archives, are somebody else's choice. Whatever they are, output
//! stays below the folder that the person chose: a [`Destination`] is made of plain names only, and [`write_new`]
//! follows no link.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};

use lancehead_pyc::is_wild;

/// The longest name of a file or folder that file systems take, in bytes.
const MAX_NAME_BYTES: usize = 200;

/// A relative path of plain names, which ends in `.py`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Destination {
    /// Where the source of this file would lie (PEP 3147): `pkg/mod.py` for `pkg/__pycache__/mod.cpython-312.pyc`.
    natural: PathBuf,
    /// The file's own name and place: `pkg/__pycache__/mod.cpython-312.py`.
    mirrored: PathBuf,
    /// The one of them that no other input has.
    chosen: PathBuf,
}

impl Destination {
    /// That of the file at `relative`.
    pub(super) fn of_path(relative: &Path) -> Destination {
        let names = relative.components().filter_map(|component| match component {
            Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
            _ => None,
        });
        Destination::of_names(names.collect())
    }

    /// That of a member of an archive, whose output goes below `folder`.
    pub(super) fn of_member(folder: &Path, member: &str) -> Destination {
        let mut names: Vec<String> = folder
            .components()
            .map(|component| component.as_os_str().to_string_lossy().into_owned())
            .collect();
        names.extend(member.split(['/', '\\']).map(str::to_owned));
        Destination::of_names(names)
    }

    fn of_names(names: Vec<String>) -> Destination {
        let mut names: Vec<String> =
            names.iter().filter(|name| !name.is_empty() && *name != ".").map(|name| plain(name)).collect();
        let file = names.pop().unwrap_or_default();
        let stem = file.strip_suffix(".pyc").or(file.strip_suffix(".PYC")).unwrap_or(&file).to_owned();
        let folder: PathBuf = names.iter().collect();
        let mirrored = folder.join(format!("{stem}.py"));
        let natural = match names.last().is_some_and(|name| name == "__pycache__") {
            true => {
                let module = stem.split('.').next().unwrap_or(&stem);
                folder.parent().unwrap_or(Path::new("")).join(format!("{module}.py"))
            }
            false => mirrored.clone(),
        };
        Destination { chosen: natural.clone(), natural, mirrored }
    }

    /// The path, below the output folder.
    pub fn path(&self) -> &Path {
        &self.chosen
    }

    /// Where the source of this file would lie, whatever other inputs there are.
    pub(super) fn source(&self) -> PathBuf {
        without_level(&self.natural)
    }
}

/// `mod.py` for `mod.opt-1.py`, which is `mod.py` compiled with `-O`.
pub(super) fn without_level(path: &Path) -> PathBuf {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    match name.strip_suffix(".py").and_then(|stem| stem.rsplit_once(".opt-")) {
        Some((module, "1" | "2")) => path.with_file_name(format!("{module}.py")),
        _ => path.to_owned(),
    }
}

/// `name` as a name that leads nowhere: no `..`, no drive letter, no control character, not too long.
fn plain(name: &str) -> String {
    let unsafe_char =
        |c: char| is_wild(c) || matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|');
    let mut plain: String = name.chars().map(|c| if unsafe_char(c) { '_' } else { c }).collect();
    if plain.chars().all(|c| c == '.') {
        plain = plain.replace('.', "_");
    }
    if plain.len() > MAX_NAME_BYTES {
        // The end holds the extension; the start is what a person looks for.
        let cut = |at: usize, s: &str| (0..=at).rev().find(|i| s.is_char_boundary(*i)).unwrap_or(0);
        let tail = plain.split_off(cut(plain.len() - 20, &plain));
        plain.truncate(cut(MAX_NAME_BYTES - 20, &plain));
        plain.push_str(&tail);
    }
    plain
}

/// Gives destinations that are one path a path each: their own names where those differ, else a number.
pub(super) fn tell_apart(destinations: &mut [&mut Destination]) {
    let mut wanted: HashMap<PathBuf, usize> = HashMap::new();
    for destination in destinations.iter() {
        *wanted.entry(destination.natural.clone()).or_default() += 1;
    }
    for destination in destinations.iter_mut() {
        if wanted.get(&destination.natural).is_some_and(|count| *count > 1) {
            destination.chosen = destination.mirrored.clone();
        }
    }
    let mut taken: HashMap<PathBuf, usize> = HashMap::new();
    for destination in destinations.iter_mut() {
        let path = &mut destination.chosen;
        let mut number = taken.get(path).copied().unwrap_or(0);
        let original = path.clone();
        while taken.contains_key(path) {
            number += 1;
            let mut name = original.file_stem().map(OsString::from).unwrap_or_default();
            name.push(format!("~{number}.py"));
            *path = original.with_file_name(name);
        }
        taken.insert(original, number);
        taken.entry(path.clone()).or_insert(0);
    }
}

/// Writes `text` to `folder/path`, making the folders between.
///
/// The file appears whole or not at all. A link that stands in its place is replaced, one that stands for a folder
/// on the way is an error. A file that stands there is replaced only if `may_replace` says so of its text.
///
/// # Errors
/// What the system says; [`io::ErrorKind::AlreadyExists`] for a file that may not be replaced;
/// [`io::ErrorKind::NotADirectory`] for a link on the way.
pub fn write_new(
    folder: &Path,
    path: &Path,
    text: &str,
    may_replace: impl Fn(&[u8]) -> bool,
) -> io::Result<()> {
    let mut parent = folder.to_owned();
    fs::create_dir_all(&parent)?;
    for name in path.parent().into_iter().flat_map(Path::components) {
        parent.push(name);
        match fs::symlink_metadata(&parent) {
            Ok(found) if found.is_dir() => {}
            Ok(_) => return Err(io::ErrorKind::NotADirectory.into()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => make_folder(&parent)?,
            Err(error) => return Err(error),
        }
    }
    let target = folder.join(path);
    if fs::symlink_metadata(&target).is_ok_and(|found| found.is_file()) && !may_replace(&fs::read(&target)?) {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    replace(&target, text.as_bytes())
}

/// Writes `bytes` to `path`, whole or not at all. A link that stands there is replaced, not followed; what is no file (a
/// pipe, a terminal) is written to.
///
/// # Errors
/// What the system says.
pub fn write_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(found) if !found.is_file() && !found.is_symlink() => fs::write(path, bytes),
        _ => replace(path, bytes),
    }
}

/// Writes a file under a name that nobody can foresee, and moves it to where it belongs.
fn replace(target: &Path, bytes: &[u8]) -> io::Result<()> {
    let unforeseen = RandomState::new().hash_one(target);
    let temporary = target.with_file_name(format!(".lancehead-{unforeseen:016x}.partial"));
    let made = fs::OpenOptions::new().write(true).create_new(true).open(&temporary);
    let written = made?.write_all(bytes).and_then(|()| fs::rename(&temporary, target));
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// Makes one folder; another thread may have made it in between.
fn make_folder(path: &Path) -> io::Result<()> {
    match fs::create_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(name: &str) -> String {
        Destination::of_member(Path::new("a.whl"), name).path().display().to_string()
    }

    #[test]
    fn members_stay_below_their_folder() {
        assert_eq!(member("pkg/mod.pyc"), "a.whl/pkg/mod.py");
        assert_eq!(member("../../etc/passwd.pyc"), "a.whl/__/__/etc/passwd.py");
        assert_eq!(member("/etc/x.pyc"), "a.whl/etc/x.py");
        assert_eq!(member("C:\\windows\\x.pyc"), "a.whl/C_/windows/x.py");
        assert_eq!(member("a/./b//c.pyc"), "a.whl/a/b/c.py");
        assert_eq!(member("a\0b\n.pyc"), "a.whl/a_b_.py");
        assert!(member(&format!("{}.pyc", "x".repeat(5000))).len() < 255);
    }

    #[test]
    fn cache_folders_lead_to_where_the_source_was() {
        assert_eq!(member("pkg/__pycache__/mod.cpython-312.pyc"), "a.whl/pkg/mod.py");
        assert_eq!(member("pkg/__pycache__/mod.cpython-312.opt-2.pyc"), "a.whl/pkg/mod.py");
    }

    #[test]
    fn equal_destinations_are_told_apart() {
        let names =
            ["__pycache__/m.cpython-311.pyc", "__pycache__/m.cpython-312.pyc", "n.pyc", "n.pyc", "n.pyc"];
        let mut all = names.map(|name| Destination::of_path(Path::new(name)));
        tell_apart(&mut all.iter_mut().collect::<Vec<_>>());
        let paths = all.map(|destination| destination.path().display().to_string());
        assert_eq!(
            paths,
            ["__pycache__/m.cpython-311.py", "__pycache__/m.cpython-312.py", "n.py", "n~1.py", "n~2.py"]
        );
    }

    #[test]
    fn an_existing_file_is_kept_unless_it_may_be_replaced() {
        let folder = std::env::temp_dir().join(format!("lancehead-destination-{}", std::process::id()));
        let path = Path::new("a/b.py");
        write_new(&folder, path, "one", |_| false).unwrap();
        let again = write_new(&folder, path, "two", |_| false);
        assert_eq!(again.unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        write_new(&folder, path, "three", |old| old == b"one").unwrap();
        assert_eq!(fs::read_to_string(folder.join(path)).unwrap(), "three");
        assert_eq!(fs::read_dir(folder.join("a")).unwrap().count(), 1);
        fs::remove_dir_all(&folder).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed() {
        let folder = std::env::temp_dir().join(format!("lancehead-links-{}", std::process::id()));
        let outside = folder.join("outside");
        fs::create_dir_all(&outside).unwrap();
        fs::write(outside.join("victim.py"), "precious").unwrap();
        let out = folder.join("out");
        fs::create_dir_all(&out).unwrap();
        std::os::unix::fs::symlink(&outside, out.join("sub")).unwrap();
        std::os::unix::fs::symlink(outside.join("victim.py"), out.join("link.py")).unwrap();
        assert!(write_new(&out, Path::new("sub/victim.py"), "x", |_| true).is_err());
        write_new(&out, Path::new("link.py"), "x", |_| true).unwrap();
        assert_eq!(fs::read_to_string(outside.join("victim.py")).unwrap(), "precious");
        fs::remove_dir_all(&folder).unwrap();
    }
}
