//! What `recognize` promises its callers. Accuracy is not tested here: the training measures it, models/README.md states it.

use serde::Deserialize;

use super::{CLASSES, DigitClass, DigitModel, DigitScores, InkPatch, ModelError, Network, Pair, PatchError, SIDE, normalize};

const MODEL: &[u8] = include_bytes!("../../models/digits.bin");

#[derive(Deserialize)]
struct Golden {
    cases: Vec<GoldenCase>,
}

#[derive(Deserialize)]
struct GoldenCase {
    label: String,
    pixels: Vec<u8>,
    logits: Vec<f32>,
}

#[derive(Deserialize)]
struct GoldenNormal {
    cases: Vec<GoldenPatch>,
}

#[derive(Deserialize)]
struct GoldenPatch {
    width: usize,
    height: usize,
    cell_height_px: f32,
    ink: Vec<u8>,
    normalised: Vec<f32>,
}

fn golden() -> Vec<GoldenCase> {
    let text = include_str!("../../tests/golden/digits.json");
    serde_json::from_str::<Golden>(text).expect("golden file").cases
}

fn picture(pixels: &[u8]) -> [f32; SIDE * SIDE] {
    std::array::from_fn(|i| f32::from(pixels[i]) / 255.0)
}

/// Ink 1.0 inside the rectangle, 0.0 outside.
fn patch_with(side: usize, x: std::ops::Range<usize>, y: std::ops::Range<usize>) -> InkPatch {
    let ink = (0..side * side).map(|i| f32::from(u8::from(x.contains(&(i % side)) && y.contains(&(i / side))))).collect();
    InkPatch::new(side, side, ink, side as f32).expect("valid patch")
}

/// Columns and rows of the picture that hold ink above a half: (left, top, right, bottom), ends excluded.
fn extent(picture: &[f32; SIDE * SIDE]) -> (usize, usize, usize, usize) {
    let inked: Vec<usize> = (0..SIDE * SIDE).filter(|&i| picture[i] > 0.5).collect();
    let xs = inked.iter().map(|i| i % SIDE);
    let ys = inked.iter().map(|i| i / SIDE);
    (xs.clone().min().expect("ink"), ys.clone().min().expect("ink"), xs.max().expect("ink") + 1, ys.max().expect("ink") + 1)
}

#[test]
fn logits_agree_with_the_training_to_two_hundredths() {
    for case in golden() {
        let logits = Network::built_in().logits(&picture(&case.pixels));
        for (got, want) in logits.iter().zip(&case.logits) {
            // Rounding to whole numbers: the largest differences are those of the least likely classes.
            assert!((got - want).abs() < 2e-2, "{}: {got} is not {want}", case.label);
        }
    }
}

#[test]
fn normalisation_agrees_with_the_training() {
    let text = include_str!("../../tests/golden/normalise.json");
    let golden: GoldenNormal = serde_json::from_str(text).expect("golden file");
    for (number, case) in golden.cases.into_iter().enumerate() {
        let ink = case.ink.iter().map(|&v| f32::from(v) / 255.0).collect();
        let patch = InkPatch::new(case.width, case.height, ink, case.cell_height_px).expect("valid patch");
        for (got, want) in normalize(&patch).iter().zip(&case.normalised) {
            assert!((got - want).abs() < 1e-3, "case {number}: {got} is not {want}");
        }
    }
}

#[test]
fn ink_is_centred_and_22_px_long() {
    let picture = normalize(&patch_with(100, 5..15, 10..90));
    assert_eq!(extent(&picture), (15, 5, 17, 27));
}

#[test]
fn small_ink_stays_small() {
    let (left, top, right, bottom) = extent(&normalize(&patch_with(100, 40..50, 60..70)));
    assert_eq!((right - left, bottom - top), (4, 4));
    assert_eq!((left, top), (14, 14));
}

#[test]
fn specks_do_not_move_the_box() {
    let clean = patch_with(100, 30..60, 20..80);
    let mut ink = clean.ink().to_vec();
    for at in [205, 206, 305, 9090] {
        ink[at] = 1.0;
    }
    let specked = InkPatch::new(100, 100, ink, 100.0).expect("valid patch");
    assert_eq!(extent(&normalize(&specked)).1, extent(&normalize(&clean)).1);
}

#[test]
fn faint_ink_is_stretched_to_full_contrast() {
    let full = patch_with(80, 20..60, 20..60);
    let faint = InkPatch::new(80, 80, full.ink().iter().map(|v| v * 0.5).collect(), 80.0).expect("valid");
    for (a, b) in normalize(&full).iter().zip(&normalize(&faint)) {
        assert!((a - b).abs() < 1e-5);
    }
}

#[test]
fn ink_below_the_threshold_is_not_stretched() {
    let full = patch_with(80, 20..60, 20..60);
    let ink = full.ink().iter().map(|v| v * 0.3).collect();
    let shadow = InkPatch::new(80, 80, ink, 80.0).expect("valid");
    assert!(normalize(&shadow).iter().all(|&v| v < 0.31));
}

#[test]
fn patches_of_any_size_are_normalised() {
    for (width, height) in [(1, 1), (1, 200), (200, 1), (25, 12), (2048, 3)] {
        let patch = InkPatch::new(width, height, vec![1.0; width * height], 25.0).expect("valid");
        assert!(normalize(&patch).iter().all(|v| (0.0..=1.0).contains(v)), "{width}x{height}");
    }
}

#[test]
fn impossible_patches_are_refused() {
    assert_eq!(InkPatch::new(0, 3, vec![], 10.0), Err(PatchError::Side { width: 0, height: 3 }));
    assert_eq!(InkPatch::new(2, 2, vec![0.0; 3], 10.0), Err(PatchError::Length { width: 2, height: 2, values: 3 }));
    assert_eq!(InkPatch::new(1, 2, vec![0.0, f32::NAN], 10.0), Err(PatchError::NotFinite { index: 1 }));
    assert_eq!(InkPatch::new(1, 1, vec![0.0], 0.0), Err(PatchError::CellHeight(0.0)));
}

#[test]
fn an_empty_cell_is_blank_and_a_speck_is_no_digit() {
    let blank = InkPatch::new(94, 94, vec![0.0; 94 * 94], 94.0).expect("valid patch");
    let speck = patch_with(94, 30..33, 50..52);
    for (patch, limit) in [(blank, 0.01), (speck, 0.1)] {
        let scores = &Pair::built_in().score(&[patch])[0];
        assert_eq!(scores.best().0, DigitClass::Blank);
        let (digit, probability) = scores.ranked_digits()[0];
        assert!(probability < limit, "{digit}: {probability}");
    }
}

#[test]
fn a_plain_upright_stroke_is_a_one_or_a_piece_of_a_frame() {
    // The recogniser does not see the frame: as upright and straight as this, only the reader can tell (`CellScore::free`).
    let scores = &Pair::built_in().score(&[patch_with(94, 45..49, 15..80)])[0];
    assert_eq!(scores.ranked_digits()[0].0, 1);
    assert!(scores.probability(DigitClass::Digit(1)) > 0.3);
    assert!(scores.probability(DigitClass::Digit(1)) + scores.probability(DigitClass::Rubbish) > 0.99);
}

#[test]
fn scores_do_not_depend_on_the_neighbours() {
    let a = patch_with(94, 45..49, 15..80);
    let b = patch_with(94, 20..70, 40..50);
    let together = Pair::built_in().score(&[a.clone(), b.clone()]);
    assert_eq!(together[0], Pair::built_in().score(&[a])[0]);
    assert_eq!(together[1], Pair::built_in().score(&[b])[0]);
}

#[test]
fn probabilities_sum_to_one_and_rank() {
    let mut logits = [0.0; CLASSES];
    (logits[7], logits[1], logits[11]) = (4.0, 2.0, 3.0);
    let scores = DigitScores::from_logits(&logits, 1.0);
    assert!((scores.probabilities().iter().sum::<f32>() - 1.0).abs() < 1e-6);
    assert_eq!(scores.best().0, DigitClass::Digit(7));
    assert_eq!(scores.second_best().0, DigitClass::Struck);
    let ranked = scores.ranked_digits().map(|(digit, _)| digit);
    assert_eq!(ranked, [7, 1, 0, 2, 3, 4, 5, 6, 8, 9]);
    assert!(scores.energy() > scores.max_logit());
}

#[test]
fn a_certain_class_is_certain() {
    for index in 0..CLASSES {
        let class = DigitClass::from_index(index);
        let (best, probability) = DigitScores::certain(class).best();
        assert_eq!(best, class);
        assert!(probability > 0.999_99);
    }
}

fn refusal(bytes: &[u8]) -> ModelError {
    match Network::from_bytes(bytes) {
        Ok(_) => panic!("accepted"),
        Err(error) => error,
    }
}

/// The model with its header's text changed; equal length not needed.
fn with_header(from: &str, to: &str) -> Vec<u8> {
    let length = u32::from_le_bytes([MODEL[4], MODEL[5], MODEL[6], MODEL[7]]) as usize;
    let header = std::str::from_utf8(&MODEL[8..8 + length]).expect("text");
    assert!(header.contains(from), "header has no {from}");
    let header = header.replacen(from, to, 1);
    let mut bytes = MODEL[..4].to_vec();
    bytes.extend((header.len() as u32).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(&MODEL[8 + length..]);
    bytes
}

#[test]
fn damaged_weights_files_are_refused() {
    assert!(matches!(refusal(b""), ModelError::NotAModel { bytes: 0 }));
    assert!(matches!(refusal(b"UKN1\x01"), ModelError::NotAModel { .. }));
    assert!(matches!(refusal(&MODEL[..40]), ModelError::HeaderCut { .. }));
    assert!(matches!(refusal(&MODEL[..MODEL.len() - 4]), ModelError::Length { .. }));
    let longer = [MODEL, &[0; 4]].concat();
    assert!(matches!(refusal(&longer), ModelError::Length { .. }));
    let mut holed = MODEL.to_vec();
    let end = holed.len();
    holed[end - 4..].copy_from_slice(&f32::NAN.to_le_bytes());
    assert!(matches!(refusal(&holed), ModelError::NotFinite { layer: 6 }));
}

#[test]
fn weights_files_with_a_foreign_header_are_refused() {
    assert!(matches!(refusal(&with_header("\"struck\"", "\"stroke\"")), ModelError::Classes(_)));
    assert!(matches!(refusal(&with_header("\"side\": 32", "\"side\": 28")), ModelError::Range { .. }));
    assert!(matches!(refusal(&with_header("\"inputs\": 24", "\"inputs\": 25")), ModelError::Chain { layer: 1, .. }));
    assert!(matches!(refusal(&with_header("\"kind\": \"pool\"", "\"kind\": \"mean\"")), ModelError::Header(_)));
}

/// Not a promise but a figure: `cargo test --release -- --ignored --nocapture speed`.
#[test]
#[ignore = "prints a time"]
#[allow(clippy::print_stdout)]
fn speed() {
    let patch = patch_with(94, 45..49, 15..80);
    let patches = vec![patch; 2000];
    let start = std::time::Instant::now();
    let scores = Pair::built_in().score(&patches);
    let each = start.elapsed().as_secs_f64() * 1000.0 / scores.len() as f64;
    println!("{each:.3} ms per digit, normalisation included");
}

#[test]
fn a_class_known_to_be_rarer_gives_its_share_to_the_others() {
    let mut logits = [-20.0; CLASSES];
    (logits[1], logits[12]) = (libm::logf(0.8), libm::logf(0.2));
    let scores = DigitScores::from_logits(&logits, 1.0).weighed(DigitClass::Rubbish, 0.1);
    assert!((scores.probability(DigitClass::Digit(1)) - 0.8 / 0.82).abs() < 1e-4);
    assert!((scores.probabilities().iter().sum::<f32>() - 1.0).abs() < 1e-5);
}
