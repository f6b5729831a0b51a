//! Values that change from version to version.

/// What changed in which version, oldest first: the minor number of the first version for which the value holds.
pub(crate) type Changes<T> = &'static [(u8, T)];

/// The value that holds in version 3.`minor`; `None` before the first.
pub(crate) const fn latest<T: Copy>(changes: &[(u8, T)], minor: u8) -> Option<T> {
    let mut found = None;
    let mut at = 0;
    while at < changes.len() && changes[at].0 <= minor {
        found = Some(changes[at].1);
        at += 1;
    }
    found
}
