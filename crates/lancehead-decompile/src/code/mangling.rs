//! Private names: in a class `C`, the compiler makes `_C__name` of `__name` (the reference manual, "Private name mangling").

use lancehead_pyc::PyStr;

/// The class around a code object, as far as it changes names.
#[derive(Debug, Clone, Default)]
pub struct Private {
    /// What stands before a changed name: `_C`.
    prefix: Option<Vec<u8>>,
}

impl Private {
    /// Inside a class of this name.
    pub fn in_class(name: &PyStr) -> Private {
        let stripped: Vec<u8> = name.as_bytes().iter().copied().skip_while(|b| *b == b'_').collect();
        let prefix = (!stripped.is_empty()).then(|| [&b"_"[..], &stripped].concat());
        Private { prefix }
    }

    /// A name as the source spells it.
    pub fn spelled(&self, name: &PyStr) -> PyStr {
        let rest = self.prefix.as_ref().and_then(|prefix| name.as_bytes().strip_prefix(&prefix[..]));
        let is_changed =
            |rest: &&[u8]| rest.starts_with(b"__") && !rest.ends_with(b"__") && !rest.contains(&b'.');
        rest.filter(is_changed).and_then(|rest| PyStr::from_wtf8(rest).ok()).unwrap_or_else(|| name.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_the_class() {
        let class = Private::in_class(&"__Account".into());
        assert_eq!(class.spelled(&"_Account__x".into()), "__x");
        assert_eq!(class.spelled(&"_Account__x_".into()), "__x_");
        for kept in ["_Account__x__", "_Other__x", "_Account_x", "__x", "_Account__a.b"] {
            assert_eq!(class.spelled(&kept.into()), kept);
        }
        assert_eq!(Private::in_class(&"__".into()).spelled(&"___x".into()), "___x");
    }
}
