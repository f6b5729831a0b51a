//! What blocks, regions and scopes of a graph are known by.

use std::fmt;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u32);

        impl $name {
            /// As an index into the vector it numbers.
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }
    };
}

id!(
    /// A block of a [`Graph`](crate::Graph).
    BlockId, "b"
);
id!(
    /// A protected region of a [`Graph`](crate::Graph).
    RegionId, "r"
);
id!(
    /// A scope of a [`Graph`](crate::Graph): where in the nest of regions a block stands.
    ScopeId, "s"
);
