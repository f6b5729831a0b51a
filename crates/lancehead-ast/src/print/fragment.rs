//! A logical line before it is laid out.

/// A piece of a logical line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fragment {
    /// Text; its end in [`Fragments::text`] (it begins where the one before ends).
    Text(usize),
    /// An opening bracket stands before this; lines may be broken from here on. An optional group has brackets of
    /// its own, which are printed only when the group is broken.
    Open { optional: bool },
    /// The closing bracket follows; `comma` when a trailing comma is welcome before it.
    Close { optional: bool, comma: bool },
    /// A place to break the line; one blank when it is not, or nothing.
    Break { space: bool },
    /// The expression that begins here began on this line of the original source.
    At(u32),
}

/// The fragments of one logical line.
#[derive(Debug, Clone, Default)]
pub(super) struct Fragments {
    pub text: String,
    pub list: Vec<Fragment>,
}

impl Fragments {
    /// No fragments, and room for those of a common line.
    pub(super) fn with_room() -> Fragments {
        Fragments { text: String::with_capacity(96), list: Vec::with_capacity(24) }
    }

    /// Adds text.
    pub(super) fn text(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        self.text.push_str(text);
        let end = self.text.len();
        match self.list.last_mut() {
            Some(Fragment::Text(last)) => *last = end,
            _ => self.list.push(Fragment::Text(end)),
        }
    }

    /// Adds anything else.
    pub(super) fn push(&mut self, fragment: Fragment) {
        self.list.push(fragment);
    }

    /// Forgets all, keeping the memory.
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.list.clear();
    }

    /// The whole on one line.
    pub(super) fn flat(&self) -> String {
        let mut out = String::with_capacity(self.text.len() + 16);
        self.write_flat(&mut out);
        out
    }

    /// Appends the whole, on one line.
    pub(super) fn write_flat(&self, out: &mut String) {
        let (mut start, mut end) = (0, 0);
        for fragment in &self.list {
            match *fragment {
                Fragment::Text(to) => end = to,
                Fragment::Break { space: true } => {
                    out.push_str(&self.text[start..end]);
                    out.push(' ');
                    start = end;
                }
                _ => {}
            }
        }
        out.push_str(&self.text[start..end]);
    }
}
