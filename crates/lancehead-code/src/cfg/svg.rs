//! Control-flow graphs as pictures that any browser shows: blocks in layers, edges as curves.
//!
//! Blocks stand in layers by their longest way from the entry, back edges aside (Sugiyama, 1981). Within a layer they are
//! ordered by where their neighbours stand, a few times up and down.

use std::fmt::Write as _;

use lancehead_pyc::{CodeObject, is_wild};

use super::draw::{self, DrawnBlock};
use super::{Cfg, CfgError, EdgeKind};

const CHARACTER: u32 = 8;
const LINE: u32 = 16;
const PADDING: u32 = 8;
const GAP: u32 = 40;
const LAYER_GAP: u32 = 60;
/// How often the layers are ordered anew.
const ROUNDS: usize = 8;

/// Draws the control flow of `code` as SVG; what it shows is the same as with [`dot`](super::dot).
///
/// # Errors
/// See [`Cfg::of`].
pub fn svg(code: &CodeObject) -> Result<String, CfgError> {
    let cfg = Cfg::of(code)?;
    let blocks = draw::blocks(code, &cfg)?;
    let boxes = place(&cfg, &blocks);
    let (width, height) = boxes.iter().fold((0, 0), |(width, height), placed| {
        (width.max(placed.x + placed.width + GAP), height.max(placed.y + placed.height + GAP))
    });
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\">\n{STYLE}"
    );
    for edge in &cfg.edges {
        curve(&boxes[edge.from as usize], &boxes[edge.to as usize], edge.kind, &mut out);
    }
    for (block, placed) in blocks.iter().zip(&boxes) {
        draw_block(block, placed, &mut out);
    }
    out.push_str("</svg>\n");
    Ok(out)
}

const STYLE: &str = "<style>\
text { font: 13px monospace; white-space: pre; fill: #111 } \
rect { fill: #fff; stroke: #333 } \
path { fill: none; stroke: #333; marker-end: url(#arrow) } \
.jump { stroke: #06c } .exception { stroke: #c00; stroke-dasharray: 5 3 }\
</style>\n<defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" \
orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" style=\"fill:#333;stroke:none\"/></marker></defs>\n";

/// Where a block stands.
#[derive(Clone, Copy, Default)]
struct Placed {
    x: u32,
    y: u32,
    width: u32,
    height: u32,
}

impl Placed {
    fn middle(&self) -> u32 {
        self.x + self.width / 2
    }
}

fn place(cfg: &Cfg, blocks: &[DrawnBlock]) -> Vec<Placed> {
    let mut boxes: Vec<Placed> = blocks
        .iter()
        .map(|block| {
            let longest = block.lines().map(|line| line.chars().count()).max().unwrap_or(0) as u32;
            let height = block.lines().count() as u32 * LINE + 2 * PADDING;
            Placed { width: longest * CHARACTER + 2 * PADDING, height, ..Placed::default() }
        })
        .collect();
    let layer = layers(cfg);
    let count = layer.iter().max().map_or(0, |&last| last + 1);
    let mut rows: Vec<Vec<u32>> = vec![Vec::new(); count];
    for (block, &row) in (0..).zip(&layer) {
        rows[row].push(block);
    }
    order(cfg, &mut rows);
    let widths: Vec<u32> = boxes.iter().map(|placed| placed.width + GAP).collect();
    let width_of = |row: &[u32]| row.iter().map(|&block| widths[block as usize]).sum::<u32>();
    let widest = rows.iter().map(|row| width_of(row)).max().unwrap_or(0);
    let mut y = GAP;
    for row in &rows {
        let mut x = GAP + (widest - width_of(row)) / 2;
        let mut tallest = 0;
        for &block in row {
            let placed = &mut boxes[block as usize];
            (placed.x, placed.y) = (x, y);
            x += placed.width + GAP;
            tallest = tallest.max(placed.height);
        }
        y += tallest + LAYER_GAP;
    }
    boxes
}

/// By block: its layer. Blocks that cannot be reached stand at the end, each on its own.
fn layers(cfg: &Cfg) -> Vec<usize> {
    let graph = cfg.graph(true);
    let order = graph.reverse_postorder(0);
    let mut position = vec![usize::MAX; cfg.blocks.len()];
    for (at, &block) in order.iter().enumerate() {
        position[block as usize] = at;
    }
    let mut layer = vec![0; cfg.blocks.len()];
    for &block in &order {
        for &next in graph.successors(block) {
            if position[next as usize] > position[block as usize] {
                layer[next as usize] = layer[next as usize].max(layer[block as usize] + 1);
            }
        }
    }
    let mut last = layer.iter().max().copied().unwrap_or(0);
    for (layer, _) in layer.iter_mut().zip(&position).filter(|(_, position)| **position == usize::MAX) {
        last += 1;
        *layer = last;
    }
    layer
}

/// Orders each layer by the mean of where the neighbours of its blocks stand in the layers around.
fn order(cfg: &Cfg, rows: &mut [Vec<u32>]) {
    let graph = cfg.graph(true);
    let mut place = vec![0.0f64; cfg.blocks.len()];
    let settle = |row: &[u32], place: &mut Vec<f64>| {
        for (at, &block) in row.iter().enumerate() {
            // Between 0 and 1, so that layers of different length compare.
            place[block as usize] = (at as f64 + 0.5) / row.len() as f64;
        }
    };
    rows.iter().for_each(|row| settle(row, &mut place));
    for round in 0..ROUNDS {
        let down = round % 2 == 0;
        for step in 0..rows.len() {
            let at = if down { step } else { rows.len() - 1 - step };
            let row = &mut rows[at];
            let mean = |block: u32| {
                let around = if down { graph.predecessors(block) } else { graph.successors(block) };
                let sum: f64 = around.iter().map(|&other| place[other as usize]).sum();
                if around.is_empty() { place[block as usize] } else { sum / around.len() as f64 }
            };
            let mut keyed: Vec<(f64, u32)> = row.iter().map(|&block| (mean(block), block)).collect();
            keyed.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            *row = keyed.into_iter().map(|(_, block)| block).collect();
            settle(row, &mut place);
        }
    }
}

fn curve(from: &Placed, to: &Placed, kind: EdgeKind, out: &mut String) {
    let class = match kind {
        EdgeKind::Next => "next",
        EdgeKind::Jump => "jump",
        EdgeKind::Exception => "exception",
    };
    // Edges of different kinds leave at different places.
    let third = match kind {
        EdgeKind::Next => from.width / 3,
        EdgeKind::Jump => from.width / 2,
        EdgeKind::Exception => from.width * 2 / 3,
    };
    let (x, y) = (from.x + third, from.y + from.height);
    let (to_x, to_y) = (to.middle(), to.y);
    if to_y > y {
        let middle = y + (to_y - y) / 2;
        put(
            out,
            format_args!(
                "<path class=\"{class}\" d=\"M{x} {y}C{x} {middle} {to_x} {middle} {to_x} {to_y}\"/>\n"
            ),
        );
    } else {
        // Back up, around the right side of both.
        let side = (from.x + from.width).max(to.x + to.width) + GAP / 2;
        let (below, above) = (y + GAP / 2, to_y.saturating_sub(GAP / 2));
        put(
            out,
            format_args!(
                "<path class=\"{class}\" d=\"M{x} {y}C{x} {below} {side} {below} {side} {y}L{side} {to_y}\
                 C{side} {above} {to_x} {above} {to_x} {to_y}\"/>\n"
            ),
        );
    }
}

fn draw_block(block: &DrawnBlock, placed: &Placed, out: &mut String) {
    let Placed { x, y, width, height } = *placed;
    put(out, format_args!("<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"4\"/>\n"));
    for (number, line) in (1..).zip(block.lines()) {
        put(out, format_args!("<text x=\"{}\" y=\"{}\">", x + PADDING, y + number * LINE + PADDING / 2));
        for c in line.chars() {
            match c {
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                '&' => out.push_str("&amp;"),
                c if is_wild(c) => out.extend(c.escape_unicode()),
                c => out.push(c),
            }
        }
        out.push_str("</text>\n");
    }
}

fn put(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a `String` cannot fail.
    let _ = out.write_fmt(text);
}
