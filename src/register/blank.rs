//! Is there anything on this page? Dust, staple and punch holes, streaks of the scanner and print showing through from
//! the other side are nothing. Does not know any form.

use super::ink::Ink;
use super::plane::Plane;

/// Relative darkness (of 255) from which a block holds a mark: a quarter of the paper's brightness. A whole form showing
/// through at 20 % of its contrast stays below (tests/register.rs); at 30 % its boldest strokes pass.
const MARK: u8 = 64;
/// Relative darkness (of 255) above paper grain: print at a tenth of full contrast.
const FAINT: u8 = 20;
/// Blocks of marks, of about 1 mm², from which a page is not blank. A stroke 25 mm long is enough;
/// sixty specks of dust that touch no other count for none.
const LEAST_BLOCKS: usize = 24;
/// Blocks left out along every edge: shadows of the lid and of the sheet's own edge, staple holes.
const MARGIN: usize = 9;

/// How much there is on a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    /// Nothing.
    Nothing,
    /// Something grey all over: print showing through from the other side, or a form photographed faintly. Blank, unless
    /// it can be placed.
    Faint,
    /// Marks of this side.
    Marks,
}

/// How much a page shows that a person wrote or a machine printed.
pub(super) fn content(ink: &Ink) -> Content {
    if content_blocks(&ink.peaks) >= LEAST_BLOCKS {
        return Content::Marks;
    }
    let grey = ink.peaks.px.iter().filter(|p| **p >= FAINT).count();
    // Four blocks in a hundred; a form's print touches more than ten.
    if grey * 25 > ink.peaks.px.len() { Content::Faint } else { Content::Nothing }
}

fn content_blocks(peaks: &Plane) -> usize {
    let mut marked: Vec<bool> = peaks.px.iter().map(|p| *p >= MARK).collect();
    drop_margin(&mut marked, peaks.w, peaks.h);
    let mut total = 0;
    for i in 0..marked.len() {
        if marked[i] {
            let part = component(&mut marked, peaks.w, i);
            total += if part.is_content(peaks) { part.blocks } else { 0 };
        }
    }
    total
}

fn drop_margin(marked: &mut [bool], w: usize, h: usize) {
    for (i, m) in marked.iter_mut().enumerate() {
        let (x, y) = (i % w, i / w);
        *m &= x >= MARGIN && y >= MARGIN && x + MARGIN < w && y + MARGIN < h;
    }
}

struct Component {
    blocks: usize,
    left: usize,
    right: usize,
    top: usize,
    bottom: usize,
}

impl Component {
    /// Larger than a speck (2 mm), and not a streak: over half the sheet long and under 3 mm wide.
    fn is_content(&self, peaks: &Plane) -> bool {
        let (w, h) = (self.right - self.left + 1, self.bottom - self.top + 1);
        let streak = (w <= 3 && h > peaks.h / 2) || (h <= 3 && w > peaks.w / 2);
        let hole = self.blocks > w * h * 7 / 10 && w <= 8 && h <= 8;
        w.max(h) > 2 && !streak && !hole
    }
}

fn component(marked: &mut [bool], w: usize, from: usize) -> Component {
    let mut part = Component { blocks: 0, left: from % w, right: from % w, top: from / w, bottom: from / w };
    let mut open = vec![from];
    marked[from] = false;
    while let Some(i) = open.pop() {
        let (x, y) = (i % w, i / w);
        part.blocks += 1;
        part.left = part.left.min(x);
        part.right = part.right.max(x);
        part.top = part.top.min(y);
        part.bottom = part.bottom.max(y);
        // The margin is empty, so no neighbour lies outside.
        for n in [i - w - 1, i - w, i - w + 1, i - 1, i + 1, i + w - 1, i + w, i + w + 1] {
            if marked[n] {
                marked[n] = false;
                open.push(n);
            }
        }
    }
    part
}
