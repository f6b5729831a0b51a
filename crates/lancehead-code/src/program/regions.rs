//! From nested exception regions to the flat table.

use lancehead_isa::ExceptionEntry;

use super::Region;

/// A region with its labels resolved to byte offsets.
#[derive(Clone, Copy)]
pub(super) struct Resolved {
    pub start: u32,
    pub end: u32,
    pub target: u32,
    pub region: Region,
}

/// Cuts regions into entries that do not overlap, in order; where they overlap, the one that begins last holds.
pub(super) fn flatten(regions: &[Resolved]) -> Vec<ExceptionEntry> {
    let mut order: Vec<&Resolved> = regions.iter().filter(|region| region.start < region.end).collect();
    // Stable, so that of those that begin at one place the later one listed lies inside.
    order.sort_by_key(|region| region.start);
    let mut entries: Vec<ExceptionEntry> = Vec::with_capacity(order.len());
    let mut open: Vec<&Resolved> = Vec::new();
    let mut at = 0;
    for region in order {
        at = close(&mut open, &mut entries, at, region.start);
        open.push(region);
    }
    close(&mut open, &mut entries, at, u32::MAX);
    entries
}

/// Writes out what holds from `at` up to `until`; gives where it got to.
fn close(open: &mut Vec<&Resolved>, entries: &mut Vec<ExceptionEntry>, mut at: u32, until: u32) -> u32 {
    while let Some(region) = open.last() {
        let start = at.max(region.start);
        let end = region.end.min(until);
        if start < end {
            let Resolved { target, region: Region { depth, lasti, .. }, .. } = **region;
            entries.push(ExceptionEntry { start, end, target, depth, lasti });
            at = end;
        }
        if region.end > until {
            return until;
        }
        open.pop();
    }
    until
}
