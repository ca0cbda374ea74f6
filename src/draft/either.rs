//! Printed words of which one is to be ringed: 有・無, 男・女, 明・大・昭・平・令. Many other words are parted by such a dot
//! (病院・薬局), so only words that people choose between are taken.

use super::ink::Ink;
use super::words::Words;
use crate::geometry::RectMm;

/// Words that exclude each other, as forms print them.
const ALTERNATIVES: &[&[&str]] = &[
    &["有", "無"],
    &["あり", "なし"],
    &["有り", "無し"],
    &["はい", "いいえ"],
    &["男", "女", "男性", "女性", "その他"],
    &["可", "不可", "否"],
    &["要", "不要", "否"],
    &["済", "未", "未済", "済み"],
    &["する", "しない"],
    &["希望する", "希望しない"],
    &["同意する", "同意しない"],
    &["該当", "非該当"],
    &["常勤", "非常勤"],
    &["新規", "変更", "更新", "廃止"],
    &["普通", "当座"],
    &["午前", "午後"],
    &["公", "私"],
    &["正", "誤", "副"],
    &["明", "大", "昭", "平", "令"],
    &["明治", "大正", "昭和", "平成", "令和"],
];

/// Sides of the dot between two words, mm.
const DOT_MM: std::ops::RangeInclusive<f64> = 0.3..=1.0;
/// Widest white between a dot and the word beside it, mm.
const BESIDE_MM: f64 = 6.0;
/// White that ends a word, mm.
const GAP_MM: f64 = 1.4;
/// Longest word, mm.
const WORD_MM: f64 = 24.0;
/// Height of a line of print round its dot, mm.
const LINE_MM: f64 = 4.4;
/// Room between a word and a ring round it, mm.
const ROOM_MM: f64 = 0.4;

/// Words to ring, each group with its words' places and texts.
pub(super) fn to_ring(ink: &Ink, glyphs: &[RectMm], words: &Words<'_>) -> Vec<Vec<(RectMm, String)>> {
    let mut dots: Vec<&RectMm> = glyphs.iter().filter(|g| DOT_MM.contains(&g.w) && DOT_MM.contains(&g.h)).collect();
    dots.sort_by(|a, b| a.x.total_cmp(&b.x));
    let mut groups: Vec<Vec<RectMm>> = Vec::new();
    for dot in dots {
        let Some((left, right)) = word(ink, dot, -1.0).zip(word(ink, dot, 1.0)) else { continue };
        match groups.iter_mut().find(|group| group.last().is_some_and(|last| last.contains(left.centre()))) {
            Some(group) => group.push(right),
            None => groups.push(vec![left, right]),
        }
    }
    groups.iter().filter_map(|places| alternatives(places, words)).collect()
}

/// The words in these places, where they are ones that people choose between.
fn alternatives(places: &[RectMm], words: &Words<'_>) -> Option<Vec<(RectMm, String)>> {
    // A line is read more surely than the one letter that a word may be.
    let line = places.iter().copied().reduce(|a, b| a.union(&b)).map(|all| parted(&words.read(&all.grown(0.5))));
    let read = line.filter(|texts| texts.len() == places.len() && exclude_each_other(texts)).or_else(|| {
        let texts: Vec<String> = places.iter().flat_map(|area| parted(&words.read(&area.grown(0.5)))).collect();
        (texts.len() == places.len() && exclude_each_other(&texts)).then_some(texts)
    });
    read.map(|texts| places.iter().map(|area| area.grown(ROOM_MM)).zip(texts).collect())
}

/// The words of a text without the dots and brackets between and around them.
fn parted(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn exclude_each_other(texts: &[String]) -> bool {
    ALTERNATIVES.iter().any(|words| texts.iter().all(|text| words.contains(&text.as_str())))
}

/// The word on one side of a dot: −1 to the left, 1 to the right.
fn word(ink: &Ink, dot: &RectMm, side: f64) -> Option<RectMm> {
    let (top, step) = (dot.centre().y - LINE_MM / 2.0, 0.1);
    let edge = if side < 0.0 { dot.x } else { dot.right() };
    let at = |i: usize| edge + side * step * (i as f64 + 1.0);
    let inked = |i: &usize| ink.share(&RectMm::new(at(*i).min(at(*i) - side * step), top, step, LINE_MM)) > 0.0;
    let first = (1..(BESIDE_MM / step) as usize).find(inked)?;
    let mut last = first;
    let mut here = first;
    while (here - last) as f64 * step < GAP_MM {
        here += 1;
        last = if inked(&here) { here } else { last };
        if (last - first) as f64 * step > WORD_MM {
            return None;
        }
    }
    let (near, far) = (at(first) - side * step, at(last));
    Some(RectMm::new(near.min(far), top, (near - far).abs(), LINE_MM))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_exclude_each_other_are_alternatives_and_others_are_not() {
        let are = |text: &str| exclude_each_other(&parted(text));
        assert!(are("有・無") && are("（有 ・ 無）") && are("昭・平・令") && are("はい・いいえ"));
        assert!(!are("病院・薬局") && !are("有・女"));
    }
}
